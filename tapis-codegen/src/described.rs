//! The normalised document in progenitor's types. Only schemas are parsed from JSON: code that
//! parses the rest of OpenAPI would make every build of a service slower than everything else here.

use openapiv3::{
    Components, HeaderStyle, Info, MediaType, OpenAPI, Operation, Parameter, ParameterData,
    ParameterSchemaOrContent, PathItem, PathStyle, Paths, QueryStyle, ReferenceOr, RequestBody,
    Response, Responses, Schema, StatusCode,
};
use serde_json::{Map, Value};
use tapis_specs::reader::{self, Location, Method};

fn schema(value: Value) -> Result<ReferenceOr<Schema>, String> {
    serde_json::from_value(value)
        .map_err(|error| format!("the normalised document is not OpenAPI: {error}"))
}

fn media(value: Value) -> Result<MediaType, String> {
    Ok(MediaType { schema: Some(schema(value)?), ..MediaType::default() })
}

/// A parameter with this schema; `None` if each key is a separate parameter.
pub(crate) fn parameter(
    parameter: &reader::Parameter,
    value: Value,
) -> Result<Option<ReferenceOr<Parameter>>, String> {
    let parameter_data = ParameterData {
        name: parameter.name.clone(),
        description: None,
        required: parameter.required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema(value)?),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    };
    Ok(Some(ReferenceOr::Item(match parameter.location {
        Location::Path => Parameter::Path { parameter_data, style: PathStyle::default() },
        Location::Header => Parameter::Header { parameter_data, style: HeaderStyle::default() },
        Location::Query => Parameter::Query {
            parameter_data,
            allow_reserved: false,
            style: QueryStyle::default(),
            allow_empty_value: None,
        },
        Location::FreeQuery => return Ok(None),
    })))
}

/// A body of JSON.
pub(crate) fn body(value: Value, required: bool) -> Result<ReferenceOr<RequestBody>, String> {
    let content = [("application/json".to_owned(), media(value)?)].into_iter().collect();
    Ok(ReferenceOr::Item(RequestBody { content, required, ..RequestBody::default() }))
}

/// The responses of an operation that returns JSON of this schema, or no content.
pub(crate) fn responses(value: Option<Value>) -> Result<Responses, String> {
    let media = value.map(media).transpose()?;
    let content = media.into_iter().map(|media| ("application/json".to_owned(), media)).collect();
    let response = ReferenceOr::Item(Response { content, ..Response::default() });
    let responses = [(StatusCode::Range(2), response)].into_iter().collect();
    Ok(Responses { responses, ..Responses::default() })
}

/// The operation with this method.
pub(crate) fn of(item: &mut PathItem, method: Method) -> &mut Option<Operation> {
    match method {
        Method::Delete => &mut item.delete,
        Method::Get => &mut item.get,
        Method::Head => &mut item.head,
        Method::Options => &mut item.options,
        Method::Patch => &mut item.patch,
        Method::Post => &mut item.post,
        Method::Put => &mut item.put,
        Method::Trace => &mut item.trace,
    }
}

/// The document of a service.
pub(crate) fn document(
    service: &str,
    paths: impl IntoIterator<Item = (String, PathItem)>,
    schemas: Map<String, Value>,
) -> Result<OpenAPI, String> {
    let paths = paths.into_iter().map(|(path, item)| (path, ReferenceOr::Item(item))).collect();
    let schemas = schemas.into_iter().map(|(name, value)| Ok((name, schema(value)?)));
    Ok(OpenAPI {
        openapi: "3.0.3".to_owned(),
        info: Info { title: service.to_owned(), version: "1".to_owned(), ..Info::default() },
        paths: Paths { paths, ..Paths::default() },
        components: Some(Components {
            schemas: schemas.collect::<Result<_, String>>()?,
            ..Components::default()
        }),
        ..OpenAPI::default()
    })
}
