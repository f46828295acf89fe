//! Transfers between systems, which progress with the clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Wish;
use super::target::Target;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::files::tapis_uri;
use crate::shared::stages::steps;
use crate::shared::transfers::collection;
use crate::store::Store;

/// The states on the way, each of which lasts one step.
const WAY: [&str; 3] = ["ACCEPTED", "STAGED", "IN_PROGRESS"];
const OVER: [&str; 4] = ["COMPLETED", "FAILED", "CANCELLED", "PAUSED"];
/// How many tasks a list holds unless the call says otherwise.
const DEFAULT_LIMIT: usize = 1000;

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let elements = body.get("elements").and_then(Value::as_array).cloned().unwrap_or_default();
    if elements.is_empty() {
        return Err(Failure::bad_request("FILES_TXFR_NO_ELEMENTS A transfer needs elements."));
    }
    let mut store = call.world.store();
    let now = call.now();
    let number = store.records(&collection(&call.tenant)).count() + 1;
    let mut parents = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let uri = |name: &str| element[name].as_str().unwrap_or_default();
        check(call, &store, uri("sourceURI"), Wish::Read)?;
        check(call, &store, uri("destinationURI"), Wish::Modify)?;
        parents.push(json!({
            "id": index + 1,
            "taskId": number,
            "uuid": call.world.random.uuid(),
            "tenantId": call.tenant,
            "username": call.user(),
            "sourceURI": uri("sourceURI"),
            "destinationURI": uri("destinationURI"),
            "optional": element["optional"] == true,
            "status": WAY[0],
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
        "tag": text(&body, "tag").unwrap_or_default(),
        "status": WAY[0],
        "created": now,
        "parentTasks": parents,
    });
    store.put(&collection(&call.tenant), id, task.clone());
    Ok(Reply::result(show(call, &task, false), "Transfer task created"))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    settle(call);
    let number = |name: &str, usual| call.query(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let store = call.world.store();
    let mut tasks: Vec<&Value> = store
        .records(&collection(&call.tenant))
        .map(|(_, task)| task)
        .filter(|task| task["username"] == call.user())
        .collect();
    tasks.reverse();
    let page: Vec<Value> = tasks
        .into_iter()
        .skip(number("offset", 0))
        .take(number("limit", DEFAULT_LIMIT))
        .map(|task| show(call, task, false))
        .collect();
    Ok(Reply::result(page, "ok"))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let task = own(call, &mut store)?.clone();
    let mut shown = show(call, &task, false);
    if call.flag("includeSummary") {
        let parents = task["parentTasks"].as_array().cloned().unwrap_or_default();
        let sum =
            |name: &str| parents.iter().filter_map(|parent| parent[name].as_i64()).sum::<i64>();
        let done = parents.iter().filter(|parent| parent["status"] == "COMPLETED").count();
        shown["totalTransfers"] = parents.len().into();
        shown["completeTransfers"] = done.into();
        shown["totalBytesTransferred"] = sum("bytesTransferred").into();
        shown["estimatedTotalBytes"] = sum("totalBytes").into();
    }
    Ok(Reply::result(shown, "ok"))
}

pub(super) fn details(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let task = own(call, &mut store)?.clone();
    Ok(Reply::result(show(call, &task, true), "ok"))
}

pub(super) fn cancel(call: &Call<'_>) -> Outcome {
    settle(call);
    let now = call.now();
    let mut store = call.world.store();
    let task = own(call, &mut store)?;
    if !is_over(task) {
        set_status(task, "CANCELLED", &now);
        for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
            set_status(parent, "CANCELLED", &now);
        }
    }
    Ok(Reply::result(Value::Null, "Transfer task cancelled."))
}

/// Does what transfers would have done by now. Called before anything that could tell.
pub(super) fn settle(call: &Call<'_>) {
    let now = call.world.clock.timestamp();
    let mut store = call.world.store();
    let collection = collection(&call.tenant);
    let due: Vec<String> = store
        .records(&collection)
        .filter(|(_, task)| !is_over(task))
        .map(|(id, _)| id.to_owned())
        .collect();
    for id in due {
        let Some(task) = store.get_mut(&collection, &id) else { continue };
        let created = task["created"].as_str().unwrap_or_default().parse::<Timestamp>();
        let step = steps(created.unwrap_or(now), now, call.world.settings.step);
        if let Some(status) = WAY.get(step) {
            task["status"] = (*status).into();
            for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
                parent["status"] = (*status).into();
            }
        } else {
            finish(call, task, &now.to_string());
        }
    }
}

/// Copies what a task is about.
fn finish(call: &Call<'_>, task: &mut Value, now: &str) {
    let mut failed = None;
    for parent in task["parentTasks"].as_array_mut().into_iter().flatten() {
        let uri = |name: &str| parent[name].as_str().unwrap_or_default().to_owned();
        match copy(call, &uri("sourceURI"), &uri("destinationURI")) {
            Ok(bytes) => {
                parent["bytesTransferred"] = bytes.into();
                parent["totalBytes"] = bytes.into();
                set_status(parent, "COMPLETED", now);
                parent["children"] = json!([child(call, parent)]);
            }
            Err(error) => {
                let message = format!("FILES_TXFR_ERR {error}");
                parent["errorMessage"] = message.as_str().into();
                let optional = parent["optional"] == true;
                set_status(parent, if optional { "FAILED_OPT" } else { "FAILED" }, now);
                failed = failed.or((!optional).then_some(message));
            }
        }
    }
    match failed {
        None => set_status(task, "COMPLETED", now),
        Some(message) => {
            set_status(task, "FAILED", now);
            task["errorMessage"] = message.into();
        }
    }
}

fn child(call: &Call<'_>, parent: &Value) -> Value {
    let mut child = parent.clone();
    if let Some(fields) = child.as_object_mut() {
        for name in ["children", "optional", "transferType"] {
            fields.remove(name);
        }
    }
    child["uuid"] = call.world.random.uuid().to_string().into();
    child["parentTaskId"] = parent["id"].clone();
    child["retries"] = 0.into();
    child["dir"] = false.into();
    child
}

fn copy(call: &Call<'_>, from: &str, to: &str) -> Result<u64, String> {
    let now = call.world.clock.now();
    let disk = |system: &str| call.world.folder.system(&call.tenant, system);
    let (system, target) = tapis_uri(to).ok_or("the destination is not on a system")?;
    let done = match tapis_uri(from) {
        Some((source_system, source)) => {
            disk(&source_system).copy(&source, &disk(&system), &target, now)
        }
        // There is no network in here; what would have come says where from.
        None => {
            let text = format!("The mock fetches nothing. This stands for {from}\n");
            let written = disk(&system).write(&target, text.as_bytes(), now);
            written.map(|()| u64::try_from(text.len()).unwrap_or_default())
        }
    };
    done.map_err(|error| format!("{from}: {}", error.kind()))
}

fn check(call: &Call<'_>, store: &Store, uri: &str, wish: Wish) -> Result<(), Failure> {
    let remote = ["http://", "https://"].iter().any(|scheme| uri.starts_with(scheme));
    match tapis_uri(uri) {
        Some((system, path)) => {
            Target::at(call, store, &system, &path.to_string(), wish).map(|_| ())
        }
        None if remote && wish == Wish::Read => Ok(()),
        None => Err(Failure::bad_request(format!("FILES_TXFR_URI Invalid address: {uri}"))),
    }
}

/// Adds to a part of a task what the deployed service tells of it beyond its document.
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
        return Err(Failure::bad_request(format!("FILES_TXFR_UUID Not a UUID: {id}")));
    }
    let task = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| {
        Failure::not_found(format!("FILES_TXFR_NOT_FOUND No such transfer task: {id}"))
    })?;
    if task["username"] == call.user() || call.caller.as_ref().is_some_and(|c| c.service.is_some())
    {
        return Ok(task);
    }
    Err(Failure::forbidden(format!("FILES_TXFR_NOT_AUTHORIZED Transfer task: {id}")))
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
