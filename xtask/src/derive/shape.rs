//! Rules for all services: OpenAPI 3.0.3, one security scheme, paths below `/v3`, references only
//! to schemas.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{self, Method};

use crate::walk;

/// The parts that are kept. Tags are only words, and webhooks are a part of OpenAPI 3.1.
const PARTS: [&str; 6] = ["components", "info", "openapi", "paths", "security", "servers"];

pub(super) fn shape(document: &mut Value) -> Result<()> {
    let version = document["openapi"].as_str().unwrap_or_default().to_owned();
    if !(version.starts_with("3.0.") || version.starts_with("3.1.")) {
        bail!("not an OpenAPI 3.0 or 3.1 document (`openapi` is {})", document["openapi"]);
    }
    if !document["paths"].is_object() {
        bail!("not an OpenAPI document: no paths");
    }
    for part in ["/info", "/components", "/components/schemas"] {
        if document.pointer(part).is_some_and(|part| !part.is_object() && !part.is_null()) {
            bail!("not an OpenAPI document: {part} is not an object");
        }
    }
    operation_ids(document)?;
    document["openapi"] = "3.0.3".into();
    if document["components"]["schemas"].is_null() {
        document["components"]["schemas"] = json!({});
    }
    local_references(document)?;
    if version.starts_with("3.1.") {
        walk::keyword_objects(document, &mut bring_down);
    }
    security(document);
    prefix(document)?;
    document["servers"] = json!([{
        "url": "https://{tenant}.tapis.io",
        "variables": {"tenant": {"default": "tacc"}},
    }]);
    if let Some(root) = document.as_object_mut() {
        root.retain(|key, _| PARTS.contains(&key.as_str()));
    }
    Ok(())
}

fn operation_ids(document: &Value) -> Result<()> {
    let mut seen = BTreeSet::new();
    for operation in reader::operations(document) {
        let place = format!("{} {}", operation.method, operation.path);
        let id = operation.value["operationId"].as_str().unwrap_or_default();
        if id.is_empty() {
            bail!("{place}: no operationId");
        }
        if !seen.insert(id) {
            bail!("{place}: duplicate operationId {id}");
        }
    }
    Ok(())
}

/// Inlines parameters, bodies and responses, and copies the parameters of a path to each of its
/// operations, so that only schemas are shared.
fn local_references(document: &mut Value) -> Result<()> {
    let components = document["components"].clone();
    let resolve = |place: &mut Value| -> Result<()> {
        let mut passed = BTreeSet::new();
        while let Some(reference) = place.get("$ref").and_then(Value::as_str).map(str::to_owned) {
            let target = reference
                .strip_prefix("#/components")
                .and_then(|pointer| components.pointer(pointer))
                .filter(|_| passed.insert(reference.clone()))
                .with_context(|| format!("$ref {reference:?} cannot be resolved"))?;
            *place = target.clone();
        }
        Ok(())
    };
    let Some(paths) = document["paths"].as_object_mut() else { return Ok(()) };
    for (path, item) in paths {
        let shared = item.as_object_mut().and_then(|item| item.remove("parameters"));
        for method in Method::ALL {
            let Some(operation) = item.get_mut(method.key()).and_then(Value::as_object_mut) else {
                continue;
            };
            let place = || format!("{method} {path}");
            let mut own = operation.remove("parameters").unwrap_or_else(|| json!([]));
            for parameter in own.as_array_mut().into_iter().flatten() {
                resolve(parameter).with_context(place)?;
            }
            for parameter in shared.iter().filter_map(Value::as_array).flatten() {
                let mut parameter = parameter.clone();
                resolve(&mut parameter).with_context(place)?;
                let same = |p: &Value| p["name"] == parameter["name"] && p["in"] == parameter["in"];
                if let Some(own) = own.as_array_mut()
                    && !own.iter().any(same)
                {
                    own.push(parameter);
                }
            }
            // The security scheme sends the token; it is never a parameter.
            if let Some(own) = own.as_array_mut() {
                own.retain(|p| {
                    !p["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("X-Tapis-Token"))
                });
            }
            if own.as_array().is_some_and(|own| !own.is_empty()) {
                operation.insert("parameters".into(), own);
            }
            if let Some(body) = operation.get_mut("requestBody") {
                resolve(body).with_context(place)?;
            }
            for (_, response) in
                operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
            {
                resolve(response).with_context(place)?;
            }
        }
    }
    if let Some(components) = document["components"].as_object_mut() {
        components.retain(|key, _| key == "schemas");
    }
    Ok(())
}

/// Converts constructs of OpenAPI 3.1 that 3.0 does not have.
fn bring_down(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get("type") {
        let rest: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
        if rest.len() < types.len() {
            object.insert("nullable".into(), true.into());
        }
        if let [one] = rest.as_slice() {
            object.insert("type".into(), one.clone());
        } else {
            object.remove("type");
            let each = rest.into_iter().map(|t| json!({"type": t})).collect();
            object.insert("oneOf".into(), Value::Array(each));
        }
    }
    for union in ["anyOf", "oneOf"] {
        let Some(Value::Array(members)) = object.get_mut(union) else { continue };
        let before = members.len();
        members.retain(|member| member["type"] != "null");
        let nullable = members.len() < before;
        let only = if members.len() == 1 { members.pop() } else { None };
        if nullable {
            object.insert("nullable".into(), true.into());
        }
        match only {
            Some(Value::Object(only)) if only.contains_key("$ref") && object.len() > 1 => {
                object.remove(union);
                object.insert("allOf".into(), json!([only]));
            }
            Some(Value::Object(only)) => {
                object.remove(union);
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
            _ => {}
        }
    }
    if let Some(value) = object.remove("const") {
        object.insert("enum".into(), json!([value]));
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(limit) = object.get(exclusive).filter(|v| v.is_number()).cloned() {
            object.insert(bound.into(), limit);
            object.insert(exclusive.into(), true.into());
        }
    }
    if object.remove("contentMediaType").is_some() {
        object.remove("contentEncoding");
        object.entry("format").or_insert_with(|| "binary".into());
    }
}

/// One security scheme for all: the token header. An operation without a token has an empty
/// `security`.
fn security(document: &mut Value) {
    let global = document.get("security").and_then(Value::as_array).is_some_and(|s| !s.is_empty());
    let spoken = reader::operations(document).any(|operation| has_scheme(operation.value));
    walk::operations_mut(document, |operation| {
        let explicit = operation.get("security").is_some();
        // If only some operations name the scheme and there is no global one, the others need no
        // token.
        let open = if explicit { !has_scheme(operation) } else { spoken && !global };
        if let Some(operation) = operation.as_object_mut() {
            if open {
                operation.insert("security".into(), json!([]));
            } else {
                operation.remove("security");
            }
        }
    });
    document["security"] = json!([{"TapisJWT": []}]);
    document["components"]["securitySchemes"] =
        json!({"TapisJWT": {"type": "apiKey", "in": "header", "name": "X-Tapis-Token"}});
}

fn has_scheme(operation: &Value) -> bool {
    operation.get("security").and_then(Value::as_array).is_some_and(|s| !s.is_empty())
}

/// Every service is below `/v3`, whether or not its document says so.
fn prefix(document: &mut Value) -> Result<()> {
    let Some(paths) = document["paths"].as_object_mut() else { return Ok(()) };
    for (path, item) in std::mem::take(paths) {
        let below = path == "/v3" || path.starts_with("/v3/");
        let whole = if below { path.clone() } else { format!("/v3{path}") };
        if paths.insert(whole, item).is_some() {
            let bare = path.strip_prefix("/v3").unwrap_or(&path);
            bail!("{bare} and /v3{bare} are the same path");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(mut document: Value) -> Result<Value> {
        shape(&mut document).map(|()| document)
    }

    #[test]
    fn a_duplicate_and_a_missing_operation_id_are_errors_that_name_the_place() {
        let operation = json!({"operationId": "a", "responses": {}});
        let twice =
            json!({"openapi": "3.0.3", "paths": {"/a": {"get": operation, "post": operation}}});
        assert_eq!(shaped(twice).unwrap_err().to_string(), "POST /a: duplicate operationId a");
        let none = json!({"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {}}}}});
        assert_eq!(shaped(none).unwrap_err().to_string(), "GET /a: no operationId");
    }

    #[test]
    fn what_is_not_openapi_3_is_refused() {
        for document in [json!({}), json!({"swagger": "2.0"}), json!({"openapi": "3.0.3"})] {
            assert!(shaped(document).unwrap_err().to_string().starts_with("not an OpenAPI"));
        }
    }

    #[test]
    fn openapi_3_1_comes_down() {
        let cases = [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (
                json!({"anyOf": [{"type": "string", "format": "x"}, {"type": "null"}]}),
                json!({"type": "string", "format": "x", "nullable": true}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/a"}, {"type": "null"}]}),
                json!({"allOf": [{"$ref": "#/a"}], "nullable": true}),
            ),
            (json!({"const": "a"}), json!({"enum": ["a"]})),
            (json!({"exclusiveMinimum": 1}), json!({"minimum": 1, "exclusiveMinimum": true})),
            (
                json!({"type": "string", "contentMediaType": "application/octet-stream"}),
                json!({"type": "string", "format": "binary"}),
            ),
        ];
        for (before, after) in cases {
            let Value::Object(mut object) = before else { unreachable!() };
            bring_down(&mut object);
            assert_eq!(Value::Object(object), after);
        }
    }

    #[test]
    fn silence_about_security_means_open_only_where_others_speak() {
        let operation = |id: &str| json!({"operationId": id, "responses": {}});
        let mut guarded = operation("b");
        guarded["security"] = json!([{"Any": []}]);
        let document = json!({"openapi": "3.0.3",
            "paths": {"/v3/a": {"get": operation("a")}, "/b": {"get": guarded}}});
        let document = shaped(document).unwrap();
        assert_eq!(document["paths"]["/v3/a"]["get"]["security"], json!([]));
        assert!(document["paths"]["/v3/b"]["get"].get("security").is_none());
        let silent = json!({"openapi": "3.0.3", "paths": {"/a": {"get": operation("a")}}});
        assert!(shaped(silent).unwrap()["paths"]["/v3/a"]["get"].get("security").is_none());
    }
}
