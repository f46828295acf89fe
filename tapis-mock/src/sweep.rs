//! Calls every operation, with requests that its document allows and with others.
#![allow(clippy::unwrap_used, reason = "a test may stop here")]
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use serde_json::Value;
use tapis_specs::reader::Location;

use crate::behaviour::Behaviour;
use crate::coverage::operations;
use crate::document::{INTERFACE, Operation, Service};
use crate::mock::MockTapis;
use crate::pipeline;
use crate::reply::MARK;
use crate::schema::example::Examples;
use crate::tokens::mint::Mint;
use crate::world::Strictness;

/// A request that the document allows, generated like examples.
fn request(operation: &Operation, service: &Service, token: &str) -> (Parts, Bytes) {
    let examples = Examples::new(service.document, 0, operation.id);
    let mut path = operation.template.to_owned();
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut head = Request::builder().method(operation.method.clone());
    for parameter in operation.parameters {
        let value = match examples.value(&parameter.schema) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match parameter.location {
            Location::Path => path = path.replace(&format!("{{{}}}", parameter.name), &value),
            Location::Query if parameter.required => {
                query.append_pair(&parameter.name, &value);
            }
            Location::Header if parameter.required => head = head.header(&parameter.name, value),
            _ => {}
        }
    }
    let mut body = Bytes::new();
    if let Some(media) = operation.bodies.first() {
        head = head.header("content-type", &media.media_type);
        body = match media.media_type.as_str() {
            "application/json" => examples.value(&media.schema).to_string().into(),
            _ => "some bytes".into(),
        };
    }
    let head = head.uri(format!("{path}?{}", query.finish())).header("x-tapis-token", token);
    (head.body(()).unwrap().into_parts().0, body)
}

fn sweep(strictness: Strictness) {
    let mock = MockTapis::builder()
        .admin("root", "pw")
        .strictness(strictness)
        .verify_answers()
        .start_blocking()
        .unwrap();
    let token = mock.mint_access_token(Mint::user("root")).unwrap();
    let mut wrong = Vec::new();
    // Creations come first, so that there is something to read; deletions come last.
    let order = [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
    for method in order {
        for service in &INTERFACE.services {
            for operation in service.operations.iter().filter(|op| op.method == method) {
                let (parts, body) = request(operation, service, &token);
                let reply = pipeline::perform(mock.world(), &parts, &body);
                let mark = reply.headers.get(MARK).map(HeaderValue::as_bytes);
                let example = mark == Some(b"example");
                let success = reply.status.is_success();
                let bad = if Behaviour::of(operation.at).acts() {
                    // Some services fail for some requests.
                    (reply.status.is_server_error() && mark != Some(b"imitated"))
                        || (example && success)
                } else {
                    !(example && success)
                };
                // Some operations check the route or the resource in the path first.
                let text = reply.as_text();
                let expected = ["with identifier", "No group found", "does not match any"];
                if bad && !expected.iter().any(|words| text.contains(words)) {
                    wrong.push(format!("{}.{} {text}", service.name, operation.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_answers_what_its_document_promises() {
    sweep(Strictness::AsDocumented);
}

#[test]
fn every_operation_answers_with_quirks_too() {
    sweep(Strictness::AsDeployed);
}

/// Replaces a part of a value by something unexpected.
fn spoil(value: &mut Value, rng: &mut fastrand::Rng) {
    match value {
        Value::Object(fields) if !fields.is_empty() && rng.f64() < 0.8 => {
            let at = rng.usize(..fields.len());
            if let Some(field) = fields.values_mut().nth(at) {
                spoil(field, rng);
            }
        }
        Value::Array(values) if !values.is_empty() && rng.f64() < 0.8 => {
            let at = rng.usize(..values.len());
            spoil(&mut values[at], rng);
        }
        other => {
            let odd: [Value; 10] = [
                Value::Null,
                true.into(),
                i64::MIN.into(),
                u64::MAX.into(),
                1e300.into(),
                "".into(),
                "../../\u{0}${\u{1F600}".into(),
                "tapis://../..".into(),
                serde_json::json!([]),
                serde_json::json!({ "": { "$ref": "#" } }),
            ];
            *other = odd[rng.usize(..odd.len())].clone();
        }
    }
}

#[test]
fn nothing_falls_over_requests_that_make_no_sense() {
    let mock = MockTapis::builder().admin("root", "pw").start_blocking().unwrap();
    let token = mock.mint_access_token(Mint::user("root")).unwrap();
    let mut rng = fastrand::Rng::with_seed(1);
    for service in &INTERFACE.services {
        for operation in &service.operations {
            for _ in 0..8 {
                let (mut parts, body) = request(operation, service, &token);
                let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
                spoil(&mut body, &mut rng);
                let odd = ["%00", "..%2f..", "%ff%fe", "-1", "99999999999999999999", "%F0%9F"];
                let odd = odd[rng.usize(..odd.len())];
                let query = format!("limit={odd}&skip={odd}&search={odd}&orderBy={odd}");
                let path = parts.uri.path();
                let path = match rng.bool() {
                    true => path.to_owned(),
                    false => path.replacen(|c: char| c.is_ascii_digit(), odd, 1),
                };
                parts.uri = format!("{path}?{query}").parse().unwrap();
                let range = ["0,1", "5,9999999999999999999", "-1,0"][rng.usize(..3)];
                parts.headers.insert("range", range.parse().unwrap());
                pipeline::perform(mock.world(), &parts, &body.to_string().into());
            }
        }
    }
}

#[test]
fn the_services_that_promise_behaviour_behave() {
    let promised = [
        "systems",
        "apps",
        "files",
        "jobs",
        "authenticator",
        "tokens",
        "tenants",
        "notifications",
        "meta",
        "sk",
    ];
    let examples: Vec<_> = operations()
        .into_iter()
        .filter(|operation| promised.contains(&operation.service) && !operation.behaves)
        .collect();
    assert_eq!(examples, []);
}

/// The reply to a user's request without a connection.
#[cfg(not(all(feature = "validation", feature = "zip")))]
fn ask(mock: &MockTapis, method: Method, path: &str, body: &Value) -> crate::reply::Reply {
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let head = Request::builder().method(method).uri(path).header("x-tapis-token", token);
    let head = head.header("content-type", "application/json").body(()).unwrap();
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    pipeline::perform(mock.world(), &head.into_parts().0, &body)
}

#[cfg(not(all(feature = "validation", feature = "zip")))]
const STATE: &str = r#"{
    "users": [{ "username": "testuser", "password": "secret" }],
    "systems": [{ "id": "s", "systemType": "LINUX", "host": "localhost", "canExec": false,
                  "rootDir": "/", "defaultAuthnMethod": "PASSWORD" }],
    "files": { "s": { "d/a.txt": "A" } }
}"#;

#[cfg(not(feature = "zip"))]
#[test]
fn without_the_feature_a_zip_file_is_refused_with_its_name() {
    let mock = MockTapis::builder().state(STATE).start_blocking().unwrap();
    let get = |path| ask(&mock, Method::GET, path, &Value::Null);
    let reply = get("/v3/files/content/s/d?zip=true");
    assert_eq!(reply.status, 501, "{}", reply.as_text());
    assert!(reply.as_text().contains("feature `zip`"), "{}", reply.as_text());
    assert_eq!(get("/v3/files/content/s/d/a.txt").as_text(), "A");
}

#[cfg(not(feature = "validation"))]
#[test]
fn without_the_feature_a_body_need_not_fit_its_schema() {
    let mock = MockTapis::builder().state(STATE).start_blocking().unwrap();
    let body = serde_json::json!({ "search": ["id = 's'", 5] });
    let reply = ask(&mock, Method::POST, "/v3/systems/search", &body);
    assert_eq!(reply.status, 200, "{}", reply.as_text());
}

#[cfg(not(feature = "yaml"))]
#[test]
fn without_the_feature_a_state_is_json() {
    let start = |state: &str| MockTapis::builder().state(state).start_blocking();
    assert!(start(r#"{ "users": [] }"#).is_ok());
    assert!(matches!(start("users: []"), Err(crate::error::Error::State(_))));
}
