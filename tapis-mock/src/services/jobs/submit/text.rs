//! Texts as the service reads and refuses them.

use serde_json::{Map, Value};

use crate::reply::Failure;

/// The value of variables and directories that are not set.
pub(super) const NOT_SET: &str = "!tapis_not_set";

pub(super) fn bad(id: &str, what: &str) -> Failure {
    Failure::bad_request(format!("{id} {what}"))
}

/// The text under a name, unless it is blank.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object[name].as_str().filter(|text| !text.trim().is_empty())
}

/// As [`field`], for maps.
pub(super) fn in_map<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The elements of a list; none where there is no list.
pub(super) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Notes as jobs hold them inside of their parts: a text.
pub(super) fn notes_text(notes: &Value) -> Value {
    if notes.is_null() { "{}".into() } else { notes.to_string().into() }
}

/// Notes that an application gives an argument or a variable, in a job that does not name it: the text
/// of a map of Java. The service reads it as JSON of a lenient sort, in which names and texts need no
/// quotes, and refuses what cannot be read (tapis-jobs `JobParmSetMarshaller.java:435-444, 501-511`,
/// `JobsApiUtils.java:207-224`).
pub(super) fn map_text(notes: &Value) -> Result<Value, Failure> {
    let Some(text) = java_text(notes) else {
        let what = format!("convertInputObjectToString: {notes}");
        return Err(bad("TAPIS_JSON_PARSE_ERROR", &what));
    };
    Ok(if notes.is_null() { "{}".into() } else { text.into() })
}

/// The text of a value in Java, if it can be read again.
fn java_text(value: &Value) -> Option<String> {
    const SPECIAL: &str = "/\\;#={}[]:, \t\r\n\u{c}\"'";
    let plain = |text: &str| {
        let is_plain = !text.is_empty() && !text.contains(|c| SPECIAL.contains(c));
        is_plain.then(|| text.to_owned())
    };
    Some(match value {
        Value::String(text) => plain(text)?,
        Value::Number(number) if number.is_f64() => number.to_string(),
        Value::Number(number) => format!("{number}.0"),
        Value::Array(values) => {
            let values: Option<Vec<String>> = values.iter().map(java_text).collect();
            format!("[{}]", values?.join(", "))
        }
        Value::Object(fields) => {
            let entry = |(name, value): (&String, &Value)| {
                Some(format!("{}={}", plain(name)?, java_text(value)?))
            };
            let entries: Option<Vec<String>> = fields.iter().map(entry).collect();
            format!("{{{}}}", entries?.join(", "))
        }
        value => value.to_string(),
    })
}

/// Refuses what may not be on a command line: control characters and some of the shell's
/// (tapis-shared-java `PathSanitizer.java:20, 146-165`).
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

/// Refuses paths that lead up.
pub(super) fn refuse_traversal(name: &str, path: &str) -> Result<(), Failure> {
    if path.split('/').any(|segment| segment == "..") {
        return Err(bad(
            "TAPIS_PROHIBITED_DIR_PATTERN",
            &format!("{name} contains \"..\": {path}"),
        ));
    }
    refuse_control("", name, path)
}

/// Whether an address has a scheme and something behind it.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
        && !rest.is_empty()
        && !rest.chars().any(char::is_control)
}

/// The last segment of the path of an address; empty for one that ends in a slash.
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

/// The descriptions of an application and a request in one text.
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
    fn notes_of_an_application_are_the_text_of_a_map_if_it_can_be_read() {
        let text = |notes: Value| map_text(&notes).map_err(|failure| failure.message);
        assert_eq!(text(Value::Null), Ok(json!("{}")));
        assert_eq!(text(json!({})), Ok(json!("{}")));
        let nested = json!({ "a": 1, "b": { "c": [true, null, "x"] } });
        assert_eq!(text(nested), Ok(json!("{a=1.0, b={c=[true, null, x]}}")));
        for unreadable in [json!({ "a": "two words" }), json!({ "a": "" }), json!({ "a b": 1 })] {
            let refused = text(unreadable).map_err(|message| message.contains("TAPIS_JSON_PARSE"));
            assert_eq!(refused, Err(true));
        }
    }
}
