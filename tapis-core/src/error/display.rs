//! How an error reads: in a log, to a person, and to the program's author.

use std::error::Error as _;
use std::fmt;

use super::{Error, clean};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{}.{}: ", operation.service, operation.id)?;
        }
        f.write_str(inner.kind.describe())?;
        if let Some(status) = inner.status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        if !inner.message.is_empty() {
            write!(f, ": {}", inner.message)?;
        }
        if let Some(operation) = inner.operation {
            write!(f, " [{} {}", operation.method.as_str(), operation.template)?;
            if inner.attempts > 1 {
                write!(f, ", {} attempts", inner.attempts)?;
            }
            f.write_str("]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { self.details(f) } else { self.report(f) }
    }
}

impl Error {
    /// For people: what `Display` says, the hint, and the causes that say something new.
    fn report(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.to_string();
        f.write_str(&said)?;
        if let Some(hint) = self.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        let mut cause = self.source();
        let mut first = true;
        while let Some(error) = cause {
            let text = clean(error.to_string());
            if !text.is_empty() && !said.contains(&text) {
                let title = if first { "\nCaused by:" } else { "" };
                write!(f, "{title}\n  {text}")?;
                first = false;
                said.push_str(&text);
            }
            cause = error.source();
        }
        Ok(())
    }

    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation.map(|o| (o.service, o.id)))
            .field("status", &inner.status)
            .field("message", &inner.message)
            .field("hint", &inner.hint)
            .field("version", &inner.version)
            .field("tracking_id", &inner.tracking_id)
            .field("attempts", &inner.attempts)
            .field("maybe_sent", &inner.maybe_sent)
            .field("is_after_lost_reply", &inner.after_lost_reply)
            .field("retry_after", &inner.retry_after)
            .field("body", &format_args!("{} bytes", inner.body.len()))
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use crate::error_kind::ErrorKind;

    #[test]
    fn neither_display_nor_debug_shows_the_body() {
        let body = Bytes::from_static(b"{\"token\":\"planted\"}");
        let error = Error::new(ErrorKind::Server, "it broke").with_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &HeaderMap::new(),
            &body,
        );
        assert_eq!(error.to_string(), "service failed (HTTP 500): it broke");
        assert!(!format!("{error:?}{error:#?}").contains("planted"));
        assert_eq!(error.body(), &body[..]);
    }

    #[test]
    fn debug_reads_like_display_with_the_hint_and_each_cause_once() {
        let deepest = std::io::Error::other("connection reset");
        let login = Error::new(ErrorKind::Connection, "cannot log in").with_source(deepest);
        let error = Error::new(ErrorKind::Authentication, "Token is revoked.")
            .with_hint("log in again")
            .with_source(login);
        assert_eq!(
            format!("{error:?}"),
            "authentication failed: Token is revoked.\n  hint: log in again\nCaused by:\n  \
             connection failed: cannot log in\n  connection reset"
        );
        let twice = Error::new(ErrorKind::Connection, "cannot connect: refused")
            .with_source(std::io::Error::other("refused"));
        assert_eq!(format!("{twice:?}"), "connection failed: cannot connect: refused");
        assert!(format!("{error:#?}").contains("attempts: 0"));
    }

    #[test]
    fn no_text_of_an_error_holds_control_or_bidi_characters() {
        let error = Error::new(ErrorKind::Server, "a\u{1b}[31m\u{202e}b")
            .with_hint("c\u{7}")
            .with_source(std::io::Error::other("d\u{9b}"));
        let shown = format!("{error}{error:?}{}", error.message());
        assert!(
            !shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{shown:?}"
        );
    }
}
