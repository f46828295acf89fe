//! Schemas, where they stand, and what kind of type each has to become.

use serde_json::Value;
use tapis_specs::reader::escape;

use crate::Error;
use crate::openapi::referred;

/// A schema, and where it stands.
#[derive(Clone)]
pub(crate) struct Place<'d> {
    pub(crate) schema: &'d Value,
    pub(crate) pointer: String,
}

impl<'d> Place<'d> {
    pub(crate) fn inside(&self, key: &str) -> Self {
        Self { schema: &self.schema[key], pointer: format!("{}/{key}", self.pointer) }
    }

    pub(crate) fn item(&self, key: &str, index: usize) -> Self {
        Self {
            schema: &self.schema[key][index],
            pointer: format!("{}/{key}/{index}", self.pointer),
        }
    }

    /// A value of any kind, as `key` allows it.
    pub(crate) fn any(&self, key: &str) -> Self {
        Self { schema: &Value::Null, pointer: format!("{}/{key}", self.pointer) }
    }

    pub(crate) fn property(&self, name: &str) -> Self {
        Self {
            schema: &self.schema["properties"][name],
            pointer: format!("{}/properties/{}", self.pointer, escape(name)),
        }
    }

    /// Whether the schema adds to what it is made of.
    pub(crate) fn has_more(&self) -> bool {
        ["additionalProperties", "properties"].iter().any(|key| self.schema.get(key).is_some())
    }

    /// The name of the schema that this one is.
    pub(crate) fn reference(&self) -> Option<&'d str> {
        referred(self.schema).filter(|_| !self.has_more())
    }

    pub(crate) fn text(&self) -> String {
        self.schema["description"].as_str().unwrap_or_default().trim().to_owned()
    }

    pub(crate) fn fault(&self, message: impl Into<String>) -> Error {
        Error::new("", message).at(&self.pointer)
    }

    /// What kind of type the schema has to become.
    pub(crate) fn form(&self) -> Form {
        let schema = self.schema;
        let has = |key: &str| schema.get(key).is_some();
        let holds = |key: &str| schema[key].as_object().is_some_and(|inner| !inner.is_empty());
        let requires = schema["required"].as_array().is_some_and(|names| !names.is_empty());
        match schema["type"].as_str() {
            _ if has("oneOf") => Form::Union,
            None | Some("string") if has("enum") => Form::Enumeration,
            _ if has("allOf") || holds("properties") || requires => Form::Object,
            Some("object") if schema["additionalProperties"] == false => Form::Object,
            Some("object") => Form::Map,
            None if has("additionalProperties") => Form::Map,
            Some("array") => Form::List,
            None if has("items") => Form::List,
            Some(_) => Form::Scalar,
            None => Form::Anything,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Anything,
    Enumeration,
    List,
    Map,
    Object,
    Scalar,
    Union,
}

impl Form {
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
