//! What the services offer, read from their documents.

mod load;
mod routes;
mod service;

use std::sync::LazyLock;

pub(crate) use routes::{Found, Routes};
pub(crate) use service::{Operation, OperationRef, Parameter, Place, Service, names};

/// All services. Read once per process; every mock shares it.
pub(crate) static INTERFACE: LazyLock<Interface> = LazyLock::new(|| {
    let (services, routes) = load::all();
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

    /// The service that answers for a path, by the path's first segment after `v3`.
    pub(crate) fn service_at(&self, segment: &str) -> Option<&Service> {
        // Where two services share a segment, the first one answers for what neither knows.
        self.services.iter().find(|service| service.roots.iter().any(|root| root == segment))
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
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
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
