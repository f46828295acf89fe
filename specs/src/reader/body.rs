//! Bodies of requests.

use serde_json::Value;

use super::media::{Media, is_json};
use super::schema::flatten;

/// A body that a request may have, in one media type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Body {
    /// The media type.
    pub media_type: String,
    /// The schema; `null` where the document has none.
    pub schema: Value,
    /// Whether a request must have a body.
    pub required: bool,
    /// How it is written.
    pub kind: BodyKind,
}

/// How a body is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyKind {
    /// As JSON.
    Json,
    /// As it is.
    Bytes,
    /// As a multipart form with these fields.
    Multipart(Vec<FormField>),
}

/// One field of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormField {
    /// The name that is sent.
    pub name: String,
    /// Whether a form must have it.
    pub required: bool,
    /// Whether it is a file (`format: binary`), not a text.
    pub binary: bool,
    /// What the document says of it; empty where it says nothing.
    pub description: String,
}

impl Body {
    /// The bodies that a `requestBody` allows, in the order of the document.
    pub(super) fn read(document: &Value, value: &Value) -> Vec<Self> {
        let required = value["required"] == true;
        let bodies = Media::read(&value["content"]).into_iter();
        bodies
            .map(|Media { media_type, schema }| Self {
                kind: BodyKind::read(document, &media_type, &schema),
                media_type,
                schema,
                required,
            })
            .collect()
    }
}

impl BodyKind {
    fn read(document: &Value, media_type: &str, schema: &Value) -> Self {
        if is_json(media_type) {
            Self::Json
        } else if media_type.starts_with("multipart/") {
            Self::Multipart(fields(&flatten(document, schema)))
        } else {
            Self::Bytes
        }
    }
}

fn fields(form: &Value) -> Vec<FormField> {
    let required = |name: &str| {
        form["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    let fields = form["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, field)| FormField {
            name: name.clone(),
            required: required(name),
            binary: field["format"] == "binary",
            description: field["description"].as_str().unwrap_or_default().trim().to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_media_type_is_a_body_of_its_own() {
        let body = json!({"required": true, "content": {
            "application/json": {"schema": {"type": "string"}},
            "application/octet-stream": {},
        }});
        let bodies = Body::read(&Value::Null, &body);
        assert_eq!(bodies.len(), 2);
        assert!(bodies.iter().all(|body| body.required));
        assert_eq!((&bodies[0].kind, &bodies[1].kind), (&BodyKind::Json, &BodyKind::Bytes));
        assert_eq!(bodies[0].schema, json!({"type": "string"}));
        assert!(bodies[1].schema.is_null());
    }

    #[test]
    fn the_properties_of_a_form_are_its_fields() {
        let document = json!({"components": {"schemas": {"Form": {
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary", "description": "The file. "},
                "note": {"type": "string"},
            },
        }}}});
        let schema = json!({"$ref": "#/components/schemas/Form"});
        let body = json!({"content": {"multipart/form-data": {"schema": schema}}});
        let [body] = Body::read(&document, &body).try_into().unwrap();
        assert!(!body.required);
        let BodyKind::Multipart(fields) = body.kind else { panic!("{:?}", body.kind) };
        let [file, note] = fields.try_into().unwrap();
        assert!(file.required && file.binary && !note.required && !note.binary);
        assert_eq!((file.description.as_str(), note.name.as_str()), ("The file.", "note"));
    }

    #[test]
    fn an_operation_without_a_body_has_none() {
        assert_eq!(Body::read(&Value::Null, &Value::Null), []);
    }
}
