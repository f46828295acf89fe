//! What progenitor needs of a document: one response for each operation, one media type, no
//! bounds, no defaults, collections that may be null.

use std::collections::BTreeSet;
use std::slice;

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle};
use schemars::schema::{InstanceType, SchemaObject};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{Body, BodyKind, Document, Location, Operation, flatten, referenced};

use crate::openapi::{is_alias, referred};
use crate::prune::pruned;
use crate::{Error, panics};

/// A word in a field's description that tells the later steps something about the field which
/// progenitor has no place for. They take it out again.
pub(crate) const LENIENT: &str = "@tapis-lenient@";
/// See [`LENIENT`]: the field may be sent as an explicit null.
pub(crate) const NULLABLE: &str = "@tapis-nullable@";

/// Runs progenitor over the normalised document.
pub(crate) fn through_progenitor(document: &Document) -> Result<syn::File, Error> {
    let operations: Vec<&Operation> = document.named_operations().collect();
    run(document, &operations).map_err(|message| {
        // Progenitor says what it cannot do, not where. Each operation by itself shows that.
        operations
            .iter()
            .find_map(|operation| {
                let message = run(document, slice::from_ref(operation)).err()?;
                Some(Error::about(document.service(), operation, message))
            })
            .unwrap_or_else(|| Error::new(document.service(), message))
    })
}

fn run(document: &Document, operations: &[&Operation]) -> Result<syn::File, String> {
    let spec = serde_json::from_value(normalise(document, operations))
        .map_err(|error| format!("the normalised document is not OpenAPI: {error}"))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq")
        .with_map_type("::std::collections::BTreeMap")
        .with_conversion(string("password"), "::tapis_core::Secret", std::iter::empty())
        .with_conversion(string("date-time"), "::tapis_core::Timestamp", std::iter::empty());
    // Progenitor panics at some of what it does not support. `verify` has refused all of that we
    // know; what it lets through must still become an error.
    let tokens = panics::caught(|| Generator::new(&settings).generate_tokens(&spec))
        .and_then(|result| result.map_err(|error| error.to_string()))
        .map_err(|message| format!("progenitor cannot generate this: {message}"))?;
    syn::parse2(pruned(tokens)).map_err(|error| format!("progenitor's code is not Rust: {error}"))
}

fn string(format: &str) -> SchemaObject {
    SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(format.to_owned()),
        ..SchemaObject::default()
    }
}

fn normalise(document: &Document, operations: &[&Operation]) -> Value {
    let mut paths = Map::new();
    for (index, operation) in operations.iter().enumerate() {
        // The path that counts is in the operation table; here each operation needs one of its own.
        let mut path = format!("/{index}");
        for parameter in operation.parameters.iter().filter(|p| p.location == Location::Path) {
            path.push_str(&format!("/{{{}}}", parameter.name));
        }
        paths.insert(path, json!({ "get": self::operation(document.value(), operation) }));
    }
    let mut schemas: Map<String, Value> =
        document.schemas().map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for schema in schemas.values_mut() {
        clean(document.value(), schema);
    }
    let used = reached(&schemas, &Value::Object(paths.clone()));
    schemas.retain(|name, _| used.contains(name));
    json!({
        "openapi": "3.0.3",
        "info": {"title": document.service(), "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// The schemas that `value` refers to, directly or not: envelopes are not among them any more.
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

/// Puts a schema that is only a name for a list, a map or a scalar in place of the reference to
/// it, because a type of its own would stand between the caller and the value.
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

fn operation(document: &Value, operation: &Operation) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location != Location::FreeQuery)
        .map(|parameter| {
            let mut schema = parameter.schema.clone();
            clean(document, &mut schema);
            let location = match parameter.location {
                Location::Path => "path",
                Location::Header => "header",
                Location::Query | Location::FreeQuery => "query",
            };
            json!({"name": parameter.name, "in": location, "required": parameter.required, "schema": schema})
        })
        .collect();
    let content = |schema: &Value| {
        let mut schema = schema.clone();
        clean(document, &mut schema);
        json!({"application/json": {"schema": schema}})
    };
    let mut response = json!({"description": ""});
    if let Some(schema) = operation.reply.schema() {
        response["content"] = content(schema);
    }
    let mut value = json!({
        "operationId": operation.id,
        "parameters": parameters,
        "responses": {"2XX": response},
    });
    if let Some(Body { kind: BodyKind::Json, schema, required, .. }) = operation.body() {
        value["requestBody"] = json!({"content": content(schema), "required": required});
    }
    value
}

/// Keywords that either make types reject values, or become values that nobody set.
const DROPPED: [&str; 17] = [
    "default",
    "deprecated",
    "discriminator",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "title",
    "uniqueItems",
];

/// String formats that become types of ours; others say nothing that a `String` does not.
const FORMATS: [&str; 6] = ["date-time", "double", "float", "int32", "int64", "password"];

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
    object.retain(|key, _| {
        !DROPPED.contains(&key.as_str()) && (!key.starts_with("x-") || key == "x-tapis-lenient")
    });
    let format = object.get("format").and_then(Value::as_str).unwrap_or("");
    if !FORMATS.contains(&format) {
        object.remove("format");
    }
    // A closed number is a newtype that refuses everything else.
    if object.get("type").is_some_and(|t| t != "string") {
        object.remove("enum");
    }
    // Progenitor has no name for a value that may be anything or a map of anything.
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
    for key in ["allOf", "anyOf", "oneOf"] {
        for inner in object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            clean(document, inner);
        }
    }
    object.remove("x-tapis-lenient");
}

/// Members of a list whose places say something: one that is null keeps its place.
fn positional(items: &mut Value) {
    let Some(object) = items.as_object_mut() else { return };
    if let Some(reference) = object.remove("$ref") {
        object.insert("allOf".into(), json!([{"$ref": reference}]));
    }
    object.insert("nullable".into(), true.into());
}

/// A property: marks for the later steps, and `null` where serde would not expect it.
fn field(document: &Value, property: &mut Value, required: bool) {
    let lenient = property["x-tapis-lenient"] == true;
    let nullable = property["nullable"] == true;
    clean(document, property);
    let Some(object) = property.as_object_mut() else { return };
    let mut marks = String::new();
    if lenient {
        marks.push_str(LENIENT);
    }
    if nullable && !required {
        marks.push_str(NULLABLE);
    }
    if !marks.is_empty() {
        if let Some(reference) = object.remove("$ref") {
            object.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        let description = object.get("description").and_then(Value::as_str).unwrap_or_default();
        object.insert("description".into(), format!("{description}{marks}").into());
    }
    // Without this a collection that is not required becomes an empty one, which is never sent
    // and does not read a null.
    if !required && (object.get("type").is_some_and(|t| t == "array" || t == "object")) {
        object.insert("nullable".into(), true.into());
    }
}
