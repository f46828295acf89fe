//! Converts schemas of OpenAPI 3.0 to JSON Schema, for the validator.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tapis_specs::reader::referenced;

/// A schema and all schemas that it refers to, as one JSON Schema.
pub(super) fn translate(document: &Value, schema: &Value) -> Value {
    let mut names = BTreeSet::new();
    collect(document, schema, &mut names);
    let mut schemas = Map::new();
    for name in names {
        if let Some(target) = document.pointer(&format!("/components/schemas/{name}")) {
            schemas.insert(name, convert(target));
        }
    }
    json!({ "allOf": [convert(schema)], "components": { "schemas": schemas } })
}

/// The names of all components that a schema refers to, directly or indirectly.
fn collect(document: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(name) = referenced(schema)
                && names.insert(name.to_owned())
                && let Some(target) = document.pointer(&format!("/components/schemas/{name}"))
            {
                collect(document, target, names);
            }
            fields.values().for_each(|value| collect(document, value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(document, value, names)),
        _ => {}
    }
}

/// Keywords that both languages have are kept; those that JSON Schema lacks are converted.
fn convert(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    if let Some(target) = fields.get("$ref") {
        return json!({ "$ref": target });
    }
    let mut out = Map::new();
    for (name, value) in fields {
        let value = match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.iter().map(|(name, schema)| (name.clone(), convert(schema))).collect()
            }
            ("items" | "additionalProperties" | "not", value) => convert(value),
            ("oneOf", Value::Array(parts)) => {
                // The services use the first alternative that matches; the documents do not
                // guarantee that exactly one does.
                out.insert("anyOf".into(), alternatives(fields, parts));
                continue;
            }
            ("allOf" | "anyOf", Value::Array(parts)) => parts.iter().map(convert).collect(),
            (
                "type" | "required" | "enum" | "pattern" | "minLength" | "maxLength" | "minItems"
                | "maxItems" | "uniqueItems" | "minimum" | "maximum" | "minProperties"
                | "maxProperties",
                value,
            ) => value.clone(),
            // Descriptions, and formats, which the services do not check.
            _ => continue,
        };
        out.insert(name.clone(), value);
    }
    if fields.get("type").is_some_and(|kind| kind == "integer") {
        // 1e30 is an integer in JSON Schema, but no service has a type for it.
        out.entry("minimum").or_insert_with(|| i64::MIN.into());
        out.entry("maximum").or_insert_with(|| i64::MAX.into());
    }
    if fields.get("nullable").is_some_and(|yes| yes == true) {
        return json!({ "anyOf": [{ "type": "null" }, out] });
    }
    Value::Object(out)
}

/// The alternatives of a schema. If a property selects the alternative, its value must match.
fn alternatives(schema: &Map<String, Value>, parts: &[Value]) -> Value {
    let discriminator = schema.get("discriminator");
    let field = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str);
    let mapping = discriminator.and_then(|d| d.get("mapping")).and_then(Value::as_object);
    let (Some(field), Some(mapping)) = (field, mapping) else {
        return parts.iter().map(convert).collect();
    };
    let kinds = mapping.iter().map(|(word, target)| {
        json!({
            "required": [field],
            "properties": { field: { "const": word } },
            "allOf": [{ "$ref": target }],
        })
    });
    kinds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nullable_schema_takes_null() {
        let converted = convert(&json!({ "type": "string", "nullable": true, "format": "uuid" }));
        assert_eq!(converted, json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }));
    }

    #[test]
    fn an_integer_has_64_bits() {
        let converted = convert(&json!({ "type": "integer", "minimum": 1 }));
        assert_eq!(converted, json!({ "type": "integer", "minimum": 1, "maximum": i64::MAX }));
    }

    #[test]
    fn only_what_is_referred_to_comes_along() {
        let document = json!({ "components": { "schemas": {
            "A": { "properties": { "b": { "$ref": "#/components/schemas/B" } } },
            "B": { "type": "string" },
            "C": { "type": "string" },
        }}});
        let schema = translate(&document, &json!({ "$ref": "#/components/schemas/A" }));
        assert!(schema.pointer("/components/schemas/B").is_some());
        assert!(schema.pointer("/components/schemas/C").is_none());
    }
}
