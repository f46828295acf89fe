//! The polling interval of a waiter.

use std::time::Duration;

/// The pause of a waiter between two polls.
///
/// Default: 2 seconds, then 1.5 times the previous interval, up to 30 seconds. So the end of a short
/// job is noticed soon, and a long job costs few requests.
#[doc(alias = "poll")]
#[doc(alias = "backoff")]
#[derive(Clone, Debug, PartialEq)]
pub struct PollInterval {
    first: Duration,
    growth: f64,
    longest: Duration,
}

impl Default for PollInterval {
    fn default() -> Self {
        Self { first: Duration::from_secs(2), growth: 1.5, longest: Duration::from_secs(30) }
    }
}

impl PollInterval {
    /// A constant pause.
    #[must_use]
    pub fn every(pause: Duration) -> Self {
        Self { first: pause, growth: 1.0, longest: pause }
    }

    /// Starts with `first`; each further pause is 1.5 times the previous one, up to `longest`.
    #[must_use]
    pub fn increasing(first: Duration, longest: Duration) -> Self {
        Self { first, longest, ..Self::default() }
    }

    /// The pause that follows one of `before`; without one, the first.
    #[must_use]
    pub fn after(&self, before: Option<Duration>) -> Duration {
        let next = before.map_or(self.first, |pause| {
            // A product that a `Duration` cannot hold becomes the longest pause.
            Duration::try_from_secs_f64(pause.as_secs_f64() * self.growth).unwrap_or(self.longest)
        });
        next.min(self.longest)
    }
}

/// Always this pause.
impl From<Duration> for PollInterval {
    fn from(pause: Duration) -> Self {
        Self::every(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_slows_down_to_half_a_minute() {
        let interval = PollInterval::default();
        let mut pause = None;
        let seconds: Vec<f64> = std::iter::repeat_with(|| {
            let next = interval.after(pause);
            pause = Some(next);
            next.as_secs_f64()
        })
        .take(10)
        .collect();
        assert_eq!(seconds[..4], [2.0, 3.0, 4.5, 6.75]);
        assert_eq!(seconds[9], 30.0);
    }

    #[test]
    fn a_steady_interval_stays_the_same() {
        let interval = PollInterval::every(Duration::from_secs(7));
        let first = interval.after(None);
        assert_eq!([first, interval.after(Some(first))], [Duration::from_secs(7); 2]);
    }
}
