//! Describes operations by their documents, for people and programs.

use std::fmt;

use serde_json::Value;
use tapis_core::Method;
use tapis_specs::reader::{self, BodyKind, Document};

use crate::catalog::{self, Operation, Service};
use crate::json_schema;
use crate::schema::{is_required, merged, ordered, strings, variants};

/// The description of an operation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OperationDescription {
    /// The service, such as `systems`.
    pub service: &'static str,
    /// The `operationId`, such as `getSystem`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// A one-sentence summary; empty if the document has none.
    pub summary: &'static str,
    /// The full description; empty if the document has none.
    pub description: &'static str,
    /// Whether the operation is deprecated, or cannot be reached through the public router.
    pub deprecated: bool,
    /// Whether it returns a list that can be read in pages.
    pub paged: bool,
    /// Whether it returns bytes instead of JSON.
    pub returns_bytes: bool,
    /// The path parameters in the order of the path, then the query and header parameters.
    pub parameters: Vec<FieldDescription>,
    /// The body; `None` if there is none.
    pub body: Option<BodyDescription>,
    /// The schema of the result, with references into the document; `None` if the operation does not
    /// return JSON. [`result_schema`](Self::result_schema) is the same without references.
    pub result: Option<&'static Value>,
    /// The attributes that identify the result, or each entry if the result is a list.
    pub identity: Vec<String>,
    /// JSON pointers to secrets in the result; `*` means each member of a list or map.
    pub secrets: Vec<String>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BodyDescription {
    /// Whether the body is required.
    pub required: bool,
    /// The media type, such as `application/json`.
    pub media_type: &'static str,
    /// The schema, with references into the document.
    /// [`input_schema`](OperationDescription::input_schema) has it without such references.
    pub schema: &'static Value,
    /// The attributes of a JSON object or the fields of a multipart form, required ones first. For
    /// a union, the attributes of all variants. Empty for bytes, arrays and maps.
    pub fields: Vec<FieldDescription>,
    /// JSON pointers to secrets in the body; `*` means each member of a list or map.
    pub secrets: Vec<String>,
}

/// A parameter, an attribute of a body or a field of a form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldDescription {
    /// The name in the request.
    pub name: String,
    /// The part of the request that contains it.
    pub location: Location,
    /// Whether it is required.
    pub required: bool,
    /// The description; empty if the document has none.
    pub description: String,
    /// The type of its value.
    pub value_type: ValueType,
    /// The type of the items of an array; `None` for other types.
    pub item_type: Option<ValueType>,
    /// The default value of the service; `None` if there is none.
    pub default: Option<Value>,
    /// The known values of an enumeration, or of the items of an array; the service may accept more.
    /// Empty if any value is allowed.
    pub values: Vec<String>,
    /// Whether it is a password, key or token.
    pub secret: bool,
}

/// The part of the request that contains a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The path.
    Path,
    /// The query.
    Query,
    /// The query, as an object whose keys are the names of any query parameters.
    FreeQuery,
    /// A header.
    Header,
    /// The JSON body.
    Body,
    /// A multipart form.
    Form,
}

/// The type of a value, with the names of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// A string.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An array.
    Array,
    /// An object.
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
    /// Returns the JSON Schema (2020-12) of an object with all arguments, for tools of AI agents (MCP),
    /// forms and validators. A JSON body is the property `body`; files and bytes are left out. Shared
    /// schemas are in its `$defs`, so that it needs no other document.
    /// [`DynamicCall::arguments`](crate::DynamicCall::arguments) takes such an object.
    ///
    /// ```
    /// let operation = tapis_dynamic::describe("systems", "getSystem")?;
    /// let schema = operation.input_schema();
    /// assert_eq!(schema["required"], serde_json::json!(["systemId"]));
    /// assert_eq!(schema["properties"]["select"]["type"], "string");
    /// # Ok::<(), tapis_core::Error>(())
    /// ```
    #[must_use]
    #[doc(alias = "JSON Schema")]
    #[doc(alias = "MCP")]
    #[doc(alias = "tool schema")]
    #[doc(alias = "function calling")]
    pub fn input_schema(&self) -> Value {
        let known = catalog::service(self.service).and_then(|service| {
            let operation = service.operation(self.id)?;
            Ok(json_schema::arguments(&service.document, operation.described))
        });
        known.unwrap_or_default()
    }

    /// Returns the JSON Schema (2020-12) of the result, with shared schemas in its `$defs`. `None` if the
    /// operation does not return JSON.
    #[must_use]
    #[doc(alias = "output schema")]
    pub fn result_schema(&self) -> Option<Value> {
        let service = catalog::service(self.service).ok()?;
        Some(json_schema::standalone(&service.document, self.result?))
    }

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

/// Returns the attributes of an object. For a union, returns the attributes of all variants; an attribute is required if
/// all variants require it.
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
    // The description at the attribute is more specific than that of its type.
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
