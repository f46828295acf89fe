//! When a value counts as given, and as the same.

use serde_json::{Map, Value};

/// How an app says that it has no value for a variable.
pub(super) const NOT_SET: &str = "!tapis_not_set";

pub(super) fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// Two descriptions in one text, with an empty line between; one of them where the other is blank.
pub(super) fn join(first: Option<String>, second: Option<&String>) -> Option<String> {
    let given = |text: &String| !is_blank(Some(text));
    match (first.filter(given), second.filter(|text| given(text))) {
        (Some(first), Some(second)) => Some(format!("{first}\n\n{second}")),
        (first, second) => first.or_else(|| second.cloned()),
    }
}

/// Whether a request may give these notes to an argument or a variable that is fixed. The service reads
/// those of a request as an object and those of an app as a text, which are never equal; none at all
/// count as empty ones (tapis-jobs `JobParmSetMarshaller.java` 646 to 681, 743 to 768).
pub(super) fn same_fixed_notes(
    of_request: Option<&Map<String, Value>>,
    of_app: Option<&Map<String, Value>>,
) -> bool {
    of_request.is_none() && of_app.is_none_or(Map::is_empty)
}

/// Notes are the same also where one side has none and the other an empty object.
pub(super) fn same_notes(
    one: Option<&Map<String, Value>>,
    other: Option<&Map<String, Value>>,
) -> bool {
    let own = |notes: Option<&Map<String, Value>>| notes.filter(|notes| !notes.is_empty()).cloned();
    own(one) == own(other)
}
