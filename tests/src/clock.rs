//! A clock that tests move.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;
use tapis_core::{BoxFuture, Clock};

/// A clock that stands still until it is moved.
///
/// Pauses up to 31 seconds take no time and move the clock. Longer ones, and time limits of any
/// length, last until the clock has been moved past their end.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<State>>);

struct State {
    /// Another clock that is to move along.
    also: Option<Box<dyn Fn(Duration) + Send>>,
    now: Timestamp,
    waiting: Vec<Waker>,
    slept: Vec<Duration>,
    longest_pause: Duration,
}

impl State {
    fn go(&mut self, by: Duration) {
        self.now += by;
        if let Some(also) = &self.also {
            also(by);
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at(Timestamp::now())
    }
}

impl TestClock {
    /// A clock that takes another one along, by telling `also` how far it moves.
    #[must_use]
    pub fn moving(also: impl Fn(Duration) + Send + 'static) -> Self {
        let clock = Self::default();
        clock.lock().also = Some(Box::new(also));
        clock
    }

    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State {
            also: None,
            now,
            waiting: Vec::new(),
            slept: Vec::new(),
            longest_pause: Duration::from_secs(31),
        })))
    }

    /// Moves the clock, and wakes the tasks that wait for it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.go(by);
        state.waiting.drain(..).for_each(Waker::wake);
    }

    /// The pauses so far.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        self.lock().slept.clone()
    }

    fn reaches(self, end: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(poll_fn(move |context| {
            let mut state = self.lock();
            if state.now >= end {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let end = {
            let mut state = self.lock();
            if duration <= state.longest_pause {
                state.slept.push(duration);
                state.go(duration);
                return Box::pin(std::future::ready(()));
            }
            state.now + duration
        };
        clock.reaches(end)
    }

    fn time_limit(&self, limit: Duration) -> BoxFuture<'static, ()> {
        let end = self.lock().now + limit;
        self.clone().reaches(end)
    }
}
