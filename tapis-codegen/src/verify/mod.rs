//! Checks that a document is valid OpenAPI 3.0.3 and can be generated.

mod circles;
mod operation;
mod schema;

use std::collections::BTreeMap;

use serde_json::Value;
use tapis_specs::reader::{Method, RawOperation, Template, escape, operations};

use crate::{Error, generable};

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
    // This check is first, because the following ones resolve references.
    circles::check(document)?;
    path_items(document)?;
    let mut ids = BTreeMap::new();
    for operation in operations(document).flat_map(RawOperation::named) {
        operation::check(document, &operation, &mut ids)
            .map_err(|error| error.in_operation(operation.id()))?;
    }
    templates(document)?;
    for (name, value) in document["components"]["schemas"].as_object().into_iter().flatten() {
        schema::check(document, value, &format!("/components/schemas/{}", escape(name)))?;
    }
    serde_json::from_value::<openapiv3::OpenAPI>(document.clone())
        .map_err(|error| fault(format!("not valid OpenAPI 3.0.3: {error}")))?;
    generable::check(document)
}

/// Keys besides the operations of a path would be ignored.
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
                key if Method::from_key(key).is_none() => {
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

/// Two templates that differ only in the names of their parameters are the same path.
fn templates(document: &Value) -> Result<(), Error> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for operation in operations(document).flat_map(RawOperation::named) {
        let path = operation.path;
        let anonymous = Template::parse(path).anonymous();
        if let Some(other) = seen.insert(anonymous, path).filter(|other| *other != path) {
            return Err(Error::new("", format!("{path} and {other} are the same path"))
                .at(format!("/paths/{}", escape(path)))
                .in_operation(operation.id()));
        }
    }
    Ok(())
}
