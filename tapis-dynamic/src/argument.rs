//! Converts JSON or text to the values of parameters, by the schema of the parameter.

use serde_json::Value;
use tapis_core::Secret;
use tapis_core::rt::ParameterValue;
use tapis_specs::reader::Document;

/// A value that can be sent in a path, query or header.
pub(crate) enum Argument {
    One(String),
    Secret(Secret),
    List(Vec<String>),
    /// Query parameters whose names the caller chooses.
    Pairs(Vec<(String, String)>),
}

impl ParameterValue for Argument {
    fn write(&self, values: &mut Vec<String>) {
        match self {
            Self::One(text) => values.push(text.clone()),
            Self::Secret(secret) => secret.write(values),
            Self::List(texts) => values.extend_from_slice(texts),
            Self::Pairs(_) => {}
        }
    }

    fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Secret(secret) => Some(secret),
            _ => None,
        }
    }
}

/// Returns the resolved schema and its type.
fn type_of<'d>(document: &'d Document, schema: &'d Value) -> (&'d Value, &'d str) {
    let schema = document.resolve(schema);
    (schema, schema["type"].as_str().unwrap_or("string"))
}

/// Converts a JSON value.
///
/// # Errors
/// The reason why the value does not match `schema`.
pub(crate) fn from_value(
    document: &Document,
    schema: &Value,
    value: &Value,
) -> Result<Argument, String> {
    let (schema, wanted) = type_of(document, schema);
    match (wanted, value) {
        ("array", Value::Array(items)) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                scalar(document, &schema["items"], item).map_err(|why| format!("[{index}]: {why}"))
            });
            items.collect::<Result<_, _>>().map(Argument::List)
        }
        ("object", Value::Object(pairs)) => {
            let pairs = pairs.iter().map(|(name, value)| match value {
                Value::Array(_) | Value::Object(_) | Value::Null => {
                    Err(format!("{name}: expected a string, a number or a boolean"))
                }
                value => Ok((name.clone(), plain(value))),
            });
            pairs.collect::<Result<_, _>>().map(Argument::Pairs)
        }
        ("array" | "object", _) => Err(expected(wanted)),
        _ if schema["format"] == "password" => {
            scalar(document, schema, value).map(|text| Argument::Secret(text.into()))
        }
        _ => scalar(document, schema, value).map(Argument::One),
    }
}

/// Converts text, as on a command line: the items of an array are separated by commas or are JSON; an object is JSON.
///
/// # Errors
/// The errors of [`from_value`].
pub(crate) fn from_text(
    document: &Document,
    schema: &Value,
    text: &str,
) -> Result<Argument, String> {
    let (schema, wanted) = type_of(document, schema);
    let json = |open: char| text.trim_start().starts_with(open);
    let value = match wanted {
        "array" if !json('[') => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            let items = items.map(|item| value_of(document, &schema["items"], item));
            Value::Array(items.collect())
        }
        "array" | "object" => serde_json::from_str(text).map_err(|_| expected(wanted))?,
        _ => value_of(document, schema, text),
    };
    from_value(document, schema, &value)
}

/// Parses a text as a value of the schema's type; if that fails, returns the text as a string.
pub(crate) fn value_of(document: &Document, schema: &Value, text: &str) -> Value {
    let parsed = || serde_json::from_str::<Value>(text.trim()).ok();
    let wanted = type_of(document, schema).1;
    let fits = |value: &Value| match wanted {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    parsed().filter(fits).unwrap_or_else(|| text.into())
}

fn scalar(document: &Document, schema: &Value, value: &Value) -> Result<String, String> {
    let (_, wanted) = type_of(document, schema);
    let fits = match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    match fits {
        true => Ok(plain(value)),
        false => Err(expected(wanted)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The error for a wrong type, such as `expected an integer`.
pub(crate) fn expected(wanted: &str) -> String {
    let article = if wanted.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("expected {article} {wanted}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(argument: Argument) -> String {
        match argument {
            Argument::Pairs(pairs) => format!("{pairs:?}"),
            other => other.to_text(),
        }
    }

    #[test]
    fn values_and_texts_are_converted_by_the_schema() {
        let document = Document::read("s", json!({}));
        let list = json!({"type": "array", "items": {"type": "integer"}});
        let object = json!({"type": "object"});
        let scalar = |name: &str| json!({"type": name});
        for (schema, given, sent) in [
            (scalar("integer"), "7", Ok("7")),
            (scalar("integer"), "7.5", Err("expected an integer")),
            (scalar("integer"), "seven", Err("expected an integer")),
            (scalar("number"), "7", Ok("7")),
            (scalar("boolean"), "true", Ok("true")),
            (scalar("boolean"), "yes", Err("expected a boolean")),
            (scalar("string"), "7", Ok("7")),
            (scalar("string"), "null", Ok("null")),
            (list.clone(), "1, 2", Ok("1,2")),
            (list.clone(), "[1,2]", Ok("1,2")),
            (list.clone(), "1,b", Err("[1]: expected an integer")),
            (list.clone(), "", Ok("")),
            (object.clone(), r#"{"a.eq": "b"}"#, Ok(r#"[("a.eq", "b")]"#)),
            (object.clone(), "a", Err("expected an object")),
        ] {
            let converted = from_text(&document, &schema, given).map(text);
            assert_eq!(converted, sent.map(str::to_owned).map_err(str::to_owned), "{given}");
        }
        let refused = from_value(&document, &scalar("string"), &json!(7)).map(text);
        assert_eq!(refused, Err("expected a string".to_owned()));
        let refused = from_value(&document, &object, &json!({"a": [1]})).map(text);
        assert_eq!(refused, Err("a: expected a string, a number or a boolean".to_owned()));
    }
}
