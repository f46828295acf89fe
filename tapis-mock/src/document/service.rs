//! A service and its operations, as its document describes them.

use std::sync::OnceLock;

use http::{Method, StatusCode};
use serde_json::Value;
use tapis_specs::reader::{
    self, Body, BodyKind, Document, Media, Parameter, Reply, TokenUse, is_json,
};

use crate::family::Family;
use crate::schema::check::Checker;

/// The position of an operation in the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OperationRef {
    pub(crate) service: usize,
    pub(crate) operation: usize,
}

/// One service.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// The path segments after `v3` that belong to it.
    pub(crate) roots: Vec<&'static str>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) document: &'static Value,
    described: &'static Document,
}

impl Service {
    /// The service of a document, which has the number `number`.
    pub(super) fn new(number: usize, document: &'static Document) -> Self {
        let operations = document.operations().iter().enumerate();
        let operations = operations.map(|(operation, described)| {
            Operation::new(OperationRef { service: number, operation }, described)
        });
        Self {
            name: document.service(),
            family: Family::of(document.service()),
            roots: document.roots(),
            operations: operations.collect(),
            document: document.value(),
            described: document,
        }
    }

    /// The shared schema with that name.
    pub(crate) fn schema(&self, name: &str) -> Option<&'static Value> {
        self.described.schema(name)
    }

    /// Whether the router accepts bodies of any length for it.
    pub(crate) fn takes_long_bodies(&self) -> bool {
        self.name == "files"
    }

    /// Whether the router replies to `OPTIONS` itself.
    pub(crate) fn answers_options(&self) -> bool {
        matches!(self.name, "authenticator" | "streams")
    }
}

/// One operation: a method on a path.
pub(crate) struct Operation {
    pub(crate) at: OperationRef,
    pub(crate) id: &'static str,
    /// Its object in the document.
    pub(super) described: &'static reader::Operation,
    pub(crate) method: Method,
    /// The path, with parameters in braces.
    pub(crate) template: &'static str,
    pub(crate) needs_token: bool,
    pub(crate) parameters: &'static [Parameter],
    /// The possible request bodies, in the order of the document.
    pub(crate) bodies: &'static [Body],
    /// The status of a success; if there are several, the first.
    pub(crate) success: StatusCode,
    /// All statuses of a success.
    pub(crate) successes: Vec<StatusCode>,
    /// The content of the first success.
    pub(crate) answer: Option<&'static Media>,
    body_checker: OnceLock<Option<Checker>>,
    closed_body_checker: OnceLock<Option<Checker>>,
    answer_checker: OnceLock<Option<Checker>>,
}

impl Operation {
    fn new(at: OperationRef, described: &'static reader::Operation) -> Self {
        let successes = described.successes().filter_map(|response| {
            let status = StatusCode::from_u16(response.code()?).ok()?;
            Some((status, response.content.first()))
        });
        let successes: Vec<_> = successes.collect();
        let (success, answer) = successes.first().copied().unwrap_or((StatusCode::OK, None));
        Self {
            at,
            id: &described.id,
            described,
            method: method(described.method),
            template: described.template.text(),
            needs_token: described.token == TokenUse::Always,
            parameters: &described.parameters,
            bodies: &described.bodies,
            success,
            successes: successes.into_iter().map(|(status, _)| status).collect(),
            answer,
            body_checker: OnceLock::new(),
            closed_body_checker: OnceLock::new(),
            answer_checker: OnceLock::new(),
        }
    }

    /// The names of the operation: its own and those of its aliases.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.described.aliases.iter().map(|alias| alias.id.as_str()).chain([self.id])
    }

    /// Whether its replies have the usual envelope.
    pub(crate) fn is_enveloped(&self) -> bool {
        matches!(self.described.reply, Reply::Enveloped(_))
    }

    /// The schema of the result in the envelope of its replies.
    pub(crate) fn result(&self) -> Option<&'static Value> {
        match &self.described.reply {
            Reply::Enveloped(result) => result.as_ref(),
            _ => None,
        }
    }

    /// The schema of its JSON body, if it has one.
    pub(crate) fn json_body(&self) -> Option<&'static Value> {
        let mut bodies = self.bodies.iter();
        bodies.find(|body| body.kind == BodyKind::Json).map(|body| &body.schema)
    }

    /// The schema of its replies, if they are JSON.
    pub(crate) fn json_answer(&self) -> Option<&'static Value> {
        self.answer.filter(|answer| is_json(&answer.media_type)).map(|answer| &answer.schema)
    }

    /// Checks JSON bodies; `None` if the operation has none.
    pub(crate) fn body_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || self.json_body().map(|schema| Checker::new(service.document, schema));
        self.body_checker.get_or_init(make).as_ref()
    }

    /// As [`body_checker`](Self::body_checker), for a service that rejects unknown fields.
    pub(crate) fn closed_body_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || self.json_body().map(|schema| Checker::closed(service.document, schema));
        self.closed_body_checker.get_or_init(make).as_ref()
    }

    /// Checks the replies of the mock; `None` if they are not JSON.
    pub(crate) fn answer_checker(&self, service: &Service) -> Option<&Checker> {
        let make = || self.json_answer().map(|schema| Checker::new(service.document, schema));
        self.answer_checker.get_or_init(make).as_ref()
    }
}

fn method(method: reader::Method) -> Method {
    Method::from_bytes(method.name().as_bytes()).unwrap_or_default()
}
