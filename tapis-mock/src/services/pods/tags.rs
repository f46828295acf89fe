//! Versions of templates.

use serde_json::Value;

use crate::call::Call;
use crate::engine;
use crate::reply::{Content, Outcome};
use crate::store::in_tenant;

/// A tag can be named with or without its timestamp.
pub(super) fn add(call: &Call<'_>) -> Outcome {
    let mut reply = engine::answer(call)?;
    let Content::Result { result, .. } = &mut reply.content else { return Ok(reply) };
    let tag = result["tag"].as_str().unwrap_or_default().to_owned();
    let at = call.world.clock.timestamp().strftime("%Y-%m-%d-%H:%M:%S");
    let timestamp = Value::from(format!("{tag}@{at}"));
    result["tag_timestamp"] = timestamp.clone();
    let tags =
        in_tenant(&call.tenant, &format!("/v3/pods/templates/{}/tags", call.path("template_id")));
    if let Some(record) = call.world.store().get_mut(&tags, &tag) {
        record["tag_timestamp"] = timestamp;
    }
    Ok(reply)
}
