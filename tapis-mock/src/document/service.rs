//! A service and its operations, as its document describes them.

use std::sync::OnceLock;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::family::Family;
use crate::schema::check::Checker;

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
    pub(crate) at: OperationRef,
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
    pub(super) body_checker: OnceLock<Option<Checker>>,
    pub(super) closed_body_checker: OnceLock<Option<Checker>>,
    pub(super) answer_checker: OnceLock<Option<Checker>>,
}

impl Operation {
    /// Whether the operation goes by this name.
    pub(crate) fn is(&self, service: &str, wanted: &str) -> bool {
        names(wanted, service, &self.id)
            || self.aliases.iter().any(|alias| names(wanted, service, alias))
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

/// Whether `wanted` (`getSystem` or `systems.getSystem`) names the operation `id` of `service`.
pub(crate) fn names(wanted: &str, service: &str, id: &str) -> bool {
    match wanted.split_once('.') {
        Some((wanted_service, wanted_id)) => wanted_service == service && wanted_id == id,
        None => wanted == id,
    }
}
