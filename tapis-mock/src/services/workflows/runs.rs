//! Runs of pipelines and executions of their tasks, which go on with the clock.

use serde_json::{Value, json};

use super::records::{below, now, pipeline, shown, with_blank};
use super::schedule;
use crate::call::Call;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::stages;
use crate::store::Store;

/// Internal fields of a run: that it will never start, and why it cannot start.
const DROPPED: &str = "_dropped";
const FAULT: &str = "_fault";

fn unknown_pipeline(id: &str) -> Failure {
    Failure::bad_request(format!("Pipline '{id}' does not exist"))
}

fn runs(call: &Call<'_>) -> String {
    below(call, call.path("pipeline_id"), "runs")
}

fn executions_of(call: &Call<'_>, run: &str) -> String {
    below(call, call.path("pipeline_id"), &format!("runs/{run}/executions"))
}

/// Submits a run. Name and description of the request are not stored.
pub(super) fn run(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let definition = pipeline(call, &mut store, |_| {
        Failure::server("'NoneType' object has no attribute 'tasks'")
    })?
    .clone();
    let uuid = call.world.random.uuid().to_string();
    let mut run = json!({
        "uuid": uuid,
        "pipeline": definition["uuid"],
        "name": uuid,
        "description": null,
        "logs": null,
        "started_at": now(call),
        "last_modified": now(call),
    });
    let tasks: Vec<Value> = store
        .records(&below(call, call.path("pipeline_id"), "tasks"))
        .map(|(_, task)| task.clone())
        .collect();
    match taken_up(call, &mut store, &definition["execution_profile"]) {
        false => {
            run[DROPPED] = true.into();
            stages::begin(call, &mut run, &["submitted"]);
        }
        true => begin(call, &mut store, &mut run, &tasks),
    }
    store.put(&runs(call), uuid.as_str(), run.clone());
    let definition = pipeline(call, &mut store, unknown_pipeline)?;
    if !definition["current_run"].is_null() {
        definition["last_run"] = definition["current_run"].clone();
    }
    definition["current_run"] = uuid.into();
    Ok(Reply::result(shown(call, run), "success"))
}

/// Whether the engine accepts another run of the pipeline. By default it terminates the active one.
fn taken_up(call: &Call<'_>, store: &mut Store, profile: &Value) -> bool {
    let mut going = Vec::new();
    for (uuid, run) in store.records_mut(&runs(call)) {
        settle(call, run);
        let over = matches!(run["status"].as_str(), Some("completed" | "failed" | "terminated"));
        if !over && run[DROPPED] != true {
            going.push(uuid.to_owned());
        }
    }
    match profile["duplicate_submission_policy"].as_str() {
        Some("deny") => going.is_empty(),
        Some("allow" | "defer") => true,
        _ => {
            going.iter().for_each(|uuid| end(call, store, uuid, &["terminated"]));
            true
        }
    }
}

/// Terminates a run; its tasks do not change.
fn end(call: &Call<'_>, store: &mut Store, uuid: &str, way: &[&str]) {
    if let Some(run) = store.get_mut(&runs(call), uuid) {
        stages::begin(call, run, way);
        changed(call, run);
    }
    for (_, execution) in store.records_mut(&executions_of(call, uuid)) {
        settle_execution(call, execution);
        let status = execution["status"].as_str().unwrap_or_default().to_owned();
        stages::begin(call, execution, &[status.as_str()]);
    }
}

fn begin(call: &Call<'_>, store: &mut Store, run: &mut Value, tasks: &[Value]) {
    let schedule = schedule::plan(tasks);
    if let Some(fault) = schedule.fault {
        run[FAULT] = fault.into();
    }
    stages::begin(call, run, &schedule.run);
    let uuid = run["uuid"].as_str().unwrap_or_default().to_owned();
    for task in tasks {
        let Some(way) = schedule.tasks.get(task["id"].as_str().unwrap_or_default()) else {
            continue;
        };
        let id = call.world.random.uuid().to_string();
        let mut execution = json!({
            "uuid": id,
            "task": task["uuid"],
            "task_id": task["id"],
            "pipeline_run": uuid,
            "started_at": now(call),
            "last_modified": now(call),
            "last_message": null,
            "stdout": null,
            "stderr": null,
        });
        stages::begin(call, &mut execution, way);
        // If stages take no time, it ends at once.
        if way.first().is_some_and(|first| execution["status"] != *first) {
            describe_execution(call, &mut execution);
        }
        store.put(&executions_of(call, &uuid), id, execution);
    }
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    pipeline(call, &mut store, unknown_pipeline)?;
    let mut all = Vec::new();
    for (_, run) in store.records_mut(&runs(call)) {
        settle(call, run);
        all.push(as_read(call, run.clone()));
    }
    Ok(Reply::result(all, "success"))
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let run = find(call, &mut store)?.clone();
    Ok(Reply::result(as_read(call, run), "success"))
}

/// A run that is read has timestamps in another format than one that was submitted.
fn as_read(call: &Call<'_>, mut run: Value) -> Value {
    for time in ["started_at", "last_modified"] {
        run[time] = with_blank(&run[time]);
    }
    shown(call, run)
}

/// No published release has this operation.
pub(super) fn terminate(call: &Call<'_>) -> Outcome {
    if call.world.settings.deployed() {
        return Err(Failure::new(Kind::MethodNotAllowed, ""));
    }
    let mut store = call.world.store();
    let status = find(call, &mut store)?["status"].clone();
    if matches!(status.as_str(), Some("completed" | "failed" | "terminated")) {
        return Err(Failure::bad_request("Only a run that is still going can be terminated."));
    }
    end(call, &mut store, call.path("pipeline_run_uuid"), &["terminating", "terminated"]);
    let run = find(call, &mut store)?.clone();
    Ok(Reply::result(as_read(call, run), "Terminating"))
}

/// Executions are created when the run becomes active.
pub(super) fn executions(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store)?;
    let collection = executions_of(call, call.path("pipeline_run_uuid"));
    let mut all = Vec::new();
    for (_, execution) in store.records_mut(&collection) {
        settle_execution(call, execution);
        if execution["status"] != "" {
            all.push(shown(call, execution.clone()));
        }
    }
    Ok(Reply::result(all, "success"))
}

pub(super) fn execution(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store)?;
    let collection = executions_of(call, call.path("pipeline_run_uuid"));
    let execution = store
        .get_mut(&collection, call.path("task_execution_uuid"))
        .ok_or_else(|| Failure::not_found("Not Found"))?;
    settle_execution(call, execution);
    Ok(Reply::result(shown(call, execution.clone()), "success"))
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    pipeline(call, store, unknown_pipeline)?;
    let id = call.path("pipeline_run_uuid");
    let run = store.get_mut(&runs(call), id).ok_or_else(|| {
        Failure::bad_request(format!("PiplineRun with uuid '{id}' does not exist"))
    })?;
    settle(call, run);
    Ok(run)
}

fn settle(call: &Call<'_>, run: &mut Value) {
    if stages::settle(call, run) {
        changed(call, run);
    }
}

/// Adds the new status to a run's log.
fn changed(call: &Call<'_>, run: &mut Value) {
    let status = run["status"].as_str().unwrap_or_default().to_ascii_uppercase();
    let fault = run[FAULT].as_str().filter(|_| status == "FAILED");
    let fault = fault.map(|fault| format!(" {fault}")).unwrap_or_default();
    let (group, pipeline) = (call.path("group_id"), call.path("pipeline_id"));
    let line =
        format!("[PIPELINE] {group}.{}.{pipeline} {status}{fault} {pipeline}\n", call.tenant);
    run["logs"] = (run["logs"].as_str().unwrap_or_default().to_owned() + &line).into();
    run["last_modified"] = now(call);
}

fn settle_execution(call: &Call<'_>, execution: &mut Value) {
    if stages::settle(call, execution) {
        describe_execution(call, execution);
    }
}

/// Sets the message and the output of an execution, according to its status.
fn describe_execution(call: &Call<'_>, execution: &mut Value) {
    execution["last_modified"] = now(call);
    let task = execution["task_id"].as_str().unwrap_or_default().to_owned();
    let message = match execution["status"].as_str() {
        Some("active") => "Task is Active".to_owned(),
        Some("completed") => {
            execution["stdout"] = format!("{task} is done\n").into();
            execution["stderr"] = "".into();
            "Task Completed Successfully".to_owned()
        }
        Some("failed") => {
            execution["stdout"] = "".into();
            execution["stderr"] = format!("{task} has failed\n").into();
            "Task Failed: ['exit code 1']".to_owned()
        }
        _ => return,
    };
    execution["last_message"] = message.into();
}
