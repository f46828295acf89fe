//! Messages, each of which creates an execution.

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::executions::{self, PURGED, executions};
use super::records::{find, timestamp};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};

/// The message that an actor gets, which the reply repeats.
fn read(call: &Call<'_>) -> Result<(String, Value), Failure> {
    let media = call.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.unwrap_or_default();
    if media.starts_with("application/octet-stream") {
        let text = String::from_utf8_lossy(call.body).into_owned();
        return Ok((text, "binary - omitted".into()));
    }
    let body: Value = serde_json::from_slice(call.body).map_err(|_| {
        Failure::bad_request(
            "message POST body could not be serialized. Pass JSON data or use the message attribute.",
        )
    })?;
    // A field with this name is read as text; without it the whole body is the message.
    let message = match &body["message"] {
        Value::Null => body,
        Value::String(text) if text.is_empty() => body,
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    };
    let sent = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    Ok((sent, message))
}

pub(super) fn send(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let actor = find(call, &mut store)?.clone();
    let (sent, repeated) = read(call)?;
    // The service returns the actor's output without an envelope, which the document does not
    // describe.
    if call.flag("_abaco_synchronous") && call.world.settings.deployed() {
        return Ok(Reply::raw("application/octet-stream", sent));
    }
    let id = call.world.random.code(13);
    let mut execution = json!({
        "id": id,
        "actor_id": call.path("actor_id"),
        "api_server": call.base_url,
        "owner": call.user(),
        "executor": call.user(),
        "worker_id": call.world.random.code(13),
        "cpu": 0, "io": 0, "runtime": 0,
    });
    execution["message_received_time"] = timestamp(call);
    executions::begin(call, &actor, &mut execution, sent);
    store.put(&executions(call), id.as_str(), execution);
    let result = json!({ "execution_id": id, "msg": repeated });
    Ok(Reply::result(result, "The request was successful"))
}

/// The number of messages that are still in the queue.
pub(super) fn count(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let waiting = executions::all(call, &mut store)?;
    let waiting = waiting.iter().filter(|one| executions::waits(one)).count();
    Ok(Reply::result(json!({ "messages": waiting }), "The request was successful"))
}

/// Messages are deleted, and their executions are not informed.
pub(super) fn purge(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    executions::all(call, &mut store)?;
    for (_, execution) in store.records_mut(&executions(call)) {
        if executions::waits(execution) {
            execution[PURGED] = true.into();
            executions::stay(call, execution);
        }
    }
    let result = json!({ "msg": "Actor mailbox purged." });
    Ok(Reply::result(result, "The request was successful"))
}
