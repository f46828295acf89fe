//! Code of the caller's own that sees each attempt: for logging and signing.

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

/// A request as it is about to leave, for [`Options::with_request_hook`](crate::Options).
///
/// `Debug` names the operation and nothing else, because path, query, headers and body may hold
/// secrets; the token is among the headers.
pub struct OutgoingRequest<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempt: u32,
    pub(crate) request: &'a mut reqwest::Request,
}

impl OutgoingRequest<'_> {
    /// The operation that is called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Which attempt this is, counted from one.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.operation.method
    }

    /// The path as it is sent, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.url().path()
    }

    /// The query as it is sent, percent-encoded; it may hold secrets.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.request.url().query()
    }

    /// The headers, the token's among them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The headers, to be added to.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.request.headers_mut()
    }

    /// The body; `None` where there is none, or where it is streamed.
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

/// The head of a reply, whatever its status, for [`Options::with_reply_hook`](crate::Options).
///
/// `Debug` leaves the headers out, because they may hold secrets.
pub struct IncomingReply<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempt: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) elapsed: Duration,
}

impl IncomingReply<'_> {
    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Which attempt this is, counted from one.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// From the request's leaving to the arrival of the reply's head.
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
