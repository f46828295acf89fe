//! What the service answers where something is wrong.

use serde_json::{Value, json};

use crate::reply::{Failure, Outcome, Reply};

/// A refusal with the status of a success, as some operations make one.
pub(super) fn told(result: &str, message: impl Into<Value>) -> Outcome {
    Ok(Reply::json(&json!({
        "message": message.into(),
        "metadata": {},
        "result": result,
        "status": "error",
        "version": "dev",
    })))
}

/// The answer to an exception of this class, which nothing catches.
pub(super) fn unexpected(class: &str, text: &str) -> Failure {
    let message = format!("Unrecognized exception type: <class '{class}'>. Exception: {text}");
    Failure::server(message)
}

/// The answer where a record lacks a field that the service relies on.
pub(super) fn lacks(field: &str) -> Failure {
    unexpected("KeyError", &format!("'{field}'"))
}

/// The answer to what the database of measurements refused.
pub(super) fn database(status: u16) -> Failure {
    unexpected("influxdb_client.rest.ApiException", &format!("({status})"))
}
