//! Runs of pipelines, which go on with the clock.

use serde_json::{Value, json};

use crate::call::{Call, Handler, text};
use crate::dates::{self, Style};
use crate::engine;
use crate::reply::{Content, Failure, Outcome, Reply};
use crate::shared::stages;
use crate::store::{Store, in_tenant};

const RUNNING: [&str; 3] = ["submitted", "active", "completed"];
const FAILING: [&str; 3] = ["submitted", "active", "failed"];

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("createPipeline", create),
    ("getPipeline", |call| Ok(with_more(call, engine::answer(call)?))),
    ("listPipelines", |call| Ok(with_more(call, engine::answer(call)?))),
    ("runPipeline", run),
    ("listPipelineRuns", list),
    ("getPipelineRun", get),
    ("terminatePipeline", terminate),
    ("listTaskExecutions", executions),
    ("getTaskExecution", execution),
];

/// Deployed, the service tells more of a pipeline than any document knows.
fn with_more(call: &Call<'_>, mut reply: Reply) -> Reply {
    if let (true, Content::Result { result, .. }) =
        (call.world.settings.deployed(), &mut reply.content)
    {
        let pipelines = match result {
            Value::Array(pipelines) => pipelines.iter_mut().collect(),
            pipeline => vec![pipeline],
        };
        for pipeline in pipelines {
            pipeline["lock_expiration_policy"] = Value::Null;
        }
    }
    reply
}

fn pipelines(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, &format!("/v3/workflows/groups/{}/pipelines", call.path("group_id")))
}

/// Where what belongs to the pipeline of the path is kept.
fn below(call: &Call<'_>, what: &str) -> String {
    format!("{}/{}/{what}", pipelines(call), call.path("pipeline_id"))
}

/// The tasks that a pipeline brings along are there as if they had been created one by one.
fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let reply = engine::answer(call)?;
    let place = format!("{}/{}/tasks", pipelines(call), text(&body, "id").unwrap_or_default());
    let mut store = call.world.store();
    for task in body.get("tasks").and_then(Value::as_array).into_iter().flatten() {
        let Some(id) = task["id"].as_str() else { continue };
        let mut task = task.clone();
        task["uuid"] = call.world.random.uuid().to_string().into();
        store.put(&place, id, task);
    }
    Ok(reply)
}

fn run(call: &Call<'_>) -> Outcome {
    let body = if call.body.is_empty() { serde_json::Map::new() } else { call.object()? };
    let mut store = call.world.store();
    let id = call.path("pipeline_id");
    if !store.contains(&pipelines(call), id) {
        return Err(missing("Pipeline", id));
    }
    let uuid = call.world.random.uuid().to_string();
    let mut run = json!({
        "uuid": uuid,
        "pipeline": id,
        "name": text(&body, "name").unwrap_or(&uuid),
        "description": text(&body, "description").unwrap_or_default(),
        "logs": "",
    });
    run["started_at"] = timestamp(call);
    run["last_modified"] = timestamp(call);
    stages::begin(call, &mut run, if stages::is_to_fail(id) { &FAILING } else { &RUNNING });
    let tasks: Vec<String> =
        store.records(&below(call, "tasks")).map(|(id, _)| id.to_owned()).collect();
    let executions = below(call, &format!("runs/{uuid}/executions"));
    for task in tasks {
        let id = call.world.random.uuid().to_string();
        let mut execution = json!({ "uuid": id, "task_id": task, "pipeline_run": uuid });
        execution["started_at"] = timestamp(call);
        let stages = if stages::is_to_fail(&task) { &FAILING } else { &RUNNING };
        stages::begin(call, &mut execution, stages);
        store.put(&executions, id, execution);
    }
    store.put(&below(call, "runs"), uuid.as_str(), run.clone());
    if let Some(pipeline) = store.get_mut(&pipelines(call), id) {
        pipeline["last_run"] = pipeline.get("current_run").cloned().unwrap_or_default();
        pipeline["current_run"] = uuid.into();
    }
    Ok(Reply::result(show(call, run), "Pipeline run submitted"))
}

fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    if !store.contains(&pipelines(call), call.path("pipeline_id")) {
        return Err(missing("Pipeline", call.path("pipeline_id")));
    }
    let mut runs = Vec::new();
    for (_, run) in store.records_mut(&below(call, "runs")) {
        settle(call, run);
        runs.push(show(call, run.clone()));
    }
    Ok(Reply::result(runs, "Success"))
}

fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let run = find(call, &mut store)?.clone();
    Ok(Reply::result(show(call, run), "Success"))
}

fn terminate(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let run = find(call, &mut store)?;
    if matches!(run["status"].as_str(), Some("completed" | "failed" | "terminated")) {
        return Err(Failure::bad_request("Only a run that is still going can be terminated."));
    }
    stages::begin(call, run, &["terminating", "terminated"]);
    let run = run.clone();
    let executions = below(call, &format!("runs/{}/executions", call.path("pipeline_run_uuid")));
    for (_, execution) in store.records_mut(&executions) {
        stages::begin(call, execution, &["terminating", "terminated"]);
    }
    Ok(Reply::result(show(call, run), "Terminating"))
}

fn executions(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store)?;
    let collection = below(call, &format!("runs/{}/executions", call.path("pipeline_run_uuid")));
    let mut found = Vec::new();
    for (_, execution) in store.records_mut(&collection) {
        settle_execution(call, execution);
        found.push(show(call, execution.clone()));
    }
    Ok(Reply::result(found, "Success"))
}

fn execution(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store)?;
    let collection = below(call, &format!("runs/{}/executions", call.path("pipeline_run_uuid")));
    let id = call.path("task_execution_uuid");
    let execution = store.get_mut(&collection, id).ok_or_else(|| missing("Task execution", id))?;
    settle_execution(call, execution);
    Ok(Reply::result(show(call, execution.clone()), "Success"))
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("pipeline_run_uuid");
    let run = store.get_mut(&below(call, "runs"), id);
    let run = run.ok_or_else(|| missing("Pipeline run", id))?;
    settle(call, run);
    Ok(run)
}

fn settle(call: &Call<'_>, run: &mut Value) {
    if stages::settle(call, run) {
        run["last_modified"] = timestamp(call);
        let line = format!("The run is {}.\n", run["status"].as_str().unwrap_or_default());
        run["logs"] = (run["logs"].as_str().unwrap_or_default().to_owned() + &line).into();
    }
}

fn settle_execution(call: &Call<'_>, execution: &mut Value) {
    if stages::settle(call, execution) {
        execution["last_modified"] = timestamp(call);
        let task = execution["task_id"].as_str().unwrap_or_default().to_owned();
        match execution["status"].as_str() {
            Some("completed") => execution["stdout"] = format!("{task} is done\n").into(),
            Some("failed") => execution["stderr"] = format!("{task} has failed\n").into(),
            _ => {}
        }
    }
}

/// Leaves out what is not the caller's business, and adds what deployed services send as null.
fn show(call: &Call<'_>, mut record: Value) -> Value {
    let is_run = record.get("pipeline").is_some();
    if let Some(fields) = record.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('_'));
        if call.world.settings.deployed() {
            let names: &[&str] = if is_run {
                &["description", "logs"]
            } else {
                &["stdout", "stderr", "last_message"]
            };
            for name in names {
                let empty = fields.get(*name).is_none_or(|value| value == "");
                if empty {
                    fields.insert((*name).to_owned(), Value::Null);
                }
            }
        }
    }
    record
}

fn missing(what: &str, id: &str) -> Failure {
    Failure::not_found(format!("{what} with id '{id}' does not exist"))
}

/// A timestamp in the form of this service.
fn timestamp(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Spaced).into()
}
