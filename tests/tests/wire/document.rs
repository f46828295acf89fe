//! What the documents say of each operation, read without any of the generator's code.
//!
//! The build script, which writes the typed calls, reads the documents with this module too.

use serde_json::{Map, Value, json};

/// Everything that the documents say of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) service: String,
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) template: String,
    pub(crate) needs_token: bool,
    /// Whether its arguments have to be named, however few they are.
    #[allow(dead_code, reason = "only the build script asks")]
    pub(crate) has_named_arguments: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) reply: Reply,
}

/// A parameter, with its schema resolved.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// The name that callers know it by.
    #[allow(dead_code, reason = "the build script names it by its place")]
    pub(crate) argument: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) schema: Value,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// One segment of the path.
    Path,
    /// One segment of the path, without a slash in it.
    Bare,
    /// A path of its own at the end of the path.
    Segments,
    Query,
    /// A query array that is one parameter with commas.
    Joined,
    /// An object whose members are query parameters.
    Free,
    Header,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) media: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

impl Body {
    pub(crate) fn is_json(&self) -> bool {
        self.media == "application/json"
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.media == "multipart/form-data"
    }

    /// The parts of a multipart body: name, whether it is a file, whether it is required.
    pub(crate) fn parts(&self, document: &Value) -> Vec<(String, bool, bool)> {
        let schema = resolve(document, &self.schema);
        let parts = schema["properties"].as_object().into_iter().flatten();
        parts
            .map(|(name, part)| (name.clone(), part["format"] == "binary", demands(&schema, name)))
            .collect()
    }
}

/// What a success carries.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The envelope, with the schema of its result where it has one.
    Enveloped(Option<Value>),
    /// JSON of this schema.
    Json(Value),
    Bytes,
    Empty,
}

/// The operations of a document, each name of a shared method and path on its own.
pub(crate) fn operations(service: &str, document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, shared) in item.as_object().into_iter().flatten() {
            let aliases = shared["x-tapis-aliases"].as_array().cloned();
            for operation in aliases.unwrap_or_else(|| vec![shared.clone()]) {
                operations.push(read(service, document, template, method, &operation));
            }
        }
    }
    operations
}

fn read(
    service: &str,
    document: &Value,
    template: &str,
    method: &str,
    operation: &Value,
) -> Operation {
    let security = operation.get("security").unwrap_or(&document["security"]);
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    Operation {
        service: service.to_owned(),
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        template: template.to_owned(),
        needs_token: security.as_array().is_some_and(|schemes| !schemes.is_empty()),
        has_named_arguments: operation["x-tapis-arguments"] == "named",
        parameters: parameters.map(|value| parameter(document, value)).collect(),
        body: body(operation),
        reply: reply(document, operation),
    }
}

fn parameter(document: &Value, value: &Value) -> Parameter {
    let schema = resolve(document, &value["schema"]);
    let place = match value["in"].as_str() {
        Some("path") if value["x-tapis-multi-segment"] == true => Place::Segments,
        Some("path") if value["x-tapis-multi-segment"] == false => Place::Bare,
        Some("path") => Place::Path,
        Some("header") => Place::Header,
        _ if schema["type"] == "object" => Place::Free,
        _ if value["explode"] == false => Place::Joined,
        _ => Place::Query,
    };
    let name = text(&value["name"]);
    let argument = value["x-tapis-argument"].as_str().unwrap_or(&name).to_owned();
    Parameter { name, argument, place, required: value["required"] == true, schema }
}

fn body(operation: &Value) -> Option<Body> {
    let body = operation.get("requestBody")?;
    let (media, content) = body["content"].as_object()?.iter().next()?;
    let (media, schema) = (media.clone(), content["schema"].clone());
    Some(Body { media, schema, required: body["required"] == true })
}

fn reply(document: &Value, operation: &Value) -> Reply {
    let mut contents = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| response["content"].as_object()?.iter().next());
    match contents.next() {
        None => Reply::Empty,
        Some((media, content)) if media == "application/json" => {
            let schema = resolve(document, &content["schema"]);
            let has = |name: &str| schema["properties"].get(name).is_some();
            if has("status") && has("message") && has("version") {
                Reply::Enveloped(schema["properties"].get("result").cloned())
            } else {
                Reply::Json(content["schema"].clone())
            }
        }
        Some(_) => Reply::Bytes,
    }
}

/// The schema with its reference followed and its `allOf` merged, one level deep.
pub(crate) fn resolve(document: &Value, schema: &Value) -> Value {
    let mut merged = Map::new();
    merge(document, schema, &mut merged);
    Value::Object(merged)
}

fn merge(document: &Value, schema: &Value, merged: &mut Map<String, Value>) {
    if let Some(name) = target(schema) {
        merge(document, &document["components"]["schemas"][name], merged);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        merge(document, part, merged);
    }
    for (key, value) in schema.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("$ref" | "allOf", _) => {}
            ("properties", Value::Object(properties)) => {
                let known = merged.entry("properties").or_insert_with(|| json!({}));
                if let Some(known) = known.as_object_mut() {
                    known.extend(properties.clone());
                }
            }
            ("required", Value::Array(required)) => {
                let known = merged.entry("required").or_insert_with(|| json!([]));
                if let Some(known) = known.as_array_mut() {
                    known.extend(required.clone());
                }
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The names of the component schemas that `schema` stands for, through references and `allOf`.
pub(crate) fn names<'s>(document: &'s Value, schema: &'s Value) -> Vec<&'s str> {
    let mut names = Vec::new();
    if let Some(name) = target(schema) {
        names.push(name);
        names.extend(self::names(document, &document["components"]["schemas"][name]));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        names.extend(self::names(document, part));
    }
    names
}

/// The component that `schema` refers to.
pub(crate) fn target(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// Whether the object `schema` requires the property `name`.
pub(crate) fn demands(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|r| r == name))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
