//! The schemas of the documents: checking and generating values.

pub(crate) mod check;
pub(crate) mod example;
#[cfg(feature = "validation")]
mod translate;

use serde_json::{Map, Value};
use tapis_specs::reader::resolve;

/// All properties of an object schema, including those of its parts and of its alternatives.
pub(crate) fn properties<'a>(document: &'a Value, schema: &'a Value) -> Map<String, Value> {
    let schema = resolve(document, schema);
    let mut all = Map::new();
    for parts in ["oneOf", "anyOf", "allOf"] {
        for part in array(schema.get(parts)) {
            all.extend(properties(document, part));
        }
    }
    if let Some(own) = schema.get("properties").and_then(Value::as_object) {
        all.extend(own.clone());
    }
    all
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
