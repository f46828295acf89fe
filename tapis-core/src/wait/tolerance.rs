//! The failures that do not end a wait, and how long they are tolerated.

use std::error::Error as _;
use std::time::Duration;

use reqwest::StatusCode;

use crate::error::Error;

/// How long failures in a row are tolerated by default.
pub(super) const DEFAULT: Duration = Duration::from_secs(15 * 60);

/// Failures that are tolerated while polling: an outage shorter than the limit does not end the
/// polling.
///
/// Retryable failures are tolerated ([`Error::is_retryable`]), and a 401 after a first successful
/// poll, because a valid token is refused while the authenticator restarts. A refused login is
/// final.
#[derive(Clone, Debug)]
pub struct Tolerance {
    limit: Duration,
    answered: bool,
    /// When the first of the failures in a row occurred.
    since: Option<Duration>,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

impl Tolerance {
    /// Tolerates failures in a row for `limit`.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit, answered: false, since: None }
    }

    /// Records a successful poll, which ends a row of failures.
    pub fn answered(&mut self) {
        self.answered = true;
        self.since = None;
    }

    /// Whether `error`, which occurred at `now` of the session's monotonic clock, is tolerated.
    pub fn tolerates(&mut self, error: &Error, now: Duration) -> bool {
        if !may_pass(error, self.answered) {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.saturating_sub(since) < self.limit
    }

    /// The delay before the next poll, where `pause` is the usual pause: longer after a failure,
    /// and as long as the service asks for, but not longer than failures are tolerated.
    #[must_use]
    pub fn pause(&self, pause: Duration, error: &Error, now: Duration) -> Duration {
        let left = self.limit.saturating_sub(now.saturating_sub(self.since.unwrap_or(now)));
        let asked = error.retry_after().unwrap_or_default().min(left);
        pause.max(Duration::from_secs(1)).max(asked)
    }
}

fn may_pass(error: &Error, answered: bool) -> bool {
    if login_was_refused(error) {
        return false;
    }
    let unauthorized = error.status() == Some(StatusCode::UNAUTHORIZED);
    error.is_retryable() || (answered && unauthorized && error.is_authentication())
}

/// Whether the login was refused, and not a token.
fn login_was_refused(error: &Error) -> bool {
    // If a login failed, the call was not sent; if a renewal failed, its error is the source of the
    // service's refusal.
    let renewal = error.source().and_then(|source| source.downcast_ref::<Error>());
    error.is_authentication()
        && (!error.maybe_sent() || renewal.is_some_and(Error::is_authentication))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use crate::error_kind::ErrorKind;
    use crate::refusal::{self, Form, Refusal};

    /// The session's error for a login that a service has refused: the call was not sent.
    fn refused_login(status: u16, message: &str) -> Error {
        let (service, form) = ("authenticator", Form::Json);
        let verdict = refusal::judge(Refusal { service, status, message, form });
        let status = StatusCode::from_u16(status).unwrap();
        let error = Error::refused(verdict, message.to_owned());
        error.with_reply(status, &HeaderMap::new(), &Bytes::new()).never_sent()
    }

    fn of(kind: ErrorKind, status: Option<u16>) -> Error {
        let error = Error::new(kind, "");
        let Some(status) = status else { return error };
        error.with_reply(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &Bytes::new())
    }

    const START: Duration = Duration::from_secs(1000);

    #[test]
    fn which_failures_may_pass() {
        let refused = || of(ErrorKind::Authentication, Some(401));
        for (error, before_an_answer, after_one) in [
            (of(ErrorKind::Connection, None), true, true),
            (of(ErrorKind::Timeout, None), true, true),
            (of(ErrorKind::RateLimit, Some(429)), true, true),
            (of(ErrorKind::Server, Some(503)), true, true),
            (of(ErrorKind::Server, Some(500)), false, false),
            (of(ErrorKind::NotFound, Some(404)), false, false),
            (of(ErrorKind::Permission, Some(403)), false, false),
            (refused(), false, true),
            (of(ErrorKind::Permission, Some(401)), false, false),
            (refused_login(400, "Invalid username/password combination."), false, false),
            (refused_login(401, "who are you?"), false, false),
            (refused_login(502, "Bad Gateway"), true, true),
            (refused().with_source(refused()), false, false),
            (refused().with_source(of(ErrorKind::Server, Some(502))), false, true),
            (of(ErrorKind::Authentication, None), false, false),
        ] {
            assert_eq!(Tolerance::default().tolerates(&error, START), before_an_answer, "{error}");
            let mut answered = Tolerance::default();
            answered.answered();
            assert_eq!(answered.tolerates(&error, START), after_one, "{error}");
        }
    }

    #[test]
    fn failures_in_a_row_are_tolerated_for_a_quarter_of_an_hour() {
        let mut tolerance = Tolerance::default();
        let lost = of(ErrorKind::Connection, None);
        let minutes = |minutes: u64| START + Duration::from_secs(60 * minutes);
        assert!(tolerance.tolerates(&lost, minutes(0)) && tolerance.tolerates(&lost, minutes(14)));
        tolerance.answered();
        assert!(tolerance.tolerates(&lost, minutes(20)) && tolerance.tolerates(&lost, minutes(34)));
        assert!(!tolerance.tolerates(&lost, minutes(35)));
        assert!(tolerance.tolerates(&lost, Duration::ZERO), "a clock that goes back is no failure");
    }

    #[test]
    fn a_service_that_asks_for_a_pause_gets_it_up_to_what_is_tolerated() {
        let mut tolerance = Tolerance::new(Duration::from_secs(60));
        let asking = |seconds| {
            of(ErrorKind::RateLimit, Some(429)).with_retry_after(Some(Duration::from_secs(seconds)))
        };
        assert!(tolerance.tolerates(&asking(20), START));
        let pause = |error| tolerance.pause(Duration::from_secs(2), &error, START).as_secs();
        assert_eq!([pause(asking(20)), pause(asking(u64::MAX)), pause(asking(0))], [20, 60, 2]);
        let none = tolerance.pause(Duration::ZERO, &of(ErrorKind::Connection, None), START);
        assert_eq!(none.as_secs(), 1, "a server that is down is not asked without pauses");
    }
}
