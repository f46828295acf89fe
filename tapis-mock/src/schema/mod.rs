//! What the documents say about values: checking them and making them up.

pub(crate) mod check;
pub(crate) mod example;
mod translate;

use serde_json::{Map, Value};

/// Follows `$ref` until there is none.
pub(crate) fn resolve<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    // Documents are checked not to refer in circles without anything in between.
    while let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        match target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)) {
            Some(found) => schema = found,
            None => break,
        }
    }
    schema
}

/// All properties of an object schema, those of its parts and of its alternatives included.
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

/// Whether answers of this schema are wrapped in the envelope that most services use.
pub(crate) fn is_enveloped(document: &Value, schema: &Value) -> bool {
    let properties = properties(document, schema);
    properties.contains_key("message") && properties.contains_key("status")
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
