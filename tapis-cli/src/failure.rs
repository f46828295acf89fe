//! Why a command failed, and how that is shown.

use std::io;

use serde_json::{Value, json};
use tapis_client::Error;

use crate::exit::Exit;
use crate::format::Format;
use crate::hint;
use crate::terminal::printable;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
    /// What there is to say beside it, each on a line of its own.
    lines: Vec<String>,
    /// How it is shown, if the command chose that after the service.
    format: Option<Format>,
    /// What the library says of it, for programs.
    details: Box<Value>,
    /// The failures that it is made of, each with the name of what failed.
    parts: Vec<(String, Failure)>,
}

impl Failure {
    /// A failure of the command's own.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let (message, details) = (message.into(), Box::new(json!({})));
        let (lines, parts) = (Vec::new(), Vec::new());
        Self { exit, message, hint: None, lines, format: None, details, parts }
    }

    /// A job, pod or run that was waited for and failed, without words about the call that has shown it.
    pub(crate) fn of_work(error: &Error) -> Self {
        let details = Box::new(json!({"kind": format!("{:?}", error.kind())}));
        Self { details, ..Self::new(error.kind().into(), error.message()) }
    }

    /// An exit code that the result explains.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// What went wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The failures of several things, each with the name of the thing. The exit code is that of failed work or of a
    /// failed login if there is one, and otherwise theirs if all have the same.
    pub(crate) fn of_parts(message: impl Into<String>, parts: Vec<(String, Self)>) -> Self {
        let codes: Vec<Exit> = parts.iter().map(|(_, part)| part.exit).collect();
        let of_all = codes.first().copied().filter(|first| codes.iter().all(|code| code == first));
        let decisive =
            [Exit::WorkFailed, Exit::Login].into_iter().find(|code| codes.contains(code));
        let exit = decisive.or(of_all).unwrap_or(Exit::Failed);
        Self { parts, ..Self::new(exit, message) }
    }

    #[cfg(test)]
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.parts.iter().map(|(name, part)| (name.as_str(), part))
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

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// With more to say, each on a line of its own.
    pub(crate) fn with_lines(mut self, lines: Vec<String>) -> Self {
        self.lines = lines;
        self
    }

    /// Shown in the format that the command was asked for.
    pub(crate) fn shown_as(mut self, format: Option<Format>) -> Self {
        self.format = self.format.or(format);
        self
    }

    /// With the name of what failed before the message.
    pub(crate) fn about(mut self, name: &str) -> Self {
        self.message = format!("{name}: {}", self.message);
        self
    }

    /// Writes it to stderr: a line with the reason and one with the hint, or an object for programs that asked for JSON.
    pub(crate) fn show(&self, format: Option<Format>) {
        if self.message.is_empty() {
            return;
        }
        let text = match self.format.or(format) {
            Some(Format::Json) => json!({"error": self.for_programs()}).to_string(),
            _ => self.for_people(),
        };
        // If this fails, nobody can be informed.
        let _ = io::Write::write_all(&mut io::stderr(), format!("{text}\n").as_bytes());
    }

    fn for_programs(&self) -> Value {
        let mut error = json!({"exit": self.exit as u8, "message": self.message});
        let details = self.details.as_object().into_iter().flatten();
        details.for_each(|(name, value)| error[name] = value.clone());
        if !self.lines.is_empty() {
            error["lines"] = self.lines.clone().into();
        }
        if let Some(hint) = &self.hint {
            error["hint"] = hint.as_str().into();
        }
        if !self.parts.is_empty() {
            let named = self.parts.iter().map(|(name, part)| {
                let mut error = part.for_programs();
                error["name"] = name.as_str().into();
                error
            });
            error["failed"] = named.collect();
        }
        error
    }

    /// A line for each failure that it is made of and one for itself, and each hint once.
    fn for_people(&self) -> String {
        let own = (None, self);
        let parts = self.parts.iter().map(|(name, part)| (Some(name), part));
        let (mut lines, mut hints) = (Vec::new(), Vec::new());
        for (name, failure) in parts.chain([own]) {
            let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
            lines.push(format!("error: {}", printable(&format!("{name}{}", failure.message))));
            lines.extend(failure.lines.iter().map(|line| format!("  {}", printable(line))));
            if let Some(hint) = failure.hint.as_ref().filter(|hint| !hints.contains(hint)) {
                hints.push(hint);
            }
        }
        lines.extend(hints.into_iter().map(|hint| format!("hint: {}", printable(hint))));
        lines.join("\n")
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
        // Of a token that was refused and could not be renewed, the renewal is what there is to mend.
        let renewal =
            std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>());
        let renewal =
            renewal.filter(|cause| error.is_authentication() && cause.is_authentication());
        Self {
            exit: error.kind().into(),
            message: error.to_string(),
            hint: renewal.and_then(Error::hint).or(error.hint()).and_then(hint::for_shell),
            lines: renewal.map(ToString::to_string).into_iter().collect(),
            format: None,
            details: Box::new(details),
            parts: Vec::new(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The reader has what it wanted.
            io::ErrorKind::BrokenPipe => Self::silent(Exit::Done),
            // Ctrl-C where a password is asked for.
            io::ErrorKind::Interrupted => Self::new(Exit::Interrupted, "interrupted"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_parts_have_their_exit_code_if_it_is_one_and_each_hint_once() {
        let part =
            |name: &str, exit| (name.to_owned(), Failure::new(exit, "no\u{1b}").with_hint("look"));
        let same = Failure::of_parts(
            "2 of 3 failed",
            vec![part("a", Exit::NotFound), part("b", Exit::NotFound)],
        );
        assert_eq!(same.exit, Exit::NotFound);
        let shown = "error: a: no\\u{1b}\nerror: b: no\\u{1b}\nerror: 2 of 3 failed\nhint: look";
        assert_eq!(same.for_people(), shown);
        assert_eq!(same.for_programs()["failed"][1]["name"], "b");
        let mixed =
            Failure::of_parts("", vec![part("a", Exit::NotFound), part("b", Exit::Permission)]);
        assert_eq!(mixed.exit, Exit::Failed);
        let with_job =
            Failure::of_parts("", vec![part("a", Exit::NotFound), part("b", Exit::WorkFailed)]);
        assert_eq!(with_job.exit, Exit::WorkFailed);
    }
}
