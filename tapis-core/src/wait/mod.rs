//! Waiting for long-running resources: polling at growing intervals.

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

/// A resource with stages, each of which [`Waiter::until`] can wait for.
pub trait Staged {
    /// The type of its stages.
    type Stage: Send + Sync + 'static;

    /// Whether it is in `stage`, or has passed it.
    fn has_reached(&self, stage: &Self::Stage) -> bool;
}

/// Waits for a long-running resource, such as a job. Await it for the final state, or call
/// [`watch`](Self::watch) for a stream of changes.
///
/// An outage does not end it: retryable failures are tolerated for 15 minutes in a row, see
/// [`tolerate`](Self::tolerate). Dropping it stops the polling and nothing else, unless
/// [`cancel_on_drop`](Self::cancel_on_drop) is set.
#[doc(alias = "poll")]
#[doc(alias = "poller")]
#[derive(Clone)]
#[must_use = "nothing is waited for until it is awaited or watched"]
pub struct Waiter<T> {
    question: Question<T>,
    id: String,
    cancel: Option<Cancel>,
    cancels: bool,
}

impl<T: Send + 'static> Waiter<T> {
    /// Waits for `what`, the name in errors, with the replies of `ask`, which `judge` classifies.
    /// Two replies with the same text from `describe` are not a change.
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
            id: String::new(),
            cancel: None,
            cancels: false,
        }
    }

    /// Sets the [`id`](Self::id) of the resource.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The id of the resource, such as the UUID of a job, to show or to store it before the wait ends. It is
    /// empty for waiters of your own that were given none.
    #[doc(alias = "uuid")]
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sets the function that cancels the resource, for [`cancel_on_drop`](Self::cancel_on_drop).
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

    /// Fails after `limit`, counted from the first poll. Default: no limit. The limit includes
    /// requests. At its end the state is polled once more, which can take another 10 seconds. If
    /// the resource has not ended by then, the wait fails with [`ErrorKind::Timeout`].
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.question.timeout = limit.into();
        self
    }

    /// Sets how often the service is polled; see [`PollInterval`] for the default.
    pub fn poll_interval(mut self, interval: impl Into<PollInterval>) -> Self {
        self.question.interval = interval.into();
        self
    }

    /// Sets how long failures in a row are tolerated. Default: 15 minutes.
    ///
    /// Retryable failures are tolerated ([`Error::is_retryable`]): connection errors, timeouts,
    /// 429, 502, 503 and 504; after a first successful poll also 401. A refused login and all other
    /// failures end the wait at once.
    pub fn tolerate(mut self, limit: Duration) -> Self {
        self.question.tolerated = limit;
        self
    }

    /// Sets how long in a row an uncertain state is tolerated, which may be temporary or final,
    /// such as a pod in `ERROR` while its image is pulled, or a run of a pipeline that no engine
    /// has started. The method that returns the waiter states the default; zero fails the wait at
    /// once.
    pub fn grace_period(mut self, limit: Duration) -> Self {
        self.question.grace = Some(limit);
        self
    }

    /// Calls `callback` with the first state and with each changed state.
    pub fn on_change(mut self, callback: impl Fn(&T) + Send + Sync + 'static) -> Self {
        self.question.tell = Some(Arc::new(callback));
        self
    }

    /// Cancels the resource if the wait ends first: when the waiter, its future or its stream is
    /// dropped, awaited or not, or after a timeout. For clones, the drop of the last one counts.
    /// Nothing is cancelled once the resource has ended, has failed or is in the awaited state, or
    /// once a request for it has failed permanently.
    ///
    /// The request is sent in the background, so it is lost if the process ends at once. No effect
    /// on resources that cannot be cancelled.
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

    /// The changes of the resource, as a stream that ends with the resource: the first state, each
    /// changed state, and the final state. The first request is sent at once. If the resource
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
        last.ok_or_else(|| {
            let message = format!("the wait for {what} ended before any status was received");
            Error::new(ErrorKind::Cancelled, message)
        })
    }
}

impl<T: Staged + Send + 'static> Waiter<T> {
    /// Waits until the resource has reached `stage` or a later one, and not for its end. If the
    /// resource fails before, the wait fails.
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

/// The changes of a long-running resource: a stream that ends with it. If it fails, the last item
/// is the error, and the item before that its last state.
#[must_use = "a stream does nothing until it is polled"]
pub struct Watch<T> {
    changes: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T> Watch<T> {
    /// Creates a watch from a stream of changes.
    pub fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self { changes: Box::pin(stream) }
    }

    /// Returns the next change; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the resource failed, [`ErrorKind::Timeout`] after the waiter's
    /// timeout, and each failure of a request that is not tolerated.
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
