//! Common replies of the Java services.

use serde_json::json;

use crate::call::Call;
use crate::reply::Reply;

/// Returns the URL of the resource.
pub(crate) fn url_reply(call: &Call<'_>, path: &str, message: String) -> Reply {
    let url = format!("{}/v3/{path}", call.base_url);
    Reply::result(json!({ "url": url }), message).with_status(call.operation.success)
}

/// Returns the number of changes.
pub(crate) fn change_reply(changes: usize, message: String) -> Reply {
    Reply::result(json!({ "changes": changes }), message)
}
