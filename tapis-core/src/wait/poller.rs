//! The polling loop: requests, pauses, the deadline, and the end.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::cancel::CancelOnDrop;
use super::poll_interval::PollInterval;
use super::tolerance::Tolerance;
use crate::clock::{BoxFuture, within};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::session::Session;

/// The time limit of the last poll, which starts at the deadline.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// The classified state of a resource.
#[non_exhaustive]
pub enum State {
    /// It continues.
    Pending,
    /// It is in the awaited state.
    Done,
    /// It can no longer reach the awaited state, for this reason.
    Failed(Error),
    /// Uncertain: the wait fails with this error if the resource stays in such states for the whole
    /// grace period.
    Doubtful(Error, Duration),
    /// Another request decides. Its failures are tolerated like those of the poll itself.
    Unclear(BoxFuture<'static, Result<State, Error>>),
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.write_str("Pending"),
            Self::Done => f.write_str("Done"),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
            Self::Doubtful(error, grace) => {
                f.debug_tuple("Doubtful").field(error).field(grace).finish()
            }
            Self::Unclear(_) => f.write_str("Unclear"),
        }
    }
}

type Ask<T> = Arc<dyn Fn() -> BoxFuture<'static, Result<T, Error>> + Send + Sync>;
type Judge<T> = Arc<dyn Fn(&T) -> State + Send + Sync>;
type Describe<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;
type Tell<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// The resource to poll, and its settings.
#[derive(Clone)]
pub(super) struct Question<T> {
    pub(super) session: Session,
    pub(super) what: String,
    pub(super) ask: Ask<T>,
    pub(super) judge: Judge<T>,
    pub(super) describe: Describe<T>,
    pub(super) tell: Option<Tell<T>>,
    pub(super) interval: PollInterval,
    pub(super) timeout: Option<Duration>,
    pub(super) tolerated: Duration,
    /// Replaces the grace period of an uncertain state.
    pub(super) grace: Option<Duration>,
    pub(super) guard: Option<Arc<CancelOnDrop>>,
}

/// The progress of a wait.
pub(super) struct Poller<T> {
    question: Question<T>,
    tolerance: Tolerance,
    stage: Stage,
    /// By the session's monotonic clock.
    deadline: Option<Duration>,
    pause: Option<Duration>,
    /// The last state, as text.
    known: Option<String>,
    /// Why the last poll failed.
    failure: Option<Error>,
    /// Since when the state has been uncertain.
    doubtful: Option<Duration>,
}

/// The consequence of a state for the wait.
enum Settled {
    Pending,
    Done,
    Failed(Error),
    GivenUp(Error),
}

enum Stage {
    New,
    Going,
    /// The last state has been returned, and this error follows.
    Ending(Error),
    Over,
}

impl<T: Send + 'static> Poller<T> {
    pub(super) fn new(question: Question<T>) -> Self {
        Self {
            tolerance: Tolerance::new(question.tolerated),
            question,
            stage: Stage::New,
            deadline: None,
            pause: None,
            known: None,
            failure: None,
            doubtful: None,
        }
    }

    /// The next state that differs from the one before; `None` at the end.
    pub(super) async fn next_change(&mut self) -> Result<Option<T>, Error> {
        match mem::replace(&mut self.stage, Stage::Going) {
            Stage::New => {
                self.deadline =
                    self.question.timeout.and_then(|limit| self.now().checked_add(limit));
            }
            Stage::Going => self.rest().await,
            Stage::Ending(error) => {
                self.stage = Stage::Over;
                return Err(error);
            }
            Stage::Over => {
                self.stage = Stage::Over;
                return Ok(None);
            }
        }
        loop {
            let last = self.deadline.is_some_and(|deadline| self.now() >= deadline);
            if let Some((answer, state)) = self.answer(last).await?
                && let Some(change) = self.change(answer, state, last)
            {
                return Ok(Some(change));
            }
            if last {
                self.stage = Stage::Over;
                return Err(self.out_of_time());
            }
            self.rest().await;
        }
    }

    /// The reply to one poll. `None` for a tolerated failure, or if the deadline passed first.
    async fn answer(&mut self, last: bool) -> Result<Option<(T, State)>, Error> {
        let limit = match last {
            true => Some(LAST_LOOK),
            false => self.left(),
        };
        let (asking, judge) = ((self.question.ask)(), self.question.judge.clone());
        let asking = async move {
            let answer = asking.await?;
            let mut state = judge(&answer);
            while let State::Unclear(look) = state {
                state = look.await?;
            }
            Ok((answer, state))
        };
        match within(self.question.session.clock(), limit, asking).await {
            Some(Ok(answer)) => {
                self.tolerance.answered();
                self.failure = None;
                Ok(Some(answer))
            }
            Some(Err(error)) if self.tolerance.tolerates(&error, self.now()) => {
                tracing::debug!(what = self.question.what, %error, "asking again later");
                self.failure = Some(error);
                Ok(None)
            }
            Some(Err(error)) => {
                // The state of the resource is unknown, so it is not cancelled.
                self.end(Stage::Over);
                Err(error)
            }
            None => Ok(None),
        }
    }

    /// The state to return to the caller, if it is a change or the end.
    fn change(&mut self, answer: T, state: State, last: bool) -> Option<T> {
        let state = self.settled(state);
        let described = (self.question.describe)(&answer);
        let changed = self.known.as_ref() != Some(&described);
        self.known = Some(described);
        if changed && let Some(tell) = &self.question.tell {
            tell(&answer);
        }
        match state {
            Settled::Pending if !changed => return None,
            Settled::Pending if last => self.stage = Stage::Ending(self.out_of_time()),
            Settled::Pending => {}
            Settled::Done => self.end(Stage::Over),
            Settled::Failed(error) => self.end(Stage::Ending(error)),
            // The resource has not ended, so it can still be cancelled.
            Settled::GivenUp(error) => self.stage = Stage::Ending(error),
        }
        Some(answer)
    }

    /// The consequence of a state, depending on how long it has been uncertain.
    fn settled(&mut self, state: State) -> Settled {
        let State::Doubtful(error, grace) = state else {
            self.doubtful = None;
            return match state {
                State::Done => Settled::Done,
                State::Failed(error) => Settled::Failed(error),
                _ => Settled::Pending,
            };
        };
        let now = self.now();
        let since = *self.doubtful.get_or_insert(now);
        match now.saturating_sub(since) >= self.question.grace.unwrap_or(grace) {
            true => Settled::GivenUp(error),
            false => Settled::Pending,
        }
    }

    /// Pauses until the next poll, at most until the deadline.
    async fn rest(&mut self) {
        let mut pause = self.question.interval.after(self.pause);
        self.pause = Some(pause);
        if let Some(error) = &self.failure {
            pause = self.tolerance.pause(pause, error, self.now());
        }
        let pause = self.left().map_or(pause, |left| left.min(pause));
        self.question.session.sleep(pause).await;
    }

    /// The time until the deadline.
    fn left(&self) -> Option<Duration> {
        Some(self.deadline?.saturating_sub(self.now()))
    }

    fn now(&self) -> Duration {
        self.question.session.monotonic()
    }

    fn out_of_time(&mut self) -> Error {
        let what = &self.question.what;
        let limit = self.question.timeout.unwrap_or_default();
        let message = match &self.known {
            Some(state) => format!("{what} was still {state} after {limit:?}"),
            None => format!("no status of {what} was received within {limit:?}"),
        };
        let error = Error::new(ErrorKind::Timeout, message);
        match self.failure.take() {
            Some(failure) => error.with_source(failure),
            None => error,
        }
    }

    /// No further request is sent, also not for cancelling.
    fn end(&mut self, stage: Stage) {
        self.stage = stage;
        if let Some(guard) = &self.question.guard {
            guard.disarm();
        }
    }
}
