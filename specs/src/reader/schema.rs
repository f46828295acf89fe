//! Schemas: references, compositions, and which values are secrets.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// One segment of a JSON pointer, escaped.
#[must_use]
pub fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// The extension that names the form of a timestamp that is not RFC 3339.
pub const TIMESTAMP: &str = "x-tapis-timestamp";

/// Whether a schema is of a timestamp, in RFC 3339 (`format: date-time`) or in a form of its own.
#[must_use]
pub fn is_timestamp(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == "date-time")
        || schema.get(TIMESTAMP).is_some()
}

/// The name of the shared schema that `schema` refers to.
#[must_use]
pub fn referenced(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Follows `$ref` until the schema is no longer a reference. Returns `null` for a reference to an
/// unknown schema or to itself.
#[must_use]
pub fn resolve<'d>(document: &'d Value, mut schema: &'d Value) -> &'d Value {
    let mut passed = Vec::new();
    while let Some(name) = referenced(schema) {
        if passed.contains(&name) {
            return &Value::Null;
        }
        passed.push(name);
        schema = &document["components"]["schemas"][name];
    }
    schema
}

/// The schema with its reference followed, and with the properties of its `allOf` in one place.
#[must_use]
pub fn flatten(document: &Value, schema: &Value) -> Value {
    flatten_within(document, schema, &mut Vec::new())
}

/// `pending` has the references that are being followed: a schema that is a part of itself ends
/// there.
fn flatten_within<'d>(document: &'d Value, schema: &'d Value, pending: &mut Vec<&'d str>) -> Value {
    if let Some(name) = referenced(schema) {
        if pending.contains(&name) {
            return Value::Null;
        }
        pending.push(name);
        let flat = flatten_within(document, &document["components"]["schemas"][name], pending);
        pending.pop();
        return flat;
    }
    let mut flat = schema.clone();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let part = flatten_within(document, part, pending);
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
    required.extend(schema["required"].as_array().cloned().unwrap_or_default());
    if let Some(flat) = flat.as_object_mut() {
        flat.remove("allOf");
        if !properties.is_empty() {
            flat.insert("type".into(), "object".into());
            flat.insert("properties".into(), Value::Object(properties));
        }
        if !required.is_empty() {
            flat.insert("required".into(), Value::Array(required));
        }
    }
    flat
}

/// The positions of secrets (`format: password`) in values of the schema: JSON pointers, in which
/// `*` stands for each item of a list or map. The empty pointer is the value itself. For a schema
/// that contains itself, only the first level is returned.
#[must_use]
pub fn secrets(document: &Value, schema: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    collect_secrets(document, schema, "", &mut Vec::new(), &mut found);
    found.into_iter().collect()
}

fn collect_secrets<'d>(
    document: &'d Value,
    schema: &'d Value,
    pointer: &str,
    pending: &mut Vec<&'d str>,
    found: &mut BTreeSet<String>,
) {
    if schema["format"] == "password" {
        found.insert(pointer.to_owned());
    }
    if let Some(name) = referenced(schema).filter(|name| !pending.contains(name)) {
        pending.push(name);
        let shared = &document["components"]["schemas"][name];
        collect_secrets(document, shared, pointer, pending, found);
        pending.pop();
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{}", escape(name));
        collect_secrets(document, property, &pointer, pending, found);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(member) = schema.get(key) {
            collect_secrets(document, member, &format!("{pointer}/*"), pending, found);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            collect_secrets(document, part, pointer, pending, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(schemas: Value) -> Value {
        json!({"components": {"schemas": schemas}})
    }

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn references_are_followed_to_the_end() {
        let document = document(json!({"A": reference("B"), "B": {"type": "string"}}));
        assert_eq!(resolve(&document, &reference("A")), &json!({"type": "string"}));
        assert_eq!(resolve(&document, &json!({"type": "integer"}))["type"], "integer");
        assert!(resolve(&document, &reference("Nowhere")).is_null());
    }

    #[test]
    fn the_parts_of_a_composition_come_together() {
        let document = document(json!({
            "Base": {"properties": {"id": {}}, "required": ["id"]},
            "Whole": {"allOf": [reference("Base"), {"properties": {"size": {}}}],
                "properties": {"name": {}}, "required": ["name"]},
        }));
        assert_eq!(
            flatten(&document, &reference("Whole")),
            json!({
                "type": "object",
                "properties": {"id": {}, "size": {}, "name": {}},
                "required": ["id", "name"],
            })
        );
    }

    #[test]
    fn a_schema_that_is_a_part_of_itself_comes_to_an_end() {
        let document = document(json!({
            "Circle": reference("Circle"),
            "Part": {"allOf": [reference("Part"), {"properties": {"id": {}}}]},
        }));
        assert!(resolve(&document, &reference("Circle")).is_null());
        assert!(flatten(&document, &reference("Circle")).is_null());
        assert_eq!(flatten(&document, &reference("Part"))["properties"], json!({"id": {}}));
    }

    #[test]
    fn secrets_are_found_in_fields_lists_maps_and_compositions() {
        let password = json!({"type": "string", "format": "password"});
        let document = document(json!({
            "Login": {"properties": {
                "user/name": {"type": "string"},
                "pass/word": password,
                "next": reference("Login"),
            }},
        }));
        let schema = json!({"properties": {
            "login": {"allOf": [reference("Login")]},
            "keys": {"type": "array", "items": password},
            "map": {"additionalProperties": {"oneOf": [reference("Login"), {"type": "string"}]}},
            "format": {"type": "string"},
        }});
        assert_eq!(
            secrets(&document, &schema),
            ["/keys/*", "/login/pass~1word", "/map/*/pass~1word"]
        );
        assert_eq!(secrets(&document, &password), [""]);
    }
}
