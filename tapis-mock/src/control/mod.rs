//! The control API: the functions of the library for tests in Rust, over HTTP for all others.

mod actions;
mod answer;
mod views;

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use answer::{Answer, Refused, done};

use crate::reply::Reply;
use crate::world::World;

/// All paths below this one belong to the mock, not to Tapis.
pub(crate) const PREFIX: &str = "/_mock";

/// Whether a path belongs to the control API.
pub(crate) fn is_control(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Replies to a request to the control API.
pub(crate) fn answer(
    world: &World,
    parts: &Parts,
    query: &[(String, String)],
    body: &Bytes,
) -> Reply {
    let forbidden = |message: String| refuse(&Refused { status: StatusCode::FORBIDDEN, message });
    // Pages in a browser have no access, whatever their origin.
    if parts.headers.contains_key(ORIGIN) {
        return forbidden("The control API does not answer pages in a browser.".to_owned());
    }
    // Neither have pages whose domain resolves to this machine: they send requests without an
    // `Origin`.
    let host = parts.headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    if let Some(host) = host.filter(|host| !is_local(host)) {
        return forbidden(format!(
            "The control API answers to an IP address, `localhost` or a name without a dot, not \
             to {host:?}."
        ));
    }
    let rest = parts.uri.path().get(PREFIX.len()..).unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let result = read(body).and_then(|body| route(world, &parts.method, &segments, query, body));
    match result {
        Ok(value) => Reply::json(&value),
        Err(refused) => refuse(&refused),
    }
}

/// Whether this host name can only come from this machine or its own network. Anybody can register
/// a domain that resolves to this machine.
fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok()
        || !name.contains('.')
        // Names that nobody can register.
        || [".localhost", ".internal"].iter().any(|end| name.ends_with(end))
}

fn route(
    world: &World,
    method: &Method,
    path: &[&str],
    query: &[(String, String)],
    body: Value,
) -> Answer {
    match (method.as_str(), path) {
        ("GET", []) => Ok(views::overview(world)),
        ("GET", ["operations"]) => views::operations(query),
        ("GET", ["requests"]) => views::requests(world, query),
        ("DELETE", ["requests"]) => {
            world.journal.clear();
            done()
        }
        ("GET", ["faults"]) => Ok(json!(world.faults.all())),
        ("POST", ["faults"]) => actions::add_fault(world, body),
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            done()
        }
        ("GET", ["clock"]) => Ok(views::clock(world)),
        ("POST", ["clock"]) => actions::advance(world, &body),
        ("GET", ["state"]) => Ok(world.snapshot()?),
        ("PUT", ["state"]) => {
            world.restore(body)?;
            done()
        }
        ("POST", ["reset"]) => {
            world.reset()?;
            done()
        }
        ("POST", ["users"]) => actions::add_user(world, &body),
        ("POST", ["tokens"]) => actions::mint(world, &body),
        ("POST", ["device"]) => actions::approve_device(world, &body),
        ("POST", ["callbacks"]) => actions::set_callback_url(world, &body),
        ("POST", ["codes"]) => actions::issue_code(world, &body),
        ("POST", ["jobs", id]) => actions::steer_job(world, id, &body),
        ("POST", ["systems", id]) => actions::steer_system(world, id, &body),
        ("POST", ["links", id]) => actions::link(world, id, &body),
        _ => Err(Refused::missing("The control API has nothing here.")),
    }
}

fn read(body: &Bytes) -> Result<Value, Refused> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| Refused::bad(format!("not JSON: {error}")))
}

fn refuse(refused: &Refused) -> Reply {
    Reply::json(&json!({ "error": refused.message })).with_status(refused.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_else_can_register_is_not_local() {
        for host in [
            "127.0.0.1:8000",
            "[::1]:8000",
            "localhost",
            "LOCALHOST:1",
            "tapis-mock:8000",
            "10.0.0.7",
            "mock.localhost:80",
            "host.docker.internal:8000",
            "localhost.:80",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.nip.io:8000", "a.internal.example", "", "a b"] {
            assert!(!is_local(host), "{host:?}");
        }
    }
}
