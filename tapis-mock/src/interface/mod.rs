//! What the services offer, read from their documents.

mod load;
mod routes;

use std::sync::{LazyLock, OnceLock};

use http::{Method, StatusCode};
use serde_json::Value;

pub(crate) use routes::{Found, Routes};

use crate::engine::{Resource, Role};
use crate::family::Family;
use crate::schema::check::Checker;
use crate::services::Handler;

/// All services. Read once per process; every mock shares it.
pub(crate) static INTERFACE: LazyLock<Interface> = LazyLock::new(load::all);

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
        // Where two services share a segment, the first one's manners do for what neither knows.
        self.services.iter().find(|service| service.roots.iter().any(|root| root == segment))
    }

    pub(crate) fn operation(&self, at: OperationRef) -> Option<(&Service, &Operation)> {
        let service = self.services.get(at.service)?;
        Some((service, service.operations.get(at.operation)?))
    }
}

/// Where an operation stands in the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OperationRef {
    pub(crate) service: usize,
    pub(crate) operation: usize,
}

/// One service.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// The path segments after `v3` that lead to it.
    pub(crate) roots: Vec<String>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) document: Value,
}

impl Service {
    /// Whether the router lets bodies of any length through to it.
    pub(crate) fn takes_long_bodies(&self) -> bool {
        self.name == "files"
    }

    /// Whether the router answers `OPTIONS` in its place.
    pub(crate) fn answers_options(&self) -> bool {
        matches!(self.name, "authenticator" | "streams")
    }
}

/// One operation: a method on a path.
pub(crate) struct Operation {
    pub(crate) id: String,
    /// Other names for the same method and path.
    pub(crate) aliases: Vec<String>,
    pub(crate) method: Method,
    pub(crate) template: String,
    pub(crate) needs_token: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The media types of the body, in the order of the document.
    pub(crate) bodies: Vec<Media>,
    pub(crate) body_required: bool,
    /// The status of a success; of several the first.
    pub(crate) success: StatusCode,
    /// All statuses of a success.
    pub(crate) successes: Vec<StatusCode>,
    pub(crate) answer: Option<Media>,
    /// What the mock does; `None` for an operation that answers examples.
    pub(crate) handler: Option<Handler>,
    /// The resource that it is about; a handler comes first.
    pub(crate) resource: Option<(Role, Resource)>,
    body_checker: OnceLock<Option<Checker>>,
    closed_body_checker: OnceLock<Option<Checker>>,
    answer_checker: OnceLock<Option<Checker>>,
}

impl Operation {
    /// Whether the operation goes by this name.
    pub(crate) fn is(&self, service: &str, wanted: &str) -> bool {
        crate::journal::names(wanted, service, &self.id)
            || self.aliases.iter().any(|alias| crate::journal::names(wanted, service, alias))
    }
}

impl Operation {
    /// Whether it does something.
    pub(crate) fn behaves(&self) -> bool {
        self.handler.is_some() || self.resource.is_some()
    }

    /// Checks JSON bodies; `None` where the operation takes none.
    pub(crate) fn body_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || checker(service, self.bodies.iter(), Checker::new);
        self.body_checker.get_or_init(make).as_ref()
    }

    /// As [`body_checker`](Self::body_checker), for a service that takes no field it does not
    /// know.
    pub(crate) fn closed_body_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || checker(service, self.bodies.iter(), Checker::closed);
        self.closed_body_checker.get_or_init(make).as_ref()
    }

    /// Checks the answers of the mock itself; `None` where they are not JSON.
    pub(crate) fn answer_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || checker(service, self.answer.iter(), Checker::new);
        self.answer_checker.get_or_init(make).as_ref()
    }
}

fn checker<'a>(
    service: &Service,
    mut media: impl Iterator<Item = &'a Media>,
    make: fn(&Value, &Value) -> Checker,
) -> Option<Checker> {
    let json = media.find(|media| media.media_type == "application/json")?;
    Some(make(&service.document, &json.schema))
}

/// A media type and the schema of what it carries.
pub(crate) struct Media {
    pub(crate) media_type: String,
    pub(crate) schema: Value,
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// One parameter.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) schema: Value,
}
