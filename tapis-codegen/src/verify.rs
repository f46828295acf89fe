//! What makes a document valid OpenAPI 3.0.3 and fit for generation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::Error;
use crate::naming;

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

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

/// Refuses a document that is not valid OpenAPI 3.0.3 or that cannot be generated.
///
/// # Errors
/// The first fault found, with its operation and JSON pointer.
pub fn verify(document: &Value) -> Result<(), Error> {
    let fault = |message: String| Error::new("", message);
    if document["openapi"] != "3.0.3" {
        return Err(
            fault(format!("`openapi` is {}, not 3.0.3", document["openapi"])).at("/openapi")
        );
    }
    let version = document["info"]["version"].as_str().unwrap_or_default();
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(fault(format!("{version:?} is not visible ASCII")).at("/info/version"));
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(document) {
        let id = id(operation);
        let place = format!("/paths/{}/{method}", escape(path));
        self::operation(document, &place, path, operation, &mut ids)
            .map_err(|error| error.in_operation(id))?;
    }
    templates(document)?;
    for (name, value) in document["components"]["schemas"].as_object().into_iter().flatten() {
        schema(document, value, &format!("/components/schemas/{}", escape(name)))?;
    }
    serde_json::from_value::<openapiv3::OpenAPI>(document.clone())
        .map_err(|error| fault(format!("not valid OpenAPI 3.0.3: {error}")))?;
    Ok(())
}

/// Every operation, name aliases of one method and path included: path, method, operation.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    let items = document["paths"].as_object().into_iter().flatten();
    items
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter_map(move |method| Some((path.as_str(), *method, item.get(*method)?)))
        })
        .flat_map(|(path, method, operation)| {
            let each: Vec<&Value> = match operation["x-tapis-aliases"].as_array() {
                Some(aliases) => aliases.iter().collect(),
                None => vec![operation],
            };
            each.into_iter().map(move |operation| (path, method, operation))
        })
}

/// The operation's id, or a word for an operation without one.
pub(crate) fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or("(no operationId)")
}

pub(crate) fn is_json(media: &str) -> bool {
    media == "application/json" || media.starts_with("application/json;")
}

/// One segment of a JSON pointer, escaped.
pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

fn operation(
    document: &Value,
    place: &str,
    path: &str,
    operation: &Value,
    ids: &mut BTreeSet<String>,
) -> Result<(), Error> {
    let fault = |message: String, pointer: String| Err(Error::new("", message).at(pointer));
    let Some(id) = operation["operationId"].as_str().filter(|id| !id.is_empty()) else {
        return fault("no operationId".into(), place.into());
    };
    // Two ids that differ in their spelling alone would be one method.
    if !ids.insert(naming::snake(id)) {
        return fault(format!("duplicate operationId {id}"), format!("{place}/operationId"));
    }
    let mut declared = BTreeSet::new();
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let place = format!("{place}/parameters/{index}");
        let (Some(name), Some(location)) = (parameter["name"].as_str(), parameter["in"].as_str())
        else {
            return fault("a parameter without name or place".into(), place);
        };
        if !declared.insert((location, name)) {
            return fault(format!("parameter {name} is declared twice"), place);
        }
        if location == "path" && parameter["required"] != true {
            return fault(format!("path parameter {name} is not required"), place);
        }
        if location == "header" && parameter["schema"]["type"] == "object" {
            return fault(format!("header {name} is an object"), format!("{place}/schema"));
        }
        if location == "cookie" {
            return fault(format!("cookie parameters such as {name} are not supported"), place);
        }
        schema(document, &parameter["schema"], &format!("{place}/schema"))?;
    }
    let in_path: BTreeSet<&str> = declared
        .iter()
        .filter(|(location, _)| *location == "path")
        .map(|(_, name)| *name)
        .collect();
    let in_template: BTreeSet<&str> =
        path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    if let Some(name) = in_path.difference(&in_template).next() {
        return fault(
            format!("path parameter {name} is missing from the template {path}"),
            format!("{place}/parameters"),
        );
    }
    if let Some(name) = in_template.difference(&in_path).next() {
        return fault(format!("path parameter {name} of {path} is not declared"), place.into());
    }
    let media = operation["requestBody"]["content"].as_object().map_or(0, Map::len);
    if media > 1 {
        return fault(
            format!("{media} request media types; an operation can send one"),
            format!("{place}/requestBody/content"),
        );
    }
    contents(document, &operation["requestBody"], &format!("{place}/requestBody"))?;
    let responses = operation["responses"].as_object();
    if !responses.is_some_and(|r| r.keys().any(|status| status.starts_with('2'))) {
        return fault("no success is documented".into(), format!("{place}/responses"));
    }
    for (status, response) in responses.into_iter().flatten() {
        contents(document, response, &format!("{place}/responses/{status}"))?;
    }
    Ok(())
}

/// Two templates that differ in the names of their parameters alone are one path.
fn templates(document: &Value) -> Result<(), Error> {
    let mut seen: BTreeMap<Vec<&str>, &str> = BTreeMap::new();
    for (path, _) in document["paths"].as_object().into_iter().flatten() {
        let anonymous =
            path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect();
        if let Some(other) = seen.insert(anonymous, path) {
            let message = format!("{path} and {other} are the same path");
            return Err(Error::new("", message).at(format!("/paths/{}", escape(path))));
        }
    }
    Ok(())
}

fn contents(document: &Value, body: &Value, place: &str) -> Result<(), Error> {
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        if let Some(inner) = content.get("schema") {
            schema(document, inner, &format!("{place}/content/{}/schema", escape(media)))?;
        }
    }
    Ok(())
}

fn schema(document: &Value, value: &Value, place: &str) -> Result<(), Error> {
    let fault = |message: String| Err(Error::new("", message).at(place));
    let Some(object) = value.as_object() else {
        return fault("not a schema".into());
    };
    if let Some(key) =
        object.keys().find(|k| !k.starts_with("x-") && !SCHEMA_KEYWORDS.contains(&k.as_str()))
    {
        return fault(format!("{key} is not a keyword of an OpenAPI 3.0 schema"));
    }
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        let local = reference.strip_prefix("#/components/schemas/");
        if local.is_none_or(|name| document["components"]["schemas"].get(name).is_none()) {
            return fault(format!("$ref {reference:?} cannot be resolved"));
        }
    }
    let expected = object.get("type").and_then(Value::as_str);
    if expected == Some("array") && !object.contains_key("items") {
        return fault("an array without items".into());
    }
    for value in object.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let fits = match expected {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => !value.is_null(),
        };
        if !fits {
            return fault(format!("the enumeration holds {value}, which is not of its type"));
        }
    }
    for (name, inner) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        schema(document, inner, &format!("{place}/properties/{}", escape(name)))?;
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(inner) = object.get(key).filter(|inner| inner.is_object()) {
            schema(document, inner, &format!("{place}/{key}"))?;
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let parts = object.get(key).and_then(Value::as_array);
        for (index, inner) in parts.into_iter().flatten().enumerate() {
            schema(document, inner, &format!("{place}/{key}/{index}"))?;
        }
    }
    Ok(())
}
