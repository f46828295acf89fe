//! The service's replies to errors.

use serde_json::{Value, json};

use crate::reply::{Failure, Outcome, Reply};

/// A failure with a success status, which some operations send.
pub(super) fn told(result: &str, message: impl Into<Value>) -> Outcome {
    Ok(Reply::json(&json!({
        "message": message.into(),
        "metadata": {},
        "result": result,
        "status": "error",
        "version": "dev",
    })))
}

/// The reply to an unhandled exception of this class.
pub(super) fn unexpected(class: &str, text: &str) -> Failure {
    let message = format!("Unrecognized exception type: <class '{class}'>. Exception: {text}");
    Failure::server(message)
}

/// The reply if a record lacks a field that the service reads.
pub(super) fn lacks(field: &str) -> Failure {
    unexpected("KeyError", &format!("'{field}'"))
}

/// The reply to an error of the time-series database.
pub(super) fn database(status: u16) -> Failure {
    unexpected("influxdb_client.rest.ApiException", &format!("({status})"))
}
