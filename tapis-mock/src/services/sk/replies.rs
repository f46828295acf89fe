//! Replies of several operations.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::Reply;

pub(super) fn names(names: impl IntoIterator<Item = impl Into<Value>>, message: &str) -> Reply {
    let names: Vec<Value> = names.into_iter().map(Into::into).collect();
    Reply::result(json!({ "names": names }), message)
}

pub(super) fn authorized(yes: bool) -> Reply {
    let message = if yes { "Authorized." } else { "Not authorized." };
    Reply::result(json!({ "isAuthorized": yes }), format!("SK_AUTHORIZED {message}"))
}

pub(super) fn changes(count: usize) -> Reply {
    Reply::result(json!({ "changes": count }), format!("SK_UPDATED Changes: {count}."))
}

/// Returns the URL of a resource, and whether it is new.
pub(super) fn location(call: &Call<'_>, path: &str, is_new: bool) -> Reply {
    let url = format!("{}/v3/security/{path}", call.base_url);
    let message = if is_new { "SK_CREATED Created." } else { "SK_EXISTS It was there already." };
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Reply::result(json!({ "url": url }), message).with_status(status)
}
