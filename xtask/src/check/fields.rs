//! The fields of requests and replies.

use std::collections::BTreeSet;

use serde_json::Value;
use tapis_specs::reader::{Document, referenced};

/// A property of an object.
pub(crate) struct Field<'a> {
    /// The schema or operation that it belongs to, and the path from there.
    pub(crate) place: String,
    pub(crate) schema: &'a Value,
}

/// The fields of requests, each once.
pub(crate) fn sent(document: &Document) -> Vec<Field<'_>> {
    let mut fields = Fields::of(document);
    for operation in document.named_operations() {
        for body in &operation.bodies {
            fields.schema(&body.schema, &operation.id);
        }
    }
    fields.found
}

/// The fields of results, each once, without those of the envelope.
pub(crate) fn received(document: &Document) -> Vec<Field<'_>> {
    let mut fields = Fields::of(document);
    for operation in document.named_operations() {
        if let Some(schema) = operation.reply.schema() {
            fields.schema(schema, &operation.id);
        }
    }
    fields.found
}

struct Fields<'a> {
    document: &'a Document,
    /// The shared schemas that have been visited.
    visited: BTreeSet<&'a str>,
    found: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    fn of(document: &'a Document) -> Self {
        Self { document, visited: BTreeSet::new(), found: Vec::new() }
    }

    fn schema(&mut self, schema: &'a Value, place: &str) {
        if let Some(name) = referenced(schema)
            && let Some(shared) = self.document.schema(name)
            && self.visited.insert(name)
        {
            self.schema(shared, name);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            self.schema(property, &place);
            self.found.push(Field { place, schema: property });
        }
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(key) {
                self.schema(inner, place);
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.schema(part, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(fields: &[Field<'_>]) -> Vec<String> {
        fields.iter().map(|field| field.place.clone()).collect()
    }

    #[test]
    fn shared_nested_and_listed_fields_are_found_once() {
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}});
        let document = json!({
            "paths": {"/a": {
                "post": {"operationId": "a", "requestBody": body},
                "put": {"operationId": "b", "requestBody": body},
            }},
            "components": {"schemas": {
                "A": {"properties": {
                    "b": {"properties": {"c": {"type": "string"}}},
                    "list": {"items": {"$ref": "#/components/schemas/D"}},
                }},
                "D": {"properties": {"again": {"$ref": "#/components/schemas/A"}}},
            }},
        });
        let document = Document::read("t", document);
        assert_eq!(places(&sent(&document)), ["A.b.c", "A.b", "D.again", "A.list"]);
    }

    #[test]
    fn of_an_enveloped_reply_only_the_result_counts() {
        let document = json!({"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {
            "content": {"application/json": {"schema": {"properties": {
                "status": {}, "message": {}, "result": {"properties": {"id": {}}},
            }}}},
        }}}}}});
        let document = Document::read("t", document);
        assert_eq!(places(&received(&document)), ["a.id"]);
    }
}
