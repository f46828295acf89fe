//! Checks that a schema is valid OpenAPI 3.0 and can become a type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tapis_specs::reader::escape;

use crate::{Error, naming};

/// The kind of value that a keyword has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Anything,
    Flag,
    Number,
    Count,
    Text,
    Names,
    Values,
    Object,
    Schema,
    FlagOrSchema,
    /// Schemas in a list.
    Schemas,
    /// Schemas by name.
    Fields,
}

/// The keywords of a schema object in OpenAPI 3.0.
const KEYWORDS: [(&str, Shape); 35] = [
    ("$ref", Shape::Text),
    ("additionalProperties", Shape::FlagOrSchema),
    ("allOf", Shape::Schemas),
    ("anyOf", Shape::Schemas),
    ("default", Shape::Anything),
    ("deprecated", Shape::Flag),
    ("description", Shape::Text),
    ("discriminator", Shape::Object),
    ("enum", Shape::Values),
    ("example", Shape::Anything),
    ("exclusiveMaximum", Shape::Flag),
    ("exclusiveMinimum", Shape::Flag),
    ("externalDocs", Shape::Object),
    ("format", Shape::Text),
    ("items", Shape::Schema),
    ("maxItems", Shape::Count),
    ("maxLength", Shape::Count),
    ("maxProperties", Shape::Count),
    ("maximum", Shape::Number),
    ("minItems", Shape::Count),
    ("minLength", Shape::Count),
    ("minProperties", Shape::Count),
    ("minimum", Shape::Number),
    ("multipleOf", Shape::Number),
    ("not", Shape::Schema),
    ("nullable", Shape::Flag),
    ("oneOf", Shape::Schemas),
    ("pattern", Shape::Text),
    ("properties", Shape::Fields),
    ("readOnly", Shape::Flag),
    ("required", Shape::Names),
    ("title", Shape::Text),
    ("type", Shape::Text),
    ("uniqueItems", Shape::Flag),
    ("writeOnly", Shape::Flag),
];

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Anything => true,
            Self::Flag => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Count => value.is_u64(),
            Self::Text => value.is_string(),
            Self::Names => value.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
            Self::Values | Self::Schemas => value.is_array(),
            Self::Object | Self::Schema | Self::Fields => value.is_object(),
            Self::FlagOrSchema => value.is_boolean() || value.is_object(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Anything => "anything",
            Self::Flag => "true or false",
            Self::Number => "a number",
            Self::Count => "a whole number",
            Self::Text => "a text",
            Self::Names => "a list of names",
            Self::Values => "a list",
            Self::Object => "an object",
            Self::Schema => "a schema",
            Self::FlagOrSchema => "a schema, true or false",
            Self::Schemas => "a list of schemas",
            Self::Fields => "an object of schemas",
        }
    }
}

/// Checks the schema at `place` and all schemas in it.
pub(super) fn check(document: &Value, value: &Value, place: &str) -> Result<(), Error> {
    let Some(object) = value.as_object() else {
        return fault("not a schema", place);
    };
    for (key, value) in object.iter().filter(|(key, _)| !key.starts_with("x-")) {
        let Some((_, shape)) = KEYWORDS.iter().find(|(keyword, _)| keyword == key) else {
            return fault(format!("{key} is not a keyword of an OpenAPI 3.0 schema"), place);
        };
        if !shape.fits(value) {
            let message =
                format!("not valid OpenAPI 3.0.3: {key} is {value} and not {}", shape.name());
            return fault(message, format!("{place}/{key}"));
        }
    }
    reference(document, object, place)?;
    kind(object, place)?;
    enumeration(object, place)?;
    discriminator(object, place)?;
    inside(document, object, place)
}

fn reference(document: &Value, object: &Map<String, Value>, place: &str) -> Result<(), Error> {
    let Some(reference) = object.get("$ref").and_then(Value::as_str) else { return Ok(()) };
    let name = reference.strip_prefix("#/components/schemas/");
    if name.is_none_or(|name| document["components"]["schemas"].get(name).is_none()) {
        return fault(format!("$ref {reference:?} cannot be resolved"), place);
    }
    Ok(())
}

fn kind(object: &Map<String, Value>, place: &str) -> Result<(), Error> {
    let kind = object.get("type").and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| !TYPES.contains(kind)) {
        let message = format!(
            "not valid OpenAPI 3.0.3: type is {kind:?} and not one of {}",
            TYPES.join(", ")
        );
        return fault(message, format!("{place}/type"));
    }
    if kind == Some("array") && !object.contains_key("items") {
        return fault("an array without items", place);
    }
    if kind.is_none() && object.contains_key("format") {
        return fault("a format without a type", place);
    }
    let is_typed = ["allOf", "properties", "type"].iter().any(|key| object.contains_key(*key));
    if object.contains_key("not") && !is_typed {
        return fault("a schema of what is not allowed has no type", format!("{place}/not"));
    }
    Ok(())
}

fn enumeration(object: &Map<String, Value>, place: &str) -> Result<(), Error> {
    let Some(values) = object.get("enum").and_then(Value::as_array) else { return Ok(()) };
    // Without a type, the values are strings.
    let kind = object.get("type").and_then(Value::as_str).unwrap_or("string");
    if values.is_empty() {
        return fault("an enumeration of nothing", place);
    }
    for (index, value) in values.iter().enumerate() {
        let fits = match kind {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            _ => !value.is_null(),
        };
        if !fits {
            let message = format!("the enumeration holds {value}, which is not of its type");
            return fault(message, place);
        }
        if values[..index].contains(value) {
            return fault(format!("the enumeration holds {value} twice"), place);
        }
    }
    Ok(())
}

/// Checks that a discriminator names the variants of its union.
fn discriminator(object: &Map<String, Value>, place: &str) -> Result<(), Error> {
    let Some(discriminator) = object.get("discriminator") else { return Ok(()) };
    let place = format!("{place}/discriminator");
    if !discriminator["propertyName"].is_string() {
        return fault("a discriminator without propertyName", place);
    }
    if !object.contains_key("oneOf") {
        return fault("a discriminator without oneOf", place);
    }
    let mut forms = BTreeSet::new();
    for form in object.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let Some(reference) = form["$ref"].as_str() else {
            return fault("a discriminator over a form without a name", place);
        };
        forms.insert(reference);
    }
    for (tag, form) in discriminator["mapping"].as_object().into_iter().flatten() {
        let reference = form.as_str().unwrap_or_default();
        if !forms.remove(reference) {
            let message = format!("{form} is not one of the forms, or stands here twice");
            return fault(message, format!("{place}/mapping/{}", escape(tag)));
        }
    }
    Ok(())
}

fn inside(document: &Value, object: &Map<String, Value>, place: &str) -> Result<(), Error> {
    for (key, value) in object {
        let shape = KEYWORDS.iter().find(|(keyword, _)| keyword == key).map(|(_, shape)| *shape);
        let place = format!("{place}/{key}");
        match (shape, value) {
            (Some(Shape::Schema | Shape::FlagOrSchema), Value::Object(_)) => {
                check(document, value, &place)?;
            }
            (Some(Shape::Schemas), Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    check(document, schema, &format!("{place}/{index}"))?;
                }
            }
            (Some(Shape::Fields), Value::Object(schemas)) => {
                fields(schemas, object, &place)?;
                for (name, schema) in schemas {
                    check(document, schema, &format!("{place}/{}", escape(name)))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Rejects fields with the same name in Rust, or with the same setters.
fn fields(
    fields: &Map<String, Value>,
    object: &Map<String, Value>,
    place: &str,
) -> Result<(), Error> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    if object.get("additionalProperties").is_some_and(|more| *more != false) {
        taken.insert("extra".into(), "what else the object holds");
    }
    for (name, schema) in fields {
        let field = naming::snake(name);
        let stem = field.trim_end_matches('_');
        let mut names = vec![format!("maybe_{stem}"), field.clone()];
        if schema["nullable"] == true {
            names.push(format!("{stem}_null"));
        }
        for method in names {
            if let Some(other) = taken.insert(method, name) {
                let message = format!("{other} and {name} would have the same name in Rust");
                return fault(message, format!("{place}/{}", escape(name)));
            }
        }
    }
    Ok(())
}

fn fault(message: impl Into<String>, place: impl Into<String>) -> Result<(), Error> {
    Err(Error::new("", message).at(place))
}
