//! The road of a call: token, request, attempts, reply or error. Every call of every service goes
//! through here.

mod attempt;
mod receive;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument as _, Span};

use crate::call::{Call, Payload};
use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, ErrorKind};
use crate::failure;
use crate::options::{Effective, Options};
use crate::token::Tokens;

use attempt::Prepared;
pub(crate) use receive::{failed_success, transport};

/// A reply whose body has been read. It is handed on in a box, because it passes many levels.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
}

/// Sends the call and reads the whole reply.
pub(crate) async fn buffered(call: &Call) -> Result<Box<Reply>, Error> {
    match run(call, true).await? {
        Answer::Whole(reply) => Ok(reply),
        // `run` gives what it is asked for; were it otherwise, the body could still be read.
        Answer::Open(open) => {
            let (clock, attempts) = (call.session.clock(), open.attempts);
            Box::pin(receive::read(open.response, attempts, clock, open.idle)).await
        }
    }
}

/// Sends the call and gives the reply as soon as its head is there.
pub(crate) async fn streamed(call: &Call) -> Result<Open, Error> {
    match run(call, false).await? {
        Answer::Open(open) => Ok(*open),
        Answer::Whole(_) => Err(Error::new(ErrorKind::Decoding, "the reply was not left open")),
    }
}

enum Answer {
    Whole(Box<Reply>),
    Open(Box<Open>),
}

impl Answer {
    fn attempts(&self) -> u32 {
        match self {
            Self::Whole(reply) => reply.attempts,
            Self::Open(open) => open.attempts,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Whole(reply) => reply.status,
            Self::Open(open) => open.response.status(),
        }
    }
}

/// A reply whose body is still to be read.
pub(crate) struct Open {
    pub(crate) response: reqwest::Response,
    /// How long it may be silent between two pieces.
    pub(crate) idle: Option<Duration>,
    attempts: u32,
    /// The call is in flight until the body has been read or dropped.
    _permit: Option<OwnedSemaphorePermit>,
}

async fn run(call: &Call, whole: bool) -> Result<Answer, Error> {
    let options = match &call.options {
        Some(own) => call.session.options().under(own),
        None => Effective::Borrowed(call.session.options()),
    };
    let span = call_span(call, &options);
    let request = Prepared { call, options };
    // Pinned where it is: it is large, and would be copied on each level.
    let attempts = pin!(request.attempts(whole));
    let outcome = attempts.instrument(span.clone()).await;
    let count = match &outcome {
        Ok(answer) => answer.attempts(),
        Err(error) => error.attempts(),
    };
    span.record("http.request.resend_count", count.saturating_sub(1));
    recorded(&span, outcome).map_err(|error| {
        let tracking_id = request.options.tracking_id.as_deref();
        error.with_operation(request.call.operation).with_tracking_id(tracking_id)
    })
}

/// What comes after an attempt that failed.
enum Next {
    Fail(Error),
    Renew,
    Pause(Duration),
}

impl Prepared<'_> {
    /// Attempts, until one succeeds or there is to be no other.
    async fn attempts(&self, whole: bool) -> Result<Answer, Error> {
        let (call, session) = (self.call, &self.call.session);
        self.options.check()?;
        call.check()?;
        let start = session.now();
        let mut count = 0;
        let mut renewed = false;
        // Whether any attempt may have reached the service; the last error alone does not tell.
        let mut sent = false;
        // Before anything has been waited for, no time has passed that is worth asking the clock.
        let mut waited = false;
        let spent = |waited| if waited { self.elapsed(start) } else { Duration::ZERO };
        let mut tokens = match call.operation.needs_token {
            true => Some(match session.tokens().at_hand(session, start) {
                Ok(tokens) => tokens,
                // Rare and large, and so in a place of its own.
                Err(flight) => {
                    let landing = session.tokens().land(session, flight);
                    waited = true;
                    Box::pin(self.token(start, landing)).await?
                }
            }),
            false => None,
        };
        self.for_services_only(tokens.as_deref())?;
        loop {
            count += 1;
            let permit = match session.permit() {
                None => None,
                // Rare, and so in a place of its own.
                Some(permit) => {
                    let limit = self.attempt_limit(whole, spent(waited), sent, count)?;
                    waited = true;
                    let permit = within(session.clock(), limit, Box::pin(permit)).await;
                    permit.ok_or_else(|| {
                        timeout("the time limit passed in the queue")
                            .with_maybe_sent(sent)
                            .with_attempts(count - 1)
                    })?
                }
            };
            let limit = self.attempt_limit(whole, spent(waited), sent, count)?;
            waited = true;
            let span = attempt_span(count);
            let outcome = {
                let attempt = pin!(self.attempt(tokens.as_deref(), whole, count, permit));
                within(session.clock(), limit, attempt.instrument(span.clone())).await
            };
            let outcome = outcome
                .unwrap_or_else(|| Err(timeout("the time limit has passed").with_maybe_sent(true)));
            // In no place of its own, which the future would keep while it waits.
            let error = match recorded(&span, outcome) {
                Ok(answer) => {
                    session.budget().refill();
                    return Ok(answer);
                }
                Err(error) => error.with_attempts(count),
            };
            drop(span);
            match self.next(error, tokens.as_deref(), renewed, &mut sent, start) {
                Next::Fail(error) => return Err(error),
                Next::Renew => {
                    if let Some(present) = &tokens {
                        let replacing = session.tokens().replace(session, present);
                        tokens = Some(Box::pin(self.token(start, replacing)).await?);
                    }
                    renewed = true;
                    count -= 1;
                }
                Next::Pause(pause) => session.clock().sleep(pause).await,
            }
        }
    }

    /// What to do about a failed attempt. Out of the way of those that succeed, like all that
    /// they do not need: what a call runs through has to be fetched into the processor's cache.
    #[cold]
    fn next(
        &self,
        error: Error,
        tokens: Option<&Tokens>,
        renewed: bool,
        sent: &mut bool,
        start: jiff::Timestamp,
    ) -> Next {
        let (call, session) = (self.call, &self.call.session);
        let may_have_acted = error.maybe_sent();
        *sent |= may_have_acted;
        let error = error.with_maybe_sent(*sent);
        if tokens.is_some()
            && let Some(status) = error.status()
            && failure::rejects_token(status, error.message())
        {
            // A rejected request has not acted, so that any body that is still there can go again.
            if renewed || !session.tokens().can_renew() || !call.body.is_repeatable() {
                return Next::Fail(error);
            }
            tracing::debug!("the service does not accept the token; renewing it");
            return Next::Renew;
        }
        let Some(pause) = self.pause(&error, may_have_acted, error.attempts(), start) else {
            return Next::Fail(error);
        };
        tracing::debug!(error = %error, pause_ms = pause.as_millis(), "trying again");
        Next::Pause(pause)
    }

    /// How long to wait before the next attempt, if there is to be one after `error`.
    fn pause(
        &self,
        error: &Error,
        may_have_acted: bool,
        count: u32,
        start: jiff::Timestamp,
    ) -> Option<Duration> {
        let (call, retry) = (self.call, self.options.retry());
        let repeatable = retry.repeatable.unwrap_or(call.operation.repeatable);
        let pause = retry.pause(count + 1, error.retry_after());
        let total = retry.total.min(self.options.call_limit().unwrap_or(Duration::MAX));
        let may_retry = retry.allows(error, may_have_acted, repeatable)
            && call.body.is_repeatable()
            && count < retry.attempts
            && self.elapsed(start).saturating_add(pause) < total
            && call.session.budget().spend();
        may_retry.then_some(pause)
    }

    /// The token, within what is left of the call's time.
    async fn token(
        &self,
        start: jiff::Timestamp,
        getting: impl Future<Output = Result<Arc<Tokens>, Error>>,
    ) -> Result<Arc<Tokens>, Error> {
        let left = self.options.call_limit();
        let left = left.map(|total| total.saturating_sub(self.elapsed(start)));
        match within(self.call.session.clock(), left, pin!(getting)).await {
            Some(tokens) => tokens,
            None => Err(timeout("the time limit passed while logging in")),
        }
    }

    /// The time left for attempt number `count` when some is spent; `None` for as long as it takes.
    fn attempt_limit(
        &self,
        whole: bool,
        spent: Duration,
        sent: bool,
        count: u32,
    ) -> Result<Option<Duration>, Error> {
        let streams = !whole || matches!(self.call.body, Payload::Raw(_) | Payload::Multipart(_));
        let attempt = self.options.attempt_limit(streams);
        let Some(total) = self.options.call_limit() else { return Ok(attempt) };
        match total.checked_sub(spent) {
            Some(left) => Ok(Some(attempt.map_or(left, |attempt| attempt.min(left)))),
            None => Err(timeout("the time limit has passed")
                .with_maybe_sent(sent)
                .with_attempts(count - 1)),
        }
    }

    fn elapsed(&self, start: jiff::Timestamp) -> Duration {
        Duration::try_from(self.call.session.now().duration_since(start)).unwrap_or_default()
    }
}

fn timeout(why: &str) -> Error {
    Error::new(ErrorKind::Timeout, why)
}

/// The span of a whole call.
#[inline(never)] // its fields would stay on the stack for as long as the call is polled
fn call_span(call: &Call, options: &Options) -> Span {
    let operation = call.operation;
    tracing::info_span!(
        "tapis.call",
        otel.kind = "client",
        otel.name = operation.id,
        tapis.service = operation.service,
        tapis.tracking_id = options.tracking_id.as_deref(),
        http.request.method = operation.method.as_str(),
        url.template = operation.template,
        server.address = call.session.base().host(),
        http.response.status_code = tracing::field::Empty,
        http.request.resend_count = tracing::field::Empty,
        error.type = tracing::field::Empty,
    )
}

/// The span of one attempt.
#[inline(never)]
fn attempt_span(count: u32) -> Span {
    tracing::debug_span!(
        "tapis.attempt",
        attempt = count,
        http.response.status_code = tracing::field::Empty,
        error.type = tracing::field::Empty,
    )
}

/// The outcome, written into its span. By value, as a future keeps what was borrowed in it.
fn recorded(span: &Span, outcome: Result<Answer, Error>) -> Result<Answer, Error> {
    if span.is_disabled() {
        return outcome;
    }
    let status = match &outcome {
        Ok(answer) => Some(answer.status()),
        Err(error) => {
            span.record("error.type", tracing::field::debug(error.kind()));
            error.status()
        }
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    outcome
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // what cannot be set up fails the test

    use super::*;
    use crate::operation::{Method, Operation, ReplyKind};
    use crate::reply::{Enveloped, Outcome as _};
    use crate::session::Session;

    const OPERATION: Operation = Operation {
        service: "s",
        id: "o",
        method: Method::GET,
        template: "/v3/s",
        path: &[],
        required: &[],
        needs_token: true,
        repeatable: true,
        reply: ReplyKind::Enveloped,
        paging: None,
        page_order: &[],
    };

    /// With hundreds of calls in flight, their size is what fits into the processor's cache; and up
    /// to 1032 bytes the usual allocator has a fast way.
    #[test]
    fn a_call_in_flight_is_small() {
        let session = Session::builder("http://localhost").build().unwrap();
        let call = Enveloped::<String>::send(Call::new(&session, &OPERATION));
        let size = size_of_val(&call);
        assert!(size <= 1032, "{size} bytes");
    }
}
