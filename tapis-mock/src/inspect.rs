//! Checks whether the document allows a request.

use serde_json::Value;
use tapis_specs::reader::{Location, Parameter, resolve};

use crate::call::Call;
use crate::family::Family;
use crate::reply::{Failure, Kind};

/// Query parameters that the Java services accept only once.
const SINGLE: [&str; 8] =
    ["search", "limit", "orderBy", "skip", "startAfter", "computeTotal", "select", "listType"];

/// What a JSON body is checked against before the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    Document,
    /// Nothing: the operation has its own schema.
    Unchecked,
}

/// Checks parameters and body against the document, as the family of the service does.
pub(crate) fn inspect(call: &Call<'_>, bodies: Bodies) -> Result<(), Failure> {
    for parameter in call.operation.parameters {
        inspect_parameter(call, parameter)?;
    }
    if call.operation.bodies.is_empty() {
        return Ok(());
    }
    inspect_body(call, bodies)
}

fn is_java(call: &Call<'_>) -> bool {
    matches!(call.service.family, Family::Java | Family::Files)
}

fn inspect_parameter(call: &Call<'_>, parameter: &Parameter) -> Result<(), Failure> {
    let name = parameter.name.as_str();
    let value = match parameter.location {
        Location::Path => Some(call.path(name)),
        Location::Header => call.header(name),
        _ => call.query(name),
    };
    let bad = |message: String| {
        // A path whose parameter is invalid does not exist in these services.
        let kind = match parameter.location {
            Location::Path if is_java(call) => Kind::NotFound,
            Location::Path | Location::Header => Kind::BadRequest,
            _ => Kind::BadQuery,
        };
        Err(Failure::new(kind, message))
    };
    let Some(value) = value else {
        if parameter.required {
            return bad(format!("Missing required parameter: {name}"));
        }
        return Ok(());
    };
    let repeated = || call.query.iter().filter(|(key, _)| key == name).count() > 1;
    if parameter.location == Location::Query
        && is_java(call)
        && SINGLE.contains(&name)
        && repeated()
    {
        return bad(format!("TAPIS_QUERY_PARAM_INVALID Parameter given more than once: {name}"));
    }
    let schema = resolve(call.service.document, &parameter.schema);
    // A switch with another value is off; only the service's log has a warning.
    if fits(schema, value) || (is_java(call) && name == "computeTotal") {
        return Ok(());
    }
    // Systems and Apps read it after the filter that refuses parameters.
    if ["systems", "apps"].contains(&call.service.name) && name == "listType" {
        return Ok(());
    }
    let wanted = schema.get("type").and_then(Value::as_str).unwrap_or("value");
    if call.service.family == Family::Files && !SINGLE.contains(&name) {
        return unread(parameter, wanted);
    }
    if is_java(call) {
        return bad(format!("TAPIS_QUERY_PARAM_INVALID Parameter {name} is not a valid {wanted}."));
    }
    bad(format!("Invalid value for parameter {name}: a valid {wanted} is required."))
}

/// The effect of an invalid value that no filter has checked: a switch is off, and any other
/// parameter is a 500 from the exception mapper.
fn unread(parameter: &Parameter, wanted: &str) -> Result<(), Failure> {
    match (wanted, parameter.location) {
        ("boolean", _) => Ok(()),
        (_, Location::Header) => Err(Failure::new(Kind::Server, "HTTP 400 Bad Request")),
        _ => Err(Failure::new(Kind::Server, "HTTP 404 Not Found")),
    }
}

/// Whether a text is a value of a simple schema.
fn fits(schema: &Value, text: &str) -> bool {
    // A switch without a value is on.
    let words = schema.get("enum").and_then(Value::as_array).filter(|words| words.len() > 1);
    let mut words = words.into_iter().flatten().filter_map(Value::as_str).peekable();
    // Clients write `True`, and the services accept it.
    if words.peek().is_some() && !words.any(|word| word.eq_ignore_ascii_case(text)) {
        return false;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("number") => text.parse::<f64>().is_ok_and(f64::is_finite),
        Some("boolean") => ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text)),
        _ => true,
    }
}

fn inspect_body(call: &Call<'_>, bodies: Bodies) -> Result<(), Failure> {
    if call.body.is_empty() {
        if bodies == Bodies::Document && call.operation.bodies.iter().any(|body| body.required) {
            return Err(Failure::bad_request(invalid(call, "a body is required")));
        }
        return Ok(());
    }
    let media_type = call.media_type();
    let is_json = match media_type.as_deref() {
        // Most services treat a body without a content type as JSON.
        None => call.operation.json_body().is_some(),
        Some(sent) => {
            if !call.operation.bodies.iter().any(|body| body.media_type == sent) {
                return Err(Failure::new(
                    Kind::MediaType,
                    format!("Unsupported media type: {sent}"),
                ));
            }
            sent == "application/json"
        }
    };
    if !is_json || bodies == Bodies::Unchecked {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(call.body).map_err(|error| {
        Failure::bad_request(invalid(call, &format!("the body is not JSON: {error}")))
    })?;
    let checker = if call.service.family == Family::FastApi && call.world.settings.deployed() {
        call.operation.closed_body_checker(call.service)
    } else {
        call.operation.body_checker(call.service)
    };
    let Some(checker) = checker else { return Ok(()) };
    let complaints = checker.complaints(&value);
    if complaints.is_empty() {
        return Ok(());
    }
    if call.service.family == Family::FastApi {
        return Err(Failure::bad_request(complaints.join("\n")));
    }
    Err(Failure::bad_request(invalid(call, &complaints.join("; "))))
}

/// The service's message for an invalid body.
fn invalid(call: &Call<'_>, what: &str) -> String {
    match call.service.family {
        Family::Java | Family::Files => format!(
            "TAPIS_JSON_VALIDATION_ERROR Request payload did not conform to specification. \
             Error: {what}"
        ),
        Family::FastApi | Family::Meta => what.to_owned(),
        _ => format!("Invalid {} data: {what}.", call.operation.method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_fit_simple_schemas() {
        assert!(fits(&json!({ "type": "integer" }), "-1"));
        assert!(!fits(&json!({ "type": "integer" }), "1.5"));
        assert!(fits(&json!({ "type": "boolean" }), "True"));
        assert!(!fits(&json!({ "type": "boolean" }), "yes"));
        assert!(fits(&json!({ "type": "string", "enum": ["ALL", "OWNED"] }), "all"));
        assert!(!fits(&json!({ "type": "string", "enum": ["ALL", "OWNED"] }), "none"));
        assert!(!fits(&json!({ "type": "number" }), "NaN"));
    }
}
