//! Texts, as the service parses and refuses them.

use serde_json::{Map, Value};

use crate::reply::Failure;

/// The value of variables and directories that are not set.
pub(super) const NOT_SET: &str = "!tapis_not_set";

pub(super) fn bad(id: &str, what: &str) -> Failure {
    Failure::bad_request(format!("{id} {what}"))
}

/// The text at a name, unless it is blank.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object[name].as_str().filter(|text| !text.trim().is_empty())
}

/// As [`field`], for maps.
pub(super) fn in_map<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The items of a list; none if it is not a list.
pub(super) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The notes in a job's parts, which are strings: the client of Jobs for applications and systems
/// converts theirs, and Jobs those of a request (tapis-client-java `AppsClient.java:768-848`,
/// `SystemsClient.java:1121-1165`, tapis-jobs `JobsApiUtils.java:200-252`).
pub(super) fn notes_text(notes: &Value) -> Value {
    if notes.is_null() { "{}".into() } else { as_doubles(notes).to_string().into() }
}

/// Notes with double-precision numbers, as Gson reads them without a type.
pub(super) fn as_doubles(notes: &Value) -> Value {
    match notes {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(values) => values.iter().map(as_doubles).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), as_doubles(value)));
            Value::Object(fields.collect())
        }
        value => value.clone(),
    }
}

/// Refuses characters that must not be in a command line: control characters and some of the
/// shell's (tapis-shared-java `PathSanitizer.java:20, 146-165`).
pub(super) fn refuse_dangerous(place: &str, name: &str, text: &str) -> Result<(), Failure> {
    let dangerous = |c: char| c.is_control() || matches!(c, '&' | '>' | '<' | '|' | ';' | '`');
    if text.chars().any(dangerous) {
        let what = format!("{place} {name} has characters that are not allowed.");
        return Err(bad("JOBS_INVALID_INPUT_CHARACTERS", &what));
    }
    Ok(())
}

pub(super) fn refuse_control(place: &str, name: &str, text: &str) -> Result<(), Failure> {
    if text.chars().any(char::is_control) {
        let what = format!("{place} {name} has a control character.");
        return Err(bad("JOBS_INVALID_CHAR_DETECTED", &what));
    }
    Ok(())
}

/// Refuses paths with `..`.
pub(super) fn refuse_traversal(name: &str, path: &str) -> Result<(), Failure> {
    if path.split('/').any(|segment| segment == "..") {
        return Err(bad(
            "TAPIS_PROHIBITED_DIR_PATTERN",
            &format!("{name} contains \"..\": {path}"),
        ));
    }
    refuse_control("", name, path)
}

/// Whether a URL has a scheme and a text after it.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
        && !rest.is_empty()
        && !rest.chars().any(char::is_control)
}

/// The last segment of a URL's path; empty if it ends in a slash.
pub(super) fn file_name(uri: &str) -> &str {
    match uri.splitn(4, '/').nth(3) {
        Some(path) => path.rsplit('/').next().unwrap_or_default(),
        None => "",
    }
}

/// Whether a text can be the name of an environment variable.
pub(super) fn is_variable(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Combines the descriptions of an application and a request.
pub(super) fn join_descriptions(first: Option<&str>, second: Option<&str>) -> Value {
    match (first, second) {
        (Some(first), Some(second)) => format!("{first}\n\n{second}").into(),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_in_notes_have_a_fraction() {
        assert_eq!(notes_text(&Value::Null), "{}");
        let notes = json!({ "a": 1, "b": { "c": [true, null, "x", -2, 0.5] } });
        assert_eq!(notes_text(&notes), r#"{"a":1.0,"b":{"c":[true,null,"x",-2.0,0.5]}}"#);
    }
}
