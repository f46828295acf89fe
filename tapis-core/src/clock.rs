//! Time, injected: the session and everything that it does take the time from here.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A future that the session can wait for.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a session takes the time from; tests hand in one of their own.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present date and time.
    fn now(&self) -> Timestamp;

    /// The time since an arbitrary origin, by which durations are measured: it never goes back, and
    /// does not follow when the date is corrected. By default it is counted from the date, which is
    /// right for a clock that only a test moves.
    fn monotonic(&self) -> Duration {
        Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }

    /// Completes when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Completes when a time limit of `limit` has passed on this clock; by default the same as
    /// [`sleep`](Self::sleep). A clock that skips pauses has to tell the two apart: what is limited
    /// would otherwise have no time at all.
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

/// The future's output, or `None` once `limit` has passed on `clock`. What is large is pinned by the
/// caller, where it does not have to be moved.
pub(crate) fn within<'a, F: Future + Unpin>(
    clock: &'a dyn Clock,
    limit: Option<Duration>,
    future: F,
) -> Within<'a, F> {
    Within { clock, limit, future, sleep: None }
}

pub(crate) struct Within<'a, F> {
    clock: &'a dyn Clock,
    limit: Option<Duration>,
    future: F,
    sleep: Option<BoxFuture<'static, ()>>,
}

impl<F: Future + Unpin> Future for Within<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(output) = Pin::new(&mut this.future).poll(context) {
            return Poll::Ready(Some(output));
        }
        let Some(limit) = this.limit else { return Poll::Pending };
        // Made only now: most futures that are ready at once need no timer.
        let sleep = this.sleep.get_or_insert_with(|| this.clock.time_limit(limit));
        sleep.as_mut().poll(context).map(|()| None)
    }
}
