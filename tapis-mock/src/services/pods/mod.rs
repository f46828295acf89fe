//! Pods, which come and go with the clock, their volumes and snapshots, and who may do what with them.
//!
//! What becomes of a pod's container is in the name of its image: with `fail` it ends badly, with
//! `complete` it ends well, and with `pull` the image takes so long that the pod is in `ERROR` meanwhile.

mod change;
mod checks;
mod life;
mod rights;
mod tags;

use serde_json::{Value, json};

use crate::call::{Call, Handler};
use crate::dates::{self, Style};
use crate::engine;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};
pub(crate) use rights::admit;

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_pod", life::create),
    ("get_pod", settled),
    ("list_pods", |call| rights::listed(call, settled(call)?)),
    ("update_pod", life::update),
    ("delete_pod", |call| rights::forgotten(call, settled(call)?)),
    ("start_pod", life::start),
    ("stop_pod", |call| life::request(call, "OFF")),
    ("restart_pod", |call| life::request(call, "RESTART")),
    ("get_pod_logs", logs),
    ("create_volume", change::create_folder),
    ("list_volumes", |call| rights::listed(call, engine::answer(call)?)),
    ("update_volume", change::update),
    ("delete_volume", |call| rights::forgotten(call, engine::answer(call)?)),
    ("create_snapshot", change::create_folder),
    ("list_snapshots", |call| rights::listed(call, engine::answer(call)?)),
    ("update_snapshot", change::update),
    ("delete_snapshot", |call| rights::forgotten(call, engine::answer(call)?)),
    ("update_template", change::update),
    ("add_template", |call| rights::created(call, engine::answer(call)?)),
    ("add_template_tag", tags::add),
    ("get_pod_permissions", rights::read),
    ("get_volume_permissions", rights::read),
    ("get_snapshot_permissions", rights::read),
    ("get_template_permissions", rights::read),
    ("set_pod_permission", rights::grant),
    ("set_volume_permission", rights::grant),
    ("set_snapshot_permission", rights::grant),
    ("set_template_permission", rights::grant),
    ("delete_pod_permission", rights::revoke),
    ("delete_volume_permission", rights::revoke),
    ("delete_snapshot_permission", rights::revoke),
    ("delete_template_permission", rights::revoke),
];

/// Answers for pods in the state that they have reached.
fn settled(call: &Call<'_>) -> Outcome {
    life::settle(call);
    engine::answer(call)
}

fn logs(call: &Call<'_>) -> Outcome {
    life::settle(call);
    let mut store = call.world.store();
    let pod = find(call, &mut store)?;
    let text = match pod["status"].as_str() {
        Some("AVAILABLE") => format!("{} is up\n", call.path("pod_id")),
        Some("ERROR") => format!("{} ended with exit code 1\n", call.path("pod_id")),
        _ => String::new(),
    };
    let actions = store.get(&action_logs(call), call.path("pod_id")).cloned();
    let result = json!({ "logs": text, "action_logs": actions.unwrap_or_else(|| json!([])) });
    Ok(Reply::result(result, "Pod logs retrieved successfully."))
}

fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/pods")
}

fn action_logs(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pods.action_logs")
}

/// Notes what was done with a pod, as its action logs tell it.
fn note(call: &Call<'_>, store: &mut Store, id: &str, what: &str) {
    let at = call.world.clock.timestamp().strftime("%y/%m/%d %H:%M").to_string();
    let line = Value::from(format!("{at}: {what}"));
    match store.get_mut(&action_logs(call), id).and_then(Value::as_array_mut) {
        Some(lines) => lines.push(line),
        None => store.put(&action_logs(call), id, json!([line])),
    }
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("pod_id");
    let pod = store.get_mut(&collection(call), id);
    pod.ok_or_else(|| Failure::not_found(format!("Pod with identifier '{id}' not found")))
}

/// A timestamp in the form of this service, which knows no zones.
fn written(time: jiff::Timestamp) -> Value {
    dates::write(time, Style::Naive).into()
}

fn timestamp(call: &Call<'_>) -> Value {
    written(call.world.clock.timestamp())
}
