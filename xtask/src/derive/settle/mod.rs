//! The conclusions drawn once a document is corrected: what replies promise, one operation for
//! each method and path, responses and `info` in our own words, nothing that is not used.

mod paths;
mod replies;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{self, RawOperation, TIMESTAMP};

use super::names;
use crate::walk;

pub(super) use replies::IDENTITY;

const SUCCESS_STATUS: &str = "x-tapis-success-status";

pub(super) fn settle(service: &str, document: &mut Value) -> Result<()> {
    names::give(document)?;
    walk::operations_mut(document, success_status);
    timestamps(document)?;
    replies::settle(document)?;
    variants(document);
    walk::keyword_objects(document, &mut wrap_reference);
    walk::operations_mut(document, describe_responses);
    let Some(paths) = document["paths"].as_object_mut() else {
        bail!("the overlay removed the paths");
    };
    *paths = paths::collapse(std::mem::take(paths))?;
    prune(document);
    let info = document["info"].take();
    document["info"] = json!({
        "title": format!("Tapis {service}"),
        "version": info["version"].as_str().unwrap_or("0"),
        "description": info["description"].as_str().unwrap_or(
            "Derived from the interface that the service publishes, corrected to what it really \
             does. Any field of a reply that is not required may be absent or null.",
        ),
        "license": {"name": "BSD-3-Clause"},
    });
    Ok(())
}

/// Keeps the variants of a union apart for readers that know no discriminators: a value with the
/// tag of one variant is none of the others.
fn variants(document: &mut Value) {
    let mut foreign: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    walk::keyword_objects(document, &mut |object| {
        let Some(discriminator) = object.get("discriminator") else { return };
        let (Some(tag), Some(mapping)) =
            (discriminator["propertyName"].as_str(), discriminator["mapping"].as_object())
        else {
            return;
        };
        for schema in mapping.values().filter_map(Value::as_str) {
            let others = mapping.iter().filter(|(_, other)| *other != schema);
            let name = schema.rsplit('/').next().unwrap_or_default().to_owned();
            let known = foreign.entry(name).or_insert_with(|| (tag.to_owned(), BTreeSet::new()));
            known.1.extend(others.map(|(value, _)| value.clone()));
        }
    });
    let schemas = document["components"]["schemas"].as_object_mut();
    for (name, schema) in schemas.into_iter().flatten() {
        if let (Some((tag, others)), Some(schema)) = (foreign.remove(name), schema.as_object_mut())
        {
            let others = json!({"required": [tag], "properties": {tag: {"enum": others}}});
            schema.insert("not".into(), others);
        }
    }
}

/// The forms in which services write timestamps that are not RFC 3339.
const TIMESTAMPS: [&str; 4] = ["actors", "http-date", "naive", "spaced"];

/// Takes the format from timestamps that are not what it promises.
fn timestamps(document: &mut Value) -> Result<()> {
    let mut unknown = None;
    walk::keyword_objects(document, &mut |object| {
        if let Some(form) = object.get(TIMESTAMP) {
            if !TIMESTAMPS.iter().any(|known| form == known) {
                unknown.get_or_insert_with(|| form.clone());
            }
            object.remove("format");
        }
    });
    match unknown {
        Some(form) => bail!("{TIMESTAMP} is {form}, and not one of {}", TIMESTAMPS.join(", ")),
        None => Ok(()),
    }
}

/// Files the one documented success under the status that the service sends.
fn success_status(operation: &mut Value) {
    let Some(status) = operation.as_object_mut().and_then(|o| o.remove(SUCCESS_STATUS)) else {
        return;
    };
    let (Some(status), Some(responses)) = (status.as_str(), operation["responses"].as_object_mut())
    else {
        return;
    };
    if let Some(documented) = responses.keys().find(|key| key.starts_with('2')).cloned()
        && let Some(response) = responses.remove(&documented)
    {
        responses.insert(status.to_owned(), response);
    }
}

/// In OpenAPI 3.0, keywords beside a `$ref` are ignored; beside an `allOf` they are not.
fn wrap_reference(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference) = object.remove("$ref")
    {
        object.insert("allOf".into(), json!([{"$ref": reference}]));
    }
}

/// Responses in our own words. A failure's body is the same for a whole family of services and
/// often not what a document says of it, so that failures keep their status alone.
fn describe_responses(operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        if !status.starts_with('2') {
            response.remove("content");
        }
        response.entry("description").or_insert_with(|| describe(status).into());
    }
}

fn describe(status: &str) -> &'static str {
    match status {
        "200" => "The request succeeded.",
        "201" => "The resource was created.",
        "202" => "The request was accepted and is being worked on.",
        "204" => "The request succeeded and there is nothing to say.",
        "304" => "Nothing has changed.",
        "400" => "The request is malformed or was refused.",
        "401" => "The token is missing or was not accepted.",
        "403" => "The caller may not do this.",
        "404" => "There is no such thing, or the caller may not see it.",
        "405" => "The service does not support this method here.",
        "409" => "The request conflicts with what exists.",
        "415" => "The content type is not supported.",
        "422" => "The request is well-formed, but its values are not acceptable.",
        "500" => "The service failed.",
        "503" => "The service or something that it needs is not ready.",
        "default" => "Anything else.",
        status if status.starts_with('2') => "The request succeeded.",
        _ => "The request failed.",
    }
}

/// Removes the schemas that no operation uses.
fn prune(document: &mut Value) {
    let mut used = BTreeSet::new();
    for operation in reader::operations(document).flat_map(RawOperation::named) {
        walk::reach(document, operation.value, &mut used);
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_the_tag_of_one_variant_is_none_of_the_others() {
        let reference = |name: &str| format!("#/components/schemas/{name}");
        let mut document = json!({"components": {"schemas": {"A": {}, "B": {}, "AB": {
            "oneOf": [{"$ref": reference("A")}, {"$ref": reference("B")}],
            "discriminator": {"propertyName": "kind",
                "mapping": {"a": reference("A"), "b": reference("B")}},
        }}}});
        variants(&mut document);
        let not =
            |tag: &str| json!({"required": ["kind"], "properties": {"kind": {"enum": [tag]}}});
        let schemas = &document["components"]["schemas"];
        assert_eq!((&schemas["A"]["not"], &schemas["B"]["not"]), (&not("b"), &not("a")));
    }

    #[test]
    fn a_timestamp_in_a_form_of_its_own_has_no_format() {
        let mut document = json!({"type": "string", "format": "date-time", TIMESTAMP: "naive"});
        timestamps(&mut document).unwrap();
        assert_eq!(document, json!({"type": "string", TIMESTAMP: "naive"}));
        let error = timestamps(&mut json!({TIMESTAMP: "odd"})).unwrap_err().to_string();
        assert!(error.contains("odd"), "{error}");
    }

    #[test]
    fn the_success_is_filed_under_the_status_that_is_sent() {
        let mut operation =
            json!({SUCCESS_STATUS: "200", "responses": {"201": {"a": 1}, "400": {}}});
        success_status(&mut operation);
        assert_eq!(operation, json!({"responses": {"200": {"a": 1}, "400": {}}}));
    }
}
