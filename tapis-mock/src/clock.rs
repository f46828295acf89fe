//! The clock of the mock: the machine's, shifted or stopped by a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// A clock that a test can advance.
///
/// Everything in the mock that depends on time (the expiry of tokens, the progress of jobs,
/// timestamps in records) uses this clock. Clones show the same time.
///
/// Everything in the mock that depends on time (tokens that expire, jobs that progress, times in
/// records) asks this clock and nothing else. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The time at which a stopped clock was stopped; `None` for a running one.
    stopped_at: Option<i64>,
    /// How far a test has advanced the clock, in microseconds.
    moved: AtomicI64,
}

impl Clock {
    /// A clock that runs with the machine's.
    #[must_use]
    pub fn running() -> Self {
        Self(Arc::new(Inner { stopped_at: None, moved: AtomicI64::new(0) }))
    }

    /// A clock that is stopped at `time` and changes only when a test advances it.
    #[must_use]
    pub fn stopped_at(time: SystemTime) -> Self {
        Self(Arc::new(Inner { stopped_at: Some(micros(time)), moved: AtomicI64::new(0) }))
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        // `fetch_update` cannot fail here, because the closure always returns a value.
        let _ = self.0.moved.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |moved| {
            Some(moved.saturating_add(by))
        });
    }

    /// The current time of this clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let micros = self.micros();
        let distance = Duration::from_micros(micros.unsigned_abs());
        let time = if micros < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }

    /// The current time of this clock, in the format of records.
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros()).unwrap_or(Timestamp::MAX)
    }

    /// Whole seconds since 1970, the unit of tokens.
    pub(crate) fn seconds(&self) -> i64 {
        self.timestamp().as_second()
    }

    fn micros(&self) -> i64 {
        let start = self.0.stopped_at.unwrap_or_else(|| micros(SystemTime::now()));
        start.saturating_add(self.0.moved.load(Ordering::SeqCst))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::running()
    }
}

fn micros(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_told() {
        let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(100));
        assert_eq!(clock.seconds(), 100);
        clock.advance(Duration::from_secs(7));
        assert_eq!(clock.seconds(), 107);
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(107));
    }

    #[test]
    fn clones_show_the_same_time() {
        let clock = Clock::running();
        let other = clock.clone();
        clock.advance(Duration::from_secs(3600));
        assert!(other.now() > SystemTime::now() + Duration::from_secs(3000));
    }

    #[test]
    fn moving_too_far_stops_at_the_end_of_time() {
        let clock = Clock::running();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.timestamp(), Timestamp::MAX);
    }
}
