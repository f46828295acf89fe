//! Rules of generation: which schemas become types, and how many media types a body may have.

use serde_json::Value;
use tapis_specs::reader::referenced;

use crate::Error;

/// The name of the schema that `schema` refers to, ignoring a description or extensions beside it.
pub(crate) fn referred(schema: &Value) -> Option<&str> {
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([one]) => referenced(one),
        _ => referenced(schema),
    }
}

/// Whether the schema only names a list, a map or a scalar.
pub(crate) fn is_alias(schema: &Value) -> bool {
    ["allOf", "anyOf", "enum", "oneOf", "properties"].iter().all(|key| schema.get(key).is_none())
}

/// Rejects more than one media type of the body at `place`: a call sends one.
pub(crate) fn one_media_type(count: usize, place: &str) -> Result<(), Error> {
    if count < 2 {
        return Ok(());
    }
    let message = format!("{count} request media types; an operation can send one");
    Err(Error::new("", message).at(format!("{place}/content")))
}
