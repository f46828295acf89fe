//! Waiting for what takes long: asking again and again, at a pace that slows down.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::retry::Retry;
use crate::session::Session;

/// How many failures in a row, of the kind that may pass, are lived with.
const FAILURES: u32 = 5;

/// How often is asked.
///
/// By default first after two seconds, then after pauses that are half as long again each time, up
/// to half a minute: what is over soon is noticed soon, and what takes hours is not asked after every
/// second.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    first: Duration,
    growth: f64,
    longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_secs(2), growth: 1.5, longest: Duration::from_secs(30) }
    }
}

impl Pace {
    /// Always the same pause.
    #[must_use]
    pub fn every(pause: Duration) -> Self {
        Self { first: pause, growth: 1.0, longest: pause }
    }

    /// A first pause that grows by half up to the longest one.
    #[must_use]
    pub fn slowing(first: Duration, longest: Duration) -> Self {
        Self { first, longest, ..Self::default() }
    }

    /// The pause that follows one of `before`; without one, the first.
    #[must_use]
    pub fn after(&self, before: Option<Duration>) -> Duration {
        let next = before.map_or(self.first, |pause| {
            // Half as long again of what cannot be counted is the longest there is.
            Duration::try_from_secs_f64(pause.as_secs_f64() * self.growth).unwrap_or(self.longest)
        });
        next.min(self.longest)
    }
}

/// How a thing stands that is waited for.
#[derive(Debug)]
#[non_exhaustive]
pub enum State {
    /// It goes on.
    Pending,
    /// It is what was waited for.
    Done,
    /// It will not become that any more, and this is why.
    Failed(Error),
}

type Ask<T> = Arc<dyn Fn() -> BoxFuture<'static, Result<T, Error>> + Send + Sync>;
type Judge<T> = Arc<dyn Fn(&T) -> State + Send + Sync>;
type Describe<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;
type Tell<T> = Arc<dyn Fn(&T) + Send + Sync>;
type Cancel = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// Waits for something that takes long: awaiting it gives the thing as it is at the end, and
/// [`watch`](Self::watch) a stream of how it changes on the way.
///
/// Failures that may pass, such as a connection that breaks, are lived with up to five times in a
/// row. Dropping it ends the asking and nothing else, unless [`cancel_on_drop`](Self::cancel_on_drop)
/// says so.
#[derive(Clone)]
#[must_use = "nothing is waited for until it is awaited or watched"]
pub struct Waiter<T> {
    session: Session,
    what: String,
    ask: Ask<T>,
    judge: Judge<T>,
    describe: Describe<T>,
    cancel: Option<Cancel>,
    cancels: bool,
    pace: Pace,
    timeout: Option<Duration>,
    tell: Option<Tell<T>>,
}

impl<T: Send + 'static> Waiter<T> {
    /// Waits for `what`, as errors name it, with the answers of `ask`, which `judge` tells apart.
    /// Two answers that `describe` gives the same text for are no change.
    pub fn new(
        session: &Session,
        what: impl Into<String>,
        ask: impl Fn() -> BoxFuture<'static, Result<T, Error>> + Send + Sync + 'static,
        describe: impl Fn(&T) -> String + Send + Sync + 'static,
        judge: impl Fn(&T) -> State + Send + Sync + 'static,
    ) -> Self {
        Self {
            session: session.clone(),
            what: what.into(),
            ask: Arc::new(ask),
            judge: Arc::new(judge),
            describe: Arc::new(describe),
            cancel: None,
            cancels: false,
            pace: Pace::default(),
            timeout: None,
            tell: None,
        }
    }

    /// Says how the thing is cancelled, for [`cancel_on_drop`](Self::cancel_on_drop).
    pub fn cancelled_by(
        mut self,
        cancel: impl Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync + 'static,
    ) -> Self {
        self.cancel = Some(Arc::new(cancel));
        self
    }

    /// Gives up after this much time; never by default. The thing itself goes on.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeout = limit.into();
        self
    }

    /// How often is asked.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Calls `tell` with the first answer and with each that differs from the one before.
    pub fn on_change(mut self, tell: impl Fn(&T) + Send + Sync + 'static) -> Self {
        self.tell = Some(Arc::new(tell));
        self
    }

    /// Cancels the thing when the waiting ends before it does: dropped, or after a time limit. In
    /// the background, as far as the runtime lives. Has no effect on what cannot be cancelled.
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancels = true;
        self
    }

    /// How the thing changes, as a stream that ends with the thing: the first answer, and each that
    /// differs from the one before. The first is asked for at once.
    pub fn watch(self) -> Watch<T> {
        let cancelling = self.cancels.then(|| self.cancel.clone()).flatten();
        let guard = Guard { cancel: cancelling, runtime: None };
        let progress = Course {
            ends: None,
            pause: None,
            failures: 0,
            known: None,
            over: false,
            guard,
            waiter: self,
        };
        let changes = futures_util::stream::try_unfold(progress, |mut course| async move {
            Ok(course.next_change().await?.map(|change| (change, course)))
        });
        Watch { changes: Box::pin(changes) }
    }

    async fn finish(self) -> Result<T, Error> {
        let what = self.what.clone();
        let mut watch = self.watch();
        let mut last = None;
        while let Some(answer) = watch.next().await? {
            last = Some(answer);
        }
        last.ok_or_else(|| Error::new(ErrorKind::Cancelled, format!("{what} was never there")))
    }
}

/// How far the waiting has come.
struct Course<T> {
    waiter: Waiter<T>,
    ends: Option<jiff::Timestamp>,
    pause: Option<Duration>,
    failures: u32,
    known: Option<String>,
    over: bool,
    guard: Guard,
}

impl<T: Send + 'static> Course<T> {
    async fn next_change(&mut self) -> Result<Option<T>, Error> {
        if self.over {
            return Ok(None);
        }
        if self.known.is_none() {
            self.guard.runtime = tokio::runtime::Handle::try_current().ok();
            self.ends = self.waiter.timeout.and_then(|limit| self.now().checked_add(limit).ok());
        } else {
            self.rest().await?;
        }
        loop {
            let Some(answer) = self.answer().await? else {
                self.rest().await?;
                continue;
            };
            let state = (self.waiter.judge)(&answer);
            let described = (self.waiter.describe)(&answer);
            let changed = self.known.as_ref() != Some(&described);
            self.known = Some(described);
            if changed && let Some(tell) = &self.waiter.tell {
                tell(&answer);
            }
            match state {
                State::Pending if changed => return Ok(Some(answer)),
                State::Pending => self.rest().await?,
                State::Done => {
                    self.end();
                    return Ok(Some(answer));
                }
                State::Failed(error) => {
                    self.end();
                    return Err(error);
                }
            }
        }
    }

    /// The next answer; `None` for a failure that may pass.
    async fn answer(&mut self) -> Result<Option<T>, Error> {
        match (self.waiter.ask)().await {
            Ok(answer) => {
                self.failures = 0;
                Ok(Some(answer))
            }
            Err(error) if error.is_retryable() && self.failures < FAILURES => {
                self.failures += 1;
                tracing::debug!(what = self.waiter.what, %error, "asking again later");
                Ok(None)
            }
            Err(error) => {
                // Nobody knows how the thing stands, so that it is left alone.
                self.end();
                Err(error)
            }
        }
    }

    /// Waits for the next time to ask, or until the time is over.
    async fn rest(&mut self) -> Result<(), Error> {
        let mut pause = self.waiter.pace.after(self.pause);
        self.pause = Some(pause);
        if self.failures > 0 {
            pause = pause.max(Retry::default().pause(self.failures + 1, None));
        }
        let left = self.ends.map(|ends| {
            Duration::try_from(ends.duration_since(self.now())).unwrap_or(Duration::ZERO)
        });
        match left {
            Some(left) if left <= pause => {
                self.waiter.session.sleep(left).await;
                self.over = true;
                Err(self.out_of_time())
            }
            _ => {
                self.waiter.session.sleep(pause).await;
                Ok(())
            }
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.waiter.session.now()
    }

    fn out_of_time(&self) -> Error {
        let what = &self.waiter.what;
        let limit = self.waiter.timeout.unwrap_or_default();
        let message = match &self.known {
            Some(state) => format!("{what} was still {state} after {limit:?}"),
            None => format!("nothing was heard of {what} within {limit:?}"),
        };
        Error::new(ErrorKind::Timeout, message)
    }

    fn end(&mut self) {
        self.over = true;
        self.guard.cancel = None;
    }
}

/// Cancels the thing when it is dropped, unless the thing is over by then.
struct Guard {
    cancel: Option<Cancel>,
    runtime: Option<tokio::runtime::Handle>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (Some(cancel), Some(runtime)) = (self.cancel.take(), self.runtime.take()) else {
            return;
        };
        runtime.spawn(async move {
            if let Err(error) = cancel().await {
                tracing::warn!(%error, "what is no longer waited for could not be cancelled");
            }
        });
    }
}

impl<T: Send + 'static> IntoFuture for Waiter<T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.finish())
    }
}

impl<T> fmt::Debug for Waiter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("what", &self.what)
            .field("timeout", &self.timeout)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// How something changes that takes long: a stream, which ends when it does. When it ends badly,
/// the last item is the error.
#[must_use = "a stream does nothing until it is polled"]
pub struct Watch<T> {
    changes: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T> Watch<T> {
    /// The changes that `stream` gives.
    pub fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self { changes: Box::pin(stream) }
    }

    /// The next change; `None` at the end.
    ///
    /// # Errors
    /// Whatever keeps it from being heard of, or the bad end of what is watched.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| self.changes.as_mut().poll_next(context)).await.transpose()
    }
}

impl<T> Stream for Watch<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.changes.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_slows_down_to_half_a_minute() {
        let pace = Pace::default();
        let mut pause = None;
        let seconds: Vec<f64> = std::iter::repeat_with(|| {
            let next = pace.after(pause);
            pause = Some(next);
            next.as_secs_f64()
        })
        .take(10)
        .collect();
        assert_eq!(seconds[..4], [2.0, 3.0, 4.5, 6.75]);
        assert_eq!(seconds[9], 30.0);
    }

    #[test]
    fn a_steady_pace_stays_the_same() {
        let pace = Pace::every(Duration::from_secs(7));
        let first = pace.after(None);
        assert_eq!([first, pace.after(Some(first))], [Duration::from_secs(7); 2]);
    }
}
