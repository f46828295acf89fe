//! The error of a document that cannot be generated, with its position.

use std::fmt;

use tapis_specs::reader::Operation;

/// A document that cannot be generated: service, operation, JSON pointer and reason.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    service: String,
    operation: Option<String>,
    pointer: Option<String>,
    message: String,
}

impl Error {
    pub(crate) fn new(service: &str, message: impl Into<String>) -> Self {
        Self {
            service: service.to_owned(),
            operation: None,
            pointer: None,
            message: message.into(),
        }
    }

    /// The error of an operation that cannot be generated.
    pub(crate) fn about(service: &str, operation: &Operation, message: impl Into<String>) -> Self {
        Self::new(service, message).in_operation(&operation.id).at(&operation.pointer)
    }

    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer.get_or_insert_with(|| pointer.into());
        self
    }

    pub(crate) fn in_operation(mut self, operation: &str) -> Self {
        self.operation.get_or_insert_with(|| operation.to_owned());
        self
    }

    pub(crate) fn of(mut self, service: &str) -> Self {
        service.clone_into(&mut self.service);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = [Some(&self.service), self.operation.as_ref(), self.pointer.as_ref()];
        let parts = place.into_iter().flatten().filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.chain([&self.message]).map(String::as_str).collect();
        // Always one line, whatever the document contains.
        f.write_str(&parts.join(": ").replace(char::is_control, " "))
    }
}

/// The same line as `Display`, because Cargo prints this one if a build script fails.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
