//! The road of a call: token, request, attempts, reply or error. Every call of every service goes
//! through here.

use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use percent_encoding::utf8_percent_encode;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{StatusCode, Url, multipart};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use crate::call::{Call, Payload};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::failure::{self, Failure};
use crate::hooks::{IncomingReply, OutgoingRequest};
use crate::operation::{Method, ReplyKind};
use crate::options::Options;
use crate::path;
use crate::progress::Progress;
use crate::retry::retry_after;
use crate::secret::{Secret, scrub};
use crate::session::Session;
use crate::token::Tokens;

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-tapis-token");
const USER_HEADER: HeaderName = HeaderName::from_static("x-tapis-user");
const TENANT_HEADER: HeaderName = HeaderName::from_static("x-tapis-tenant");
const TRACKING_HEADER: HeaderName = HeaderName::from_static("x-tapis-tracking-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// How many redirects within the origin are followed.
const REDIRECTS: usize = 5;
/// The largest reply that is held in memory; longer ones have to be streamed.
const REPLY_LIMIT: usize = 256 * 1024 * 1024;

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
            let (status, headers) = (open.response.status(), open.response.headers().clone());
            let body = read(open.response, call.session.clock(), open.idle).await?;
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
    let options = call.session.options().overlaid(&call.options);
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
    let outcome = attempts(call, &options, whole).instrument(span.clone()).await;
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
    let mut request = Prepared::new(call, options)?;
    let retry = options.retry.clone().unwrap_or_default();
    let repeatable =
        retry.repeatable.unwrap_or(call.operation.repeatable) && call.body.is_repeatable();
    let start = session.now();
    let mut count = 0;
    let mut renewed = false;
    // Whether any attempt may have reached the service; the last error alone does not tell.
    let mut sent = false;
    let mut tokens = match call.operation.needs_token {
        true => Some(token(session, options, start, session.current_tokens()).await?),
        false => None,
    };
    for_services_only(&request.headers, tokens.as_deref())?;
    request.name_the_service(tokens.as_deref());
    loop {
        count += 1;
        let limit = attempt_limit(call, options, whole, start)
            .map_err(|error| error.with_maybe_sent(sent).with_attempts(count - 1))?;
        let Some(permit) = within(session.clock(), limit, session.permit()).await else {
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
        let attempt = request.attempt(tokens.as_deref(), whole, count, permit);
        let outcome =
            match within(session.clock(), limit, attempt.instrument(span.clone())).await {
                Some(outcome) => outcome,
                None => Err(Error::new(ErrorKind::Timeout, "the time limit has passed")
                    .with_maybe_sent(true)),
            };
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
            tokens = Some(
                token(session, options, start, session.tokens().replace(session, present)).await?,
            );
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
    match within(session.clock(), left, getting).await {
        Some(tokens) => tokens,
        None => Err(Error::new(ErrorKind::Timeout, "the time limit passed while logging in")),
    }
}

/// Acting for another is for services; a service refuses it of a user with a text that says less.
fn for_services_only(headers: &HeaderMap, tokens: Option<&Tokens>) -> Result<(), Error> {
    let acts_for_another = headers.contains_key(USER_HEADER) || headers.contains_key(TENANT_HEADER);
    let account = tokens.and_then(|tokens| tokens.access.claims().account_type.as_deref());
    if acts_for_another && account == Some("user") {
        return Err(Error::new(
            ErrorKind::Input,
            "only a service's token can act on behalf of another user; this is a user's token",
        ));
    }
    Ok(())
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

/// Everything about a request that is the same for each attempt.
struct Prepared<'a> {
    call: &'a Call,
    options: &'a Options,
    url: Url,
    headers: HeaderMap,
}

impl<'a> Prepared<'a> {
    fn new(call: &'a Call, options: &'a Options) -> Result<Self, Error> {
        let mut headers = call.headers.clone();
        let accept = match call.operation.reply {
            ReplyKind::Bytes => ANYTHING,
            _ => JSON,
        };
        headers.insert(ACCEPT, accept);
        if matches!(call.body, Payload::Json(_)) {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(id) = &options.tracking_id
            && let Ok(id) = HeaderValue::from_str(id)
        {
            headers.insert(TRACKING_HEADER, id);
        }
        for (name, value) in &options.headers {
            headers.insert(name.clone(), value.clone());
        }
        Ok(Self { call, options, url: url(call, options)?, headers })
    }

    /// A service names its tenant and a user together; where the caller names no user, it is the
    /// service itself.
    fn name_the_service(&mut self, tokens: Option<&Tokens>) {
        if !self.headers.contains_key(TENANT_HEADER) || self.headers.contains_key(USER_HEADER) {
            return;
        }
        let name = tokens.and_then(|tokens| tokens.access.claims().username.as_deref());
        if let Some(name) = name.and_then(|name| HeaderValue::from_str(name).ok()) {
            self.headers.insert(USER_HEADER, name);
        }
    }

    fn request(
        &self,
        url: Url,
        method: Method,
        tokens: Option<&Tokens>,
    ) -> Result<reqwest::Request, Error> {
        let mut request = reqwest::Request::new(method.to_reqwest(), url);
        *request.headers_mut() = self.headers.clone();
        if let Some(tokens) = tokens {
            let mut value = HeaderValue::from_str(tokens.access.expose_secret()).map_err(|_| {
                Error::new(ErrorKind::Authentication, "the token cannot be sent in a header")
            })?;
            value.set_sensitive(true);
            request.headers_mut().insert(TOKEN_HEADER, value);
        }
        let used_up =
            || Error::new(ErrorKind::Input, "the body is a stream that has been sent already");
        match &self.call.body {
            Payload::None => {}
            Payload::Json(json) => *request.body_mut() = Some(json.clone().into()),
            Payload::Raw(body) => *request.body_mut() = Some(body.take().ok_or_else(used_up)?),
            Payload::Multipart(parts) => {
                let mut form = multipart::Form::new();
                for (name, part) in parts {
                    form = form.part(*name, part.take().ok_or_else(used_up)?);
                }
                let (url, headers) = (request.url().clone(), request.headers().clone());
                request = self
                    .call
                    .session
                    .http()
                    .request(method.to_reqwest(), url)
                    .headers(headers)
                    .multipart(form)
                    .build()
                    .map_err(|error| {
                        Error::new(ErrorKind::Input, "body").with_source(error.without_url())
                    })?;
            }
        }
        Ok(request)
    }

    /// One attempt, with the redirects that stay within the origin.
    async fn attempt(
        &self,
        tokens: Option<&Tokens>,
        whole: bool,
        count: u32,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Answer, Error> {
        let session = &self.call.session;
        let idle = self.options.idle_limit();
        let mut url = self.url.clone();
        let mut method = self.call.operation.method;
        for _ in 0..=REDIRECTS {
            let mut request = self.request(url.clone(), method, tokens)?;
            self.show_request(&mut request, count)?;
            let progress = Progress::watch(&mut request, &self.call.body);
            let left = session.now();
            let executing = session.http().execute(request);
            let response = match &progress {
                Some(progress) => {
                    progress.moving(session.clock(), idle, executing).await.map_err(stalled)?
                }
                // Other replies have the limit of the attempt.
                None => within(session.clock(), idle.filter(|_| !whole), executing)
                    .await
                    .ok_or_else(|| stalled("the reply did not begin"))?,
            }
            .map_err(transport)?;
            let elapsed = session.now().duration_since(left);
            for hook in &self.options.reply_hooks {
                hook(&IncomingReply {
                    operation: self.call.operation,
                    attempt: count,
                    status: response.status(),
                    headers: response.headers(),
                    elapsed: Duration::try_from(elapsed).unwrap_or_default(),
                });
            }
            if let Some(date) = response.headers().get(DATE) {
                session.observe_date(date);
            }
            let status = response.status();
            if status.is_redirection() && response.headers().contains_key(LOCATION) {
                (url, method) = self.redirect(&url, method, &response)?;
                continue;
            }
            if !status.is_success() {
                return Err(self.refused(response, tokens).await);
            }
            if !whole {
                return Ok(Answer::Open(Open { response, idle, _permit: permit }));
            }
            let headers = response.headers().clone();
            let body = read(response, session.clock(), idle).await?;
            return Ok(Answer::Whole(status, headers, body));
        }
        Err(Error::new(ErrorKind::Request, "the service redirects in a circle")
            .with_maybe_sent(true))
    }

    fn show_request(&self, request: &mut reqwest::Request, attempt: u32) -> Result<(), Error> {
        let operation = self.call.operation;
        for hook in &self.options.request_hooks {
            hook(&mut OutgoingRequest { operation, attempt, request: &mut *request }).map_err(
                |why| Error::new(ErrorKind::Input, "a request hook failed").with_source(why),
            )?;
        }
        Ok(())
    }

    /// Where a redirect leads, if it may be followed: never to another origin, which is not to
    /// have the token, and never with another method.
    fn redirect(
        &self,
        from: &Url,
        method: Method,
        response: &reqwest::Response,
    ) -> Result<(Url, Method), Error> {
        let refuse = |why: String| {
            Err(Error::new(ErrorKind::Request, why).with_reply(
                response.status(),
                response.headers(),
                &Bytes::new(),
            ))
        };
        let target = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let Some(target) = target.and_then(|target| from.join(target).ok()) else {
            return refuse("the service redirects to something that is not a URL".to_owned());
        };
        let base = self.call.session.base();
        if !base.same_origin(&target) {
            let host = target.host_str().unwrap_or_default();
            if base.scheme() == "http" && target.scheme() == "https" {
                return refuse(format!(
                    "the service wants https; use https://{host} as the base URL"
                ));
            }
            return refuse(format!(
                "the service redirects to another origin, {}://{host}, which is not to have the token",
                target.scheme()
            ));
        }
        let keeps_method = matches!(response.status().as_u16(), 307 | 308)
            || matches!(method, Method::GET | Method::HEAD);
        if !keeps_method || !self.call.body.is_repeatable() {
            return refuse(format!(
                "the service redirects, and {} cannot be repeated",
                method.as_str()
            ));
        }
        Ok((target, method))
    }

    /// The error for a reply that is not a success.
    async fn refused(&self, response: reqwest::Response, tokens: Option<&Tokens>) -> Error {
        let session = &self.call.session;
        let (status, headers) = (response.status(), response.headers().clone());
        // What can be read of the body; the status says enough where it cannot.
        let body =
            read(response, session.clock(), self.options.idle_limit()).await.unwrap_or_default();
        let failure = Failure::read(&body, |text| self.scrub(text, tokens));
        let wait = headers
            .get(RETRY_AFTER)
            .and_then(|value| retry_after(value.to_str().ok()?, session.now()));
        Error::new(failure::classify(status, &failure.message), failure.message)
            .with_reply(status, &headers, &body)
            .with_version(failure.version)
            .with_retry_after(wait)
    }

    fn scrub(&self, message: String, tokens: Option<&Tokens>) -> String {
        let message = scrub(message, &self.call.secrets);
        match tokens {
            Some(tokens) => scrub(message, std::slice::from_ref(tokens.access.secret())),
            None => message,
        }
    }
}

/// The text of an error that came with a success.
pub(crate) fn failed_success(call: &Call, reply: &Reply) -> Error {
    let present = call.session.tokens().present();
    let token = present.as_ref().map(|tokens| tokens.access.secret().clone());
    let secrets: Vec<Secret> = call.secrets.iter().cloned().chain(token).collect();
    let failure = Failure::read(&reply.body, |text| scrub(text, &secrets));
    Error::new(failure::classify(reply.status, &failure.message), failure.message)
        .with_operation(call.operation)
        .with_reply(reply.status, &reply.headers, &reply.body)
        .with_version(failure.version)
        .with_attempts(reply.attempts)
}

fn url(call: &Call, options: &Options) -> Result<Url, Error> {
    let mut text = String::with_capacity(160);
    text.push_str(call.session.base_url());
    match &call.whole_path {
        Some(path) => text.push_str(path),
        None => path::append(&mut text, call.operation, &call.path),
    }
    let mut separator = '?';
    let mut pair = |name: &str, value: &str| {
        let (name, value) =
            (utf8_percent_encode(name, path::ENCODED), utf8_percent_encode(value, path::ENCODED));
        let _ = write!(text, "{separator}{name}={value}");
        separator = '&';
    };
    for (name, values) in &call.query {
        values.iter().for_each(|value| pair(name, value));
    }
    for (name, value) in call.free_query.iter().chain(&options.query) {
        pair(name, value);
    }
    // The text may hold secrets, so that the error must not repeat it.
    Url::parse(&text)
        .map_err(|error| Error::new(ErrorKind::Input, format!("the URL cannot be built: {error}")))
}

/// A body in memory, no longer than the limit and never silent for long.
async fn read(
    mut response: reqwest::Response,
    clock: &dyn Clock,
    idle: Option<Duration>,
) -> Result<Bytes, Error> {
    let fault = |kind, why: &str| {
        Error::new(kind, why).with_reply(response.status(), response.headers(), &Bytes::new())
    };
    let (too_long, silent) = (
        fault(ErrorKind::Decoding, "the reply is too long to be held in memory"),
        fault(ErrorKind::Timeout, "the reply stopped in the middle"),
    );
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    loop {
        let chunk = match within(clock, idle, response.chunk()).await {
            Some(chunk) => chunk.map_err(|error| transport(error).with_maybe_sent(true))?,
            None => return Err(silent),
        };
        match (chunk, &first) {
            (None, _) => break,
            (Some(chunk), None) => first = Some(chunk),
            (Some(chunk), Some(start)) => {
                if rest.is_empty() {
                    rest.extend_from_slice(start);
                }
                rest.extend_from_slice(&chunk);
            }
        }
        if rest.len() > REPLY_LIMIT {
            return Err(too_long);
        }
    }
    // Most replies come in one piece and are not copied.
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.freeze() })
}

/// The service may have got the request, and is silent.
fn stalled(why: &str) -> Error {
    Error::new(ErrorKind::Timeout, why).with_maybe_sent(true)
}

/// An error of the HTTP client, without the URL, which may hold secrets.
pub(crate) fn transport(error: reqwest::Error) -> Error {
    let (kind, why) = if error.is_timeout() {
        (ErrorKind::Timeout, "connecting took too long")
    } else if error.is_connect() {
        (ErrorKind::Connection, "cannot connect")
    } else if error.is_builder() {
        (ErrorKind::Input, "the request cannot be built")
    } else if error.is_decode() || error.is_body() {
        (ErrorKind::Connection, "the connection broke while the reply was coming")
    } else {
        (ErrorKind::Connection, "the connection broke before the reply came")
    };
    let before_sending = error.is_connect() || error.is_builder();
    let deepest = deepest(&error);
    Error::new(kind, format!("{why}{deepest}"))
        .with_maybe_sent(!before_sending)
        .with_source(error.without_url())
}

/// What the operating system or the TLS library says, which is what a reader needs.
fn deepest(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut text = None;
    while let Some(inner) = source {
        text = Some(inner.to_string());
        source = inner.source();
    }
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

/// The future's output, or `None` once `limit` has passed on `clock`.
pub(crate) async fn within<F: Future>(
    clock: &dyn Clock,
    limit: Option<Duration>,
    future: F,
) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut sleep = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let Some(limit) = limit else { return Poll::Pending };
        // Made only now: most futures that are ready at once need no timer.
        let sleep = sleep.get_or_insert_with(|| clock.sleep(limit));
        sleep.as_mut().poll(context).map(|()| None)
    })
    .await
}
