//! Callbacks that see each attempt, for logging and signing.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::body::BoxError;
use crate::operation::{Method, Operation};

pub(crate) type RequestHook =
    Arc<dyn Fn(&mut OutgoingRequest<'_>) -> Result<(), BoxError> + Send + Sync>;
pub(crate) type ReplyHook = Arc<dyn Fn(&IncomingReply<'_>) + Send + Sync>;

/// A request before it is sent, for [`Options::with_request_hook`](crate::Options).
///
/// `Debug` shows only the operation, because path, query, headers and body may contain secrets; the
/// headers include the token.
pub struct OutgoingRequest<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempt: u32,
    pub(crate) request: &'a mut reqwest::Request,
}

impl OutgoingRequest<'_> {
    /// The operation of the call.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The number of this attempt, starting at 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.operation.method
    }

    /// The path, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.url().path()
    }

    /// The query, percent-encoded; it may contain secrets.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.request.url().query()
    }

    /// The headers, including the token.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The headers, for changes.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.request.headers_mut()
    }

    /// The body; `None` if there is none, or if it is streamed.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.request.body().and_then(reqwest::Body::as_bytes)
    }
}

impl fmt::Debug for OutgoingRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingRequest")
            .field("operation", &self.operation.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// The status and headers of a reply, for [`Options::with_reply_hook`](crate::Options). Failures
/// are included.
///
/// `Debug` omits the headers, because they may contain secrets.
pub struct IncomingReply<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempt: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) elapsed: Duration,
}

impl IncomingReply<'_> {
    /// The operation of the call.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The number of this attempt, starting at 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The status of the reply.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the reply.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// Time between the start of the request and the arrival of the reply's headers.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Debug for IncomingReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingReply")
            .field("operation", &self.operation.id)
            .field("attempt", &self.attempt)
            .field("status", &self.status)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
