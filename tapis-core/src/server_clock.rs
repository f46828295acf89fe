//! The clock of the services, derived from the `Date` of their replies.

use jiff::{SignedDuration, Timestamp};

/// The header has whole seconds and takes time to arrive.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);
/// A reply whose clock differs by more than this is ignored.
const BOUND: SignedDuration = SignedDuration::from_hours(24);

/// The difference between the services' clock and the session's.
///
/// A difference is used once two replies have reported it, because a single reply may come from a
/// proxy with a wrong clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerClock {
    skew: SignedDuration,
    unconfirmed: Option<SignedDuration>,
}

impl ServerClock {
    /// The time of the services' clock when the session's clock is at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> Timestamp {
        // The usual case, which every call takes.
        if self.skew.is_zero() {
            return now;
        }
        now.checked_add(self.skew).unwrap_or(now)
    }

    /// Records a reply with the `Date` `date`, received at `now`. Returns false until another reply
    /// confirms it.
    pub(crate) fn observe(&mut self, date: Timestamp, now: Timestamp) -> bool {
        let skew = date.duration_since(now);
        if skew.abs() > BOUND {
            return true;
        }
        let skew = if skew.abs() <= TOLERANCE { SignedDuration::ZERO } else { skew };
        let near = |known: SignedDuration| {
            known.checked_sub(skew).is_some_and(|difference| difference.abs() <= TOLERANCE)
        };
        if near(self.skew) {
            self.unconfirmed = None;
            return true;
        }
        let confirmed = self.unconfirmed.is_some_and(near);
        if confirmed {
            self.skew = skew;
        }
        self.unconfirmed = (!confirmed).then_some(skew);
        confirmed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn ahead(seconds: i64) -> Timestamp {
        now() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_skew_counts_once_two_replies_have_told_it() {
        let mut clock = ServerClock::default();
        assert!(!clock.observe(ahead(3600), now()));
        assert_eq!(clock.at(now()), now());
        assert!(clock.observe(ahead(3601), now()));
        assert_eq!(clock.at(now()), ahead(3601));
    }

    #[test]
    fn a_single_odd_reply_changes_nothing() {
        let mut clock = ServerClock::default();
        for odd in [600, 0, -600, 0] {
            clock.observe(ahead(odd), now());
            assert_eq!(clock.at(now()), now());
        }
    }

    #[test]
    fn the_services_clock_is_found_again_after_it_was_told_wrong() {
        let mut clock = ServerClock::default();
        for date in [7200, 7200, 0, 0] {
            clock.observe(ahead(date), now());
        }
        assert_eq!(clock.at(now()), now());
    }

    #[test]
    fn a_date_of_another_age_is_not_believed() {
        let mut clock = ServerClock::default();
        for text in ["1970-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
            for _ in 0..3 {
                clock.observe(text.parse().unwrap(), now());
            }
        }
        assert_eq!(clock.at(now()), now());
        let mut clock = ServerClock::default();
        clock.observe(Timestamp::MIN, Timestamp::MAX);
        clock.observe(Timestamp::MAX, Timestamp::MIN);
    }
}
