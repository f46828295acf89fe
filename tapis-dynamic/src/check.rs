//! Checks a body against its schema, by the same rules as the typed clients: types, unknown attributes and missing
//! attributes are checked. Values of enumerations, variants of unions, lengths and bounds are not, because a newer
//! release of a service can accept more.

use serde_json::{Map, Value};
use tapis_specs::reader::Document;

use crate::argument::expected;
use crate::schema::{merged, strings, variants};
use crate::suggest::suggestion;

/// Checks `value` against `schema`.
///
/// # Errors
/// The JSON path and the reason why the value there does not match.
pub(crate) fn body(document: &Document, schema: &Value, value: &Value) -> Result<(), String> {
    check(document, schema, value, "").map_err(|Fault { path, why }| match path.is_empty() {
        true => why,
        false => format!("{path}: {why}"),
    })
}

struct Fault {
    path: String,
    why: String,
}

fn check(document: &Document, schema: &Value, value: &Value, path: &str) -> Result<(), Fault> {
    let fault = |why: String| Err(Fault { path: path.to_owned(), why });
    let flat = merged(document, schema);
    if value.is_null() {
        let nullable = flat["nullable"] == true || schema["nullable"] == true;
        let typed = flat["type"].is_string() || variants(&flat).is_some();
        return if nullable || !typed { Ok(()) } else { fault("null is not allowed".to_owned()) };
    }
    if let Some(variants) = variants(&flat) {
        return union(document, &flat, variants, value, path);
    }
    match flat["type"].as_str() {
        Some("object") => match value {
            Value::Object(object) => attributes(document, &flat, object, path),
            _ => fault(expected("object")),
        },
        Some("array") => match value {
            Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                check(document, &flat["items"], item, &format!("{path}[{index}]"))
            }),
            _ => fault(expected("array")),
        },
        Some(wanted @ ("string" | "integer" | "number" | "boolean")) => {
            let fits = match wanted {
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                _ => value.is_boolean(),
            };
            if fits { Ok(()) } else { fault(expected(wanted)) }
        }
        _ => Ok(()),
    }
}

fn attributes(
    document: &Document,
    schema: &Value,
    object: &Map<String, Value>,
    path: &str,
) -> Result<(), Fault> {
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&none);
    let others = schema.get("additionalProperties");
    for (name, value) in object {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (known.get(name), others) {
            (Some(schema), _) => check(document, schema, value, &below)?,
            (None, Some(schema @ Value::Object(_))) => check(document, schema, value, &below)?,
            (None, Some(Value::Bool(true))) => {}
            (None, None) if known.is_empty() => {}
            (None, _) => {
                let suggestion = suggestion(name, known.keys().map(String::as_str));
                return Err(Fault { path: below, why: format!("unknown attribute{suggestion}") });
            }
        }
    }
    let required = strings(&schema["required"]);
    let missing: Vec<&str> = required.filter(|name| !object.contains_key(*name)).collect();
    match missing[..] {
        [] => Ok(()),
        _ => Err(Fault {
            path: path.to_owned(),
            why: format!("missing required attributes: {}", missing.join(", ")),
        }),
    }
}

/// Checks a union: one variant must match. If none does, returns the error with the longest JSON path, because its
/// variant is probably the intended one.
fn union(
    document: &Document,
    schema: &Value,
    variants: &[Value],
    value: &Value,
    path: &str,
) -> Result<(), Fault> {
    let name = schema["discriminator"]["propertyName"].as_str();
    if let Some((name, tag)) = name.and_then(|name| Some((name, value.get(name)?))) {
        let of_tag = |variant: &&Value| {
            let tagged = &merged(document, variant)["properties"][name]["enum"];
            tagged.as_array().is_some_and(|tags| tags.contains(tag))
        };
        // A variant that the document does not have is not checked.
        return match variants.iter().find(of_tag) {
            Some(variant) => check(document, variant, value, path),
            None => Ok(()),
        };
    }
    let mut best: Option<Fault> = None;
    for variant in variants {
        match check(document, variant, value, path) {
            Ok(()) => return Ok(()),
            Err(fault) if best.as_ref().is_none_or(|b| b.path.len() < fault.path.len()) => {
                best = Some(fault);
            }
            Err(_) => {}
        }
    }
    best.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_has_its_path_and_what_was_probably_meant() {
        let document = Document::read(
            "s",
            json!({"components": {"schemas": {
                "Job": {
                    "type": "object",
                    "required": ["name", "appId"],
                    "properties": {
                        "name": {"type": "string"},
                        "appId": {"type": "string"},
                        "nodeCount": {"type": "integer", "nullable": true},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "notes": {"type": "object"},
                        "env": {"type": "object", "additionalProperties": {"type": "string"}},
                        "owner": {"allOf": [{"$ref": "#/components/schemas/Owner"}]},
                        "task": {
                            "oneOf": [{"$ref": "#/components/schemas/Echo"}],
                            "discriminator": {"propertyName": "type"},
                        },
                    },
                },
                "Owner": {"type": "object", "properties": {"id": {"type": "string"}}},
                "Echo": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {
                        "type": {"type": "string", "enum": ["echo"]}, "text": {"type": "string"},
                    },
                },
            }}}),
        );
        let schema = json!({"$ref": "#/components/schemas/Job"});
        let with = |name: &str, value: Value| {
            let mut job = json!({"name": "a", "appId": "b"});
            job[name] = value;
            job
        };
        for (value, fault) in [
            (json!({"name": "a", "appId": "b"}), None),
            (json!([]), Some("expected an object")),
            (json!({}), Some("missing required attributes: name, appId")),
            (with("name", json!(1)), Some("name: expected a string")),
            (with("name", json!(null)), Some("name: null is not allowed")),
            (with("nodeCount", json!(null)), None),
            (with("nodeCount", json!(1.5)), Some("nodeCount: expected an integer")),
            (
                with("nodeCont", json!(1)),
                Some("nodeCont: unknown attribute; did you mean nodeCount?"),
            ),
            (with("tags", json!(["a", 1])), Some("tags[1]: expected a string")),
            (with("notes", json!({"any": [1]})), None),
            (with("env", json!({"A": 1})), Some("env.A: expected a string")),
            (
                with("owner", json!({"ids": "a"})),
                Some("owner.ids: unknown attribute; did you mean id?"),
            ),
            (
                with("task", json!({"type": "echo", "text": 1})),
                Some("task.text: expected a string"),
            ),
            (with("task", json!({"type": "of tomorrow", "x": 1})), None),
            (with("task", json!({})), Some("task: missing required attributes: type")),
            (with("task", json!("a")), Some("task: expected an object")),
        ] {
            assert_eq!(body(&document, &schema, &value).err().as_deref(), fault, "{value}");
        }
    }
}
