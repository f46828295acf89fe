//! Schemas with their JSON pointers, and the kind of type that each describes.

use serde_json::Value;
use tapis_specs::reader::{Body, Operation, Parameter, Reply, escape, is_json};

use crate::Error;
use crate::openapi::referred;

/// A schema and the JSON pointer to it.
#[derive(Clone)]
pub(crate) struct Node<'d> {
    pub(crate) schema: &'d Value,
    pub(crate) pointer: String,
}

impl<'d> Node<'d> {
    pub(crate) fn parameter(operation: &Operation, index: usize, parameter: &'d Parameter) -> Self {
        let pointer = format!("{}/parameters/{index}/schema", operation.pointer);
        Self { schema: &parameter.schema, pointer }
    }

    pub(crate) fn body(operation: &Operation, body: &'d Body) -> Self {
        let pointer = content(&format!("{}/requestBody", operation.pointer), &body.media_type);
        Self { schema: &body.schema, pointer }
    }

    /// The schema of the result that callers get, if it is JSON: for an envelope, the schema of its
    /// `result`.
    pub(crate) fn reply(operation: &'d Operation) -> Option<Self> {
        let schema = operation.reply.schema()?;
        let media = operation.successes().flat_map(|response| {
            let pointer = format!("{}/responses/{}", operation.pointer, response.status);
            let json = response.content.iter().filter(|media| is_json(&media.media_type));
            json.map(move |media| content(&pointer, &media.media_type))
        });
        let mut pointer = media.into_iter().next().unwrap_or_default();
        if matches!(operation.reply, Reply::Enveloped(_)) {
            pointer.push_str("/properties/result");
        }
        Some(Self { schema, pointer })
    }

    pub(crate) fn inside(&self, key: &str) -> Self {
        Self { schema: &self.schema[key], pointer: format!("{}/{key}", self.pointer) }
    }

    pub(crate) fn item(&self, key: &str, index: usize) -> Self {
        Self {
            schema: &self.schema[key][index],
            pointer: format!("{}/{key}/{index}", self.pointer),
        }
    }

    /// A schema that allows any value, at `key`.
    pub(crate) fn any(&self, key: &str) -> Self {
        Self { schema: &Value::Null, pointer: format!("{}/{key}", self.pointer) }
    }

    pub(crate) fn property(&self, name: &str) -> Self {
        Self {
            schema: &self.schema["properties"][name],
            pointer: format!("{}/properties/{}", self.pointer, escape(name)),
        }
    }

    /// The keyword for the schemas of a union.
    pub(crate) fn variants(&self) -> Option<&'static str> {
        ["oneOf", "anyOf"].into_iter().find(|key| self.schema.get(key).is_some())
    }

    /// Whether the schema adds properties to the schemas that it is composed of.
    pub(crate) fn has_more(&self) -> bool {
        ["additionalProperties", "properties"].iter().any(|key| self.schema.get(key).is_some())
    }

    /// The name of the schema that this one refers to.
    pub(crate) fn reference(&self) -> Option<&'d str> {
        referred(self.schema).filter(|_| !self.has_more())
    }

    pub(crate) fn text(&self) -> String {
        self.schema["description"].as_str().unwrap_or_default().trim().to_owned()
    }

    pub(crate) fn fault(&self, message: impl Into<String>) -> Error {
        Error::new("", message).at(&self.pointer)
    }

    /// The kind of type that the schema describes.
    pub(crate) fn kind(&self) -> SchemaKind {
        let schema = self.schema;
        let has = |key: &str| schema.get(key).is_some();
        let holds = |key: &str| schema[key].as_object().is_some_and(|inner| !inner.is_empty());
        let requires = schema["required"].as_array().is_some_and(|names| !names.is_empty());
        match schema["type"].as_str() {
            _ if self.variants().is_some() => SchemaKind::Union,
            None | Some("string") if has("enum") => SchemaKind::Enumeration,
            _ if has("allOf") || holds("properties") || requires => SchemaKind::Object,
            Some("object") if schema["additionalProperties"] == false => SchemaKind::Object,
            Some("object") => SchemaKind::Map,
            None if has("additionalProperties") => SchemaKind::Map,
            Some("array") => SchemaKind::List,
            None if has("items") => SchemaKind::List,
            Some(_) => SchemaKind::Scalar,
            None => SchemaKind::Anything,
        }
    }
}

/// The JSON pointer to the schema of a media type.
fn content(pointer: &str, media_type: &str) -> String {
    format!("{pointer}/content/{}/schema", escape(media_type))
}

/// The kind of type that a schema describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SchemaKind {
    Anything,
    Enumeration,
    List,
    Map,
    Object,
    Scalar,
    Union,
}

impl SchemaKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anything => "a value of any kind",
            Self::Enumeration => "an enumeration",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Object => "an object",
            Self::Scalar => "a scalar",
            Self::Union => "a union",
        }
    }
}
