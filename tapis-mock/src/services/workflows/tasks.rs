//! Tasks: stored as flat records, which the operation that reads a single one returns unchanged.

use serde_json::{Map, Value, json};

use super::records::{below, created, pipeline, shown};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The attributes of the execution profile, which are among the others in a record.
const PROFILE: [(&str, &str); 5] = [
    ("flavor", "c1med"),
    ("invocation_mode", "async"),
    ("max_exec_time", "3600"),
    ("max_retries", "0"),
    ("retry_policy", "exponential_backoff"),
];
/// The attributes of all types of tasks in a list.
const COMMON: [&str; 10] = [
    "id",
    "cache",
    "conditions",
    "depends_on",
    "description",
    "flavor",
    "input",
    "output",
    "type",
    "uses",
];
/// Attributes that only some types of tasks have, but records of every type.
const OTHERS: [&str; 23] = [
    "auth",
    "builder",
    "cache",
    "code",
    "command",
    "data",
    "description",
    "entrypoint",
    "headers",
    "http_method",
    "image",
    "installer",
    "poll",
    "protocol",
    "query_params",
    "runtime",
    "tapis_actor_id",
    "tapis_actor_message",
    "tapis_job_def",
    "url",
    "uses",
    "context",
    "destination",
];

/// The attributes of a type of tasks in a list, besides the common ones.
fn of_type(kind: &str) -> &'static [&'static str] {
    match kind {
        "function" => &[
            "git_repositories",
            "code",
            "runtime",
            "command",
            "installer",
            "packages",
            "entrypoint",
        ],
        "request" => &["auth", "data", "headers", "http_method", "query_params", "url"],
        "application" => &["image"],
        "tapis_job" => &["tapis_job_def", "poll"],
        "tapis_actor" => &["tapis_actor_id", "tapis_actor_message", "poll"],
        "image_build" => &["builder"],
        _ => &[],
    }
}

fn unknown_pipeline(id: &str) -> Failure {
    Failure::bad_request(format!("Pipline with id '{id}' does not exist"))
}

fn not_found(call: &Call<'_>) -> Failure {
    let (task, pipeline) = (call.path("task_id"), call.path("pipeline_id"));
    Failure::not_found(format!("Task with id '{task}' not found in pipeline '{pipeline}'"))
}

/// Adds a task to a pipeline.
pub(super) fn put(call: &Call<'_>, store: &mut Store, pipeline: &str, uuid: &str, task: &Value) {
    let Some(id) = task["id"].as_str() else { return };
    let mut record = flat(task, None);
    record.insert("uuid".to_owned(), call.world.random.uuid().to_string().into());
    record.insert("pipeline".to_owned(), uuid.into());
    // A source or a destination is a separate record, whose UUID the task has.
    for part in ["context", "destination"] {
        if let Some(given) = task.get(part).filter(|given| given.is_object()) {
            let uuid = Value::from(call.world.random.uuid().to_string());
            let mut given = given.clone();
            given["uuid"] = uuid.clone();
            given["credentials"] = Value::Null;
            record.insert(part.to_owned(), uuid);
            record.insert(format!("_{part}"), given);
        }
    }
    store.put(&below(call, pipeline, "tasks"), id, record.into());
}

/// A record with the attributes of a request, merged into the previous ones or the defaults.
fn flat(task: &Value, before: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut record = before.cloned().unwrap_or_else(defaults);
    let given = task.as_object().into_iter().flatten();
    for (name, value) in given {
        match name.as_str() {
            "execution_profile" => {
                record.extend(profile(value));
            }
            "depends_on" => {
                let each = value.as_array().into_iter().flatten().map(dependency);
                record.insert(name.clone(), each.collect());
            }
            "context" | "destination" => {}
            _ => {
                record.insert(name.clone(), value.clone());
            }
        }
    }
    // The service stores this one as JSON text.
    let message = record.get("tapis_actor_message").cloned().unwrap_or_default();
    if !message.is_string() {
        record.insert("tapis_actor_message".to_owned(), message.to_string().into());
    }
    record
}

fn defaults() -> Map<String, Value> {
    let mut record: Map<String, Value> =
        OTHERS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    for list in ["conditions", "depends_on", "git_repositories", "packages"] {
        record.insert(list.to_owned(), json!([]));
    }
    for object in ["input", "output"] {
        record.insert(object.to_owned(), json!({}));
    }
    record.extend(profile(&Value::Null));
    record
}

/// An execution profile is replaced as a whole.
fn profile(given: &Value) -> Map<String, Value> {
    let attribute = |(name, default): (&str, &str)| {
        let default = default.parse::<i64>().map_or_else(|_| default.into(), Value::from);
        let value = given.get(name).filter(|value| !value.is_null()).cloned();
        (name.to_owned(), value.unwrap_or(default))
    };
    PROFILE.into_iter().map(attribute).collect()
}

fn dependency(given: &Value) -> Value {
    json!({
        "id": given["id"],
        "can_fail": given["can_fail"] == true,
        "can_skip": given["can_skip"] == true,
    })
}

/// A task in lists and pipelines.
pub(super) fn nested(call: &Call<'_>, record: &Value) -> Value {
    let kind = record["type"].as_str().unwrap_or_default();
    let names = COMMON.iter().chain(of_type(kind)).chain(&["uuid"]);
    let mut task: Map<String, Value> =
        names.map(|name| ((*name).to_owned(), record[*name].clone())).collect();
    let profile = PROFILE.iter().map(|(name, _)| ((*name).to_owned(), record[*name].clone()));
    task.insert("execution_profile".to_owned(), Value::Object(profile.collect()));
    if kind == "image_build" {
        for part in ["context", "destination"] {
            task.insert(part.to_owned(), record[format!("_{part}").as_str()].clone());
        }
    }
    shown(call, task.into())
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let task = Value::Object(call.object()?);
    let mut store = call.world.store();
    let uuid = pipeline(call, &mut store, unknown_pipeline)?["uuid"].clone();
    let (pipeline, id) = (call.path("pipeline_id"), task["id"].as_str().unwrap_or_default());
    if store.contains(&below(call, pipeline, "tasks"), id) {
        return Err(Failure::bad_request(format!("Duplicate entry '{id}' for key 'task_id'")));
    }
    put(call, &mut store, pipeline, uuid.as_str().unwrap_or_default(), &task);
    let group = call.path("group_id");
    Ok(created(call, &format!("/v3/workflows/groups/{group}/pipelines/{pipeline}/tasks/{id}")))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    pipeline(call, &mut store, unknown_pipeline)?;
    let tasks = store.records(&below(call, call.path("pipeline_id"), "tasks"));
    let tasks: Vec<Value> = tasks.map(|(_, task)| nested(call, task)).collect();
    Ok(Reply::result(tasks, "Success"))
}

/// The raw record.
pub(super) fn read(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    pipeline(call, &mut store, unknown_pipeline)?;
    let (task, pipeline) = (call.path("task_id"), call.path("pipeline_id"));
    let record = store.get(&below(call, pipeline, "tasks"), task).ok_or_else(|| {
        let message = format!("Task with id '{task}' does not exists for pipeline '{pipeline}'");
        Failure::not_found(message)
    })?;
    Ok(Reply::result(shown(call, record.clone()), "success"))
}

/// Changes the attributes in the request; the type cannot change.
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    let body = Value::Object(call.object()?);
    let mut store = call.world.store();
    let tasks = below(call, call.path("pipeline_id"), "tasks");
    let record = store.get_mut(&tasks, call.path("task_id")).ok_or_else(|| not_found(call))?;
    let kind = record["type"].clone();
    if body.get("type").is_some_and(|new| *new != kind) {
        // The service compares the types itself, but its model of the task has already refused
        // another one.
        let old = kind.as_str().unwrap_or_default();
        return Err(Failure::server(format!(
            "1 validation error: type\n  unexpected value; permitted: '{old}'"
        )));
    }
    *record = flat(&body, record.as_object()).into();
    let record = record.clone();
    Ok(Reply::result(shown(call, record), "success"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let (task, pipeline) = (call.path("task_id"), call.path("pipeline_id"));
    store.remove(&below(call, pipeline, "tasks"), task).ok_or_else(|| not_found(call))?;
    Ok(Reply::result(Value::Null, format!("Deleted task '{task}' on pipeline '{pipeline}")))
}
