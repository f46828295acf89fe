//! Replies that the Java services share.

use serde_json::json;

use crate::call::Call;
use crate::reply::Reply;

/// Says where the resource is.
pub(crate) fn url_reply(call: &Call<'_>, path: &str, message: String) -> Reply {
    let url = format!("{}/v3/{path}", call.base_url);
    Reply::result(json!({ "url": url }), message).with_status(call.operation.success)
}

/// Says how much changed.
pub(crate) fn change_reply(changes: usize, message: String) -> Reply {
    Reply::result(json!({ "changes": changes }), message)
}
