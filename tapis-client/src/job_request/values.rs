//! Decides whether values are set and whether they are equal.

use serde_json::{Map, Value};

/// The value of a variable without a value in an app.
pub(super) const NOT_SET: &str = "!tapis_not_set";

pub(super) fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// Joins two descriptions with an empty line between them; a blank one is skipped.
pub(super) fn join(first: Option<String>, second: Option<&String>) -> Option<String> {
    let given = |text: &String| !is_blank(Some(text));
    match (first.filter(given), second.filter(|text| given(text))) {
        (Some(first), Some(second)) => Some(format!("{first}\n\n{second}")),
        (first, second) => first.or_else(|| second.cloned()),
    }
}

/// Whether a request may have these notes for a fixed argument or variable. The service compares the notes of the
/// request as an object with those of the app as a string, which are never equal; absent notes are equal to empty ones
/// (tapis-jobs `JobParmSetMarshaller.java` 646 to 681, 743 to 768).
pub(super) fn same_fixed_notes(
    of_request: Option<&Map<String, Value>>,
    of_app: Option<&Map<String, Value>>,
) -> bool {
    of_request.is_none() && of_app.is_none_or(Map::is_empty)
}

/// Whether two notes are equal; absent notes are equal to an empty object.
pub(super) fn same_notes(
    one: Option<&Map<String, Value>>,
    other: Option<&Map<String, Value>>,
) -> bool {
    let own = |notes: Option<&Map<String, Value>>| notes.filter(|notes| !notes.is_empty()).cloned();
    own(one) == own(other)
}
