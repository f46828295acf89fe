//! One attempt of a call: it sends the request and reads the start of the reply.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Url, multipart};
use tokio::sync::OwnedSemaphorePermit;

use super::answer::{Answer, Open};
use super::receive::{read, read_start, stalled, transport};
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

/// The maximum number of redirects, all within the origin.
const REDIRECTS: usize = 5;

/// The call to send, one attempt at a time.
pub(super) struct Prepared<'a> {
    pub(super) call: &'a Call,
    pub(super) options: Cow<'a, Options>,
}

impl Prepared<'_> {
    /// All headers except the token and the body's own headers.
    fn headers(&self) -> HeaderMap {
        let (call, options) = (self.call, &*self.options);
        let mut headers = call.headers.clone();
        let accept = match call.operation.reply {
            ReplyKind::Bytes => ANYTHING,
            _ => JSON,
        };
        headers.insert(ACCEPT, accept);
        match call.body {
            Payload::Json(_) => {
                headers.insert(CONTENT_TYPE, JSON);
            }
            // Strict servers and proxies require the length of an empty body.
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

    fn request(&self, url: Url, tokens: Option<&Tokens>) -> Result<reqwest::Request, Error> {
        let method = self.call.operation.method.to_reqwest();
        let mut request = reqwest::Request::new(method, url);
        let mut headers = self.headers();
        if let Some(tokens) = tokens {
            name_the_service(&mut headers, tokens);
            let value = tokens.access.header().ok_or_else(|| {
                Error::new(
                    ErrorKind::Authentication,
                    "the token has characters that an HTTP header cannot contain",
                )
            })?;
            headers.insert(TOKEN_HEADER, value);
        }
        *request.headers_mut() = headers;
        let used_up = || {
            Error::new(
                ErrorKind::Input,
                "the body is a stream, which can be sent only once; create the call again",
            )
        };
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

    /// The request with a form as its body, which only the HTTP client can serialise.
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

    /// One attempt, including redirects within the origin.
    pub(super) async fn attempt(
        &self,
        tokens: Option<&Tokens>,
        whole: bool,
        count: u32,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Answer, Error> {
        let (clock, idle) = (self.call.session.clock(), self.options.idle_limit());
        let mut url = self.url();
        let mut redirects = 0;
        let response = loop {
            let response = self.exchange(url, tokens, whole, count).await?;
            if !(response.status().is_redirection() && response.headers().contains_key(LOCATION)) {
                break response;
            }
            url = self.redirect(&response)?;
            if redirects == REDIRECTS {
                let why = "the service redirects too often";
                return Err(Error::new(ErrorKind::Request, why).with_maybe_sent(true));
            }
            redirects += 1;
        };
        if !response.status().is_success() {
            // Boxed, because it is rare and would make the future of every call larger.
            return Err(Box::pin(self.refused(response, tokens, count)).await);
        }
        Ok(match whole {
            true => Answer::Whole(read(response, count, clock, idle).await?),
            false => {
                Answer::Open(Open { response, idle, attempts: count, sent: None, _permit: permit })
            }
        })
    }

    /// Sends one request; returns the start of its reply.
    async fn exchange(
        &self,
        url: Url,
        tokens: Option<&Tokens>,
        whole: bool,
        count: u32,
    ) -> Result<reqwest::Response, Error> {
        let (session, options) = (&self.call.session, &*self.options);
        let clock = session.clock();
        let mut request = self.request(url, tokens)?;
        self.show_request(&mut request, count)?;
        let progress = Progress::watch(&mut request, &self.call.body);
        let left = clock.monotonic();
        let executing = pin!(session.http()?.execute(request));
        let response = match progress {
            // Boxed, for the same reason as a refusal.
            Some(progress) => Box::pin(progress.moving(clock, options.idle_limit(), executing))
                .await
                .map_err(stalled)?,
            None => {
                // A reply that is read as a whole has the limit of the attempt.
                let limit = options.begin_limit(self.call.operation).filter(|_| !whole);
                within(clock, limit, executing)
                    .await
                    .ok_or_else(|| stalled("the reply did not start"))?
            }
        };
        let response = response.map_err(|error| transport(error, session.reached()))?;
        self.show_reply(&response, count, left);
        session.observe(response.headers());
        Ok(response)
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

    /// The target of a redirect, if it can be followed: never to another origin, which must not
    /// receive the token, and never with another method.
    fn redirect(&self, response: &reqwest::Response) -> Result<Url, Error> {
        let method = self.call.operation.method;
        let refuse = |why: String| {
            Err(Error::new(ErrorKind::Request, why).with_reply(
                response.status(),
                response.headers(),
                &Bytes::new(),
            ))
        };
        let target = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let Some(target) = target.and_then(|target| response.url().join(target).ok()) else {
            return refuse("the service redirects to an invalid URL".to_owned());
        };
        let base = self.call.session.base();
        if !base.same_origin(&target) {
            // With the port, which may be the only difference.
            let origin = target.origin().ascii_serialization();
            if base.scheme() == "http" && target.scheme() == "https" {
                return refuse(format!("the service wants https; use {origin} as the base URL"));
            }
            return refuse(format!(
                "the service redirects to another origin, {origin}, which must not receive the \
                 token; check the base URL"
            ));
        }
        let keeps_method = matches!(response.status().as_u16(), 307 | 308)
            || matches!(method, Method::GET | Method::HEAD);
        if !keeps_method || !self.call.body.is_repeatable() {
            return refuse(format!(
                "the service redirects, but this {} request cannot be sent again; check the base \
                 URL",
                method.as_str()
            ));
        }
        Ok(target)
    }

    /// The error for a reply without a success status.
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

    /// Only services can act on behalf of others. A service would refuse a user's request with a
    /// less helpful text.
    pub(super) fn for_services_only(&self, tokens: Option<&Tokens>) -> Result<(), Error> {
        let named = |name| {
            self.call.headers.contains_key(&name) || self.options.headers.contains_key(&name)
        };
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

/// A service must name the tenant and user that it acts for. The default is the service itself in
/// its own tenant. A user's token must not send these headers.
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
