//! The operations of a document, read once for everything that follows.

use serde_json::{Map, Value};

use crate::Error;
use crate::facts::{self, Paging, TokenUse};
use crate::verify::{self, Found};

/// A service's document.
pub(crate) struct Document<'a> {
    pub(crate) service: String,
    pub(crate) value: &'a Value,
    pub(crate) operations: Vec<Operation>,
}

/// One call that the service answers.
pub(crate) struct Operation {
    pub(crate) id: String,
    /// Where it stands in the document.
    pub(crate) pointer: String,
    pub(crate) method: &'static str,
    pub(crate) template: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) deprecated: bool,
    pub(crate) token: TokenUse,
    pub(crate) slow: Option<u32>,
    pub(crate) repeatable: bool,
    pub(crate) paging: Option<Paging>,
    pub(crate) page_order: Vec<String>,
    /// Whether the arguments of its call have to be named.
    pub(crate) named_arguments: bool,
    pub(crate) failures: Vec<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Body,
    pub(crate) reply: Reply,
    /// What every thing that it gives has to hold.
    pub(crate) identity: Vec<String>,
}

/// A value in the path, the query or a header.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) description: String,
    pub(crate) schema: Value,
    /// A path parameter that holds a path of its own, slashes and all.
    pub(crate) multi_segment: bool,
    /// A query array that is one parameter with commas.
    pub(crate) joined: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    /// A query object whose keys are parameters of their own; its name is never sent.
    FreeQuery,
    Header,
}

/// What a request carries.
pub(crate) enum Body {
    None,
    Json { schema: Value, required: bool },
    Bytes { media: String, required: bool },
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) binary: bool,
    pub(crate) description: String,
}

/// What a success carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The common envelope, with the schema of its `result` where it has one.
    Enveloped(Option<Value>),
    /// JSON without the envelope, with its schema.
    Json(Value),
    /// Bytes.
    Bytes,
    /// Nothing.
    Empty,
}

impl<'a> Document<'a> {
    /// Reads what [`verify`](verify::verify) has found nothing wrong with.
    pub(crate) fn read(service: &str, value: &'a Value) -> Self {
        let operations =
            verify::operations(value).map(|found| read_operation(value, found)).collect();
        Self { service: service.to_owned(), value, operations }
    }

    pub(crate) fn schemas(&self) -> Map<String, Value> {
        self.value["components"]["schemas"].as_object().cloned().unwrap_or_default()
    }
}

impl Operation {
    /// What keeps the operation from being generated.
    pub(crate) fn fault(&self, service: &str, message: impl Into<String>) -> Error {
        Error::new(service, message).in_operation(&self.id).at(&self.pointer)
    }
}

fn read_operation(document: &Value, found: Found<'_>) -> Operation {
    let Found { path, method, pointer, operation } = found;
    let text = |key: &str| operation[key].as_str().unwrap_or_default().trim().to_owned();
    let responses = operation["responses"].as_object();
    let reply = reply(document, operation);
    Operation {
        id: verify::id(operation).to_owned(),
        pointer,
        method,
        template: path.to_owned(),
        summary: text("summary"),
        description: text("description"),
        deprecated: operation["deprecated"] == true,
        token: facts::token_use(operation),
        slow: facts::slow(operation),
        repeatable: facts::repeatable(method, operation),
        paging: facts::paging(operation),
        page_order: facts::page_order(operation).into_iter().map(str::to_owned).collect(),
        named_arguments: operation["x-tapis-arguments"] == "named",
        failures: responses
            .into_iter()
            .flatten()
            .map(|(status, _)| status.clone())
            .filter(|status| status.starts_with(['4', '5']))
            .collect(),
        parameters: operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| parameter(document, value))
            .collect(),
        body: body(document, &operation["requestBody"]),
        identity: identity(document, &reply),
        reply,
    }
}

/// What has to be in the result, or in each entry of a list.
fn identity(document: &Value, reply: &Reply) -> Vec<String> {
    let (Reply::Enveloped(Some(schema)) | Reply::Json(schema)) = reply else { return Vec::new() };
    let mut schema = flatten(document, schema);
    if schema["type"] == "array" {
        schema = flatten(document, &schema["items"]);
    }
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn parameter(document: &Value, value: &Value) -> Parameter {
    let schema = &value["schema"];
    let location = match value["in"].as_str() {
        Some("path") => Location::Path,
        Some("header") => Location::Header,
        _ if flatten(document, schema)["type"] == "object" => Location::FreeQuery,
        _ => Location::Query,
    };
    Parameter {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        location,
        required: value["required"] == true,
        description: value["description"].as_str().unwrap_or_default().trim().to_owned(),
        schema: schema.clone(),
        multi_segment: value["x-tapis-multi-segment"] == true,
        joined: value["explode"] == false,
    }
}

fn body(document: &Value, value: &Value) -> Body {
    let required = value["required"] == true;
    match value["content"].as_object().and_then(|content| content.iter().next()) {
        None => Body::None,
        Some((media, content)) if verify::is_json(media) => {
            Body::Json { schema: content["schema"].clone(), required }
        }
        Some((media, content)) if media.starts_with("multipart/") => {
            let schema = flatten(document, &content["schema"]);
            let demanded = |name: &str| {
                schema["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name))
            };
            let parts =
                schema["properties"].as_object().into_iter().flatten().map(|(name, part)| Part {
                    name: name.clone(),
                    required: demanded(name),
                    binary: part["format"] == "binary",
                    description: part["description"].as_str().unwrap_or_default().trim().to_owned(),
                });
            Body::Multipart(parts.collect())
        }
        Some((media, _)) => Body::Bytes { media: media.clone(), required },
    }
}

/// What a success of the operation carries.
#[must_use]
pub fn reply(document: &Value, operation: &Value) -> Reply {
    let success =
        operation["responses"].as_object().into_iter().flatten().find(|(status, response)| {
            status.starts_with('2') && response.get("content").is_some()
        });
    let Some((_, success)) = success else { return Reply::Empty };
    let content = success["content"].as_object();
    let json = content.and_then(|content| content.iter().find(|(media, _)| verify::is_json(media)));
    let Some((_, json)) = json else {
        return if content.is_some_and(|c| !c.is_empty()) { Reply::Bytes } else { Reply::Empty };
    };
    const ENVELOPE: [&str; 7] =
        ["build", "commit", "message", "metadata", "result", "status", "version"];
    let schema = &json["schema"];
    let flat = flatten(document, schema);
    let enveloped = flat["properties"].as_object().is_some_and(|properties| {
        properties.contains_key("status")
            && properties.contains_key("message")
            && properties.keys().all(|key| ENVELOPE.contains(&key.as_str()))
    });
    if enveloped {
        Reply::Enveloped(flat["properties"].get("result").cloned())
    } else {
        Reply::Json(schema.clone())
    }
}

/// The schema with its reference followed and the properties of its `allOf` in one place.
pub(crate) fn flatten(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return flatten(document, &document["components"]["schemas"][name]);
    }
    let mut flat = schema.clone();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let part = flatten(document, part);
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
    required.extend(schema["required"].as_array().cloned().unwrap_or_default());
    if let Some(flat) = flat.as_object_mut() {
        flat.remove("allOf");
        if !properties.is_empty() {
            flat.insert("type".into(), "object".into());
            flat.insert("properties".into(), Value::Object(properties));
        }
        if !required.is_empty() {
            flat.insert("required".into(), Value::Array(required));
        }
    }
    flat
}
