//! What a call sends is what the document says, all of it and nothing else.

use serde_json::{Value, json};

use super::compare::{encode, pairs, parts};
use super::document::{Parameter, Place, Reply, resolve};
use super::dynamic;
use super::maker::{Maker, Optional, Style};
use super::server::Recorded;
use super::values;
use super::world::{Case, TOKEN, World, every_operation, every_operation_varied};

#[test]
fn a_call_with_everything_set_sends_everything_and_nothing_else() {
    every_operation(async |world, case| {
        send(world, case, Caller::Typed, true, Style::default()).await;
    });
}

#[test]
fn a_call_with_what_is_required_sends_nothing_else() {
    every_operation_varied(async |world, case| {
        send(
            world,
            case,
            Caller::Typed,
            false,
            Style { optional: Optional::Absent(0), ..Style::default() },
        )
        .await;
    });
}

#[test]
fn what_may_be_null_is_sent_as_null() {
    every_operation_varied(async |world, case| {
        let style = Style { optional: Optional::NullIfNullable, ..Style::default() };
        send(world, case, Caller::Typed, true, style).await;
    });
}

#[test]
fn empty_lists_and_maps_are_sent() {
    every_operation_varied(async |world, case| {
        send(world, case, Caller::Typed, true, Style { empty: true, ..Style::default() }).await;
    });
}

#[test]
fn values_and_forms_of_tomorrow_are_sent_as_they_are() {
    every_operation_varied(async |world, case| {
        send(world, case, Caller::Typed, true, Style { unknown_values: true, ..Style::default() })
            .await;
        send(world, case, Caller::Typed, true, Style { unknown_forms: true, ..Style::default() })
            .await;
    });
}

/// Who makes the call.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    /// The typed client.
    Typed,
    /// The operation by its name, with JSON.
    Values,
    /// The operation by its name, with texts.
    Texts,
}

/// Makes the call, once for each form that its body can have, and compares what arrives.
pub(crate) async fn send(
    world: &mut World,
    case: &'static Case,
    caller: Caller,
    full: bool,
    style: Style,
) {
    let operation = &case.operation;
    let body = operation.body.as_ref().filter(|body| body.is_json() && (full || body.required));
    let bodies: Vec<Option<Value>> = match body {
        Some(body) => {
            let mut maker = Maker::new(case.document, style);
            let bodies = maker.all(&body.schema, style.optional == Optional::Filled);
            world.varied(maker.variations);
            bodies.into_iter().map(Some).collect()
        }
        None => vec![None],
    };
    let result =
        case.result().map(|schema| Maker::new(case.document, Style::default()).make(schema));
    for body in bodies {
        let json = body.as_ref().map(Value::to_string).unwrap_or_default();
        let call = match (caller, full) {
            (Caller::Typed, true) => case.typed.full(&world.tapis, json.as_bytes()),
            (Caller::Typed, false) => case.typed.least(&world.tapis, json.as_bytes()),
            _ => {
                let call = dynamic::call(&world.tapis, case, caller, full, body.as_ref());
                Ok(dynamic::calling(case, call))
            }
        };
        let answer = case.plain_answer(result.as_ref());
        let Some((recorded, _)) = world.exchange(case, call, answer).await else { continue };
        for fault in compare(case, full, &[], body.as_ref(), &recorded) {
            world.fault(case, fault);
        }
        world.compared_request();
    }
}

/// In what the request differs from what the document says. Parameters that are left out were not set.
pub(crate) fn compare(
    case: &Case,
    full: bool,
    left_out: &[&str],
    body: Option<&Value>,
    recorded: &Recorded,
) -> Vec<String> {
    let operation = &case.operation;
    let set = || {
        operation.parameters.iter().filter(|parameter| {
            parameter.required || (full && !left_out.contains(&parameter.name.as_str()))
        })
    };
    let mut faults = Vec::new();
    let mut expect = |what: &str, expected: &dyn std::fmt::Debug, arrived: &dyn std::fmt::Debug| {
        let (expected, arrived) = (format!("{expected:?}"), format!("{arrived:?}"));
        if expected != arrived {
            faults.push(format!("{what}: expected {expected}, and {arrived} arrived"));
        }
    };
    expect("method", &operation.method, &recorded.method);
    expect("path", &path(&operation.template, set()), &recorded.path);
    expect(
        "query",
        &query(set(), &identity(case)),
        &recorded.query.as_deref().map(pairs).unwrap_or_default(),
    );
    let (content_type, sent) = (recorded.header("content-type"), &recorded.body);
    match operation.body.as_ref().filter(|body| full || body.required) {
        None => {
            expect("content type", &None::<&str>, &content_type);
            expect("body", &"", &String::from_utf8_lossy(sent));
        }
        Some(described) if described.is_json() => {
            expect("content type", &Some("application/json"), &content_type);
            expect("body", &body, &serde_json::from_slice::<Value>(sent).ok().as_ref());
        }
        Some(described) if described.is_multipart() => {
            let expected: Vec<_> = described
                .parts(case.document)
                .into_iter()
                .filter(|(_, _, required)| full || *required)
                .map(|(name, is_file, _)| (name.clone(), is_file, values::content(&name, is_file)))
                .collect();
            let arrived = parts(content_type.unwrap_or_default(), sent).unwrap_or_default();
            expect("parts", &expected, &arrived);
        }
        Some(described) => {
            expect("content type", &Some(described.media.as_str()), &content_type);
            expect("body", &values::BYTES, &String::from_utf8_lossy(sent));
        }
    }
    expect("headers", &headers(case, set(), sent.is_empty()), &arrived_headers(recorded));
    faults
}

/// The template with its values, escaped.
fn path<'p>(template: &str, set: impl Iterator<Item = &'p Parameter>) -> String {
    let mut path = template.to_owned();
    for parameter in set {
        let text = plain(&values::value(parameter));
        let escaped = match parameter.place {
            Place::Path | Place::Bare => encode(&text),
            Place::Segments => text.split('/').map(encode).collect::<Vec<_>>().join("/"),
            _ => continue,
        };
        path = path.replace(&format!("{{{}}}", parameter.name), &escaped);
    }
    path
}

/// What each thing that the operation gives has to hold.
fn identity(case: &Case) -> Vec<String> {
    let Some(schema) = case.result() else { return Vec::new() };
    let mut schema = resolve(case.document, schema);
    if schema["type"] == "array" {
        schema = resolve(case.document, &schema["items"]);
    }
    let names = schema["required"].as_array().into_iter().flatten();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The query's pairs, sorted. What identifies is selected with whatever is.
fn query<'p>(
    set: impl Iterator<Item = &'p Parameter>,
    identity: &[String],
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for parameter in set {
        let name = parameter.name.clone();
        match (parameter.place, values::value(parameter)) {
            (Place::Query, Value::String(text)) if name == "select" => {
                let selected: Vec<&str> =
                    [&text].into_iter().chain(identity).map(String::as_str).collect();
                pairs.push((name, selected.join(",")));
            }
            (Place::Query, Value::Array(items)) => {
                pairs.extend(items.iter().map(|item| (name.clone(), plain(item))));
            }
            (Place::Joined, Value::Array(items)) => {
                pairs.push((name, items.iter().map(plain).collect::<Vec<_>>().join(",")));
            }
            (Place::Free, Value::Object(members)) => {
                pairs.extend(members.iter().map(|(key, value)| (key.clone(), plain(value))));
            }
            (Place::Query | Place::Joined, value) => pairs.push((name, plain(&value))),
            _ => {}
        }
    }
    pairs.sort();
    pairs
}

/// The headers that have to arrive besides those that HTTP wants, sorted.
fn headers<'p>(
    case: &Case,
    set: impl Iterator<Item = &'p Parameter>,
    empty: bool,
) -> Vec<(String, String)> {
    let operation = &case.operation;
    let accept = match operation.reply {
        Reply::Bytes => "*/*",
        Reply::Enveloped(_) | Reply::Json(_) | Reply::Empty => "application/json",
    };
    let mut headers = vec![("accept".to_owned(), accept.to_owned())];
    if operation.needs_token {
        headers.push(("x-tapis-token".to_owned(), TOKEN.to_owned()));
    }
    let parameters = set.filter(|parameter| parameter.place == Place::Header);
    headers.extend(parameters.map(|p| (p.name.to_lowercase(), plain(&values::value(p)))));
    if !empty {
        headers.push(("content-type".to_owned(), "(any)".to_owned()));
    }
    headers.sort();
    headers
}

/// What arrived of such headers, sorted. The content type is compared with the body.
fn arrived_headers(recorded: &Recorded) -> Vec<(String, String)> {
    const OF_HTTP: [&str; 4] = ["host", "user-agent", "content-length", "transfer-encoding"];
    let mut headers: Vec<_> = recorded
        .headers
        .iter()
        .filter(|(name, _)| !OF_HTTP.contains(&name.as_str()))
        .map(|(name, value)| match name.as_str() {
            "content-type" => (name.clone(), "(any)".to_owned()),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    headers.sort();
    headers
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn the_comparison_sees_what_differs() {
    let case = super::world::CASES.iter().find(|case| case.operation.id == "createSystem").unwrap();
    let recorded = Recorded {
        method: "PUT".to_owned(),
        path: "/v3/systems/".to_owned(),
        query: Some("skipCredentialCheck=maybe".to_owned()),
        headers: vec![("x-more".to_owned(), "1".to_owned())],
        body: "{\"id\":\"b\"}".into(),
    };
    let faults = compare(case, true, &[], Some(&json!({"id": "a"})), &recorded);
    let named = |what: &str| faults.iter().any(|fault| fault.starts_with(what));
    for what in ["method", "path", "query", "content type", "body", "headers"] {
        assert!(named(what), "{what} is missing from {faults:?}");
    }
}
