//! JSON Schemas of arguments and results, for tools and forms that have no access to the documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tapis_specs::reader::{BodyKind, Document, Location, Operation, referenced};

/// The schema of an object with all arguments of an operation that JSON can hold; the body is the
/// property `body`.
pub(crate) fn arguments(document: &Document, operation: &Operation) -> Value {
    let mut schemas = Schemas::new(document);
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut add = |name: &str, description: &str, is_required: bool, schema: Value| {
        properties.insert(name.to_owned(), described(schema, description));
        if is_required {
            required.push(name.to_owned());
        }
    };
    for parameter in &operation.parameters {
        let schema = match parameter.location {
            Location::FreeQuery => json!({"type": "object"}),
            _ => schemas.converted(&parameter.schema),
        };
        add(&parameter.argument, &parameter.description, parameter.required, schema);
    }
    if let Some(body) = operation.body() {
        match &body.kind {
            BodyKind::Json => add("body", "", body.required, schemas.converted(&body.schema)),
            BodyKind::Multipart(fields) => {
                for field in fields.iter().filter(|field| !field.binary) {
                    let text = json!({"type": "string"});
                    add(&field.name, &field.description, field.required, text);
                }
            }
            BodyKind::Bytes => {}
        }
    }
    schemas.closed(json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    }))
}

/// `schema` without references into the document.
pub(crate) fn standalone(document: &Document, schema: &Value) -> Value {
    let mut schemas = Schemas::new(document);
    let schema = schemas.converted(schema);
    schemas.closed(schema)
}

/// Converts the schemas of a document, which are those of OpenAPI 3.0, to JSON Schema 2020-12.
struct Schemas<'d> {
    document: &'d Document,
    /// The shared schemas that were referred to and are not converted yet.
    pending: BTreeSet<&'d str>,
    converted: BTreeMap<&'d str, Value>,
}

impl<'d> Schemas<'d> {
    fn new(document: &'d Document) -> Self {
        Self { document, pending: BTreeSet::new(), converted: BTreeMap::new() }
    }

    /// `schema` with all shared schemas that it needs.
    fn closed(mut self, mut schema: Value) -> Value {
        while let Some(name) = self.pending.pop_first() {
            let shared = self.document.value()["components"]["schemas"].get(name);
            let shared = shared.map(|schema| self.converted(schema)).unwrap_or_default();
            self.converted.insert(name, shared);
        }
        if let (Some(schema), false) = (schema.as_object_mut(), self.converted.is_empty()) {
            schema.insert("$defs".to_owned(), json!(self.converted));
        }
        schema
    }

    fn converted(&mut self, schema: &'d Value) -> Value {
        if let Some(name) = referenced(schema) {
            if !self.converted.contains_key(name) {
                self.pending.insert(name);
            }
            return json!({"$ref": format!("#/$defs/{name}")});
        }
        let Some(known) = schema.as_object() else { return schema.clone() };
        let mut new = Map::new();
        for (keyword, value) in known {
            let value = match keyword.as_str() {
                "properties" => {
                    let properties = value.as_object().into_iter().flatten();
                    properties.map(|(name, value)| (name.clone(), self.converted(value))).collect()
                }
                "allOf" | "anyOf" | "oneOf" => {
                    let parts = value.as_array().into_iter().flatten();
                    parts.map(|part| self.converted(part)).collect()
                }
                "items" | "not" | "additionalProperties" => self.converted(value),
                "nullable" | "discriminator" => continue,
                extension if extension.starts_with("x-") => continue,
                _ => value.clone(),
            };
            new.insert(keyword.clone(), value);
        }
        if known.get("nullable") == Some(&Value::Bool(true)) {
            return nullable(new);
        }
        Value::Object(new)
    }
}

/// The schema that accepts `null` as well.
fn nullable(mut schema: Map<String, Value>) -> Value {
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(Value::String(name)) => {
            let types = json!([name, "null"]);
            schema.insert("type".to_owned(), types);
            Value::Object(schema)
        }
        _ => {
            let description = schema.remove("description");
            let either = json!({"anyOf": [schema, {"type": "null"}]});
            described(either, description.as_ref().and_then(Value::as_str).unwrap_or_default())
        }
    }
}

/// The schema with a description, unless there is none.
fn described(mut schema: Value, description: &str) -> Value {
    if let (Some(schema), false) = (schema.as_object_mut(), description.is_empty()) {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        Document::read(
            "s",
            json!({"components": {"schemas": {
                "Node": {"type": "object", "properties": {
                    "nullable": {"type": "string", "nullable": true, "enum": ["a"]},
                    "next": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Node"}]},
                }, "x-tapis-order": ["next"]},
            }}}),
        )
    }

    #[test]
    fn a_schema_brings_what_it_refers_to_and_has_no_words_of_openapi_alone() {
        let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Node"}});
        let node = json!({"type": "object", "properties": {
            "nullable": {"type": ["string", "null"], "enum": ["a", null]},
            "next": {"anyOf": [{"allOf": [{"$ref": "#/$defs/Node"}]}, {"type": "null"}]},
        }});
        assert_eq!(
            standalone(&document(), &list),
            json!({"type": "array", "items": {"$ref": "#/$defs/Node"}, "$defs": {"Node": node}})
        );
    }
}
