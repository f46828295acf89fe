//! Schemas as types: which of them get one of their own.

use serde_json::Value;
use tapis_specs::reader::referenced;

/// The name of the schema that `schema` is, but for a description or a mark of its own.
pub(crate) fn referred(schema: &Value) -> Option<&str> {
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([one]) => referenced(one),
        _ => referenced(schema),
    }
}

/// Whether the schema is only a name for a list, a map or a scalar.
pub(crate) fn is_alias(schema: &Value) -> bool {
    ["allOf", "anyOf", "enum", "oneOf", "properties"].iter().all(|key| schema.get(key).is_none())
}
