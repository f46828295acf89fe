//! Converts a document to the form that progenitor needs: one response for each operation, one
//! media type, no bounds, no defaults, nullable collections. `walk` reads from the document itself
//! what progenitor's model cannot represent.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use schemars::schema::{InstanceType, SchemaObject};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{Body, BodyKind, Document, Operation, TIMESTAMP, flatten, referenced};
use typify_impl::TypeSpace;

use crate::openapi::{is_alias, referred};
use crate::{described, naming};

/// Progenitor's result for a document.
pub(crate) struct Typed {
    generator: Generator,
    /// The names of the types that represent the operations, in their order: structs with a field
    /// for each parameter, `body` and [`reply_field`].
    pub(crate) calls: Vec<String>,
}

impl Typed {
    pub(crate) fn space(&self) -> &TypeSpace {
        self.generator.get_type_space()
    }
}

/// Runs progenitor on the normalised document.
pub(crate) fn through_progenitor(
    document: &Document,
    operations: &[&Operation],
) -> Result<Typed, String> {
    let (spec, calls) = normalise(document, operations)?;
    let mut settings = GenerationSettings::new();
    settings
        // The style that generates the least code, because only the types are used.
        .with_interface(InterfaceStyle::Positional)
        .with_conversion(string("password"), "::tapis_core::Secret", std::iter::empty())
        .with_conversion(string("date-time"), "::tapis_core::Timestamp", std::iter::empty());
    let mut generator = Generator::new(&settings);
    generator.generate_tokens(&spec).map_err(|error| error.to_string())?;
    Ok(Typed { generator, calls })
}

fn string(format: &str) -> SchemaObject {
    SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(format.to_owned()),
        ..SchemaObject::default()
    }
}

fn normalise(
    document: &Document,
    operations: &[&Operation],
) -> Result<(OpenAPI, Vec<String>), String> {
    let mut schemas: Map<String, Value> =
        document.schemas().map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for schema in schemas.values_mut() {
        clean(document.value(), schema);
    }
    let mut taken: BTreeSet<String> = schemas.keys().map(|name| naming::pascal(name)).collect();
    let mut paths = BTreeMap::new();
    let mut objects = Map::new();
    let mut calls = Vec::new();
    for operation in operations {
        let (call, object) = self::operation(document.value(), operation)?;
        // OpenAPI allows one operation for a method and path; its aliases get a fragment.
        let mut path = operation.template.text().to_owned();
        if paths.get_mut(&path).is_some_and(|it| described::of(it, operation.method).is_some()) {
            path = format!("{path}#{}", operation.id);
        }
        *described::of(paths.entry(path).or_default(), operation.method) = Some(call);
        let mut name = operation.id.clone();
        while !taken.insert(naming::pascal(&name)) {
            name.push_str("Operation");
        }
        calls.push(naming::pascal(&name));
        objects.insert(name, object);
    }
    let used = reached(&schemas, &Value::Object(objects.clone()));
    schemas.retain(|name, _| used.contains(name));
    schemas.append(&mut objects);
    Ok((described::document(document.service(), paths, schemas)?, calls))
}

/// The schemas that `value` refers to, directly or indirectly. It no longer has envelopes.
fn reached(schemas: &Map<String, Value>, value: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(object) => {
                if let Some(name) = referenced(value)
                    && reached.insert(name.to_owned())
                {
                    pending.extend(schemas.get(name));
                }
                pending.extend(object.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    reached
}

/// Replaces a reference to a schema that only names a list, a map or a scalar by that schema, so
/// that callers need not unwrap a type around the value.
fn resolve_alias(document: &Value, schema: &mut Value) {
    let aliased = referred(schema).map(|name| &document["components"]["schemas"][name]);
    let Some(aliased) = aliased.filter(|aliased| is_alias(aliased)) else { return };
    let mut resolved = aliased.clone();
    if let (Some(object), Some(resolved)) = (schema.as_object(), resolved.as_object_mut()) {
        for (key, value) in object.iter().filter(|(key, _)| *key != "$ref" && *key != "allOf") {
            resolved.insert(key.clone(), value.clone());
        }
    }
    *schema = resolved;
    resolve_alias(document, schema);
}

/// The operation, and an object with a property for each of its parameters, its body and its reply:
/// progenitor does not expose the types of an operation, but it does expose the types of an
/// object's properties.
fn operation(
    document: &Value,
    operation: &Operation,
) -> Result<(openapiv3::Operation, Value), String> {
    let cleaned = |schema: &Value| {
        let mut schema = schema.clone();
        clean(document, &mut schema);
        schema
    };
    let mut call = openapiv3::Operation {
        operation_id: Some(operation.id.clone()),
        ..openapiv3::Operation::default()
    };
    let mut properties = Map::new();
    for parameter in &operation.parameters {
        let schema = cleaned(&parameter.schema);
        if let Some(described) = described::parameter(parameter, schema.clone())? {
            call.parameters.push(described);
            properties.insert(parameter.name.clone(), schema);
        }
    }
    if let Some(Body { kind: BodyKind::Json, schema, required, .. }) = operation.body() {
        let schema = cleaned(schema);
        call.request_body = Some(described::body(schema.clone(), *required)?);
        properties.insert(BODY.to_owned(), schema);
    }
    let reply = operation.reply.schema().map(cleaned);
    call.responses = described::responses(reply.clone())?;
    if let Some(schema) = reply {
        properties.insert(reply_field(operation).to_owned(), schema);
    }
    let required: Vec<&String> = properties.keys().collect();
    let object = json!({
        "type": "object",
        "required": required,
        "properties": properties,
        // A struct, even without properties.
        "additionalProperties": false,
    });
    Ok((call, object))
}

/// The property of an operation's object that represents its body.
pub(crate) const BODY: &str = "body";

/// The property of an operation's object that represents its reply.
pub(crate) fn reply_field(operation: &Operation) -> &'static str {
    let taken = operation.parameters.iter().any(|p| naming::snake(&p.name) == "response");
    if taken { "response to it" } else { "response" }
}

/// Keywords that make types reject values, that set values which the caller did not set, or that
/// are read from the document itself.
const DROPPED: [&str; 19] = [
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "not",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "title",
    "uniqueItems",
];

/// String formats that become types of this project; for the others a `String` is sufficient.
pub(crate) const FORMATS: [&str; 6] =
    ["date-time", "double", "float", "int32", "int64", "password"];

fn clean(document: &Value, schema: &mut Value) {
    resolve_alias(document, schema);
    let parts = schema["allOf"].as_array().map_or(0, Vec::len);
    let more = ["additionalProperties", "properties"].iter().any(|key| schema.get(key).is_some());
    if parts > 1 || parts == 1 && more {
        *schema = flatten(document, schema);
    }
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("x-tapis-positional") == Some(&Value::Bool(true))
        && let Some(items) = object.get_mut("items")
    {
        positional(items);
    }
    if object.contains_key(TIMESTAMP) {
        // One type for all formats of timestamps.
        object.insert("format".into(), "date-time".into());
    }
    object.retain(|key, _| !DROPPED.contains(&key.as_str()) && !key.starts_with("x-"));
    let format = object.get("format").and_then(Value::as_str).unwrap_or("");
    if !FORMATS.contains(&format) {
        object.remove("format");
    }
    // From `anyOf`, progenitor would make a struct that is all of its schemas at once.
    if let Some(variants) = object.remove("anyOf") {
        object.entry("oneOf").or_insert(variants);
    }
    // Progenitor makes a newtype of an enumeration of numbers, which rejects all other values.
    if object.get("type").is_some_and(|t| t != "string") {
        object.remove("enum");
    }
    // Progenitor cannot represent a value that is either anything or a map of anything.
    if object.get("additionalProperties") == Some(&Value::Bool(true))
        && object.contains_key("properties")
    {
        object.insert("additionalProperties".into(), json!({}));
    }
    let required: Vec<String> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            field(document, property, required.contains(name));
        }
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(inner) = object.get_mut(key) {
            clean(document, inner);
        }
    }
    for key in ["allOf", "oneOf"] {
        for inner in object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            clean(document, inner);
        }
    }
}

/// The items of a list whose positions have a meaning: a null keeps its position.
fn positional(items: &mut Value) {
    let Some(object) = items.as_object_mut() else { return };
    if let Some(reference) = object.remove("$ref") {
        object.insert("allOf".into(), json!([{"$ref": reference}]));
    }
    object.insert("nullable".into(), true.into());
}

/// A property, made nullable where serde would not accept a `null`.
fn field(document: &Value, property: &mut Value, required: bool) {
    clean(document, property);
    let Some(object) = property.as_object_mut() else { return };
    // Otherwise a collection that is not required would be an empty one, which is never sent and
    // cannot be read from a null.
    if !required && (object.get("type").is_some_and(|t| t == "array" || t == "object")) {
        object.insert("nullable".into(), true.into());
    }
}
