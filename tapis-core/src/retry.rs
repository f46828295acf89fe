//! When a call is tried again, and how long it waits before.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::StatusCode;

use crate::error::Error;

/// How often and how long a call is tried.
///
/// The default is four attempts within sixty seconds. Failures before anything was sent are
/// retried for every operation; replies 429, 502, 503 and 504, time limits and dropped connections
/// only for operations that do no harm when repeated.
#[doc(alias = "backoff")]
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    pub(crate) attempts: u32,
    pub(crate) total: Duration,
    pub(crate) base: Duration,
    pub(crate) longest: Duration,
    pub(crate) idempotent: Option<bool>,
    pub(crate) also_on: Vec<StatusCode>,
}

/// What holds where nothing else is set.
pub(crate) static DEFAULT: Retry = Retry {
    attempts: 4,
    total: Duration::from_secs(60),
    base: Duration::from_millis(250),
    longest: Duration::from_secs(15),
    idempotent: None,
    also_on: Vec::new(),
};

impl Default for Retry {
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Retry {
    /// No second attempt.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// At most this many attempts, the first included; at least one.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// No new attempt once this much time has passed since the first.
    #[must_use]
    pub fn total_time(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The longest pause before the second attempt, doubled for each further one up to `longest`.
    /// Pauses are drawn evenly from zero to that.
    #[must_use]
    pub fn backoff(mut self, base: Duration, longest: Duration) -> Self {
        self.base = base;
        self.longest = longest;
        self
    }

    /// Says for this call whether sending it twice does no harm, in place of what is known of the operation.
    #[doc(alias = "idempotency")]
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Replies of this status are retried as well, where repeating does no harm: a 500 of a service that
    /// needs some seconds after a credential was registered, say. Called again, it adds a status.
    #[must_use]
    pub fn also_on(mut self, status: StatusCode) -> Self {
        self.also_on.push(status);
        self
    }

    /// Whether `error` may be answered with another attempt, if the one that failed may have acted
    /// and the operation is `idempotent`.
    pub(crate) fn allows(&self, error: &Error, may_have_acted: bool, idempotent: bool) -> bool {
        let also = error.status().is_some_and(|status| self.also_on.contains(&status));
        (error.is_retryable() || also) && (!may_have_acted || idempotent)
    }

    /// The pause before attempt number `next`, counted from one, drawn at random; at least what the
    /// service has `asked` for.
    #[must_use]
    pub fn delay(&self, next: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.base.saturating_mul(1 << next.saturating_sub(2).min(16));
        let ceiling = doubled.min(self.longest);
        let drawn = ceiling.mul_f64(fastrand::f64());
        asked.map_or(drawn, |asked| asked.max(drawn))
    }
}

/// What keeps an outage from being answered with a multiple of the usual load: retries spend from
/// a budget that successes fill up again.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Takes the price of one retry, if it is there.
    pub(crate) fn spend(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(Self::RETRY)
            })
            .is_ok()
    }

    /// A success gives a little back.
    pub(crate) fn refill(&self) {
        if self.0.load(Ordering::Relaxed) < Self::FULL {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What `Retry-After` asks for: seconds, or a moment, which is measured against `now`.
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?;
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_kind::ErrorKind;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = "2026-11-22T23:00:00Z".parse().unwrap();
        let after = |text| retry_after(text, now);
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 22 Nov 2026 23:00:49 GMT"), Some(Duration::from_secs(49)));
        assert_eq!(after("Sun, 22 Nov 2026 22:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn pauses_grow_to_the_longest_and_never_undercut_what_the_service_asks() {
        let retry = Retry::default().backoff(Duration::from_secs(1), Duration::from_secs(5));
        for next in 2..200 {
            assert!(retry.delay(next, None) <= Duration::from_secs(5));
        }
        assert!(retry.delay(2, None) <= Duration::from_secs(1));
        assert!(retry.delay(2, Some(Duration::from_secs(9))) >= Duration::from_secs(9));
    }

    #[test]
    fn an_outage_exhausts_the_budget_and_successes_fill_it() {
        let budget = Budget::new();
        let spent = (0..1000).filter(|_| budget.spend()).count();
        assert_eq!(spent, 100);
        for _ in 0..Budget::RETRY {
            budget.refill();
        }
        assert!(budget.spend() && !budget.spend());
    }

    #[test]
    fn what_may_have_acted_is_not_sent_again() {
        let retry = Retry::default();
        let lost = Error::new(ErrorKind::Connection, "");
        assert!(!retry.allows(&lost, true, false));
        assert!(retry.allows(&lost, true, true));
        assert!(retry.allows(&lost, false, false));
        assert!(!retry.allows(&Error::new(ErrorKind::NotFound, ""), true, true));
    }
}
