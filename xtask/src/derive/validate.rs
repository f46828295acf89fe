//! What makes a document valid OpenAPI 3.0.3 and fit for generation, beyond its types.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::walk;

/// The keywords of a schema object in OpenAPI 3.0.
const SCHEMA_KEYWORDS: [&str; 35] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// Refuses a document that is not valid OpenAPI 3.0.3, naming the place.
pub(crate) fn validate(document: &Value) -> Result<()> {
    serde_json::from_value::<openapiv3::OpenAPI>(document.clone())
        .context("not valid OpenAPI 3.0.3")?;
    if document["openapi"] != "3.0.3" {
        bail!("`openapi` is {}, not 3.0.3", document["openapi"]);
    }
    let version = document["info"]["version"].as_str().unwrap_or_default();
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_graphic()) {
        bail!("info.version {version:?} is not visible ASCII");
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in walk::named_operations(document) {
        let id = walk::operation_id(operation);
        if !ids.insert(id.to_owned()) {
            bail!("{} {path}: duplicate operationId {id}", method.to_uppercase());
        }
        self::operation(path, operation)
            .with_context(|| format!("{id} ({} {path})", method.to_uppercase()))?;
    }
    templates(document)?;
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        self::schema(document, schema, &format!("/components/schemas/{}", walk::escape(name)))?;
    }
    for (path, method, operation) in walk::named_operations(document) {
        let place = format!("/paths/{}/{method}", walk::escape(path));
        for (index, parameter) in
            operation["parameters"].as_array().into_iter().flatten().enumerate()
        {
            schema(document, &parameter["schema"], &format!("{place}/parameters/{index}/schema"))?;
        }
        contents(document, &operation["requestBody"], &format!("{place}/requestBody"))?;
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            contents(document, response, &format!("{place}/responses/{status}"))?;
        }
    }
    Ok(())
}

fn operation(path: &str, operation: &Value) -> Result<()> {
    let mut declared = BTreeSet::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, place) = (parameter["name"].as_str(), parameter["in"].as_str());
        let (Some(name), Some(place)) = (name, place) else {
            bail!("a parameter without name or place");
        };
        if !declared.insert((place, name)) {
            bail!("parameter {name} is declared twice");
        }
        if place == "path" && parameter["required"] != true {
            bail!("path parameter {name} is not required");
        }
        if !parameter["schema"].is_object() {
            bail!("parameter {name} has no schema");
        }
    }
    let in_path: BTreeSet<&str> =
        declared.iter().filter(|(place, _)| *place == "path").map(|(_, name)| *name).collect();
    let in_template: BTreeSet<&str> = walk::path_parameters(path).collect();
    if let Some(name) = in_path.symmetric_difference(&in_template).next() {
        bail!("path parameter {name} is not both declared and in the template");
    }
    if !operation["responses"].as_object().is_some_and(|r| r.keys().any(|s| s.starts_with('2'))) {
        bail!("no success is documented");
    }
    Ok(())
}

/// Two templates that differ in the names of their parameters alone are one path.
fn templates(document: &Value) -> Result<()> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for path in document["paths"].as_object().into_iter().flatten().map(|(path, _)| path) {
        if let Some(other) = seen.insert(walk::anonymous(path), path) {
            bail!("{path} and {other} are the same path");
        }
    }
    Ok(())
}

fn contents(document: &Value, body: &Value, place: &str) -> Result<()> {
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        let place = format!("{place}/content/{}/schema", walk::escape(media));
        if let Some(inner) = content.get("schema") {
            schema(document, inner, &place)?;
        }
    }
    Ok(())
}

fn schema(document: &Value, value: &Value, place: &str) -> Result<()> {
    let Some(object) = value.as_object() else {
        bail!("{place}: not a schema");
    };
    keywords(object, place)?;
    if let Some(reference) = object.get("$ref") {
        let known = walk::schema_ref(value).and_then(|n| document["components"]["schemas"].get(n));
        if known.is_none() {
            bail!("{place}: $ref {reference} cannot be resolved");
        }
    }
    for (name, inner) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        schema(document, inner, &format!("{place}/properties/{}", walk::escape(name)))?;
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(inner) = object.get(key).filter(|v| v.is_object()) {
            schema(document, inner, &format!("{place}/{key}"))?;
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, inner) in
            object.get(key).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            schema(document, inner, &format!("{place}/{key}/{index}"))?;
        }
    }
    Ok(())
}

fn keywords(object: &Map<String, Value>, place: &str) -> Result<()> {
    for key in object.keys() {
        if !key.starts_with("x-") && !SCHEMA_KEYWORDS.contains(&key.as_str()) {
            bail!("{place}: {key} is not a keyword of an OpenAPI 3.0 schema");
        }
    }
    let expected = object.get("type").and_then(Value::as_str);
    if expected == Some("array") && !object.contains_key("items") {
        bail!("{place}: an array without items");
    }
    for value in object.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let fits = match expected {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        if !fits {
            bail!("{place}: the enumeration holds {value}, which is not of its type");
        }
    }
    Ok(())
}
