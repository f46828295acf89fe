//! Pipelines, and the stored part of their definitions.

use serde_json::{Map, Value, json};

use super::records::{below, collection, created, now, pipeline, shown};
use super::tasks;
use crate::call::{Call, text};
use crate::engine;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::in_tenant;

fn missing(id: &str) -> Failure {
    Failure::not_found(format!("Pipeline not found with id '{id}'"))
}

/// `description`, `enabled` and `uses` are not stored. The tasks of a new pipeline are created as
/// if by separate requests.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let id = text(&body, "id").unwrap_or_default();
    let mut store = call.world.store();
    if store.contains(&collection(call), id) {
        return Err(Failure::conflict(format!("A Pipeline already exists with the id '{id}'")));
    }
    let group_id = call.path("group_id");
    let archives = in_tenant(&call.tenant, &format!("/v3/workflows/groups/{group_id}/archives"));
    for archive in body.get("archive_ids").and_then(Value::as_array).into_iter().flatten() {
        let archive = archive.as_str().unwrap_or_default();
        if !store.contains(&archives, archive) {
            return Err(Failure::bad_request(format!(
                "Archive not found with an id of '{archive}' and group_id '{group_id}'"
            )));
        }
    }
    let group = store.get(&in_tenant(&call.tenant, "/v3/workflows/groups"), group_id);
    let group = group.map(|group| group["uuid"].clone()).unwrap_or_default();
    let uuid = call.world.random.uuid().to_string();
    let record = json!({
        "id": id,
        "uuid": uuid,
        "description": null,
        "created_at": now(call),
        "updated_at": now(call),
        "env": body.get("env").cloned().unwrap_or_else(|| json!({})),
        "params": body.get("params").cloned().unwrap_or_else(|| json!({})),
        "uses": null,
        "enabled": true,
        "owner": call.user(),
        "execution_profile": profile(body.get("execution_profile")),
        "group": group,
        "current_run": null,
        "last_run": null,
    });
    store.put(&collection(call), id, record);
    for task in body.get("tasks").and_then(Value::as_array).into_iter().flatten() {
        tasks::put(call, &mut store, id, &uuid, task);
    }
    let base = format!("/v3/workflows/groups/{group_id}/pipelines/{id}");
    Ok(created(call, &base))
}

fn profile(given: Option<&Value>) -> Value {
    // With a profile of its own, a pipeline has the default time of a task.
    let longest = if given.is_some() { 3600 } else { 10800 };
    let mut profile = Map::from_iter(
        [
            ("max_exec_time", json!(longest)),
            ("max_retries", json!(0)),
            ("invocation_mode", json!("async")),
            ("retry_policy", json!("exponential_backoff")),
            ("duplicate_submission_policy", json!("terminate")),
            ("lock_expiration_policy", json!("no_op")),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    profile.extend(given.and_then(Value::as_object).cloned().unwrap_or_default());
    profile.into()
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let mut shown = shown(call, pipeline(call, &mut store, missing)?.clone());
    let tasks = store.records(&below(call, call.path("pipeline_id"), "tasks"));
    shown["tasks"] = tasks.map(|(_, task)| tasks::nested(call, task)).collect();
    Ok(Reply::result(shown, "Success"))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let all = store.records(&collection(call));
    let all: Vec<Value> = all.map(|(_, pipeline)| shown(call, pipeline.clone())).collect();
    Ok(Reply::result(all, "Success"))
}

/// Only its owner may delete a pipeline.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("pipeline_id");
    let count = {
        let mut store = call.world.store();
        if pipeline(call, &mut store, missing)?["owner"] != call.user() {
            return Err(Failure::forbidden("Only the owner of this pipeline can delete it"));
        }
        store.records(&below(call, id, "tasks")).count()
    };
    engine::answer(call)?;
    let message = format!("Pipeline '{id}' deleted. {count} task(s) deleted.");
    let result = if call.world.settings.deployed() { message.as_str().into() } else { Value::Null };
    Ok(Reply::result(result, message))
}

pub(super) fn change_owner(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let pipeline = pipeline(call, &mut store, missing)?;
    if pipeline["owner"] != call.user() {
        return Err(Failure::forbidden(
            "Change of ownership can only be requested by the current pipeline owner",
        ));
    }
    let (id, owner) = (call.path("pipeline_id"), call.path("username"));
    pipeline["owner"] = owner.into();
    let message = format!("Owner for pipeline '{id}' updated to {owner}");
    Ok(Reply::result(Value::Null, message))
}
