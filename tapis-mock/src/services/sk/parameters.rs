//! The required values of requests.

use serde_json::{Map, Value};

use crate::call::{Call, text};
use crate::reply::Failure;

/// The text of a required field.
pub(super) fn required<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    text(body, name).ok_or_else(|| null_parameter(name))
}

/// A required query parameter.
pub(super) fn required_query<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Failure> {
    call.query(name).filter(|value| !value.is_empty()).ok_or_else(|| null_parameter(name))
}

pub(super) fn null_parameter(name: &str) -> Failure {
    Failure::bad_request(format!("TAPIS_NULL_PARAMETER No value for {name}."))
}
