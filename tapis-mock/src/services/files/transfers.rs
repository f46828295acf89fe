//! Transfers between systems, which progress with the clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Wish;
use super::moves;
use super::target::{Sort, Target, system};
use super::uri::Uri;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::stages::steps;
use crate::shared::transfers::collection;
use crate::store::Store;

/// The intermediate states of a task, each of which lasts one step.
const WAY: [&str; 3] = ["ACCEPTED", "IN_PROGRESS", "IN_PROGRESS"];
/// The same for its elements.
const PARENT_WAY: [&str; 3] = ["ACCEPTED", "STAGED", "IN_PROGRESS"];
const OVER: [&str; 4] = ["COMPLETED", "FAILED", "CANCELLED", "PAUSED"];
/// The maximum and the default number of tasks in a list.
const MOST: usize = 1000;

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let elements = body.get("elements").and_then(Value::as_array).cloned().unwrap_or_default();
    if elements.is_empty() {
        let message = "createTransferTask.transferTaskRequest.elements: must not be empty";
        return Err(Failure::bad_request(message));
    }
    let mut store = call.world.store();
    let tag = text(&body, "tag").unwrap_or_default();
    refuse_invalid(call, &store, tag, &elements)?;
    let now = call.now();
    let number = store.records(&collection(&call.tenant)).count() + 1;
    let mut parents = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let uri = |name: &str| element[name].as_str().unwrap_or_default();
        parents.push(json!({
            "id": index + 1,
            "taskId": number,
            "uuid": call.world.random.uuid(),
            "tenantId": call.tenant,
            "username": call.user(),
            "sourceURI": uri("sourceURI"),
            "destinationURI": uri("destinationURI"),
            "optional": element["optional"] == true,
            "status": PARENT_WAY[0],
            "bytesTransferred": 0,
            "totalBytes": 0,
            "transferType": element["transferType"].as_str().unwrap_or("TRANSFER"),
            "created": now,
            "children": [],
        }));
    }
    let id = call.world.random.uuid().to_string();
    let task = json!({
        "id": number,
        "uuid": id,
        "tenantId": call.tenant,
        "username": call.user(),
        "tag": tag,
        "status": WAY[0],
        "created": now,
        "parentTasks": parents,
    });
    store.put(&collection(&call.tenant), id, task.clone());
    Ok(Reply::result(show(call, &task, false), "FAPI_TXFR_CREATED Created."))
}

/// Refuses a request with a 500 that lists all of its faults (`TransfersService.validateRequest`).
fn refuse_invalid(
    call: &Call<'_>,
    store: &Store,
    tag: &str,
    elements: &[Value],
) -> Result<(), Failure> {
    let mut errors = Vec::new();
    for element in elements {
        let uri = |name: &str| Uri::read(element[name].as_str().unwrap_or_default());
        let (from, to) = (uri("sourceURI")?, uri("destinationURI")?);
        for (uri, wish) in [(&from, Wish::Read), (&to, Wish::Modify)] {
            if uri.is_tapis()
                && let Err(failure) = Target::at(call, store, &uri.system, &uri.path, wish)
            {
                errors.push(failure.message);
            }
        }
        let is_globus = |uri: &Uri| {
            uri.is_tapis()
                && system(call, store, &uri.system).is_ok_and(|s| Sort::of(s) == Sort::Globus)
        };
        let uris = format!("SrcURI: {} DstURI: {}", from.text(), to.text());
        if is_globus(&from) != is_globus(&to) {
            errors.push(format!("FILES_TXFR_GLOBUS_NOTSUPPORTED Both must be Globus. {uris}"));
        }
        if !to.is_tapis() {
            let id = "FILES_TXFR_DST_HTTP_NOTSUPPORTED";
            errors.push(format!("{id} A destination is a path of a system. {uris}"));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let list: String = errors.iter().map(|error| format!("\n  {error}")).collect();
    Err(Failure::server(format!(
        "FILES_TXFR_ERR A transfer failed. Operation: createTransferTask Error: \
         FILES_TXFR_ERRORLIST The transfer cannot be made. TransferTag: {tag}{list}"
    )))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let number = |name: &str, usual| call.query(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("limit", MOST), number("offset", 0));
    if limit > MOST {
        let message = format!("getRecentTransferTasks.limit: must be at most {MOST}");
        return Err(Failure::bad_request(message));
    }
    settle(call);
    let store = call.world.store();
    let mut tasks: Vec<&Value> = store
        .records(&collection(&call.tenant))
        .map(|(_, task)| task)
        .filter(|task| task["username"] == call.user())
        .collect();
    tasks.reverse();
    let page = tasks.into_iter().skip(offset).take(limit);
    let page: Vec<Value> = page.map(|task| show(call, task, false)).collect();
    Ok(Reply::result(page, "TAPIS_FOUND Tasks found."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let task = own(call, &mut store)?.clone();
    let mut shown = show(call, &task, false);
    if call.flag("includeSummary") {
        let children: Vec<&Value> = parents(&task).flat_map(children).collect();
        let sum =
            |name: &str| children.iter().filter_map(|child| child[name].as_i64()).sum::<i64>();
        let done = children.iter().filter(|child| child["status"] == "COMPLETED").count();
        shown["totalTransfers"] = children.len().into();
        shown["completeTransfers"] = done.into();
        shown["totalBytesTransferred"] = sum("bytesTransferred").into();
        shown["estimatedTotalBytes"] = sum("totalBytes").into();
    }
    Ok(Reply::result(shown, "TAPIS_FOUND Task found."))
}

pub(super) fn details(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let task = own(call, &mut store)?.clone();
    Ok(Reply::result(show(call, &task, true), "TAPIS_FOUND Task found."))
}

/// Sets a task and all of its parts to CANCELLED, even those that have ended.
pub(super) fn cancel(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let task = own(call, &mut store)?;
    task["status"] = "CANCELLED".into();
    for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
        parent["status"] = "CANCELLED".into();
        for child in parent["children"].as_array_mut().into_iter().flatten() {
            child["status"] = "CANCELLED".into();
        }
    }
    Ok(Reply::result(Value::Null, "FAPI_TXFR_CANCELLED Transfer task cancelled."))
}

fn parents(task: &Value) -> impl Iterator<Item = &Value> {
    task["parentTasks"].as_array().into_iter().flatten()
}

fn children(parent: &Value) -> impl Iterator<Item = &Value> {
    parent["children"].as_array().into_iter().flatten()
}

/// Updates all transfers to the current time. Called before anything that depends on them.
pub(super) fn settle(call: &Call<'_>) {
    let now = call.world.clock.timestamp();
    let mut store = call.world.store();
    let collection = collection(&call.tenant);
    let due: Vec<(String, Value)> = store
        .records(&collection)
        .filter(|(_, task)| !is_over(task))
        .map(|(id, task)| (id.to_owned(), task.clone()))
        .collect();
    for (id, mut task) in due {
        let created = task["created"].as_str().unwrap_or_default().parse::<Timestamp>();
        let step = steps(created.unwrap_or(now), now, call.world.settings.step);
        match (WAY.get(step), PARENT_WAY.get(step)) {
            (Some(status), Some(parents)) => {
                task["status"] = (*status).into();
                for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
                    parent["status"] = (*parents).into();
                }
            }
            _ if task["endTime"].is_null() => finish(call, &store, &mut task, &now.to_string()),
            // It was started and is stuck.
            _ => continue,
        }
        store.put(&collection, id, task);
    }
}

/// Performs a task. The first required element that fails ends the task, while the others continue.
/// An optional element does not, unless one of its files failed: then the task never ends
/// (`ChildTaskTransferService.doErrorStepOne`).
fn finish(call: &Call<'_>, store: &Store, task: &mut Value, now: &str) {
    let mut failed = None;
    let mut stuck = false;
    for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
        let optional = parent["optional"] == true;
        let Err(message) = moves::perform(call, store, parent, now) else {
            set_status(parent, "COMPLETED", now);
            continue;
        };
        parent["errorMessage"] = message.text.as_str().into();
        set_status(parent, if optional { "FAILED_OPT" } else { "FAILED" }, now);
        if !optional || message.ends_task {
            failed = failed.or(Some(message.text));
        } else {
            stuck |= children(parent).any(|child| child["status"] == "FAILED");
        }
    }
    match failed {
        None if stuck => task["endTime"] = now.into(),
        None => set_status(task, "COMPLETED", now),
        Some(message) => {
            set_status(task, "FAILED", now);
            task["errorMessage"] = message.into();
        }
    }
}

/// Adds attributes to a part of a task that the deployed service sends and its document does not
/// have.
fn tell_more(parent: &mut Value, tag: &Value) {
    let empty = ["srcSharedCtxGrantor", "destSharedCtxGrantor", "startTime", "endTime"];
    let Some(fields) = parent.as_object_mut() else { return };
    for name in empty.into_iter().chain(["finalMessage", "errorMessage"]) {
        fields.entry(name).or_insert(Value::Null);
    }
    fields.insert("tag".into(), tag.clone());
    let children = fields.get_mut("children").and_then(Value::as_array_mut);
    for child in children.into_iter().flatten() {
        child["externalTaskId"] = Value::Null;
        child["isDir"] = child["dir"].clone();
    }
}

fn own<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("transferTaskId");
    if id.parse::<uuid::Uuid>().is_err() {
        return Err(Failure::bad_request(format!("{}.taskUuid: not a UUID", call.operation.id)));
    }
    let task = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| {
        Failure::not_found(format!("FILES_TXFR_SVC_NOT_FOUND There is no such task: {id}"))
    })?;
    if task["username"] == call.user() {
        return Ok(task);
    }
    Err(Failure::forbidden(format!("FILES_TASK_UNAUTH This task is not yours. TaskUUID: {id}")))
}

fn is_over(task: &Value) -> bool {
    task["status"].as_str().is_some_and(|status| OVER.contains(&status))
}

fn set_status(task: &mut Value, status: &str, now: &str) {
    task["status"] = status.into();
    if task.get("startTime").is_none() && status != "CANCELLED" {
        task["startTime"] = now.into();
    }
    task["endTime"] = now.into();
}

fn show(call: &Call<'_>, task: &Value, with_parents: bool) -> Value {
    let mut shown = task.clone();
    // The total is only counted on request.
    for name in
        ["totalTransfers", "completeTransfers", "totalBytesTransferred", "estimatedTotalBytes"]
    {
        shown[name] = 0.into();
    }
    if let Some(fields) = shown.as_object_mut().filter(|_| !with_parents) {
        fields.remove("parentTasks");
    }
    if call.world.settings.deployed() {
        for parent in shown["parentTasks"].as_array_mut().into_iter().flatten() {
            tell_more(parent, &task["tag"]);
        }
        let names = ["parentTasks", "startTime", "endTime", "errorMessage"];
        for name in
            names.into_iter().filter(|name| task.get(name).is_none() || *name == "parentTasks")
        {
            if !(with_parents && name == "parentTasks") {
                shown[name] = Value::Null;
            }
        }
    }
    shown
}
