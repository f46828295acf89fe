//! Every reply that a service may send is read, and nothing in it is lost.

use serde_json::{Value, json};

use super::compare::leaves;
use super::document::Reply;
use super::maker::{Identity, Maker, Optional, SECRET, Style, may_be_nothing};
use super::server::Answer;
use super::world::{Case, World, every_operation, every_operation_varied, operations};

#[test]
fn a_reply_with_everything_in_it_is_read() {
    every_operation(async |world, case| {
        let Some(schema) = case.result() else { return empty_or_bytes(world, case).await };
        for result in Maker::new(case.document, Style::default()).all(schema, true) {
            read(world, case, &result, "everything").await;
        }
    });
}

#[test]
fn a_reply_in_which_all_but_the_identity_is_null_is_read() {
    every_operation_varied(async |world, case| {
        by_depth(world, case, Optional::Null, "null").await;
    });
}

#[test]
fn a_reply_in_which_all_but_the_identity_is_absent_is_read() {
    every_operation_varied(async |world, case| {
        by_depth(world, case, Optional::Absent, "absent").await;
    });
}

#[test]
fn a_reply_with_fields_that_no_document_knows_is_read() {
    every_operation_varied(async |world, case| {
        with(world, case, Style { unknown_fields: true, ..Style::default() }, "unknown fields")
            .await;
    });
}

#[test]
fn a_reply_with_values_that_no_enumeration_knows_is_read() {
    every_operation_varied(async |world, case| {
        with(world, case, Style { unknown_values: true, ..Style::default() }, "unknown values")
            .await;
        with(world, case, Style { unknown_forms: true, ..Style::default() }, "unknown forms").await;
    });
}

#[test]
fn a_reply_with_empty_lists_and_maps_is_read() {
    every_operation_varied(async |world, case| {
        with(world, case, Style { empty: true, ..Style::default() }, "empty lists").await;
    });
}

#[test]
fn a_reply_with_scalars_in_their_other_form_is_read() {
    every_operation_varied(async |world, case| {
        with(world, case, Style { lenient: true, ..Style::default() }, "other scalars").await;
    });
}

#[test]
fn a_reply_with_nulls_in_its_lists_is_read_without_them() {
    every_operation_varied(async |world, case| {
        with(world, case, Style { nulls: true, ..Style::default() }, "nulls in lists").await;
    });
}

#[test]
fn any_success_and_any_label_on_it_is_a_success() {
    const LABELS: [Option<&str>; 4] = [
        Some("application/json; charset=utf-8"),
        Some("text/html; charset=utf-8"),
        Some("application/octet-stream"),
        None,
    ];
    every_operation(async |world, case| {
        let result =
            case.result().map(|schema| Maker::new(case.document, Style::default()).make(schema));
        for (index, status) in [200, 201, 202, 203, 206, 226, 299].into_iter().enumerate() {
            let content_type = LABELS[index % LABELS.len()];
            let answer = Answer { status, content_type, ..case.plain_answer(result.as_ref()) };
            let Some(decoded) = success(world, case, answer, "any status").await else { continue };
            if decoded.status != Some(status) {
                world.fault(case, format!("{status} was told as {:?}", decoded.status));
            }
            if case.is_enveloped() && decoded.message.as_deref() != Some("it went well") {
                world.fault(case, format!("the message became {:?}", decoded.message));
            }
            world.decoded_reply(0);
        }
    });
}

#[test]
fn an_envelope_may_say_what_it_likes_about_the_result() {
    operations(Case::is_enveloped, async |world, case| {
        let result =
            case.result().map(|schema| Maker::new(case.document, Style::default()).make(schema));
        for around in [
            json!({}),
            json!({"status": null, "message": null, "version": null, "metadata": null}),
            json!({"status": "Success", "message": ["one", "two"], "metadata": "none"}),
            json!({"status": 200, "message": {"db": "up"}, "version": 3, "metadata": [1]}),
            json!({"status": "success", "metadata": {"recordCount": "many", "orderBy": 7}}),
        ] {
            let mut body = around;
            if let Some(result) = &result {
                body["result"] = result.clone();
            }
            let body = serde_json::to_vec_pretty(&body).unwrap();
            let answer = Answer { body, ..case.plain_answer(None) };
            if success(world, case, answer, "another envelope").await.is_some() {
                world.decoded_reply(0);
            }
        }
    });
}

#[test]
fn a_success_without_result_gives_nothing_where_there_is_such_a_thing() {
    every_operation(async |world, case| {
        let nothing = match &case.operation.reply {
            Reply::Enveloped(Some(schema)) => may_be_nothing(case.document, schema),
            Reply::Json(schema) => may_be_nothing(case.document, schema),
            Reply::Enveloped(None) | Reply::Empty | Reply::Bytes => Some(true),
        };
        let empty = Answer { status: 200, content_type: None, body: Vec::new() };
        let mut answers = vec![empty.clone(), Answer { status: 204, ..empty.clone() }];
        if case.is_enveloped() {
            answers.extend([None, Some(&Value::Null)].map(|result| case.plain_answer(result)));
        }
        for answer in answers {
            let how = format!("{} {:?}", answer.status, String::from_utf8_lossy(&answer.body));
            let call = case.typed.least(&world.tapis, least_body(case).as_bytes());
            let Some((_, outcome)) = world.exchange(case, call, answer).await else { continue };
            match (nothing, outcome) {
                (None, _) => {}
                (Some(true), Ok(decoded)) => {
                    if !["null", "{}", "[]", ""].map(str::as_bytes).contains(&&decoded.encoded[..])
                    {
                        world.fault(case, format!("{how}: something was made of nothing"));
                    }
                    world.decoded_reply(0);
                }
                (Some(true), Err(error)) => world.fault(case, format!("{how}: {error}")),
                (Some(false), Ok(decoded)) => {
                    let result = String::from_utf8_lossy(&decoded.encoded).into_owned();
                    world.fault(case, format!("{how}: nothing became {result}"));
                }
                (Some(false), Err(error)) => {
                    if !error.is_decoding() || error.status().is_none_or(|s| !s.is_success()) {
                        world.fault(case, format!("{how}: not said to have succeeded: {error}"));
                    }
                }
            }
        }
    });
}

#[test]
fn a_success_whose_envelope_says_error_is_an_error() {
    operations(Case::is_enveloped, async |world, case| {
        let style = Style { planted: true, ..Style::default() };
        let full = case.result().map(|schema| Maker::new(case.document, style).make(schema));
        let results = [None, Some(Value::Null), Some(json!("null")), Some(json!({"a": [1]})), full];
        for result in results {
            let mut body = case.wrap(result.as_ref());
            body["status"] = json!("error");
            body["message"] = json!("it went wrong");
            let answer = Answer { body: body.to_string().into_bytes(), ..case.plain_answer(None) };
            let call = case.typed.least(&world.tapis, least_body(case).as_bytes());
            let Some((_, outcome)) = world.exchange(case, call, answer).await else { continue };
            match outcome {
                Ok(_) => world.fault(case, format!("no error: {body}")),
                Err(error) => {
                    let of_operation = error.operation().is_some_and(|o| o.id == case.operation.id);
                    if error.message() != "it went wrong" || error.is_decoding() || !of_operation {
                        world.fault(case, format!("another error: {error:?}"));
                    }
                    if format!("{error} {error:?}").contains(SECRET) {
                        world.fault(case, "the error tells a secret");
                    }
                    world.decoded_reply(0);
                }
            }
        }
    });
}

/// What stands in place of an identity.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Instead {
    Nothing,
    Null,
    /// Something of another type, which is secret.
    Other,
}

#[test]
fn a_reply_without_its_identity_is_an_error_that_says_where_and_tells_no_secret() {
    let has_identity = |case: &Case| {
        let Some(schema) = case.result() else { return false };
        let mut maker = Maker::new(case.document, Style::default());
        maker.make(schema);
        !maker.identities.is_empty()
    };
    operations(has_identity, async |world, case| {
        let Some(schema) = case.result() else { return };
        let mut maker = Maker::new(case.document, Style { planted: true, ..Style::default() });
        for _ in 0..maker.all(schema, false).len() {
            let result = maker.make(schema);
            for identity in maker.identities.clone() {
                without(world, case, &result, &identity, Instead::Nothing).await;
                if identity.refuses_null {
                    without(world, case, &result, &identity, Instead::Null).await;
                    without(world, case, &result, &identity, Instead::Other).await;
                }
            }
        }
    });
}

async fn without(
    world: &mut World,
    case: &'static Case,
    result: &Value,
    identity: &Identity,
    instead: Instead,
) {
    let mut result = result.clone();
    let Some(object) = result.pointer_mut(&identity.object).and_then(Value::as_object_mut) else {
        return world.fault(case, format!("nothing at {:?}", identity.object));
    };
    let place = match instead {
        Instead::Nothing => {
            object.remove(&identity.name);
            identity.object.clone()
        }
        Instead::Null | Instead::Other => {
            let other = match (instead, object.get(&identity.name)) {
                (Instead::Null, _) => Value::Null,
                (_, Some(Value::String(_))) => json!([format!("{SECRET} in a list")]),
                _ => json!(format!("{SECRET} as a text")),
            };
            object.insert(identity.name.clone(), other);
            format!("{}/{}", identity.object, identity.name)
        }
    };
    let place = if case.is_enveloped() { format!("/result{place}") } else { place };
    let call = case.typed.least(&world.tapis, least_body(case).as_bytes());
    let answer = case.plain_answer(Some(&result));
    let Some((_, outcome)) = world.exchange(case, call, answer).await else { return };
    let what = format!("{instead:?} in place of {} of {place}", identity.name);
    let Err(error) = outcome else {
        return world.fault(case, format!("{what}: no error"));
    };
    let text = error.to_string();
    let says_where = text.starts_with(&format!("{case}: "))
        && text.contains(&format!(": {}", path_of(&place)))
        && (instead != Instead::Nothing || text.contains(&format!("`{}`", identity.name)));
    if !error.is_decoding() || !says_where {
        world.fault(case, format!("{what}: {error}"));
    }
    if format!("{error} {error:?}").contains(SECRET) {
        world.fault(case, format!("{what}: the error tells a secret"));
    }
    world.decoded_reply(0);
}

/// A JSON pointer as the path that an error names.
fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{step}]"));
        } else if path.is_empty() {
            path.push_str(&step);
        } else {
            path.push_str(&format!(".{step}"));
        }
    }
    path
}

/// Replies without what they can go without, from each depth of their objects on.
async fn by_depth(
    world: &mut World,
    case: &'static Case,
    optional: impl Fn(usize) -> Optional,
    what: &str,
) {
    let Some(schema) = case.result() else { return empty_or_bytes(world, case).await };
    let mut full = Maker::new(case.document, Style::default());
    full.all(schema, false);
    for depth in 0..full.depth.max(1) {
        let style = Style { optional: optional(depth), ..Style::default() };
        with(world, case, style, &format!("{what} from depth {depth}")).await;
    }
}

/// Replies of a style, each form of each union among them.
async fn with(world: &mut World, case: &'static Case, style: Style, what: &str) {
    let Some(schema) = case.result() else { return empty_or_bytes(world, case).await };
    let mut maker = Maker::new(case.document, style);
    for result in maker.all(schema, false) {
        read(world, case, &result, what).await;
    }
    world.varied(maker.variations);
}

/// Answers the call with `result` and requires that all of it is there when it is encoded again.
async fn read(world: &mut World, case: &'static Case, result: &Value, what: &str) {
    let answer = case.plain_answer(Some(result));
    let Some(decoded) = success(world, case, answer, what).await else { return };
    if !decoded.stable {
        world.fault(case, format!("{what}: encoded and decoded again it is another"));
    }
    let kept: Value = serde_json::from_slice(&decoded.encoded).unwrap();
    let (compared, faults) = leaves(result, &kept);
    for fault in faults {
        world.fault(case, format!("{what}: {fault}"));
    }
    world.decoded_reply(compared);
}

/// Replies that are bytes arrive as they are, and those without content are read whatever they
/// hold.
async fn empty_or_bytes(world: &mut World, case: &'static Case) {
    for body in [&b"bytes \xff\0 of any kind"[..], b"{\"status\": \"success\"}", b""] {
        let answer = match case.is_enveloped() {
            true => case.plain_answer(None),
            false => Answer { status: 200, content_type: Some("text/plain"), body: body.to_vec() },
        };
        let Some(decoded) = success(world, case, answer, "no result").await else { continue };
        if matches!(case.operation.reply, Reply::Bytes) && decoded.encoded != body {
            world.fault(case, "the bytes are not those that were sent");
        }
        world.decoded_reply(0);
    }
}

/// What becomes of an answer that is a success.
async fn success(
    world: &mut World,
    case: &'static Case,
    answer: Answer,
    what: &str,
) -> Option<super::calls::Decoded> {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let call = case.typed.full(&world.tapis, full_body(case).as_bytes());
    let (_, outcome) = world.exchange(case, call, answer).await?;
    match outcome {
        Ok(decoded) => Some(decoded),
        Err(error) => {
            let body: String = body.chars().take(600).collect();
            world.fault(case, format!("{what}: {error}\n    {body}"));
            None
        }
    }
}

/// A body for the call with everything set.
fn full_body(case: &Case) -> String {
    body(case, Style::default())
}

/// A body for the call with what is required.
fn least_body(case: &Case) -> String {
    body(case, Style { optional: Optional::Absent(0), ..Style::default() })
}

fn body(case: &Case, style: Style) -> String {
    match &case.operation.body {
        Some(body) if body.is_json() => {
            Maker::new(case.document, style).make(&body.schema).to_string()
        }
        _ => String::new(),
    }
}
