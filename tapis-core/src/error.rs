//! The one error of all operations.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::operation::Operation;

/// How much of a failure's body is kept.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// What went wrong, and everything the service said about it.
///
/// One type for every operation: [`kind`](Self::kind) and the predicates tell what to do,
/// [`Display`](fmt::Display) is one line for a log. No part of it prints a secret, a token or the
/// body of a reply.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    version: Option<String>,
    tracking_id: Option<String>,
    attempts: u32,
    maybe_sent: bool,
    body: Bytes,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of failure, by what a caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was set up in a way that cannot work.
    Configuration,
    /// A value of the call was rejected before anything was sent.
    Input,
    /// There is no token, or the service did not accept it, or the login failed.
    Authentication,
    /// The service knows the caller, who may not do this.
    Permission,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// What exists already stands against it.
    Conflict,
    /// Too many requests.
    RateLimit,
    /// The service refused the request for another reason.
    Request,
    /// The service failed.
    Server,
    /// The service could not be reached, or the connection broke.
    Connection,
    /// A time limit passed.
    Timeout,
    /// The request succeeded, and its reply could not be read.
    Decoding,
    /// The work was given up, by the caller or because the runtime ended.
    Cancelled,
    /// A file of this machine could not be read or written.
    Local,
    /// What was waited for came to a bad end.
    Failed,
}

impl ErrorKind {
    fn describe(self) -> &'static str {
        match self {
            Self::Configuration => "configuration error",
            Self::Input => "invalid input",
            Self::Authentication => "authentication failed",
            Self::Permission => "permission denied",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::RateLimit => "rate limited",
            Self::Request => "request refused",
            Self::Server => "service failed",
            Self::Connection => "connection failed",
            Self::Timeout => "timed out",
            Self::Decoding => "request succeeded, reply not readable",
            Self::Cancelled => "cancelled",
            Self::Local => "local file",
            Self::Failed => "ended badly",
        }
    }
}

impl Error {
    /// An error of `kind`; for implementors of this project's traits.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            status: None,
            headers: HeaderMap::new(),
            version: None,
            tracking_id: None,
            attempts: 0,
            maybe_sent: false,
            body: Bytes::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn with_reply(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Self {
        self.0.status = Some(status);
        self.0.headers = headers.clone();
        self.0.body = body.slice(..body.len().min(BODY_LIMIT));
        self.0.maybe_sent = true;
        self
    }

    pub(crate) fn with_version(mut self, version: Option<String>) -> Self {
        self.0.version = version;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_maybe_sent(mut self, maybe_sent: bool) -> Self {
        self.0.maybe_sent |= maybe_sent;
        self
    }

    pub(crate) fn never_sent(mut self) -> Self {
        self.0.maybe_sent = false;
        self
    }

    pub(crate) fn with_tracking_id(mut self, id: Option<&str>) -> Self {
        self.0.tracking_id = id.map(str::to_owned);
        self
    }

    pub(crate) fn with_message_prefix(mut self, prefix: &str) -> Self {
        self.0.message = format!("{prefix}{}", self.0.message);
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the service said, or what this library says of the failure; without secrets.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed; `None` where there was none, as in building a client.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// The status of the reply, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the reply; empty if there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The id under which the service or its router logged the request, where it sends one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.headers.get("x-request-id")?.to_str().ok()
    }

    /// The version that the service gave of itself.
    #[must_use]
    pub fn service_version(&self) -> Option<&str> {
        self.0.version.as_deref()
    }

    /// The tracking id that was sent with the call.
    #[must_use]
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// How often the request was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the request may have reached the service. When this is false, nothing happened
    /// there; when it is true, something that acts should be looked up before it is sent again.
    #[must_use]
    pub fn maybe_sent(&self) -> bool {
        self.0.maybe_sent
    }

    /// The body of the reply, up to 64 KiB. It may hold secrets, and nothing prints it.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// How long the service asks to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the client was set up in a way that cannot work.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.kind == ErrorKind::Configuration
    }

    /// Whether a value of the call was rejected before anything was sent.
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.0.kind == ErrorKind::Input
    }

    /// Whether the token or the login was not accepted.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == ErrorKind::Authentication
    }

    /// Whether the caller may not do this.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.0.kind == ErrorKind::Permission
    }

    /// Whether there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether what exists already stands against it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Whether there were too many requests.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.0.kind == ErrorKind::RateLimit
    }

    /// Whether the service failed.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.0.kind == ErrorKind::Server
    }

    /// Whether the service could not be reached or the connection broke.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.0.kind == ErrorKind::Connection
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the request succeeded and its reply could not be read.
    #[must_use]
    pub fn is_decoding(&self) -> bool {
        self.0.kind == ErrorKind::Decoding
    }

    /// Whether the work was given up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether a file of this machine could not be read or written.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.kind == ErrorKind::Local
    }

    /// Whether what was waited for came to a bad end.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.0.kind == ErrorKind::Failed
    }

    /// Whether the same request may succeed later: the connection, a time limit, too many
    /// requests, or a router without its service.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::RateLimit => true,
            _ => matches!(self.0.status.map(|s| s.as_u16()), Some(429 | 502 | 503 | 504)),
        }
    }
}

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
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation.map(|o| (o.service, o.id)))
            .field("status", &inner.status)
            .field("message", &inner.message)
            .field("attempts", &inner.attempts)
            .field("maybe_sent", &inner.maybe_sent)
            .field("body", &format_args!("{} bytes", inner.body.len()))
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small_and_can_cross_threads() {
        fn sendable<T: Send + Sync + 'static>() {}
        sendable::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn neither_display_nor_debug_shows_the_body() {
        let body = Bytes::from_static(b"{\"token\":\"planted\"}");
        let error = Error::new(ErrorKind::Server, "it broke").with_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &HeaderMap::new(),
            &body,
        );
        assert_eq!(error.to_string(), "service failed (HTTP 500): it broke");
        assert!(!format!("{error:?}").contains("planted"));
        assert_eq!(error.body(), &body[..]);
    }
}
