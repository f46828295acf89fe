//! Pods, which start and stop with the clock, their volumes and snapshots, and the permissions on
//! them.
//!
//! The name of a pod's image determines the end of its container: with `fail` it fails, with
//! `complete` it succeeds, and with `pull` pulling the image takes so long that the pod is in
//! `ERROR` meanwhile.
//!
//! What becomes of a pod's container is in the name of its image: with `fail` it ends badly, with
//! `complete` it ends well, and with `pull` the image takes so long that the pod is in `ERROR` meanwhile.

mod change;
mod checks;
mod life;
mod records;
mod rights;
mod tags;

use serde_json::json;

use crate::call::{Call, Handler};
use crate::engine;
use crate::reply::{Outcome, Reply};
use records::{action_logs, find};
pub(crate) use rights::admit;

/// The handlers of the operations.
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

/// Replies with the current state of pods.
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
