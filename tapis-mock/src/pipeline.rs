//! The pipeline of a request: read it, record it, apply a fault if one is due, find the operation,
//! check the caller, run the operation, reply.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::header::{ALLOW, CONTENT_LENGTH, HOST, HeaderName, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::behaviour;
use crate::body::{Outgoing, Severed};
use crate::call::Call;
use crate::control;
use crate::document::{Found, INTERFACE, Operation, Service, is_called};
use crate::family::{self, Family};
use crate::fault::{Effect, Target};
use crate::http::decode_pairs;
use crate::journal::RecordedRequest;
use crate::log;
use crate::reply::{Content, Failure, Kind, Reply};
use crate::tokens::verify::Refusal;
use crate::world::{Settings, World};

/// The maximum length of a body that the router in front of the services accepts for most of them.
const ROUTER_BODY: usize = 1 << 20;

/// The outcome for the caller: a reply, or the end of the connection.
type Answer = Result<Response<Outgoing>, Severed>;

/// Replies to one request. `reset` makes the connection end with a reset when it is dropped.
pub(crate) async fn serve(
    world: Arc<World>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Answer {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let query = decode_query(&parts);
    let body = match incoming(body, &world.settings).await {
        Ok(body) => body,
        Err(Unread::Refused(reply)) => {
            let route = Route::find(&parts);
            let number = world.journal.add(record(&world, &parts, &query, &Bytes::new(), &route));
            return Ok(refuse(&world, reply, number, &parts, &query, &route, begun));
        }
        Err(Unread::Left) => return Err(Severed),
    };
    if control::is_control(parts.uri.path()) {
        let reply = control::answer(&world, &parts, &query, &body);
        let about = (control::PREFIX, "-");
        log::line(&parts, about, &query, Some(reply.status.as_u16()), begun);
        return Ok(response(reply));
    }
    let route = Route::find(&parts);
    let longest = match route.service {
        Some(service) if service.takes_long_bodies() => usize::MAX,
        _ => ROUTER_BODY,
    };
    let number = world.journal.add(record(&world, &parts, &query, &body, &route));
    if body.len() > longest {
        let reply = family::too_large();
        return Ok(refuse(&world, reply, number, &parts, &query, &route, begun));
    }
    let answer = strike(&world, &reset, &parts, &query, &body, &route).await;
    let status = answer.as_ref().ok().map(|response| response.status().as_u16());
    if let Some(status) = status {
        world.journal.answered(number, status);
    }
    log::line(&parts, route.told(), &query, status, begun);
    answer
}

/// Why a body was not read.
enum Unread {
    /// It is too long, or a pause in it was too long.
    Refused(Reply),
    /// The caller closed the connection within its request.
    Left,
}

/// The body of a request, within the limits of the router.
async fn incoming(body: Incoming, settings: &Settings) -> Result<Bytes, Unread> {
    let mut body = Limited::new(body, settings.max_body);
    let mut bytes = BytesMut::new();
    loop {
        match timeout(settings.idle_body, body.frame()).await {
            Err(_) => return Err(Unread::Refused(family::too_slow())),
            Ok(None) => return Ok(bytes.freeze()),
            Ok(Some(Ok(frame))) => {
                bytes.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()))
            }
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                return Err(Unread::Refused(family::too_large()));
            }
            Ok(Some(Err(_))) => return Err(Unread::Left),
        }
    }
}

/// Records the router's reply, which is sent instead of the service's.
fn refuse(
    world: &World,
    reply: Reply,
    number: u64,
    parts: &Parts,
    query: &[(String, String)],
    route: &Route,
    begun: Instant,
) -> Response<Outgoing> {
    let status = reply.status.as_u16();
    world.journal.answered(number, status);
    log::line(parts, route.told(), query, Some(status), begun);
    response(reply)
}

/// Replies to a request that came without a connection.
pub(crate) fn perform(world: &World, parts: &Parts, body: &Bytes) -> Reply {
    answer(world, parts, &decode_query(parts), body, &Route::find(parts))
}

/// The target of a request.
struct Route {
    service: Option<&'static Service>,
    found: Found,
}

impl Route {
    fn find(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let found = INTERFACE.routes.find(&parts.method, path);
        let service = match &found {
            Found::Operation(at, _) => INTERFACE.operation(*at).map(|(service, _)| service),
            _ => {
                let mut segments = path.split('/').filter(|segment| !segment.is_empty());
                let v3 = segments.next() == Some("v3");
                segments.next().filter(|_| v3).and_then(|root| INTERFACE.service_at(root))
            }
        };
        Self { service, found }
    }

    fn operation(&self) -> Option<(&'static Service, &'static Operation)> {
        match &self.found {
            Found::Operation(at, _) => INTERFACE.operation(*at),
            _ => None,
        }
    }

    /// The parts of the route that may be logged: the template of the path, and the operation.
    fn told(&self) -> (&'static str, &'static str) {
        match self.operation() {
            Some((_, operation)) => (operation.template, operation.id),
            None => ("(unknown)", "-"),
        }
    }

    fn is(&self, wanted: &str) -> bool {
        self.operation().is_some_and(|(service, operation)| is_called(wanted, service, operation))
    }

    fn family(&self) -> Family {
        self.service.map_or(Family::Python, |service| service.family)
    }
}

/// Replies, unless a fault takes effect.
async fn strike(
    world: &World,
    reset: &AtomicBool,
    parts: &Parts,
    query: &[(String, String)],
    body: &Bytes,
    route: &Route,
) -> Answer {
    let usual = || answer(world, parts, query, body, route);
    let strike = {
        let target = Target {
            method: &parts.method,
            path: parts.uri.path(),
            is_operation: &|wanted| route.is(wanted),
        };
        world.faults.strike(&target, &world.random)
    };
    let Some(strike) = strike else { return Ok(response(usual())) };
    if let Some(delay) = strike.delay {
        tokio::time::sleep(delay).await;
    }
    let reply = match strike.effect {
        Effect::None => usual(),
        Effect::Status { status, headers, body } => made_up(route.family(), status, &headers, body),
        Effect::Html { status } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let reason = status.canonical_reason().unwrap_or_default();
            Reply::html(status, &format!("{} {reason}", status.as_u16()))
        }
        Effect::Redirect { status, location } => {
            made_up(route.family(), status, &[(LOCATION.to_string(), location)], None)
        }
        Effect::Reset => {
            reset.store(true, Ordering::Relaxed);
            return Err(Severed);
        }
        Effect::Close => return Err(Severed),
        Effect::Hang => return std::future::pending().await,
        Effect::Truncate { after_bytes } => {
            return Ok(spoiled(usual(), after_bytes, Outgoing::cut));
        }
        Effect::Stall { after_bytes } => {
            return Ok(spoiled(usual(), after_bytes, Outgoing::Stalled));
        }
        Effect::MalformedJson => {
            usual();
            Reply::raw("application/json", r#"{"status": "success", "result": {"#)
        }
        Effect::ExpiredToken => {
            let at = world.clock.seconds().saturating_sub(1);
            route.family().refuse(&Refusal::Expired { at })
        }
        Effect::RevokedToken => family::revoked(),
    };
    Ok(response(reply))
}

/// Performs the operation.
fn answer(
    world: &World,
    parts: &Parts,
    query: &[(String, String)],
    body: &Bytes,
    route: &Route,
) -> Reply {
    let Some(service) = route.service else { return family::no_such_service() };
    let family = service.family;
    // The router replies to the preflight requests of browsers, for services that browsers call.
    if parts.method == http::Method::OPTIONS && service.answers_options() {
        return Reply::empty(StatusCode::NO_CONTENT);
    }
    // The router in front of the services checks for revoked tokens; requests to Globus proxy do
    // not pass it.
    if service.name != "globus-proxy" && world.carries_revoked_token(&parts.headers) {
        return imitated(family::revoked());
    }
    let (operation, path) = match &route.found {
        _ if family == Family::Workflows && parts.uri.path().ends_with('/') => {
            return imitated(family.unknown_path());
        }
        Found::Operation(at, path) => match INTERFACE.operation(*at) {
            Some((_, operation)) => (operation, path.clone()),
            None => return imitated(family.unknown_path()),
        },
        Found::Nothing => return imitated(family.unknown_path()),
        Found::OtherMethods(methods) => {
            let methods: Vec<&str> = methods.iter().map(http::Method::as_str).collect();
            let allow = HeaderValue::from_str(&methods.join(", "));
            let reply = family.wrong_method();
            return match allow {
                Ok(allow) => reply.with_header(ALLOW, allow),
                Err(_) => reply,
            };
        }
    };
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let mut tenant = world.tenant_at(host);
    let caller = match world.caller(&parts.headers, &tenant) {
        Ok(caller) => Some(caller),
        Err(refusal) if operation.needs_token => return imitated(family.refuse(&refusal)),
        // An operation that needs no token ignores an invalid one.
        Err(_) => None,
    };
    if let Some(caller) = &caller {
        tenant.clone_from(&caller.tenant);
    }
    let call = Call {
        world,
        service,
        operation,
        headers: &parts.headers,
        path,
        ends_in_slash: parts.uri.path().ends_with('/'),
        query,
        body,
        caller,
        tenant,
        base_url: base_url(world, host),
    };
    match behaviour::handle(&call) {
        Ok(reply) => verified(&call, family.finish(reply, world.settings.deployed())),
        Err(failure) if failure.kind == Kind::Internal => family.fail(failure),
        Err(failure) => imitated(family.fail(failure)),
    }
}

/// Marks the failure of a service, to distinguish it from one of the mock.
fn imitated(reply: Reply) -> Reply {
    if reply.status.is_server_error() {
        return reply.imitated();
    }
    reply
}

/// The reply, if it matches the document. Only checked on request.
fn verified(call: &Call<'_>, reply: Reply) -> Reply {
    if !call.world.settings.verify_answers || call.world.settings.deployed() {
        return reply;
    }
    let Content::Raw(bytes) = &reply.content else { return reply };
    let checker = call.operation.answer_checker(call.service);
    let (Some(checker), Ok(value)) = (checker, serde_json::from_slice(bytes)) else { return reply };
    let complaints = checker.complaints(&value);
    if call.operation.successes.contains(&reply.status) && complaints.is_empty() {
        return reply;
    }
    let text = format!(
        "The mock's own answer to {}.{} is not what the document promises: {} {complaints:?}",
        call.service.name, call.operation.id, reply.status
    );
    Reply::text(StatusCode::INTERNAL_SERVER_ERROR, text)
}

/// The base URL by which the caller reached the mock.
fn base_url(world: &World, host: Option<&str>) -> String {
    let usual = &world.settings.base_url;
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '[' | ']');
    match (usual.split_once("://"), host) {
        (Some((scheme, _)), Some(host)) if !host.is_empty() && host.chars().all(plain) => {
            format!("{scheme}://{host}")
        }
        _ => usual.clone(),
    }
}

/// The reply of a fault with a status.
fn made_up(
    family: Family,
    status: u16,
    headers: &[(String, String)],
    body: Option<String>,
) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = match body {
        Some(body) => Reply::text(status, body),
        None if status.is_redirection() || status == StatusCode::NO_CONTENT => Reply::empty(status),
        None => family.fail(Failure::server("A fault that was asked for.")).with_status(status),
    };
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            reply.headers.insert(name, value);
        }
    }
    reply
}

/// The head of a reply with the length of the whole body, and a body that ends early.
fn spoiled(reply: Reply, after: usize, how: fn(Option<Bytes>) -> Outgoing) -> Response<Outgoing> {
    let Reply { status, mut headers, content } = reply;
    let mut bytes = match content {
        Content::Raw(bytes) => bytes,
        _ => Bytes::new(),
    };
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len().max(after.saturating_add(1))));
    bytes.truncate(after);
    let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
    assemble(status, headers, how(bytes))
}

fn response(reply: Reply) -> Response<Outgoing> {
    let Reply { status, headers, content } = reply;
    let bytes = match content {
        Content::Raw(bytes) => bytes,
        // `Family::finish` has wrapped every result.
        Content::Result { .. } | Content::Empty => Bytes::new(),
    };
    assemble(status, headers, Outgoing::whole(bytes))
}

fn assemble(status: StatusCode, headers: HeaderMap, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn decode_query(parts: &Parts) -> Vec<(String, String)> {
    parts.uri.query().map(decode_pairs).unwrap_or_default()
}

fn record(
    world: &World,
    parts: &Parts,
    query: &[(String, String)],
    body: &Bytes,
    route: &Route,
) -> RecordedRequest {
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query.to_vec(),
        headers: headers.collect(),
        body: body.clone(),
        operation: route
            .operation()
            .map(|(service, operation)| (service.name.to_owned(), operation.id.to_owned())),
        status: None,
        received_at: world.clock.now(),
        number: 0,
    }
}
