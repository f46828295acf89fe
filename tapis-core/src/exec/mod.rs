//! The request pipeline: token, request, attempts, reply or error. All calls of all services use
//! it.

mod answer;
mod attempt;
mod receive;

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use tracing::{Instrument as _, Span};

use crate::call::{Call, Payload};
use crate::clock::within;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::hint;
use crate::operation::{Method, TokenUse};
use crate::options::Options;
use crate::refusal::{Advice, Token};
use crate::token::{Flight, Tokens};

use answer::Answer;
pub(crate) use answer::{Open, Reply};
use attempt::Prepared;
pub(crate) use receive::{failed_success, transport};

/// Sends the call and reads the whole reply.
pub(crate) async fn buffered(call: &Call) -> Result<Reply, Error> {
    match run(call, true).await? {
        Answer::Whole(reply) => Ok(reply),
        // `run` returns the requested variant; if it did not, the body could still be read.
        Answer::Open(open) => {
            let (clock, attempts) = (call.session.clock(), open.attempts);
            receive::read(open.response, attempts, clock, open.idle).await
        }
    }
}

/// Sends the call and returns the reply as soon as its headers have arrived.
pub(crate) async fn streamed(call: &Call) -> Result<Open, Error> {
    match run(call, false).await? {
        Answer::Open(open) => Ok(open),
        Answer::Whole(_) => Err(Error::new(ErrorKind::Decoding, "the reply was not left open")),
    }
}

async fn run(call: &Call, whole: bool) -> Result<Answer, Error> {
    let options = match &call.options {
        Some(own) => call.session.options().under(own),
        None => Cow::Borrowed(call.session.options()),
    };
    let span = call_span(call, &options);
    let request = Prepared { call, options };
    let outcome = request.attempts(whole).instrument(span.clone()).await;
    let count = match &outcome {
        Ok(answer) => answer.attempts(),
        Err(error) => error.attempts(),
    };
    span.record("http.request.resend_count", count.saturating_sub(1));
    recorded(&span, outcome).map_err(|error| request.final_error(error))
}

/// The next step after a failed attempt.
enum Next {
    Fail(Error),
    /// The token was refused with this error; a new token is being obtained.
    Renew(Error, Flight),
    Pause(Duration),
}

/// The progress of a call.
#[derive(Default)]
struct CallState {
    /// By the monotonic clock.
    start: Duration,
    /// The number of requests sent so far.
    requests: u32,
    /// Whether one of them was repeated with another token.
    renewed: bool,
    /// Whether any request may have reached the service; the last error alone does not show it.
    sent: bool,
    /// Whether the reply to a request that may have changed something was lost.
    lost: bool,
}

impl Prepared<'_> {
    /// The error that the caller gets.
    fn final_error(&self, error: Error) -> Error {
        let tracking_id = self.options.tracking_id.as_deref();
        let error = error.with_operation(self.call.operation).with_tracking_id(tracking_id);
        let tokens = self.call.session.tokens().present();
        hint::give(error, self.call, tokens.as_deref())
    }

    /// Makes attempts until one succeeds or no further one is allowed.
    async fn attempts(&self, whole: bool) -> Result<Answer, Error> {
        let (call, session) = (self.call, &self.call.session);
        self.options.check()?;
        call.check(&self.options)?;
        let mut state = CallState { start: session.monotonic(), ..CallState::default() };
        let mut tokens = match self.carries_token() {
            true => Some(match session.tokens().at_hand(session) {
                Ok(tokens) => tokens,
                Err(flight) => self
                    .token(state.start, flight)
                    .await
                    .ok_or_else(|| timeout("the time limit passed while logging in"))??,
            }),
            false => None,
        };
        self.for_services_only(tokens.as_deref())?;
        loop {
            let permit = match session.permit() {
                None => None,
                Some(permit) => {
                    let limit = self.attempt_limit(whole, &state)?;
                    within(session.clock(), limit, pin!(permit)).await.ok_or_else(|| {
                        timeout(
                            "the time limit passed while the call waited for a concurrency \
                             permit",
                        )
                        .with_maybe_sent(state.sent)
                        .with_attempts(state.requests)
                    })?
                }
            };
            let limit = self.attempt_limit(whole, &state)?;
            state.requests = state.requests.saturating_add(1);
            let count = state.requests;
            let span = attempt_span(count);
            let attempt = self.attempt(tokens.as_deref(), whole, count, permit);
            let outcome = within(session.clock(), limit, pin!(attempt.instrument(span.clone())))
                .await
                .unwrap_or_else(|| Err(self.timed_out(whole, &state).with_maybe_sent(true)));
            let error = match recorded(&span, outcome) {
                Ok(mut answer) => {
                    session.budget().refill();
                    answer.carried(tokens);
                    return Ok(answer);
                }
                Err(error) => error.with_attempts(count),
            };
            drop(span);
            match self.next(error, tokens.as_deref(), &mut state) {
                Next::Fail(error) => return Err(error),
                Next::Renew(refusal, flight) => {
                    let renewed = self.token(state.start, flight).await;
                    tokens = Some(renewed_or(refusal, renewed)?);
                    state.renewed = true;
                }
                Next::Pause(pause) => session.clock().sleep(pause).await,
            }
        }
    }

    /// Whether the request carries the session's token.
    fn carries_token(&self) -> bool {
        match self.call.operation.token {
            TokenUse::Always => true,
            TokenUse::Never => false,
            TokenUse::UnlessBasic => {
                !self.call.headers.contains_key(AUTHORIZATION)
                    && !self.options.headers.contains_key(AUTHORIZATION)
                    && self.call.session.tokens().has_source()
            }
        }
    }

    /// The next step after a failed attempt.
    fn next(&self, error: Error, tokens: Option<&Tokens>, state: &mut CallState) -> Next {
        let may_have_acted = error.maybe_sent();
        state.sent |= may_have_acted;
        let error = error.with_maybe_sent(state.sent);
        if let Some(tokens) = tokens
            && error.token() != Token::Accepted
        {
            return match self.after_refusal(error, tokens, state) {
                Next::Fail(error) => Next::Fail(state.final_error(error)),
                next => next,
            };
        }
        let Some(pause) = self.pause(&error, may_have_acted, state) else {
            return Next::Fail(state.final_error(error));
        };
        // With another status the service has replied, and did not act.
        let lost = matches!(error.status().map(|status| status.as_u16()), None | Some(502 | 504));
        state.lost |= lost && may_have_acted && self.call.operation.method != Method::GET;
        tracing::debug!(error = %error, pause_ms = pause.as_millis(), "trying again");
        Next::Pause(pause)
    }

    /// The next step when the service refused the token, or may have.
    fn after_refusal(&self, error: Error, tokens: &Tokens, state: &CallState) -> Next {
        let (call, cache) = (self.call, self.call.session.tokens());
        if state.renewed {
            return Next::Fail(error);
        }
        if !cache.can_renew() {
            return Next::Fail(match error.token() {
                Token::Refused => error.with_advice(Advice::AskForTokens),
                _ => error,
            });
        }
        let flight = cache.replace(&call.session, tokens, error.token(), call.operation);
        let Some(flight) = flight else { return Next::Fail(error) };
        tracing::debug!("the service does not accept the token; renewing it");
        // The service did not act on a request with a refused token, so the body can be sent again
        // if it is still available. The reason for an unknown 401 is not known.
        let may_repeat = error.token() == Token::Refused || self.is_idempotent();
        match may_repeat && call.body.is_repeatable() {
            true => Next::Renew(error, flight),
            // The next call will use the new token.
            false => Next::Fail(error),
        }
    }

    /// Whether the call is safe to retry.
    fn is_idempotent(&self) -> bool {
        self.options.retry().idempotent.unwrap_or(self.call.operation.idempotent)
    }

    /// The delay before the next attempt, if `error` allows one.
    fn pause(&self, error: &Error, may_have_acted: bool, state: &CallState) -> Option<Duration> {
        let (call, retry) = (self.call, self.options.retry());
        // A request that was repeated with another token does not count as another attempt.
        let attempts = state.requests.saturating_sub(u32::from(state.renewed));
        let pause = retry.delay(attempts.saturating_add(1), error.retry_after());
        let total = retry.total.min(self.options.call_limit().unwrap_or(Duration::MAX));
        let may_retry = retry.allows(error, may_have_acted, self.is_idempotent())
            && call.body.is_repeatable()
            && attempts < retry.attempts
            && self.elapsed(state.start).saturating_add(pause) < total
            && call.session.budget().spend();
        may_retry.then_some(pause)
    }

    /// The token from `flight`; `None` if the time limit of the call passes first.
    async fn token(&self, start: Duration, flight: Flight) -> Option<Result<Arc<Tokens>, Error>> {
        let session = &self.call.session;
        let left = self.options.call_limit();
        let left = left.map(|total| total.saturating_sub(self.elapsed(start)));
        within(session.clock(), left, pin!(session.tokens().land(session, flight))).await
    }

    /// The time left for the next attempt; `None` for no limit.
    fn attempt_limit(&self, whole: bool, state: &CallState) -> Result<Option<Duration>, Error> {
        let attempt = self.limit_of_attempts(whole);
        let Some(total) = self.options.call_limit() else { return Ok(attempt) };
        match total.checked_sub(self.elapsed(state.start)) {
            Some(left) => Ok(Some(attempt.map_or(left, |attempt| attempt.min(left)))),
            None => Err(self
                .timed_out(whole, state)
                .with_maybe_sent(state.sent)
                .with_attempts(state.requests)),
        }
    }

    fn limit_of_attempts(&self, whole: bool) -> Option<Duration> {
        let streams = !whole || matches!(self.call.body, Payload::Raw(_) | Payload::Multipart(_));
        self.options.attempt_limit(streams, self.call.operation)
    }

    /// The error of a limit that has passed; its hint names the option that sets it.
    fn timed_out(&self, whole: bool, state: &CallState) -> Error {
        let total = self.options.call_limit();
        let of_call = total.filter(|total| self.elapsed(state.start) >= *total);
        let (limit, (of, option)) = match (of_call, self.limit_of_attempts(whole)) {
            (None, Some(attempt)) => (attempt, ("for one attempt", "with_attempt_timeout")),
            (call, _) => (call.or(total).unwrap_or_default(), ("for the call", "with_timeout")),
        };
        timeout(&format!("the time limit has passed: {limit:?} {of}"))
            .with_hint(format!("{option}() sets another limit"))
    }

    fn elapsed(&self, start: Duration) -> Duration {
        self.call.session.monotonic().saturating_sub(start)
    }
}

impl CallState {
    /// The final error; it includes earlier lost replies.
    fn final_error(&self, error: Error) -> Error {
        if self.lost { error.after_lost_reply() } else { error }
    }
}

/// The renewed token. If the renewal fails, returns the service's refusal of the old token.
fn renewed_or(
    refusal: Error,
    renewed: Option<Result<Arc<Tokens>, Error>>,
) -> Result<Arc<Tokens>, Error> {
    match renewed {
        Some(Ok(tokens)) => Ok(tokens),
        Some(Err(login)) => {
            let refusal = match (refusal.advice(), login.advice()) {
                (None, Some(advice)) => refusal.with_advice(advice),
                _ => refusal,
            };
            Err(refusal.with_source(login))
        }
        None => Err(refusal.with_source(timeout("the time limit passed while renewing the token"))),
    }
}

fn timeout(why: &str) -> Error {
    Error::new(ErrorKind::Timeout, why)
}

/// The span of a whole call.
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
fn attempt_span(count: u32) -> Span {
    tracing::debug_span!(
        "tapis.attempt",
        attempt = count,
        http.response.status_code = tracing::field::Empty,
        error.type = tracing::field::Empty,
    )
}

/// Records the outcome in its span.
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
