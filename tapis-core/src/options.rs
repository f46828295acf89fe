//! Options of a single call or of a view of a session.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::body::BoxError;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::hooks::{IncomingReply, OutgoingRequest, ReplyHook, RequestHook};
use crate::operation::Operation;
use crate::retry::{self, Retry};

/// The default time limit of one attempt. Streams have no such limit.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(120);
/// The default idle limit of a transfer.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// Options of a call. The view and then the client provide the values that are not set.
#[derive(Clone, Default)]
pub struct Options {
    /// `Some(None)` disables a limit.
    call_timeout: Option<Option<Duration>>,
    attempt_timeout: Option<Option<Duration>>,
    idle_timeout: Option<Option<Duration>>,
    pub(crate) retry: Option<Retry>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) tracking_id: Option<String>,
    pub(crate) request_hooks: Vec<RequestHook>,
    pub(crate) reply_hooks: Vec<ReplyHook>,
    pub(crate) rejected: Option<String>,
}

impl Options {
    /// Options without any value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time of the whole call, including all attempts and pauses. Default: no limit.
    /// `None` removes the limit of the view or client.
    #[doc(alias = "timeout")]
    #[doc(alias = "deadline")]
    #[must_use]
    pub fn with_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.call_timeout = Some(timeout.into());
        self
    }

    /// Limits the time of one attempt. Default: two minutes, and more for the few operations that
    /// take longer, such as submitting a job. `None` means no limit. Calls that stream their body
    /// or their reply have no such limit by default.
    #[must_use]
    pub fn with_attempt_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.attempt_timeout = Some(timeout.into());
        self
    }

    /// Limits how long a transfer may stall: between two chunks of a reply, or while nothing of an
    /// upload is sent. Default: one minute. `None` means no limit. The start of a streamed reply
    /// may take as long as this limit, or by default as long as an attempt.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = Some(timeout.into());
        self
    }

    /// Calls `hook` before each attempt, so that the request can be logged or signed. An error
    /// fails the call. Hooks of the client, of the view and of the call run in this order.
    ///
    /// ```
    /// use tapis_core::Options;
    ///
    /// let options = Options::new().with_request_hook(|request| {
    ///     let signature = format!("{} {}", request.method().as_str(), request.path());
    ///     request.headers_mut().insert("x-signature", signature.parse()?);
    ///     Ok(())
    /// });
    /// ```
    #[doc(alias = "middleware")]
    #[doc(alias = "interceptor")]
    #[must_use]
    pub fn with_request_hook(
        mut self,
        hook: impl Fn(&mut OutgoingRequest<'_>) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.request_hooks.push(Arc::new(hook));
        self
    }

    /// Calls `hook` with the status and headers of each reply, including failures.
    #[must_use]
    pub fn with_reply_hook(
        mut self,
        hook: impl Fn(&IncomingReply<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.reply_hooks.push(Arc::new(hook));
        self
    }

    /// Sets when the call is retried.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Adds a header; it replaces one with the same name. A name or value that HTTP does not allow,
    /// or the token's header, fails the call before it is sent.
    #[doc(alias = "user agent")]
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value.as_ref())) {
            (Ok(parsed), _) if parsed == "x-tapis-token" => {
                self.reject(
                    "header x-tapis-token: the session sets it; remove it from the options",
                );
            }
            (Ok(parsed), Ok(mut value)) => {
                // Only the caller knows whether it is a secret.
                value.set_sensitive(true);
                self.headers.insert(parsed, value);
            }
            (Ok(parsed), Err(_)) => self.reject(format!(
                "header {parsed}: the value has characters that an HTTP header cannot \
                     contain"
            )),
            (Err(_), _) => self.reject(format!("{name:?} is not a valid header name")),
        }
        self
    }

    /// Adds a query parameter besides those of the operation.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a tracking id, which the service logs: two parts separated by a full stop, the first of
    /// letters, digits and `_`, the second of letters, digits and `-`, at most 126 characters.
    #[must_use]
    pub fn with_tracking_id(mut self, id: impl Into<String>) -> Self {
        let id = id.into();
        if is_tracking_id(&id) {
            self.tracking_id = Some(id);
        } else {
            self.reject(format!("{id:?} is not a tracking id such as `portal.run-1`"));
        }
        self
    }

    fn reject(&mut self, why: impl Into<String>) {
        self.rejected.get_or_insert(why.into());
    }

    /// These options, with the values that `over` sets.
    #[must_use]
    pub fn overridden_by(&self, over: &Self) -> Self {
        let mut headers = self.headers.clone();
        for (name, value) in &over.headers {
            headers.insert(name.clone(), value.clone());
        }
        Self {
            call_timeout: over.call_timeout.or(self.call_timeout),
            attempt_timeout: over.attempt_timeout.or(self.attempt_timeout),
            retry: over.retry.clone().or_else(|| self.retry.clone()),
            idle_timeout: over.idle_timeout.or(self.idle_timeout),
            headers,
            request_hooks: [self.request_hooks.as_slice(), &over.request_hooks].concat(),
            reply_hooks: [self.reply_hooks.as_slice(), &over.reply_hooks].concat(),
            query: [self.query.as_slice(), over.query.as_slice()].concat(),
            tracking_id: over.tracking_id.clone().or_else(|| self.tracking_id.clone()),
            rejected: self.rejected.clone().or_else(|| over.rejected.clone()),
        }
    }

    /// The same as [`overridden_by`](Self::overridden_by), without a copy if either side sets
    /// nothing.
    pub(crate) fn under<'a>(&'a self, over: &'a Self) -> Cow<'a, Self> {
        if over.is_empty() {
            Cow::Borrowed(self)
        } else if self.is_empty() {
            Cow::Borrowed(over)
        } else {
            Cow::Owned(self.overridden_by(over))
        }
    }

    fn is_empty(&self) -> bool {
        let Self {
            call_timeout,
            attempt_timeout,
            idle_timeout,
            retry,
            headers,
            query,
            tracking_id,
            request_hooks,
            reply_hooks,
            rejected,
        } = self;
        [call_timeout, attempt_timeout, idle_timeout].iter().all(|limit| limit.is_none())
            && retry.is_none()
            && headers.is_empty()
            && query.is_empty()
            && tracking_id.is_none()
            && request_hooks.is_empty()
            && reply_hooks.is_empty()
            && rejected.is_none()
    }

    /// When the call is retried.
    /// These options without a user on whose behalf calls are made, and without the user's tenant.
    pub(crate) fn as_oneself(&self) -> Self {
        let mut options = self.clone();
        options.headers.remove("x-tapis-user");
        options.headers.remove("x-tapis-tenant");
        options
    }

    pub(crate) fn retry(&self) -> &Retry {
        self.retry.as_ref().unwrap_or(&retry::DEFAULT)
    }

    /// The time limit of the whole call.
    pub(crate) fn call_limit(&self) -> Option<Duration> {
        self.call_timeout.flatten()
    }

    /// The time limit of an attempt.
    pub(crate) fn attempt_limit(&self, streams: bool, of: &Operation) -> Option<Duration> {
        let limit = of.slow.map_or(ATTEMPT_LIMIT, |seconds| Duration::from_secs(seconds.into()));
        self.attempt_timeout.unwrap_or((!streams).then_some(limit))
    }

    /// The time limit for the start of a streamed reply, during which the service may have to work:
    /// the idle limit of the caller if there is one, otherwise the limit of an attempt.
    pub(crate) fn begin_limit(&self, of: &Operation) -> Option<Duration> {
        self.idle_timeout.unwrap_or_else(|| self.attempt_limit(false, of))
    }

    /// The idle limit of a transfer.
    pub(crate) fn idle_limit(&self) -> Option<Duration> {
        self.idle_timeout.unwrap_or(Some(IDLE_LIMIT))
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.rejected {
            Some(why) => Err(Error::new(ErrorKind::Input, why.clone())),
            None => Ok(()),
        }
    }
}

/// Names only: values of headers and query parameters may be secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Options")
            .field("call_timeout", &self.call_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("retry", &self.retry)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("query", &query)
            .field("tracking_id", &self.tracking_id)
            .finish_non_exhaustive()
    }
}

fn is_tracking_id(id: &str) -> bool {
    let Some((namespace, rest)) = id.split_once('.') else { return false };
    id.len() <= 126
        && !namespace.is_empty()
        && !rest.is_empty()
        && namespace.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracking_id_has_two_parts() {
        for id in ["portal.run-1", "a_b.c"] {
            assert!(Options::new().with_tracking_id(id).check().is_ok());
        }
        for id in [
            "",
            "a",
            ".a",
            "a.",
            "a.b.c",
            "a-b.c",
            "a.b_c",
            "ä.b",
            &format!("a.{}", "b".repeat(125)),
        ] {
            assert!(Options::new().with_tracking_id(id).check().unwrap_err().is_input(), "{id}");
        }
    }

    #[test]
    fn what_http_cannot_send_is_refused() {
        let refused =
            |name, value| Options::new().with_header(name, value).check().unwrap_err().to_string();
        assert!(refused("a b", "c").contains("not a valid header name"));
        assert!(refused("a", "c\n").contains("cannot contain"));
        assert!(refused("X-Tapis-Token", "c").contains("the session sets it"));
    }

    #[test]
    fn whatever_is_set_on_either_side_holds() {
        let none = Options::new();
        assert!(none.is_empty());
        for one in [
            Options::new().with_timeout(None),
            Options::new().with_attempt_timeout(None),
            Options::new().with_idle_timeout(None),
            Options::new().with_retry(Retry::never()),
            Options::new().with_header("a", "1"),
            Options::new().with_query("a", "1"),
            Options::new().with_tracking_id("a.b"),
            Options::new().with_request_hook(|_| Ok(())),
            Options::new().with_reply_hook(|_| {}),
            Options::new().with_header("no name", "1"),
        ] {
            assert!(!one.is_empty(), "{one:?}");
            for both in [none.under(&one), one.under(&none)] {
                assert!(std::ptr::eq(&raw const *both, &raw const one), "{one:?}");
            }
        }
        let (one, other) = (none.clone().with_query("a", "1"), none.with_query("b", "2"));
        assert_eq!(one.under(&other).query.len(), 2);
    }

    #[test]
    fn the_closer_option_wins() {
        let view = Options::new().with_header("a", "1").with_timeout(Duration::from_secs(1));
        let both = view.overridden_by(&Options::new().with_header("A", "2").with_query("q", "v"));
        assert_eq!(both.headers["a"], "2");
        assert_eq!(both.call_limit(), Some(Duration::from_secs(1)));
        let off = both.overridden_by(&Options::new().with_timeout(None));
        assert_eq!(off.call_limit(), None);
        assert_eq!(both.query.len(), 1);
    }
}
