//! The error type of all operations.

mod display;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::error_kind::ErrorKind;
use crate::operation::Operation;
use crate::refusal::{Advice, Token, Verdict};
use crate::text::printable;

/// How much of a failure's body is kept.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// The error of every call, with the service's message.
///
/// [`kind`](Self::kind) and the predicates tell a program how to react; [`hint`](Self::hint) tells
/// a person the next step. [`Display`](std::fmt::Display) is one line for a log. [`Debug`] adds the hint
/// and the causes on separate lines, so that a `main` that returns `Result<(), Error>` prints a
/// readable message; `{:#?}` shows every detail. No output contains a secret, a token or the body
/// of a reply.
pub struct Error(Box<Inner>);

#[derive(Clone)]
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
    source: Option<Arc<dyn StdError + Send + Sync>>,
    hint: Option<Box<str>>,
    advice: Option<Advice>,
    token: Token,
    login_is_hopeless: bool,
    /// The same request would fail again, though its kind is one that may pass.
    lasting: bool,
    after_lost_reply: bool,
}

impl Error {
    /// Creates an error of `kind`; for implementations of this project's traits.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: clean(message.into()),
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
            hint: None,
            advice: None,
            token: Token::Accepted,
            login_is_hopeless: false,
            lasting: false,
            after_lost_reply: false,
        }))
    }

    /// The error for a refusal that `verdict` is about.
    pub(crate) fn refused(verdict: Verdict, message: String) -> Self {
        let mut error = Self::new(verdict.kind, message);
        error.0.token = verdict.token;
        error.0.login_is_hopeless = verdict.login_is_hopeless;
        error.0.advice = verdict.advice;
        error
    }

    /// The same error once more, for each of those who wait for one thing.
    pub(crate) fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Sets the next step, on one line; see [`hint`](Self::hint).
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(clean(hint.into()).into());
        self
    }

    pub(crate) fn with_advice(mut self, advice: Advice) -> Self {
        self.0.advice = Some(advice);
        self
    }

    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = clean(message);
        self
    }

    pub(crate) fn with_login_is_hopeless(mut self, is_hopeless: bool) -> Self {
        self.0.login_is_hopeless = is_hopeless;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Marks a failure that repeating the request does not mend.
    pub(crate) fn lasting(mut self) -> Self {
        self.0.lasting = true;
        self
    }

    pub(crate) fn after_lost_reply(mut self) -> Self {
        self.0.after_lost_reply = true;
        self
    }

    pub(crate) fn advice(&self) -> Option<Advice> {
        self.0.advice
    }

    /// What the service says about the token that the request carried.
    pub(crate) fn token(&self) -> Token {
        self.0.token
    }

    /// Whether the same login would fail again.
    pub(crate) fn login_is_hopeless(&self) -> bool {
        self.0.login_is_hopeless
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
        // A slice would keep the whole of a long one in memory.
        self.0.body = match body.get(..BODY_LIMIT) {
            Some(start) => Bytes::copy_from_slice(start),
            None => body.clone(),
        };
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

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message of the service or of this library, without secrets.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The next step that may help, on one line, if there is one: for example the credential to
    /// register or the base URL to use. Text of a server is included only if it cannot be part of a
    /// shell command.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The operation that failed; `None` for other failures, such as building a client.
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

    /// The id of the request in the logs of the service or its router, if it sent one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.headers.get("x-request-id")?.to_str().ok()
    }

    /// The version of the service, if it sent one.
    #[must_use]
    pub fn service_version(&self) -> Option<&str> {
        self.0.version.as_deref()
    }

    /// The tracking id of the call.
    #[must_use]
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// Number of requests that the call sent, including those with a renewed token but not
    /// redirects; 0 if the login before the call failed.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the request may have reached the service. If it is false, nothing changed there. If
    /// it is true, check the state on the server before you resend a request that changes
    /// something.
    #[must_use]
    pub fn maybe_sent(&self) -> bool {
        self.0.maybe_sent
    }

    /// The body of the reply, up to 64 KiB. It may contain secrets; it is never printed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// How long the service asks clients to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the configuration of the client is invalid.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.kind == ErrorKind::Configuration
    }

    /// Whether a value of the call was rejected before anything was sent.
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.0.kind == ErrorKind::Input
    }

    /// Whether the token or the login was refused.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == ErrorKind::Authentication
    }

    /// Whether the caller lacks a permission.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.0.kind == ErrorKind::Permission
    }

    /// Whether the host of a Tapis system refused Tapis's login, or no credential is registered for
    /// it. The caller's own token is valid; [`hint`](Self::hint) tells how to register the
    /// credential.
    #[must_use]
    pub fn is_system_credential(&self) -> bool {
        self.0.kind == ErrorKind::SystemCredential
    }

    /// Whether an earlier attempt of the same call may have succeeded, because its reply was lost.
    /// If a DELETE is repeated after a broken connection and then fails with `NotFound`, it has
    /// probably deleted the resource.
    #[must_use]
    pub fn is_after_lost_reply(&self) -> bool {
        self.0.after_lost_reply
    }

    /// Whether the resource does not exist, or the caller cannot see it.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether a resource with this id exists, or its state does not allow the request.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Whether there were too many requests.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.0.kind == ErrorKind::RateLimit
    }

    /// Whether the service refused the request for a reason that no other kind names.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.0.kind == ErrorKind::Request
    }

    /// Whether the service failed.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.0.kind == ErrorKind::Server
    }

    /// Whether the service could not be reached, or the connection broke.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.0.kind == ErrorKind::Connection
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the request succeeded but its reply could not be decoded.
    #[must_use]
    pub fn is_decoding(&self) -> bool {
        self.0.kind == ErrorKind::Decoding
    }

    /// Whether the call was cancelled, by the caller or because the runtime ended.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether a local file could not be read or written.
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.0.kind == ErrorKind::Io
    }

    /// Whether the job, pod, run, execution or transfer that was waited for failed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.0.kind == ErrorKind::Failed
    }

    /// Whether the same request may succeed later: after connection errors, timeouts, rate limits,
    /// or when the router cannot reach the service. An untrusted certificate and an unknown host
    /// that was never reached are permanent failures.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        if self.0.lasting {
            return false;
        }
        match self.0.kind {
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::RateLimit => true,
            _ => matches!(self.0.status.map(|s| s.as_u16()), Some(429 | 502 | 503 | 504)),
        }
    }
}

/// The text without characters that do something to a terminal.
fn clean(text: String) -> String {
    match printable(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(clean) => clean,
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
    fn an_error_names_the_request_and_the_version_of_the_service() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "r-1".parse().unwrap());
        let error = Error::new(ErrorKind::RateLimit, "too many")
            .with_reply(StatusCode::TOO_MANY_REQUESTS, &headers, &Bytes::new())
            .with_version(Some("1.8.0".to_owned()));
        assert_eq!((error.request_id(), error.service_version()), (Some("r-1"), Some("1.8.0")));
        assert!(error.is_rate_limit() && error.is_retryable());
        assert_eq!(Error::new(ErrorKind::RateLimit, "").request_id(), None);
    }

    #[test]
    fn each_kind_has_a_method_that_is_true_for_it_alone() {
        type Method = fn(&Error) -> bool;
        let methods: [(ErrorKind, Method); 16] = [
            (ErrorKind::Configuration, Error::is_configuration),
            (ErrorKind::Input, Error::is_input),
            (ErrorKind::Authentication, Error::is_authentication),
            (ErrorKind::SystemCredential, Error::is_system_credential),
            (ErrorKind::Permission, Error::is_permission),
            (ErrorKind::NotFound, Error::is_not_found),
            (ErrorKind::Conflict, Error::is_conflict),
            (ErrorKind::RateLimit, Error::is_rate_limit),
            (ErrorKind::Request, Error::is_request),
            (ErrorKind::Server, Error::is_server),
            (ErrorKind::Connection, Error::is_connection),
            (ErrorKind::Timeout, Error::is_timeout),
            (ErrorKind::Decoding, Error::is_decoding),
            (ErrorKind::Failed, Error::is_failed),
            (ErrorKind::Io, Error::is_io),
            (ErrorKind::Cancelled, Error::is_cancelled),
        ];
        for (kind, _) in methods {
            let error = Error::new(kind, "");
            for (other, is_other) in methods {
                assert_eq!(is_other(&error), kind == other, "{kind:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_long_body_is_cut_and_not_kept_whole() {
        let body = Bytes::from(vec![b'x'; BODY_LIMIT * 4]);
        let error = Error::new(ErrorKind::Server, "").with_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &HeaderMap::new(),
            &body,
        );
        assert_eq!(error.body().len(), BODY_LIMIT);
        assert!(body.is_unique(), "the error keeps the whole body");
    }
}
