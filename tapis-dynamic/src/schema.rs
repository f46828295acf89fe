//! Schemas with their references and `allOf` resolved.

use serde_json::Value;
use tapis_specs::reader::{Document, flatten};

/// Returns the schema with its references resolved and the parts of its `allOf` merged, including types and values.
pub(crate) fn merged(document: &Document, schema: &Value) -> Value {
    let mut flat = flatten(document.value(), schema);
    let own = document.resolve(schema);
    for part in own["allOf"].as_array().into_iter().flatten() {
        let part = merged(document, part);
        let (Some(flat), Some(part)) = (flat.as_object_mut(), part.as_object()) else { continue };
        for (key, value) in part {
            flat.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    flat
}

/// The variants of a union; `None` if the schema is no union.
pub(crate) fn variants(schema: &Value) -> Option<&Vec<Value>> {
    schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())
}

/// The properties in the order of the original document.
pub(crate) fn ordered(schema: &Value) -> Vec<(&String, &Value)> {
    let order: Vec<&str> = strings(&schema["x-tapis-order"]).collect();
    let mut properties: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    let place = |name: &str| order.iter().position(|known| *known == name);
    properties.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    properties
}

/// The strings of a list.
pub(crate) fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether an object must have the attribute `name`.
pub(crate) fn is_required(schema: &Value, name: &str) -> bool {
    strings(&schema["required"]).any(|known| known == name)
}
