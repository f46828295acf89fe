//! When a value counts as given, and as the same.

use serde_json::{Map, Value};

/// How an app says that it has no value for a variable.
pub(super) const NOT_SET: &str = "!tapis_not_set";

pub(super) fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// Notes are the same also where one side has none and the other an empty object.
pub(super) fn same_notes(
    one: Option<&Map<String, Value>>,
    other: Option<&Map<String, Value>>,
) -> bool {
    let own = |notes: Option<&Map<String, Value>>| notes.filter(|notes| !notes.is_empty()).cloned();
    own(one) == own(other)
}
