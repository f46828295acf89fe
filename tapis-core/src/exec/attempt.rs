//! One attempt of a call: the request, and what becomes of its reply.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Url, multipart};
use tokio::sync::OwnedSemaphorePermit;

use super::receive::{read, read_start, stalled, transport};
use super::{Answer, Open};
use crate::call::{Call, Payload};
use crate::clock::within;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::failure::Failure;
use crate::hooks::{IncomingReply, OutgoingRequest};
use crate::operation::{Method, ReplyKind};
use crate::options::Options;
use crate::path;
use crate::progress::Progress;
use crate::refusal::{self, Refusal};
use crate::retry::retry_after;
use crate::secret::scrub;
use crate::token::Tokens;

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-tapis-token");
const USER_HEADER: HeaderName = HeaderName::from_static("x-tapis-user");
const TENANT_HEADER: HeaderName = HeaderName::from_static("x-tapis-tenant");
const TRACKING_HEADER: HeaderName = HeaderName::from_static("x-tapis-tracking-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const NO_LENGTH: HeaderValue = HeaderValue::from_static("0");

/// How many redirects within the origin are followed.
const REDIRECTS: usize = 5;

/// What is to be sent, attempt by attempt.
pub(super) struct Prepared<'a> {
    pub(super) call: &'a Call,
    pub(super) options: Cow<'a, Options>,
}

/// What is known of a request that has left.
struct Left {
    progress: Option<Progress>,
    /// When it left, on the monotonic clock, where somebody wants to know.
    at: Option<Duration>,
}

/// What the head of a reply comes to.
enum Arrived {
    Redirect(Box<(Url, Method)>),
    Refused(reqwest::Response),
    Success(reqwest::Response),
}

impl Prepared<'_> {
    /// Everything but the token, and the body's own headers.
    fn headers(&self) -> HeaderMap {
        let (call, options) = (self.call, &*self.options);
        let mut headers = HeaderMap::new();
        if let Some(own) = &call.headers {
            headers.extend((**own).clone());
        }
        let accept = match call.operation.reply {
            ReplyKind::Bytes => ANYTHING,
            _ => JSON,
        };
        headers.insert(ACCEPT, accept);
        match call.body {
            Payload::Json(_) => {
                headers.insert(CONTENT_TYPE, JSON);
            }
            // Strict servers and proxies want to be told that nothing comes.
            Payload::None if call.operation.method.has_body() => {
                headers.insert(CONTENT_LENGTH, NO_LENGTH);
            }
            _ => {}
        }
        if let Some(id) = &options.tracking_id
            && let Ok(id) = HeaderValue::from_str(id)
        {
            headers.insert(TRACKING_HEADER, id);
        }
        for (name, value) in &options.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }

    fn request(
        &self,
        url: Url,
        method: Method,
        tokens: Option<&Tokens>,
    ) -> Result<reqwest::Request, Error> {
        let mut request = reqwest::Request::new(method.to_reqwest(), url);
        let mut headers = self.headers();
        if let Some(tokens) = tokens {
            name_the_service(&mut headers, tokens);
            let value = tokens.access.header().ok_or_else(|| {
                Error::new(ErrorKind::Authentication, "the token cannot be sent in a header")
            })?;
            headers.insert(TOKEN_HEADER, value);
        }
        *request.headers_mut() = headers;
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
                return self.with_form(&request, form);
            }
        }
        Ok(request)
    }

    /// The request with a form for its body, which only the HTTP client can write.
    #[inline(never)]
    fn with_form(
        &self,
        request: &reqwest::Request,
        form: multipart::Form,
    ) -> Result<reqwest::Request, Error> {
        let http = self.call.session.http()?;
        http.request(request.method().clone(), request.url().clone())
            .headers(request.headers().clone())
            .multipart(form)
            .build()
            .map_err(|error| Error::new(ErrorKind::Input, "body").with_source(error.without_url()))
    }

    /// One attempt, with the redirects that stay within the origin.
    pub(super) async fn attempt(
        &self,
        tokens: Option<&Tokens>,
        whole: bool,
        count: u32,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Answer, Error> {
        let clock = self.call.session.clock();
        let idle = self.options.idle_limit();
        let mut target = None;
        let mut redirects = 0;
        let (success, response) = loop {
            let (executing, left) = self.begin(target.as_deref(), tokens, count)?;
            let response = match &left.progress {
                Some(progress) => {
                    Box::pin(progress.moving(clock, idle, executing)).await.map_err(stalled)?
                }
                None => within(clock, self.begin_limit(whole), executing)
                    .await
                    .ok_or_else(|| stalled("the reply did not begin"))?,
            };
            match self.arrived(response, target.as_deref(), left.at, count)? {
                Arrived::Redirect(_) if redirects == REDIRECTS => {
                    return Err(Error::new(
                        ErrorKind::Request,
                        "the service redirects in a circle",
                    )
                    .with_maybe_sent(true));
                }
                Arrived::Redirect(next) => target = Some(next),
                Arrived::Refused(response) => break (false, response),
                Arrived::Success(response) => break (true, response),
            }
            redirects += 1;
        };
        if !success {
            // Rare and large, and so in a place of its own.
            return Err(Box::pin(self.refused(response, tokens, count)).await);
        }
        if !whole {
            let open = Open { response, idle, attempts: count, sent: None, _permit: permit };
            return Ok(Answer::Open(Box::new(open)));
        }
        Ok(Answer::Whole(read(response, count, clock, idle).await?))
    }

    /// How long a reply that is streamed may take to begin; others have the limit of the attempt.
    fn begin_limit(&self, whole: bool) -> Option<Duration> {
        self.options.begin_limit(self.call.operation).filter(|_| !whole)
    }

    /// Lets the request go, to where a redirect leads if there was one.
    fn begin(
        &self,
        target: Option<&(Url, Method)>,
        tokens: Option<&Tokens>,
        count: u32,
    ) -> Result<(impl Future<Output = reqwest::Result<reqwest::Response>> + use<>, Left), Error>
    {
        let (request, left) = self.ready(target, tokens, count)?;
        Ok((self.call.session.http()?.execute(request), left))
    }

    /// The request, for where a redirect leads if there was one.
    #[inline(never)] // what it needs of the stack is free again when the request leaves
    fn ready(
        &self,
        target: Option<&(Url, Method)>,
        tokens: Option<&Tokens>,
        count: u32,
    ) -> Result<(reqwest::Request, Left), Error> {
        let (url, method) =
            target.cloned().unwrap_or_else(|| (self.url(), self.call.operation.method));
        let mut request = self.request(url, method, tokens)?;
        self.show_request(&mut request, count)?;
        let left = Left {
            progress: Progress::watch(&mut request, &self.call.body),
            at: (!self.options.reply_hooks.is_empty()).then(|| self.call.session.monotonic()),
        };
        Ok((request, left))
    }

    /// What to make of the head of a reply.
    fn arrived(
        &self,
        response: reqwest::Result<reqwest::Response>,
        target: Option<&(Url, Method)>,
        left: Option<Duration>,
        count: u32,
    ) -> Result<Arrived, Error> {
        let response = response.map_err(|error| transport(error, self.call.session.reached()))?;
        if let Some(left) = left {
            self.show_reply(&response, count, left);
        }
        self.call.session.observe(response.headers());
        let status = response.status();
        if status.is_redirection() && response.headers().contains_key(LOCATION) {
            let method = target.map_or(self.call.operation.method, |(_, method)| *method);
            return Ok(Arrived::Redirect(Box::new(self.redirect(method, &response)?)));
        }
        Ok(match status.is_success() {
            true => Arrived::Success(response),
            false => Arrived::Refused(response),
        })
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

    fn show_reply(&self, response: &reqwest::Response, attempt: u32, left: Duration) {
        let elapsed = self.call.session.monotonic().saturating_sub(left);
        for hook in &self.options.reply_hooks {
            hook(&IncomingReply {
                operation: self.call.operation,
                attempt,
                status: response.status(),
                headers: response.headers(),
                elapsed,
            });
        }
    }

    /// Where a redirect leads, if it may be followed: never to another origin, which is not to
    /// have the token, and never with another method.
    fn redirect(
        &self,
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
        let Some(target) = target.and_then(|target| response.url().join(target).ok()) else {
            return refuse("the service redirects to something that is not a URL".to_owned());
        };
        let base = self.call.session.base();
        if !base.same_origin(&target) {
            // With its port, which may be all that differs.
            let origin = target.origin().ascii_serialization();
            if base.scheme() == "http" && target.scheme() == "https" {
                return refuse(format!("the service wants https; use {origin} as the base URL"));
            }
            return refuse(format!(
                "the service redirects to another origin, {origin}, which is not to have the token"
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
    async fn refused(
        &self,
        response: reqwest::Response,
        tokens: Option<&Tokens>,
        count: u32,
    ) -> Error {
        let session = &self.call.session;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_start(response, session.clock()).await;
        let failure = Failure::read(&body, &|text| self.scrub(text, tokens));
        let wait = headers
            .get(RETRY_AFTER)
            .and_then(|value| retry_after(value.to_str().ok()?, session.server_now()));
        let verdict = refusal::judge(Refusal {
            service: self.call.operation.service,
            status: status.as_u16(),
            message: &failure.message,
            form: failure.form,
        });
        Error::refused(verdict, failure.message)
            .with_reply(status, &headers, &body)
            .with_version(failure.version)
            .with_retry_after(wait)
            .with_attempts(count)
    }

    fn url(&self) -> Url {
        let call = self.call;
        let mut path = String::with_capacity(96);
        match &call.whole_path {
            Some(whole) => path.push_str(whole),
            None => path::append(&mut path, call.operation, &call.path),
        }
        let mut query = String::new();
        let mut pair = |name: &str, value: &str| {
            let separator = if query.is_empty() { "" } else { "&" };
            let encoded = |text| utf8_percent_encode(text, path::ENCODED);
            let _ = write!(query, "{separator}{}={}", encoded(name), encoded(value));
        };
        for (name, values) in &call.query {
            values.iter().for_each(|value| pair(name, value));
        }
        for (name, value) in &self.options.query {
            pair(name, value);
        }
        call.session.base().join(&path, (!query.is_empty()).then_some(&query))
    }

    /// Acting for another is for services; a service refuses it of a user with a text that says less.
    pub(super) fn for_services_only(&self, tokens: Option<&Tokens>) -> Result<(), Error> {
        let named = |name| self.call.has_header(&name) || self.options.headers.contains_key(&name);
        if !named(USER_HEADER) && !named(TENANT_HEADER) {
            return Ok(());
        }
        let account = tokens.and_then(|tokens| tokens.access.claims().account_type.as_deref());
        if account == Some("user") {
            return Err(Error::new(
                ErrorKind::Input,
                "only a service's token can act on behalf of another user; this is a user's token",
            ));
        }
        Ok(())
    }

    fn scrub(&self, message: String, tokens: Option<&Tokens>) -> String {
        let message = scrub(message, &self.call.secrets);
        match tokens {
            Some(tokens) => scrub(message, std::slice::from_ref(tokens.access.secret())),
            None => message,
        }
    }
}

/// A service says for whom it acts: where the caller does not, for itself, in its own tenant unless the
/// caller names another. A user's token must not say it.
fn name_the_service(headers: &mut HeaderMap, tokens: &Tokens) {
    let claims = tokens.access.claims();
    if claims.account_type.as_deref() != Some("service") {
        return;
    }
    for (header, own) in [(TENANT_HEADER, &claims.tenant_id), (USER_HEADER, &claims.username)] {
        if !headers.contains_key(&header)
            && let Some(value) = own.as_deref().and_then(|own| HeaderValue::from_str(own).ok())
        {
            headers.insert(header, value);
        }
    }
}
