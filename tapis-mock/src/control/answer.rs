//! The replies of the control API.

use http::StatusCode;
use serde_json::{Value, json};

use crate::error::Error;

/// The error of a request to the control API.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into() }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::bad(error.to_string())
    }
}

/// The reply to a request.
pub(super) type Answer = Result<Value, Refused>;

#[expect(clippy::unnecessary_wraps, reason = "the type of all answers")]
pub(super) fn done() -> Answer {
    Ok(json!({ "done": true }))
}
