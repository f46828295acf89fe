//! The road of a call: token, request, attempts, reply or error. Every call of every service goes
//! through here.

mod attempt;
mod receive;

use std::borrow::Cow;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use crate::call::{Call, Payload};
use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, ErrorKind};
use crate::failure;
use crate::options::Options;
use crate::session::Session;
use crate::token::Tokens;

use attempt::{Prepared, for_services_only};
pub(crate) use receive::{failed_success, transport};

/// A reply whose body has been read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
}

/// Sends the call and reads the whole reply.
pub(crate) async fn buffered(call: &Call) -> Result<Reply, Error> {
    let (response, attempts) = run(call, true).await?;
    match response {
        Answer::Whole(status, headers, body) => Ok(Reply { status, headers, body, attempts }),
        // `run` gives what it is asked for; were it otherwise, the body could still be read.
        Answer::Open(open) => {
            let reading = receive::read(open.response, call.session.clock(), open.idle);
            let (status, headers, body) = reading.await?;
            Ok(Reply { status, headers, body, attempts })
        }
    }
}

/// Sends the call and gives the reply as soon as its head is there.
pub(crate) async fn streamed(call: &Call) -> Result<Open, Error> {
    match run(call, false).await? {
        (Answer::Open(open), _) => Ok(open),
        (Answer::Whole(..), _) => {
            Err(Error::new(ErrorKind::Decoding, "the reply was not left open"))
        }
    }
}

enum Answer {
    Whole(StatusCode, HeaderMap, Bytes),
    Open(Open),
}

impl Answer {
    fn status(&self) -> StatusCode {
        match self {
            Self::Whole(status, ..) => *status,
            Self::Open(open) => open.response.status(),
        }
    }
}

/// A reply whose body is still to be read.
pub(crate) struct Open {
    pub(crate) response: reqwest::Response,
    /// How long it may be silent between two pieces.
    pub(crate) idle: Option<Duration>,
    /// The call is in flight until the body has been read or dropped.
    _permit: Option<OwnedSemaphorePermit>,
}

async fn run(call: &Call, whole: bool) -> Result<(Answer, u32), Error> {
    let operation = call.operation;
    let options = match &call.options {
        Some(own) => call.session.options().under(own),
        None => Cow::Borrowed(call.session.options()),
    };
    let span = tracing::info_span!(
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
    );
    // Pinned where it is: it is large, and would be copied on each level.
    let attempts = pin!(attempts(call, &options, whole));
    let outcome = attempts.instrument(span.clone()).await;
    match &outcome {
        Ok((answer, count)) => {
            span.record("http.response.status_code", answer.status().as_u16());
            span.record("http.request.resend_count", count - 1);
        }
        Err(error) => {
            span.record("error.type", tracing::field::debug(error.kind()));
            span.record("http.request.resend_count", error.attempts().saturating_sub(1));
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status.as_u16());
            }
        }
    }
    outcome.map_err(|error| {
        error.with_operation(operation).with_tracking_id(options.tracking_id.as_deref())
    })
}

async fn attempts(call: &Call, options: &Options, whole: bool) -> Result<(Answer, u32), Error> {
    options.check()?;
    call.check()?;
    let session = &call.session;
    let request = Prepared { call, options };
    let retry = options.retry.clone().unwrap_or_default();
    let repeatable =
        retry.repeatable.unwrap_or(call.operation.repeatable) && call.body.is_repeatable();
    let start = session.now();
    let mut count = 0;
    let mut renewed = false;
    // Whether any attempt may have reached the service; the last error alone does not tell.
    let mut sent = false;
    let mut tokens = match call.operation.needs_token {
        true => Some(match session.tokens().at_hand(session) {
            Ok(tokens) => tokens,
            // Rare and large, and so in a place of its own.
            Err(flight) => {
                let landing = session.tokens().land(session, flight);
                Box::pin(token(session, options, start, landing)).await?
            }
        }),
        false => None,
    };
    for_services_only(call, options, tokens.as_deref())?;
    loop {
        count += 1;
        let limit = attempt_limit(call, options, whole, start)
            .map_err(|error| error.with_maybe_sent(sent).with_attempts(count - 1))?;
        let permit = within(session.clock(), limit, pin!(session.permit())).await;
        let Some(permit) = permit else {
            return Err(Error::new(ErrorKind::Timeout, "the time limit passed in the queue")
                .with_maybe_sent(sent)
                .with_attempts(count - 1));
        };
        let limit = attempt_limit(call, options, whole, start)
            .map_err(|error| error.with_maybe_sent(sent).with_attempts(count - 1))?;
        let span = tracing::debug_span!(
            "tapis.attempt",
            attempt = count,
            http.response.status_code = tracing::field::Empty,
            error.type = tracing::field::Empty,
        );
        let outcome = {
            let attempt = pin!(request.attempt(tokens.as_deref(), whole, count, permit));
            within(session.clock(), limit, attempt.instrument(span.clone())).await
        };
        let outcome = outcome.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Timeout, "the time limit has passed").with_maybe_sent(true))
        });
        match &outcome {
            Ok(answer) => {
                span.record("http.response.status_code", answer.status().as_u16());
            }
            Err(error) => {
                span.record("error.type", tracing::field::debug(error.kind()));
                if let Some(status) = error.status() {
                    span.record("http.response.status_code", status.as_u16());
                }
            }
        }
        drop(span);
        let error = match outcome {
            Ok(answer) => {
                session.budget().refill();
                return Ok((answer, count));
            }
            Err(error) => error.with_attempts(count),
        };
        let may_have_acted = error.maybe_sent();
        sent |= may_have_acted;
        let error = error.with_maybe_sent(sent);
        if let (Some(present), Some(status)) = (&tokens, error.status())
            && failure::rejects_token(status, error.message())
        {
            // A rejected request has not acted, so that any body that is still there can go again.
            if renewed || !session.tokens().can_renew() || !call.body.is_repeatable() {
                return Err(error);
            }
            tracing::debug!("the service does not accept the token; renewing it");
            let replacing = session.tokens().replace(session, present);
            tokens = Some(Box::pin(token(session, options, start, replacing)).await?);
            renewed = true;
            count -= 1;
            continue;
        }
        let elapsed = Duration::try_from(session.now().duration_since(start)).unwrap_or_default();
        let pause = retry.pause(count + 1, error.retry_after());
        let may_retry = retry.allows(&error, may_have_acted, repeatable)
            && call.body.is_repeatable()
            && count < retry.attempts
            && elapsed.saturating_add(pause)
                < retry.total.min(options.call_limit().unwrap_or(Duration::MAX))
            && session.budget().spend();
        if !may_retry {
            return Err(error);
        }
        tracing::debug!(error = %error, pause_ms = pause.as_millis(), "trying again");
        session.clock().sleep(pause).await;
    }
}

/// The token, within what is left of the call's time.
async fn token(
    session: &Session,
    options: &Options,
    start: jiff::Timestamp,
    getting: impl Future<Output = Result<Arc<Tokens>, Error>>,
) -> Result<Arc<Tokens>, Error> {
    let elapsed = Duration::try_from(session.now().duration_since(start)).unwrap_or_default();
    let left = options.call_limit().map(|total| total.saturating_sub(elapsed));
    match within(session.clock(), left, pin!(getting)).await {
        Some(tokens) => tokens,
        None => Err(Error::new(ErrorKind::Timeout, "the time limit passed while logging in")),
    }
}

/// The time left for an attempt; `None` for as long as it takes.
fn attempt_limit(
    call: &Call,
    options: &Options,
    whole: bool,
    start: jiff::Timestamp,
) -> Result<Option<Duration>, Error> {
    let streams = !whole || matches!(call.body, Payload::Raw(_) | Payload::Multipart(_));
    let attempt = options.attempt_limit(streams);
    let Some(total) = options.call_limit() else { return Ok(attempt) };
    let elapsed = Duration::try_from(call.session.now().duration_since(start)).unwrap_or_default();
    match total.checked_sub(elapsed) {
        Some(left) => Ok(Some(attempt.map_or(left, |attempt| attempt.min(left)))),
        None => Err(Error::new(ErrorKind::Timeout, "the time limit has passed")),
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
        let sleep = this.sleep.get_or_insert_with(|| this.clock.sleep(limit));
        sleep.as_mut().poll(context).map(|()| None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // what cannot be set up fails the test

    use super::*;
    use crate::operation::{Method, Operation, ReplyKind};
    use crate::reply::{Enveloped, Outcome as _};

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
    };

    /// With hundreds of calls in flight, their size is what fits into the processor's cache.
    #[test]
    fn a_call_in_flight_is_small() {
        let session = Session::builder("http://localhost").build().unwrap();
        let call = Enveloped::<String>::send(Call::new(&session, &OPERATION));
        let size = size_of_val(&call);
        assert!(size <= 2560, "{size} bytes");
    }
}
