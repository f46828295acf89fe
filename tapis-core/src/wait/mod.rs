//! Waiting for what takes long: polling, at intervals that grow.

mod cancel;
mod poll_interval;
mod poller;
mod tolerance;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::clock::BoxFuture;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::session::Session;

use cancel::{Cancel, CancelOnDrop};
pub use poll_interval::PollInterval;
pub use poller::State;
use poller::{Poller, Question};
pub use tolerance::Tolerance;

/// A thing that goes through stages, any of which can be waited for with [`Waiter::until`].
pub trait Staged {
    /// A stage on its way.
    type Stage: Send + Sync + 'static;

    /// Whether it is in `stage`, or has been and went on to a later one.
    fn has_reached(&self, stage: &Self::Stage) -> bool;
}

/// Waits for something that takes long: awaiting it returns the thing as it is at the end, and
/// [`watch`](Self::watch) a stream of its changes on the way.
///
/// An outage does not end it: failures after which the same request may succeed are tolerated for
/// 15 minutes in a row, see [`tolerate`](Self::tolerate). Dropping it ends the polling and nothing
/// else, unless [`cancel_on_drop`](Self::cancel_on_drop) says so.
#[doc(alias = "poll")]
#[doc(alias = "poller")]
#[derive(Clone)]
#[must_use = "nothing is waited for until it is awaited or watched"]
pub struct Waiter<T> {
    question: Question<T>,
    cancel: Option<Cancel>,
    cancels: bool,
}

impl<T: Send + 'static> Waiter<T> {
    /// Waits for `what`, as errors name it, with the answers of `ask`, which `judge` tells apart.
    /// Two answers that `describe` returns the same text for are no change.
    pub fn new(
        session: &Session,
        what: impl Into<String>,
        ask: impl Fn() -> BoxFuture<'static, Result<T, Error>> + Send + Sync + 'static,
        describe: impl Fn(&T) -> String + Send + Sync + 'static,
        judge: impl Fn(&T) -> State + Send + Sync + 'static,
    ) -> Self {
        Self {
            question: Question {
                session: session.clone(),
                what: what.into(),
                ask: Arc::new(ask),
                judge: Arc::new(judge),
                describe: Arc::new(describe),
                tell: None,
                interval: PollInterval::default(),
                timeout: None,
                tolerated: tolerance::DEFAULT,
                grace: None,
                guard: None,
            },
            cancel: None,
            cancels: false,
        }
    }

    /// Says how the thing is cancelled, for [`cancel_on_drop`](Self::cancel_on_drop).
    pub fn cancelled_by(
        mut self,
        cancel: impl Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync + 'static,
    ) -> Self {
        self.cancel = Some(Arc::new(cancel));
        if let Some(other) = self.question.guard.take() {
            other.disarm();
        }
        self.guarded()
    }

    /// Times out after `limit`, counted from the first poll; there is no limit by default. The limit
    /// holds for requests too. At its end the thing is asked for once more, which may take another
    /// 10 seconds. If the thing has not ended by then, the wait fails with [`ErrorKind::Timeout`].
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.question.timeout = limit.into();
        self
    }

    /// How often the service is asked; see [`PollInterval`] for the default.
    pub fn poll_interval(mut self, interval: impl Into<PollInterval>) -> Self {
        self.question.interval = interval.into();
        self
    }

    /// For how long failures in a row are tolerated; 15 minutes by default.
    ///
    /// Tolerated are failures after which the same request may succeed
    /// ([`Error::is_retryable`]): connection errors, time limits, 429, 502, 503 and 504; once there
    /// has been an answer, also 401. A refused login and every other failure end the wait at once.
    pub fn tolerate(mut self, limit: Duration) -> Self {
        self.question.tolerated = limit;
        self
    }

    /// For how long in a row a state is tolerated that may pass or may be the end, such as a pod in
    /// `ERROR` while its image is pulled, or a run of a pipeline that nobody has taken up. The default
    /// is stated by the method that returns the waiter; zero fails the wait at once.
    pub fn grace_period(mut self, limit: Duration) -> Self {
        self.question.grace = Some(limit);
        self
    }

    /// Calls `tell` with the first answer and with each that differs from the one before.
    pub fn on_change(mut self, tell: impl Fn(&T) + Send + Sync + 'static) -> Self {
        self.question.tell = Some(Arc::new(tell));
        self
    }

    /// Cancels the thing when the wait ends before the thing does: when the waiter, its future or
    /// its stream is dropped, awaited or not, or after a timeout. Of clones, the last one dropped
    /// counts. Once the thing has ended, has failed or is what was waited for, or once a request
    /// for it has failed for good, nothing is cancelled.
    ///
    /// The request is sent in the background, so it is lost if the process ends at once. Has no
    /// effect on things that cannot be cancelled.
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancels = true;
        self.guarded()
    }

    fn guarded(mut self) -> Self {
        if self.cancels && self.question.guard.is_none() {
            self.question.guard = self.cancel.clone().map(CancelOnDrop::new);
        }
        self
    }

    /// The changes of the thing, as a stream that ends with the thing: the first answer, each that
    /// differs from the one before, and the last. The first request is sent at once. If the thing
    /// fails, the stream returns its last state and then the error.
    pub fn watch(self) -> Watch<T> {
        let changes =
            futures_util::stream::try_unfold(Poller::new(self.question), |mut poller| async move {
                Ok(poller.next_change().await?.map(|change| (change, poller)))
            });
        Watch { changes: Box::pin(changes) }
    }

    async fn finish(self) -> Result<T, Error> {
        let what = self.question.what.clone();
        let mut watch = self.watch();
        let mut last = None;
        while let Some(answer) = watch.next().await? {
            last = Some(answer);
        }
        last.ok_or_else(|| Error::new(ErrorKind::Cancelled, format!("{what} was never there")))
    }
}

impl<T: Staged + Send + 'static> Waiter<T> {
    /// Waits until the thing has reached `stage`, and not for its end. It is met by `stage` and by
    /// the stages that come after it. If the thing fails before, the wait fails.
    pub fn until(mut self, stage: T::Stage) -> Self {
        let judge = self.question.judge;
        self.question.judge = Arc::new(move |answer| match answer.has_reached(&stage) {
            true => State::Done,
            false => judge(answer),
        });
        self
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
            .field("what", &self.question.what)
            .field("timeout", &self.question.timeout)
            .field("interval", &self.question.interval)
            .finish_non_exhaustive()
    }
}

/// The changes of something that takes long: a stream, which ends when it does. If it fails, the
/// last item is the error, and the item before that its last state.
#[must_use = "a stream does nothing until it is polled"]
pub struct Watch<T> {
    changes: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T> Watch<T> {
    /// The changes that `stream` returns.
    pub fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self { changes: Box::pin(stream) }
    }

    /// The next change; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the thing failed, [`ErrorKind::Timeout`] after the waiter's
    /// timeout, and every failure of a request that is not tolerated.
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
