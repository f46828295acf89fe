//! Expressions of pipelines, as far as they are understood: fields, values and objects of such.

use serde_json::{Map, Value};

use super::path;
use super::value::is_extended;

/// The value of an expression for a document; nothing where it names what is not there.
pub(super) fn evaluate(expression: &Value, document: &Value) -> Result<Option<Value>, String> {
    match expression {
        Value::String(text) if text == "$$ROOT" => Ok(Some(document.clone())),
        Value::String(text) if text.starts_with("$$") => {
            Err(format!("the mock does not know the variable {text}"))
        }
        Value::String(text) => match text.strip_prefix('$') {
            Some(path) => Ok(field(document, path)),
            None => Ok(Some(expression.clone())),
        },
        Value::Array(parts) => {
            let parts = parts.iter().map(|part| Ok(evaluate(part, document)?.unwrap_or_default()));
            parts.collect::<Result<Vec<_>, String>>().map(|parts| Some(parts.into()))
        }
        Value::Object(fields) if is_extended(fields) => Ok(Some(expression.clone())),
        Value::Object(fields) => object(fields, document).map(Some),
        value => Ok(Some(value.clone())),
    }
}

fn object(fields: &Map<String, Value>, document: &Value) -> Result<Value, String> {
    if let Some(value) = fields.get("$literal").filter(|_| fields.len() == 1) {
        return Ok(value.clone());
    }
    let mut made = Map::new();
    for (name, expression) in fields {
        if name.starts_with('$') {
            return Err(format!("the mock does not know the operator {name}"));
        }
        if let Some(value) = evaluate(expression, document)? {
            made.insert(name.clone(), value);
        }
    }
    Ok(Value::Object(made))
}

/// The field of a document; of the members of an array each one's.
fn field(document: &Value, path: &str) -> Option<Value> {
    let mut parts = path.split('.');
    let first = document.get(parts.next().unwrap_or_default())?;
    parts.try_fold(first.clone(), |value, part| match value {
        Value::Object(fields) => fields.get(part).cloned(),
        Value::Array(values) => {
            Some(values.iter().flat_map(|value| path::find(value, part)).cloned().collect())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_and_values_are_expressions() {
        let document = json!({ "a": { "b": 1 }, "l": [{ "x": 1 }, { "x": 2 }] });
        let value = |expression: Value| evaluate(&expression, &document).unwrap();
        assert_eq!(value(json!("$a.b")), Some(json!(1)));
        assert_eq!(value(json!("$l.x")), Some(json!([1, 2])));
        assert_eq!(value(json!("$none")), None);
        assert_eq!(value(json!("text")), Some(json!("text")));
        assert_eq!(value(json!({ "n": "$a.b", "m": "$none" })), Some(json!({ "n": 1 })));
        assert_eq!(value(json!({ "$literal": "$a" })), Some(json!("$a")));
        assert_eq!(value(json!("$$ROOT")), Some(document.clone()));
        assert!(evaluate(&json!({ "$concat": ["a"] }), &document).is_err());
    }
}
