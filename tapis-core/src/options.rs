//! What a single call or a view of a session wants differently.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, ErrorKind};
use crate::retry::Retry;

/// Options of a call: what is not set is taken from the view, and then from the client.
#[derive(Clone, Default)]
pub struct Options {
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) retry: Option<Retry>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) tracking_id: Option<String>,
    pub(crate) rejected: Option<String>,
}

impl Options {
    /// No options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time that the whole call may take, attempts and pauses included.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout);
        self
    }

    /// The time that one attempt may take.
    #[must_use]
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// When the call is tried again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// A header to send; it replaces one of the same name. A name or value that HTTP does not
    /// allow, or the token's header, fails the call before it is sent.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value.as_ref())) {
            (Ok(parsed), _) if parsed == "x-tapis-token" => {
                self.reject("header x-tapis-token: the session sends it");
            }
            (Ok(parsed), Ok(mut value)) => {
                // Nobody but the caller knows whether it is a secret.
                value.set_sensitive(true);
                self.headers.insert(parsed, value);
            }
            (Ok(parsed), Err(_)) => {
                self.reject(format!("header {parsed}: the value cannot be sent"))
            }
            (Err(_), _) => self.reject(format!("{name:?} is not the name of a header")),
        }
        self
    }

    /// A query parameter to send besides those of the operation.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// An id by which the service logs the call: two parts with a full stop between, the first of
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

    /// These options, with those of `over` where it sets any.
    pub(crate) fn overlaid(&self, over: &Self) -> Self {
        let mut headers = self.headers.clone();
        for (name, value) in &over.headers {
            headers.insert(name.clone(), value.clone());
        }
        Self {
            call_timeout: over.call_timeout.or(self.call_timeout),
            attempt_timeout: over.attempt_timeout.or(self.attempt_timeout),
            retry: over.retry.clone().or_else(|| self.retry.clone()),
            headers,
            query: [self.query.as_slice(), over.query.as_slice()].concat(),
            tracking_id: over.tracking_id.clone().or_else(|| self.tracking_id.clone()),
            rejected: self.rejected.clone().or_else(|| over.rejected.clone()),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.rejected {
            Some(why) => Err(Error::new(ErrorKind::Input, why.clone())),
            None => Ok(()),
        }
    }
}

/// Names only: the value of a header or of a query parameter may be a secret.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Options")
            .field("call_timeout", &self.call_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
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
        assert!(refused("a b", "c").contains("not the name of a header"));
        assert!(refused("a", "c\n").contains("cannot be sent"));
        assert!(refused("X-Tapis-Token", "c").contains("the session sends it"));
    }

    #[test]
    fn the_closer_option_wins() {
        let view = Options::new().with_header("a", "1").with_timeout(Duration::from_secs(1));
        let both = view.overlaid(&Options::new().with_header("A", "2").with_query("q", "v"));
        assert_eq!(both.headers["a"], "2");
        assert_eq!(both.call_timeout, Some(Duration::from_secs(1)));
        assert_eq!(both.query.len(), 1);
    }
}
