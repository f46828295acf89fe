//! Reading the documents.

use std::sync::OnceLock;

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::routes::Routes;
use super::service::{Media, Operation, OperationRef, Parameter, Place, Service};
use crate::family::Family;

/// Reads every document. They are compiled in and tested, so what cannot be read is left out
/// instead of stopping the mock.
pub(super) fn all() -> (Vec<Service>, Routes) {
    let mut routes = Routes::default();
    let mut services = Vec::new();
    for &name in tapis_specs::SERVICES {
        let Some(document) = tapis_specs::document(name) else { continue };
        let Ok(document) = serde_json::from_str::<Value>(document) else { continue };
        let service = service(services.len(), name, document);
        for operation in &service.operations {
            let multi = multi_segment(&service, operation);
            routes.add(&operation.template, &operation.method, operation.at, &multi);
        }
        services.push(service);
    }
    (services, routes)
}

fn service(number: usize, name: &'static str, document: Value) -> Service {
    let mut operations = Vec::new();
    let mut roots = Vec::new();
    for (path, item) in object(document.get("paths")) {
        let root = path.trim_start_matches("/v3/").split('/').next().unwrap_or_default();
        if !roots.iter().any(|known| known == root) {
            roots.push(root.to_owned());
        }
        for (method, operation_object) in object(Some(item)) {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            if operation_object.get("operationId").is_none() {
                continue;
            }
            let at = OperationRef { service: number, operation: operations.len() };
            operations.push(operation(at, &document, path, method, operation_object));
        }
    }
    Service { name, family: Family::of(name), roots, operations, document }
}

fn operation(
    at: OperationRef,
    document: &Value,
    path: &str,
    method: Method,
    object_of: &Value,
) -> Operation {
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    let aliases = array(object_of.get("x-tapis-aliases"))
        .iter()
        .map(|alias| text(alias.get("operationId")))
        .collect();
    let security = object_of.get("security").or_else(|| document.get("security"));
    let mut bodies = media(object_of.pointer("/requestBody/content"));
    // A body that several operations share on one path may come in any of their media types.
    for alias in array(object_of.get("x-tapis-aliases")) {
        for body in media(alias.pointer("/requestBody/content")) {
            if !bodies.iter().any(|known| known.media_type == body.media_type) {
                bodies.push(body);
            }
        }
    }
    let (success, answer) = success(object_of.get("responses"));
    Operation {
        at,
        id: text(object_of.get("operationId")),
        aliases,
        method,
        template: path.to_owned(),
        needs_token: !array(security).is_empty()
            && !array(security).iter().any(|one| one.as_object().is_some_and(Map::is_empty)),
        parameters: array(object_of.get("parameters")).iter().filter_map(parameter).collect(),
        bodies,
        body_required: object_of.pointer("/requestBody/required").is_some_and(|yes| yes == true),
        success,
        successes: successes(object_of.get("responses")),
        answer,
        body_checker: OnceLock::new(),
        closed_body_checker: OnceLock::new(),
        answer_checker: OnceLock::new(),
    }
}

fn parameter(object_of: &Value) -> Option<Parameter> {
    let place = match object_of.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => return None,
    };
    Some(Parameter {
        name: object_of.get("name")?.as_str()?.to_owned(),
        place,
        required: object_of.get("required").is_some_and(|yes| yes == true),
        schema: object_of.get("schema").cloned().unwrap_or_default(),
    })
}

fn success(responses: Option<&Value>) -> (StatusCode, Option<Media>) {
    let first = successes(responses).into_iter().next().unwrap_or(StatusCode::OK);
    let response = responses.and_then(|responses| responses.get(first.as_str()));
    let content = response.and_then(|response| response.get("content"));
    (first, media(content).into_iter().next())
}

fn successes(responses: Option<&Value>) -> Vec<StatusCode> {
    let statuses = object(responses)
        .filter_map(|(status, _)| status.parse::<u16>().ok())
        .filter_map(|status| StatusCode::from_u16(status).ok());
    statuses.filter(StatusCode::is_success).collect()
}

fn media(content: Option<&Value>) -> Vec<Media> {
    object(content)
        .map(|(media_type, object_of)| Media {
            media_type: media_type.clone(),
            schema: object_of.get("schema").cloned().unwrap_or_default(),
        })
        .collect()
}

/// The names of path parameters that take several segments.
fn multi_segment(service: &Service, operation: &Operation) -> Vec<String> {
    let method = operation.method.as_str().to_lowercase();
    let paths = service.document.get("paths");
    let path = paths.and_then(|paths| paths.get(operation.template.as_str()));
    let parameters = path.and_then(|item| item.get(method)).and_then(|op| op.get("parameters"));
    array(parameters)
        .iter()
        .filter(|parameter| parameter.get("x-tapis-multi-segment").is_some_and(|yes| yes == true))
        .filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned))
        .collect()
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
