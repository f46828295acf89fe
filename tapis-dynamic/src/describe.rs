//! What a document says of an operation, for people and for programs that ask them.

use std::fmt;

use serde_json::Value;
use tapis_core::Method;
use tapis_specs::reader::{self, BodyKind, Document};

use crate::catalog::{Operation, Service};
use crate::schema::{is_required, merged, ordered, strings, variants};

/// An operation as its document describes it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OperationDescription {
    /// The service, as in `systems`.
    pub service: &'static str,
    /// The operationId, as in `getSystem`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// What it does, in a sentence; empty where the document says nothing.
    pub summary: &'static str,
    /// What else there is to know; empty where there is nothing.
    pub description: &'static str,
    /// Whether the service does not want it to be used any more, or does not route it.
    pub deprecated: bool,
    /// Whether it returns a list in pages.
    pub paged: bool,
    /// Whether it returns bytes and not JSON.
    pub returns_bytes: bool,
    /// The parameters of the path in the order of the path, then those of query and headers.
    pub parameters: Vec<FieldDescription>,
    /// The body; `None` if it has none.
    pub body: Option<BodyDescription>,
    /// The schema of the result, with references into the document; `None` if it returns no JSON.
    pub result: Option<&'static Value>,
    /// The attributes that identify the result, or each entry of a list.
    pub identity: Vec<String>,
    /// JSON pointers to secrets in the result; `*` stands for every member of a list or map.
    pub secrets: Vec<String>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BodyDescription {
    /// Whether a request must have one.
    pub required: bool,
    /// The media type, such as `application/json`.
    pub media_type: &'static str,
    /// The schema, with references into the document.
    pub schema: &'static Value,
    /// The attributes of a JSON object or the fields of a multipart form: the required ones first. Of a union, those of
    /// all variants. Empty for bytes, arrays and objects with names of the caller's own.
    pub fields: Vec<FieldDescription>,
    /// JSON pointers to secrets in the body; `*` stands for every member of a list or map.
    pub secrets: Vec<String>,
}

/// A parameter, an attribute of a body or a field of a form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldDescription {
    /// The name that is sent.
    pub name: String,
    /// Where it is sent.
    pub location: Location,
    /// Whether a request must have it.
    pub required: bool,
    /// What the document says of it; empty where it says nothing.
    pub description: String,
    /// The type of its value.
    pub value_type: ValueType,
    /// The type of the members, for an array.
    pub item_type: Option<ValueType>,
    /// The value that the service uses when there is none.
    pub default: Option<Value>,
    /// The known values of an enumeration. Services may know more.
    pub values: Vec<String>,
    /// Whether it is a password, key or token.
    pub secret: bool,
}

/// Where a value is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In the query, as an object whose keys are the names of query parameters.
    FreeQuery,
    /// As a header.
    Header,
    /// In the JSON body.
    Body,
    /// In a multipart form.
    Form,
}

/// The type of a value, by OpenAPI's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// Names with values.
    Object,
    /// The content of a file.
    File,
    /// Any JSON.
    Any,
}

/// The name in OpenAPI, such as `string`.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::File => "file",
            Self::Any => "any",
        })
    }
}

impl ValueType {
    fn of(schema: &Value) -> Self {
        match schema["type"].as_str() {
            Some("string") if schema["format"] == "binary" => Self::File,
            Some("string") => Self::String,
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => Self::Array,
            Some("object") => Self::Object,
            _ if variants(schema).is_some() => Self::Object,
            _ => Self::Any,
        }
    }
}

impl OperationDescription {
    pub(crate) fn of(service: &'static Service, operation: &'static Operation) -> Self {
        let Operation { described, known } = operation;
        let document = &service.document;
        let mut parameters: Vec<_> = described.parameters.iter().collect();
        parameters.sort_by_key(|p| {
            let place = described.template.parameters().position(|name| name == p.name);
            (place.unwrap_or(usize::MAX), !p.required)
        });
        let result = described.reply.schema();
        Self {
            service: known.service,
            id: known.id,
            method: known.method,
            path: known.template,
            summary: &described.summary,
            description: &described.description,
            deprecated: described.deprecated,
            paged: known.paging.is_some()
                && result.is_some_and(|result| document.resolve(result)["type"] == "array"),
            returns_bytes: described.reply == reader::Reply::Bytes,
            parameters: parameters.into_iter().map(|p| parameter(document, p)).collect(),
            body: described.body().map(|body| BodyDescription::of(document, body)),
            result,
            identity: described.identity.clone(),
            secrets: result.map(|schema| document.secrets(schema)).unwrap_or_default(),
        }
    }
}

impl BodyDescription {
    fn of(document: &'static Document, body: &'static reader::Body) -> Self {
        let mut fields = match &body.kind {
            BodyKind::Bytes => Vec::new(),
            BodyKind::Json => attributes(document, &body.schema),
            BodyKind::Multipart(fields) => fields.iter().map(form_field).collect(),
        };
        fields.sort_by_key(|field| !field.required);
        let secrets = match body.kind {
            BodyKind::Json => document.secrets(&body.schema),
            _ => Vec::new(),
        };
        Self {
            required: body.required,
            media_type: &body.media_type,
            schema: &body.schema,
            fields,
            secrets,
        }
    }
}

fn parameter(document: &Document, parameter: &reader::Parameter) -> FieldDescription {
    let field = field(document, &parameter.argument, &parameter.schema, parameter.required);
    FieldDescription {
        description: parameter.description.clone(),
        location: match parameter.location {
            reader::Location::Path => Location::Path,
            reader::Location::Query => Location::Query,
            reader::Location::FreeQuery => Location::FreeQuery,
            reader::Location::Header => Location::Header,
        },
        ..field
    }
}

fn form_field(field: &reader::FormField) -> FieldDescription {
    FieldDescription {
        name: field.name.clone(),
        location: Location::Form,
        required: field.required,
        description: field.description.clone(),
        value_type: if field.binary { ValueType::File } else { ValueType::String },
        item_type: None,
        default: None,
        values: Vec::new(),
        secret: false,
    }
}

/// The attributes of an object; of a union, those of all variants, of which those are required that all require.
fn attributes(document: &Document, schema: &Value) -> Vec<FieldDescription> {
    let flat = merged(document, schema);
    let Some(variants) = variants(&flat) else { return properties(document, &flat) };
    let mut all: Vec<FieldDescription> = Vec::new();
    for variant in variants {
        let variant = properties(document, &merged(document, variant));
        for known in &mut all {
            let here = variant.iter().find(|field| field.name == known.name);
            known.required &= here.is_some_and(|field| field.required);
            for value in here.into_iter().flat_map(|field| &field.values) {
                if !known.values.contains(value) {
                    known.values.push(value.clone());
                }
            }
        }
        let first = all.is_empty();
        for field in variant {
            if !all.iter().any(|known| known.name == field.name) {
                all.push(FieldDescription { required: field.required && first, ..field });
            }
        }
    }
    all
}

fn properties(document: &Document, flat: &Value) -> Vec<FieldDescription> {
    let properties = ordered(flat).into_iter();
    properties
        .map(|(name, schema)| field(document, name, schema, is_required(flat, name)))
        .collect()
}

fn field(document: &Document, name: &str, schema: &Value, required: bool) -> FieldDescription {
    let flat = merged(document, schema);
    let values_of =
        |schema: &Value| -> Vec<String> { strings(&schema["enum"]).map(str::to_owned).collect() };
    let value_type = ValueType::of(&flat);
    let items = (value_type == ValueType::Array).then(|| merged(document, &flat["items"]));
    // What is said where it is used comes first.
    let text = |schema: &Value| schema["description"].as_str().map(|text| text.trim().to_owned());
    FieldDescription {
        name: name.to_owned(),
        location: Location::Body,
        required,
        description: text(schema).or_else(|| text(&flat)).unwrap_or_default(),
        value_type,
        values: values_of(items.as_ref().unwrap_or(&flat)),
        item_type: items.as_ref().map(ValueType::of),
        default: schema.get("default").or_else(|| flat.get("default")).cloned(),
        secret: flat["format"] == "password",
    }
}
