//! Changes of definitions, and operations on volumes and snapshots.

use serde_json::{Map, Value};
use tapis_specs::reader::resolve;

use super::{checks, rights};
use crate::call::Call;
use crate::engine;
use crate::reply::{Content, Failure, Kind, Outcome};
use crate::schema::properties;
use crate::store::in_tenant;

/// A volume or a snapshot is available as soon as the request is answered.
pub(super) fn create_folder(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    checks::folder(&body)?;
    let reply = rights::created(call, engine::answer(call)?)?;
    let (collection, parameter, reading) = match call.operation.id {
        "create_volume" => ("/v3/pods/volumes", "volume_id", "get_volume"),
        _ => ("/v3/pods/snapshots", "snapshot_id", "get_snapshot"),
    };
    let id = body.get(parameter).and_then(Value::as_str).unwrap_or_default();
    if let Some(record) = call.world.store().get_mut(&in_tenant(&call.tenant, collection), id) {
        fill(call, record);
        record["status"] = "AVAILABLE".into();
        record["size"] = 0.into();
    }
    Ok(engine::read_as(&call.at(parameter, id), reading)?.saying(reply.as_text()))
}

/// Sets the defaults in a new record.
pub(super) fn fill(call: &Call<'_>, record: &mut Value) {
    let body = call.operation.json_body().unwrap_or(&Value::Null);
    let fields = properties(call.service.document, resolve(call.service.document, body));
    for (name, schema) in fields {
        let default = resolve(call.service.document, &schema)["default"].clone();
        if !default.is_null() && record[name.as_str()].is_null() {
            record[name.as_str()] = default;
        }
    }
}

/// The reply to a request that changes nothing has the object, a success status, and `error` in the
/// envelope.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    let (collection, id, what) = member(call);
    let before = call.world.store().get(&collection, id).cloned();
    let reply = engine::answer(call)?;
    let mut store = call.world.store();
    let after = store.get(&collection, id).cloned();
    if before.as_ref().map(told) != after.as_ref().map(told) {
        return Ok(reply);
    }
    if let Some(before) = before {
        store.put(&collection, id, before);
    }
    let Content::Result { result, .. } = reply.content else { return Ok(reply) };
    let message =
        format!("Incoming data made no changes to {what}. Is incoming data equal to current data?");
    Err(Failure { result, ..Failure::new(Kind::Unchanged, message) })
}

/// The attributes of a record that a caller may change.
fn told(record: &Value) -> Map<String, Value> {
    let mut fields = record.as_object().cloned().unwrap_or_default();
    fields.retain(|name, _| !name.starts_with('_') && name != "update_ts");
    fields
}

/// The collection of the object of a call, its name and its kind.
fn member<'a>(call: &'a Call<'_>) -> (String, &'a str, &'static str) {
    let (path, parameter, what) = match call.operation.id {
        "update_volume" => ("/v3/pods/volumes", "volume_id", "volume"),
        "update_snapshot" => ("/v3/pods/snapshots", "snapshot_id", "snapshot"),
        "update_template" => ("/v3/pods/templates", "template_id", "template"),
        _ => ("/v3/pods", "pod_id", "pod"),
    };
    (in_tenant(&call.tenant, path), call.path(parameter), what)
}
