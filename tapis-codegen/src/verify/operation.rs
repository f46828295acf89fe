//! Checks that an operation can become a call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, from_value};
use tapis_specs::reader::{Part, RawOperation, Template, escape, flatten, is_json};

use super::schema;
use crate::openapi::{one_media_type, referred};
use crate::{Error, naming};

/// The methods of a client besides its operations; `all` is in the table of operations.
const TAKEN: [&str; 4] = ["all", "clone", "new", "session"];

/// The methods of a call besides its setters.
const TAKEN_BY_CALLS: [&str; 13] = [
    "clone",
    "into_future",
    "new",
    "send",
    "send_as",
    "wait",
    "with_basic_auth",
    "with_header",
    "with_options",
    "with_query",
    "with_retry",
    "with_timeout",
    "with_tracking_id",
];

/// Checks one operation; `ids` has the Rust names of the operations before it.
pub(super) fn check<'d>(
    document: &'d Value,
    operation: &RawOperation<'d>,
    ids: &mut BTreeMap<String, &'d str>,
) -> Result<(), Error> {
    let RawOperation { path, pointer, value: operation, .. } = operation;
    let Some(id) = operation["operationId"].as_str().filter(|id| !id.is_empty()) else {
        return fault("no operationId", pointer);
    };
    let method = naming::snake(id);
    if TAKEN.contains(&method.as_str()) {
        let message = format!("operationId {id} is the name of something else in the client");
        return fault(message, format!("{pointer}/operationId"));
    }
    // Two ids that differ only in their spelling would be the same method.
    if let Some(other) = ids.insert(method, id) {
        let message = if other == id {
            format!("duplicate operationId {id}")
        } else {
            format!("duplicate operationId {id}: {other} would be the same method")
        };
        return fault(message, format!("{pointer}/operationId"));
    }
    for (index, value) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let place = format!("{pointer}/parameters/{index}");
        parameter(document, value, &place)?;
        valid(from_value::<openapiv3::Parameter>(value.clone()), &place)?;
    }
    setters(document, operation, pointer)?;
    template(path, operation, pointer)?;
    if let Some(body) = operation.get("requestBody") {
        request(document, body, &format!("{pointer}/requestBody"))?;
    }
    responses(document, &operation["responses"], &format!("{pointer}/responses"))?;
    valid(from_value::<openapiv3::Operation>((*operation).clone()), pointer)
}

/// Uses a reader of OpenAPI for all other errors; it does not report their position.
fn valid<T>(read: serde_json::Result<T>, place: &str) -> Result<(), Error> {
    match read {
        Ok(_) => Ok(()),
        Err(error) => fault(format!("not valid OpenAPI 3.0.3: {error}"), place),
    }
}

fn parameter(document: &Value, value: &Value, place: &str) -> Result<(), Error> {
    no_reference(value, place)?;
    let (Some(name), Some(location)) = (value["name"].as_str(), value["in"].as_str()) else {
        return fault("a parameter without name or place", place);
    };
    match location {
        "path" if value["required"] != true => {
            return fault(format!("path parameter {name} is not required"), place);
        }
        "header" | "path" | "query" => {}
        "cookie" => {
            let message = format!("cookie parameters such as {name} are not supported");
            return fault(message, place);
        }
        other => {
            let message = format!("parameter {name} cannot be in {other:?}");
            return fault(message, format!("{place}/in"));
        }
    }
    let Some(of) = value.get("schema") else {
        return fault(format!("parameter {name} has no schema"), place);
    };
    let place = format!("{place}/schema");
    schema::check(document, of, &place)?;
    let meant = followed(document, of);
    if meant["type"] == "object" || meant.get("properties").is_some() {
        // In the query, the keys are separate parameters.
        return match location {
            "query" => Ok(()),
            _ => fault(format!("{location} {name} is an object"), place),
        };
    }
    let item = if meant["type"] == "array" { followed(document, &meant["items"]) } else { meant };
    let single = ["boolean", "integer", "number", "string"];
    if !item["type"].as_str().is_some_and(|kind| single.contains(&kind)) {
        let message = format!("parameter {name} is neither a single value nor a list of them");
        return fault(message, place);
    }
    Ok(())
}

/// The target of a reference, resolved repeatedly.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match referred(value) {
        Some(name) => followed(document, &document["components"]["schemas"][name]),
        None => value,
    }
}

/// Rejects parameters with the same setter, or with a setter that every call has.
fn setters(document: &Value, operation: &Value, pointer: &str) -> Result<(), Error> {
    let mut taken: BTreeMap<String, String> = TAKEN_BY_CALLS
        .iter()
        .map(|name| ((*name).to_owned(), format!("the call's own {name}")))
        .collect();
    for (media, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        if media.starts_with("multipart/") {
            let parts = flatten(document, &content["schema"]);
            let names = parts["properties"].as_object().into_iter().flat_map(Map::keys);
            taken.extend(names.map(|name| (naming::snake(name), format!("part {name}"))));
        } else {
            taken.insert("body".into(), "the request's body".into());
        }
    }
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let (name, location) = (text(&parameter["name"]), text(&parameter["in"]));
        let setter = naming::snake(name);
        let maybe = format!("maybe_{}", setter.trim_end_matches('_'));
        let place = format!("{pointer}/parameters/{index}");
        let own = format!("{location} parameter {name}");
        for method in [setter, maybe] {
            match taken.insert(method, own.clone()) {
                Some(other) if other == own => {
                    return fault(format!("parameter {name} is declared twice"), place);
                }
                Some(other) => {
                    return fault(format!("{own} would have the same setter as {other}"), place);
                }
                None => {}
            }
        }
    }
    Ok(())
}

fn template(path: &str, operation: &Value, pointer: &str) -> Result<(), Error> {
    let declared: BTreeSet<&str> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "path")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    if !path.starts_with('/') {
        return fault(format!("the path {path} does not begin with a slash"), pointer);
    }
    let template = Template::parse(path);
    let open = template.segments().iter().flatten().any(|part| match part {
        Part::Literal(text) | Part::Parameter { name: text, .. } => text.contains('{'),
    });
    if open {
        return fault(format!("a brace of the template {path} is not closed"), pointer);
    }
    let mut named = BTreeSet::new();
    for name in template.parameters() {
        if !named.insert(name) {
            return fault(format!("the template {path} holds {name} twice"), pointer);
        }
    }
    if let Some(name) = declared.difference(&named).next() {
        return fault(
            format!("path parameter {name} is missing from the template {path}"),
            format!("{pointer}/parameters"),
        );
    }
    if let Some(name) = named.difference(&declared).next() {
        return fault(format!("path parameter {name} of {path} is not declared"), pointer);
    }
    Ok(())
}

fn request(document: &Value, body: &Value, place: &str) -> Result<(), Error> {
    no_reference(body, place)?;
    one_media_type(body["content"].as_object().map_or(0, Map::len), place)?;
    contents(document, body, place, true)?;
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        if media.starts_with("multipart/") {
            let parts = flatten(document, &content["schema"]);
            if parts["properties"].as_object().is_none_or(Map::is_empty) {
                let place = format!("{place}/content/{}", escape(media));
                return fault("a multipart body without parts", place);
            }
        }
    }
    valid(from_value::<openapiv3::RequestBody>(body.clone()), place)
}

fn responses(document: &Value, responses: &Value, place: &str) -> Result<(), Error> {
    let empty = Map::new();
    let responses = responses.as_object().unwrap_or(&empty);
    if !responses.keys().any(|status| status.starts_with('2')) {
        return fault("no success is documented", place);
    }
    let mut types = BTreeSet::new();
    for (status, response) in responses {
        let place = format!("{place}/{}", escape(status));
        no_reference(response, &place)?;
        let success = status.starts_with('2');
        contents(document, response, &place, success)?;
        valid(from_value::<openapiv3::Response>(response.clone()), &place)?;
        let json = response["content"].as_object().into_iter().flatten().filter(|c| is_json(c.0));
        types.extend(json.filter(|_| success).map(|(_, content)| content["schema"].to_string()));
    }
    if types.len() > 1 {
        let message = format!("{} types of success; an operation can have one", types.len());
        return fault(message, place);
    }
    Ok(())
}

/// Checks the schemas of a body; a JSON body must have one if a type is generated for it.
fn contents(document: &Value, body: &Value, place: &str, typed: bool) -> Result<(), Error> {
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        let place = format!("{place}/content/{}", escape(media));
        match content.get("schema") {
            Some(value) => schema::check(document, value, &format!("{place}/schema"))?,
            None if typed && is_json(media) => return fault("JSON without a schema", place),
            None => {}
        }
    }
    Ok(())
}

/// Outside of schemas, references have been replaced by their targets.
fn no_reference(value: &Value, place: &str) -> Result<(), Error> {
    match value["$ref"].as_str() {
        Some(reference) => {
            fault(format!("$ref {reference:?} stands where none is followed"), place)
        }
        None => Ok(()),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn fault(message: impl Into<String>, place: impl Into<String>) -> Result<(), Error> {
    Err(Error::new("", message).at(place))
}
