//! Time is injected: the session and everything below it read the time from a [`Clock`].

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use jiff::Timestamp;

/// A future that the session can wait for.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The source of time of a session. Tests can pass their own.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the present date and time.
    fn now(&self) -> Timestamp;

    /// Returns the time since an arbitrary origin, for measuring durations: it never goes back and
    /// ignores corrections of the date. The default implementation uses the date, which is right
    /// for a clock that only a test moves.
    fn monotonic(&self) -> Duration {
        Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Completes when a time limit of `limit` has passed. The default is the same as
    /// [`sleep`](Self::sleep). A clock that skips pauses must treat limits differently, or every
    /// limit would pass at once.
    fn time_limit(&self, limit: Duration) -> BoxFuture<'static, ()> {
        self.sleep(limit)
    }
}

/// The system's clock and tokio's timer.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        ORIGIN.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The output of the future, or `None` once `limit` has passed on `clock`.
pub(crate) async fn within<F: Future>(
    clock: &dyn Clock,
    limit: Option<Duration>,
    future: F,
) -> Option<F::Output> {
    let Some(limit) = limit else { return Some(future.await) };
    // The `async` block reads the clock only if the future is not ready at once.
    let time_limit = pin!(async { clock.time_limit(limit).await });
    match select(pin!(future), time_limit).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
