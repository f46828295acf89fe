//! Executions: their progress and their results.

use serde_json::{Value, json};

use super::records::{actors, add_links, find as actor, is_missing, timestamp};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::stages;
use crate::store::Store;

/// A container ends with an exit code; the execution is COMPLETE in any case.
const RUNNING: [&str; 3] = ["SUBMITTED", "RUNNING", "COMPLETE"];
/// Internal fields of an execution.
const SENT: &str = "_sent";
const FETCHED: &str = "_fetched";
const FAILS: &str = "_fails";
const ON_KUBERNETES: &str = "_kubernetes";
pub(super) const PURGED: &str = "_purged";

pub(super) fn executions(call: &Call<'_>) -> String {
    format!("{}/{}/executions", actors(call), call.path("actor_id"))
}

/// A new execution, which does not start while its actor has no worker.
pub(super) fn begin(call: &Call<'_>, actor: &Value, execution: &mut Value, sent: String) {
    execution[SENT] = sent.into();
    execution[FAILS] = actor["image"].as_str().is_some_and(stages::is_to_fail).into();
    execution[ON_KUBERNETES] =
        actor["image"].as_str().is_some_and(|image| image.contains("kubernetes")).into();
    match is_missing(actor) {
        true => stay(call, execution),
        false => stages::begin(call, execution, &RUNNING),
    }
}

/// The execution does not progress.
pub(super) fn stay(call: &Call<'_>, execution: &mut Value) {
    stages::begin(call, execution, &["SUBMITTED"]);
}

/// A worker starts the executions that have waited.
pub(super) fn go_on(call: &Call<'_>, store: &mut Store) {
    for (_, execution) in store.records_mut(&executions(call)) {
        if waits(execution) {
            stages::begin(call, execution, &RUNNING);
        }
    }
}

/// Whether the message of an execution is still in the queue.
pub(super) fn waits(execution: &Value) -> bool {
    execution["status"] == "SUBMITTED" && execution[PURGED] != true
}

/// Updates the state of an execution to the current time.
fn settle(call: &Call<'_>, execution: &mut Value) {
    if !stages::settle(call, execution) {
        return;
    }
    match execution["status"].as_str() {
        Some("RUNNING") => execution["start_time"] = timestamp(call),
        Some("COMPLETE") => {
            if execution.get("start_time").is_none() {
                execution["start_time"] = timestamp(call);
            }
            let code = i32::from(execution[FAILS] == true);
            execution["exit_code"] = code.into();
            // The end of a container is Docker's `FinishedAt`, which Kubernetes does not have.
            if execution[ON_KUBERNETES] == true {
                let reason = if code == 0 { "Completed" } else { "Error" };
                execution["final_state"] =
                    json!({ "exit_code": code, "reason": reason, "message": null, "signal": null });
            } else {
                execution["final_state"] = json!({
                    "Status": "exited", "Running": false, "OOMKilled": false, "ExitCode": code,
                    "Error": "",
                });
                execution["finish_time"] = timestamp(call);
            }
            execution["runtime"] = call.world.settings.step.as_secs().into();
            execution["cpu"] = 1_000_000.into();
            execution["io"] = execution[SENT].as_str().map_or(0, str::len).into();
        }
        _ => {}
    }
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    actor(call, store)?;
    let id = call.path("execution_id");
    let execution = store.get_mut(&executions(call), id).ok_or_else(|| {
        let actor = call.path("actor_id");
        Failure::bad_request(format!(
            "No executions found with actor id of {actor} and execution id of {id}."
        ))
    })?;
    settle(call, execution);
    Ok(execution)
}

pub(super) fn all(call: &Call<'_>, store: &mut Store) -> Result<Vec<Value>, Failure> {
    actor(call, store)?;
    let mut found = Vec::new();
    for (_, execution) in store.records_mut(&executions(call)) {
        settle(call, execution);
        found.push(execution.clone());
    }
    Ok(found)
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let owner = actor(call, &mut store)?["owner"].clone();
    let executions = all(call, &mut store)?;
    let sum = |field: &str| executions.iter().filter_map(|e| e[field].as_i64()).sum::<i64>();
    let kept = ["id", "status", "start_time", "finish_time", "message_received_time"];
    let summaries: Vec<Value> = executions.iter().map(|one| only(call, one, &kept)).collect();
    let result = json!({
        "actor_id": call.path("actor_id"),
        "api_server": call.base_url,
        "owner": owner,
        "total_executions": executions.len(),
        "total_cpu": sum("cpu"),
        "total_io": sum("io"),
        "total_runtime": sum("runtime"),
        "executions": summaries,
    });
    Ok(Reply::result(result, "Actor executions retrieved successfully."))
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let mut shown = find(call, &mut store)?.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('_'));
        // The service writes the text `None` for a missing timestamp.
        if call.world.settings.deployed() {
            fields.entry("start_time").or_insert_with(|| "None".into());
        }
    }
    let itself = format!("/{}/executions/{}", call.path("actor_id"), call.path("execution_id"));
    add_links(call, &mut shown, &itself, "logs");
    Ok(Reply::result(shown, "Actor execution retrieved successfully."))
}

/// Each result is returned once.
pub(super) fn result(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let execution = find(call, &mut store)?;
    let ready = execution["status"] == "COMPLETE" && execution[FETCHED] != true;
    let gives = ready && execution[FAILS] != true;
    let sent = if gives { execution[SENT].as_str().unwrap_or_default() } else { "" }.to_owned();
    if ready {
        execution[FETCHED] = true.into();
    }
    Ok(Reply::raw("application/octet-stream", sent))
}

pub(super) fn logs(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let execution = find(call, &mut store)?;
    let text = match (execution["status"].as_str(), execution[FAILS] == true) {
        (Some("COMPLETE"), false) => {
            format!("message: {}\n", execution[SENT].as_str().unwrap_or_default())
        }
        (Some("COMPLETE"), true) => "the actor ended with exit code 1\n".to_owned(),
        _ => String::new(),
    };
    Ok(Reply::result(json!({ "logs": text }), "Logs retrieved successfully."))
}

/// Some fields of a record; as deployed, the service returns all of them, with `null` for missing
/// values.
fn only(call: &Call<'_>, record: &Value, names: &[&str]) -> Value {
    let deployed = call.world.settings.deployed();
    let fields = names.iter().filter_map(|name| {
        let value = record.get(*name).cloned();
        let value = if deployed { Some(value.unwrap_or_default()) } else { value };
        Some(((*name).to_owned(), value?))
    });
    Value::Object(fields.collect())
}
