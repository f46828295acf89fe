//! The services, read from their documents.

mod lookup;
mod routes;
mod service;

use std::sync::LazyLock;

use tapis_specs::reader::Document;

pub(crate) use lookup::{UnknownOperation, demand, is_called, known, names};
pub(crate) use routes::{Found, Routes};
pub(crate) use service::{Operation, OperationRef, Service};

/// All documents. They are compiled in and tested, so a document that cannot be read is omitted
/// instead of stopping the mock.
static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let documents = tapis_specs::SERVICES.iter().filter_map(|&name| {
        let value = serde_json::from_str(tapis_specs::document(name)?).ok()?;
        Some(Document::read(name, value))
    });
    documents.collect()
});

/// All services. Read once per process and shared by all mocks.
pub(crate) static INTERFACE: LazyLock<Interface> = LazyLock::new(|| {
    let documents = DOCUMENTS.iter().enumerate();
    let services: Vec<Service> =
        documents.map(|(number, document)| Service::new(number, document)).collect();
    let mut routes = Routes::default();
    for operation in services.iter().flat_map(|service| &service.operations) {
        routes.add(&operation.described.template, &operation.method, operation.at);
    }
    Interface { services, routes }
});

/// The services and the routes to their operations.
pub(crate) struct Interface {
    pub(crate) services: Vec<Service>,
    pub(crate) routes: Routes,
}

impl Interface {
    #[cfg(test)]
    pub(crate) fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The service for a path, by the path's first segment after `v3`.
    pub(crate) fn service_at(&self, segment: &str) -> Option<&Service> {
        // If two services share a segment, the first one replies to paths that neither has.
        self.services.iter().find(|service| service.roots.contains(&segment))
    }

    pub(crate) fn operation(&self, at: OperationRef) -> Option<(&Service, &Operation)> {
        let service = self.services.get(at.service)?;
        Some((service, service.operations.get(at.operation)?))
    }
}

/// One value for each operation.
pub(crate) struct Table<T>(Vec<Vec<T>>);

impl<T> Table<T> {
    pub(crate) fn new(value: impl Fn(&'static Service, &'static Operation) -> T) -> Self {
        let services = INTERFACE.services.iter();
        let of_service = services.map(|service| {
            service.operations.iter().map(|operation| value(service, operation)).collect()
        });
        Self(of_service.collect())
    }

    pub(crate) fn get(&self, at: OperationRef) -> Option<&T> {
        self.0.get(at.service)?.get(at.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::INTERFACE;

    #[test]
    fn every_document_is_read() {
        assert_eq!(INTERFACE.services.len(), tapis_specs::SERVICES.len());
        assert!(INTERFACE.services.iter().all(|service| !service.operations.is_empty()));
    }

    #[test]
    fn operations_without_a_token_are_told_apart() {
        let service = INTERFACE.service("authenticator").unwrap();
        let needs =
            |id: &str| service.operations.iter().find(|op| op.id == id).unwrap().needs_token;
        assert!(!needs("create_token"));
        assert!(needs("get_userinfo"));
    }
}
