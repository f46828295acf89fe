//! What makes a document valid OpenAPI 3.0.3 and fit for generation.

mod circles;
mod operation;
mod schema;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Error, generable};

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

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
    // First, because what follows reads through references.
    circles::check(document)?;
    path_items(document)?;
    let mut ids = BTreeMap::new();
    for found in operations(document) {
        operation::check(document, &found, &mut ids)
            .map_err(|error| error.in_operation(id(found.operation)))?;
    }
    templates(document)?;
    for (name, value) in document["components"]["schemas"].as_object().into_iter().flatten() {
        schema::check(document, value, &format!("/components/schemas/{}", escape(name)))?;
    }
    serde_json::from_value::<openapiv3::OpenAPI>(document.clone())
        .map_err(|error| fault(format!("not valid OpenAPI 3.0.3: {error}")))?;
    generable::check(document)
}

/// An operation of a document, and where it stands there.
pub(crate) struct Found<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'static str,
    pub(crate) pointer: String,
    pub(crate) operation: &'a Value,
}

/// Every operation, name aliases of one method and path included.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = Found<'_>> {
    let items = document["paths"].as_object().into_iter().flatten();
    items
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter_map(move |method| Some((path.as_str(), *method, item.get(*method)?)))
        })
        .flat_map(|(path, method, operation)| {
            let place = format!("/paths/{}/{method}", escape(path));
            let each: Vec<(String, &Value)> = match operation["x-tapis-aliases"].as_array() {
                Some(aliases) => aliases
                    .iter()
                    .enumerate()
                    .map(|(index, alias)| (format!("{place}/x-tapis-aliases/{index}"), alias))
                    .collect(),
                None => vec![(place, operation)],
            };
            each.into_iter().map(move |(pointer, operation)| Found {
                path,
                method,
                pointer,
                operation,
            })
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

/// What stands beside the operations of a path would be lost.
fn path_items(document: &Value) -> Result<(), Error> {
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (key, value) in item.as_object().into_iter().flatten() {
            let place = format!("/paths/{}/{}", escape(path), escape(key));
            let fault = |message: String| Err(Error::new("", message).at(place));
            match key.as_str() {
                "description" | "servers" | "summary" => {}
                "parameters" => {
                    return fault("parameters belong to each operation, not to the path".into());
                }
                key if key.starts_with("x-") => {}
                key if !METHODS.contains(&key) => {
                    return fault(format!("{key} is not a method of HTTP"));
                }
                _ if value["x-tapis-aliases"].as_array().is_some_and(Vec::is_empty) => {
                    return fault("no aliases where there should be some".into());
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Two templates that differ in the names of their parameters alone are one path.
fn templates(document: &Value) -> Result<(), Error> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for found in operations(document) {
        let path = found.path;
        let anonymous = path
            .split('{')
            .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))
            .collect::<Vec<_>>()
            .join("{}");
        if let Some(other) = seen.insert(anonymous, path).filter(|other| *other != path) {
            return Err(Error::new("", format!("{path} and {other} are the same path"))
                .at(format!("/paths/{}", escape(path)))
                .in_operation(id(found.operation)));
        }
    }
    Ok(())
}
