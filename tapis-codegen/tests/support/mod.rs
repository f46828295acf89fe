//! A small document in which everything is right, and what is generated from it.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop here")]

pub mod code;

use serde_json::Value;

/// The document.
pub fn birds() -> Value {
    serde_json::from_str(include_str!("birds.json")).unwrap()
}

/// The document with `value` at `pointer`: an item of a list is replaced, `-` adds one.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut document = birds();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.insert(key, value);
        }
        Some(Value::Array(list)) if key == "-" => list.push(value),
        Some(Value::Array(list)) => list[key.parse::<usize>().unwrap()] = value,
        _ => panic!("the document has nothing at {parent}"),
    }
    document
}

/// The document without what is at `pointer`.
pub fn without(pointer: &str) -> Value {
    let mut document = birds();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let removed = match document.pointer_mut(parent) {
        Some(Value::Object(object)) => object.remove(&key),
        Some(Value::Array(list)) => Some(list.remove(key.parse().unwrap())),
        _ => None,
    };
    assert!(removed.is_some(), "the document has nothing at {pointer}");
    document
}

/// What is said of a document that cannot be generated.
pub fn refusal(document: &Value) -> String {
    match tapis_codegen::verify(document) {
        Ok(()) => panic!("the document can be generated"),
        Err(error) => format!("birds: {error}"),
    }
}
