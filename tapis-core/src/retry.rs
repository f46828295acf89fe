//! When a call is retried, and after which delay.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::StatusCode;

use crate::error::Error;

/// The retry policy of a call.
///
/// Default: four attempts within sixty seconds. Failures before anything was sent are retried for
/// every operation; replies with 429, 502, 503 and 504, timeouts and dropped connections only for
/// idempotent operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    pub(crate) attempts: u32,
    pub(crate) total: Duration,
    pub(crate) base: Duration,
    pub(crate) longest: Duration,
    pub(crate) idempotent: Option<bool>,
    pub(crate) also_on: Vec<StatusCode>,
}

/// The default policy.
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
    /// Never retries.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Sets the maximum number of attempts, including the first; at least one.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Starts no new attempt once this much time has passed since the first.
    #[must_use]
    pub fn total_time(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the maximum delay before the second attempt; it doubles for each further attempt up to
    /// `longest`. Each delay is random, evenly distributed from zero to the maximum.
    #[must_use]
    pub fn backoff(mut self, base: Duration, longest: Duration) -> Self {
        self.base = base;
        self.longest = longest;
        self
    }

    /// Overrides whether this call is idempotent, and therefore safe to retry.
    #[doc(alias = "idempotency")]
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Also retries replies with this status for idempotent operations, for example a 500 of a
    /// service that needs some seconds after a credential was registered. Each call adds a status.
    #[must_use]
    pub fn also_on(mut self, status: StatusCode) -> Self {
        self.also_on.push(status);
        self
    }

    /// Whether `error` allows another attempt, if the failed one may have taken effect and the
    /// operation is `idempotent`.
    pub(crate) fn allows(&self, error: &Error, may_have_acted: bool, idempotent: bool) -> bool {
        let also = error.status().is_some_and(|status| self.also_on.contains(&status));
        (error.is_retryable() || also) && (!may_have_acted || idempotent)
    }

    /// A random delay before attempt number `next`, counted from one; at least the delay that the
    /// service `asked` for.
    #[must_use]
    pub fn delay(&self, next: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.base.saturating_mul(1 << next.saturating_sub(2).min(16));
        let ceiling = doubled.min(self.longest);
        let drawn = ceiling.mul_f64(fastrand::f64());
        asked.map_or(drawn, |asked| asked.max(drawn))
    }
}

/// A retry budget, refilled by successes. During an outage it prevents a multiple of the usual
/// load.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Takes the cost of one retry from the budget, if there is enough.
    pub(crate) fn spend(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(Self::RETRY)
            })
            .is_ok()
    }

    /// Refills the budget after a success.
    pub(crate) fn refill(&self) {
        if self.0.load(Ordering::Relaxed) < Self::FULL {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The delay in `Retry-After`: seconds, or a timestamp, measured against `now`.
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
