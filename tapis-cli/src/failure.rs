//! Why a command failed, and how that is shown.

use std::io;

use serde_json::{Value, json};
use tapis_client::Error;

use crate::exit::Exit;
use crate::format::Format;
use crate::terminal::printable;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
    /// What the library says of it, for programs.
    details: Value,
}

impl Failure {
    /// A failure of the command's own.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, details: json!({}) }
    }

    /// A fault on the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// With what to do about it.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Writes it to stderr: a line with the reason and one with the hint, or an object for programs that asked for JSON.
    pub(crate) fn show(&self, format: Option<Format>) {
        let text = match format {
            Some(Format::Json) => {
                let mut error = json!({"exit": self.exit as u8, "message": self.message});
                if let (Some(error), Some(details)) =
                    (error.as_object_mut(), self.details.as_object())
                {
                    error.extend(details.clone());
                    error.extend(
                        self.hint.as_ref().map(|hint| ("hint".to_owned(), hint.as_str().into())),
                    );
                }
                json!({"error": error}).to_string()
            }
            _ => {
                let mut text = format!("error: {}", printable(&self.message));
                if let Some(hint) = &self.hint {
                    text.push_str("\nhint: ");
                    text.push_str(&printable(hint));
                }
                text
            }
        };
        // Nobody is left to be told of a failure here.
        let _ = io::Write::write_all(&mut io::stderr(), format!("{text}\n").as_bytes());
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut details = json!({"kind": format!("{:?}", error.kind())});
        if let Some(status) = error.status() {
            details["status"] = status.as_u16().into();
        }
        if let Some(operation) = error.operation() {
            details["operation"] = operation.to_string().into();
        }
        Self {
            exit: error.kind().into(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
            details,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The reader has what it wanted.
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

/// Why a command ended early.
pub(crate) enum Stop {
    /// Help, or a fault on the command line, as clap shows it.
    Shown(clap::Error),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
