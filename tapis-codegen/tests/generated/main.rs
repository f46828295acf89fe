//! What is generated from a document: the types, their builders and the calls.
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

mod bodies;
mod calls;
mod replies;
#[path = "../support/mod.rs"]
mod support;
mod types;

use serde_json::{Value, json};

use support::code::Code;
use support::{birds, with, without};

fn code() -> Code {
    Code::of(&birds())
}

/// The birds with further schemas, which `NewBird` holds in fields named after them.
fn sent(schemas: Value) -> Value {
    let mut document = birds();
    for (name, schema) in schemas.as_object().unwrap() {
        document["components"]["schemas"][name] = schema.clone();
        document["components"]["schemas"]["NewBird"]["properties"][name] =
            json!({"$ref": format!("#/components/schemas/{name}")});
    }
    document
}

/// The birds, where the place of a new one holds texts besides the fields that it refers to.
fn with_more_than_a_place() -> Code {
    let place = json!({
        "allOf": [{"$ref": "#/components/schemas/Place"}],
        "additionalProperties": {"type": "string"},
    });
    Code::of(&with("/components/schemas/NewBird/properties/place", place))
}

#[test]
fn the_same_document_gives_the_same_code() {
    assert_eq!(code().text, code().text);
}

/// The document as text, with the keys of each object and the schemas of each `oneOf` the other way
/// round.
fn reversed(value: &Value) -> String {
    let list = |items: Vec<String>, open, close| format!("{open}{}{close}", items.join(","));
    match value {
        Value::Object(object) => {
            let entry = |(key, value): (&String, &Value)| match value {
                Value::Array(schemas) if key == "oneOf" => {
                    format!(
                        "{key:?}:{}",
                        list(schemas.iter().rev().map(reversed).collect(), '[', ']')
                    )
                }
                value => format!("{key:?}:{}", reversed(value)),
            };
            list(object.iter().rev().map(entry).collect(), '{', '}')
        }
        Value::Array(items) => list(items.iter().map(reversed).collect(), '[', ']'),
        scalar => scalar.to_string(),
    }
}

#[test]
fn in_which_order_a_document_has_variants_and_properties_changes_nothing_on_the_wire() {
    let (code, reversed) = (code(), Code::read(&reversed(&birds())));
    assert_eq!(reversed.calls("types", "object"), code.calls("types", "object"));
    assert_eq!(reversed.calls("calls", "operation"), code.calls("calls", "operation"));
    let variants = |code: &Code| -> Vec<(String, Vec<String>)> {
        let unions = code.calls("types", "tagged_union").into_iter().map(|union| {
            let (name, variants) = union.split_once('{').unwrap();
            let mut variants: Vec<_> =
                variants.trim_end_matches('}').split(',').map(str::to_owned).collect();
            variants.sort();
            (name.to_owned(), variants)
        });
        unions.collect()
    };
    assert_eq!(variants(&code)[0].1.len(), 2);
    assert_ne!(reversed.calls("types", "tagged_union"), code.calls("types", "tagged_union"));
    assert_eq!(variants(&reversed), variants(&code));
}
