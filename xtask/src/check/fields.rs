//! The fields of what requests carry and of what replies give.

use std::collections::BTreeSet;

use serde_json::Value;
use tapis_codegen::Reply;

use crate::walk;

/// A property of an object.
pub(crate) struct Field<'a> {
    /// Where it stands: the schema or operation it belongs to, and the way from there.
    pub(crate) place: String,
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Value,
}

/// The fields that requests carry, each once.
pub(crate) fn sent(document: &Value) -> Vec<Field<'_>> {
    let mut fields = Fields::of(document);
    for (_, _, operation) in walk::named_operations(document) {
        let content = operation["requestBody"]["content"].as_object();
        for (_, media) in content.into_iter().flatten() {
            fields.schema(&media["schema"], walk::operation_id(operation));
        }
    }
    fields.found
}

/// The fields of what calls give, each once; the envelope's own are not among them.
pub(crate) fn received<'a>(document: &'a Value, replies: &'a [(String, Reply)]) -> Vec<Field<'a>> {
    let mut fields = Fields::of(document);
    for (id, reply) in replies {
        if let Reply::Enveloped(Some(schema)) | Reply::Json(schema) = reply {
            fields.schema(schema, id);
        }
    }
    fields.found
}

/// What each operation's success carries.
pub(crate) fn replies(document: &Value) -> Vec<(String, Reply)> {
    walk::named_operations(document)
        .map(|(_, _, operation)| {
            (walk::operation_id(operation).to_owned(), tapis_codegen::reply(document, operation))
        })
        .collect()
}

struct Fields<'a> {
    document: &'a Value,
    /// The shared schemas that were visited already.
    visited: BTreeSet<&'a str>,
    found: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    fn of(document: &'a Value) -> Self {
        Self { document, visited: BTreeSet::new(), found: Vec::new() }
    }

    fn schema(&mut self, schema: &'a Value, place: &str) {
        if let Some(name) = walk::schema_ref(schema)
            && self.visited.insert(name)
        {
            let document = self.document;
            self.schema(&document["components"]["schemas"][name], name);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            self.schema(property, &place);
            self.found.push(Field { place, name, schema: property });
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
        assert_eq!(places(&sent(&document)), ["A.b.c", "A.b", "D.again", "A.list"]);
    }

    #[test]
    fn of_an_enveloped_reply_only_the_result_counts() {
        let document = json!({"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {
            "content": {"application/json": {"schema": {"properties": {
                "status": {}, "message": {}, "result": {"properties": {"id": {}}},
            }}}},
        }}}}}});
        assert_eq!(places(&received(&document, &replies(&document))), ["a.id"]);
    }
}
