//! Submitting.

use serde_json::{Map, Value};

use super::job::collection;
use super::{history, progress, record};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::apps::{self, APP};
use crate::shared::files::tapis_uri;
use crate::shared::java::Permission;
use crate::shared::systems::{SYSTEM, login_user};
use crate::store::{Store, in_tenant};

/// Fields of a request that an application may give instead.
const FROM_APP: [&str; 20] = [
    "archiveMode",
    "archiveOnAppError",
    "archiveSystemDir",
    "archiveSystemId",
    "cmdPrefix",
    "coresPerNode",
    "dtnSystemInputDir",
    "dtnSystemOutputDir",
    "dynamicExecSystem",
    "execSystemExecDir",
    "execSystemId",
    "execSystemInputDir",
    "execSystemLogicalQueue",
    "execSystemOutputDir",
    "isMpi",
    "maxMinutes",
    "memoryMB",
    "mpiCmd",
    "nodeCount",
    "tags",
];

pub(super) fn submit(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    start(call, call.object()?)
}

/// Submits what was submitted before once more, whoever did so.
pub(super) fn resubmit(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let request = kept_request(call, &call.world.store())?;
    start(call, request)
}

/// What was submitted.
pub(super) fn request(call: &Call<'_>) -> Outcome {
    let request = kept_request(call, &call.world.store())?;
    let message = "JOBS_RESUBMIT_REQUEST_RETRIEVED Job request retrieved.";
    Ok(Reply::result(Value::Object(request), message))
}

/// The collection of requests as they were sent.
fn requests(tenant: &str) -> String {
    in_tenant(tenant, "jobs.requests")
}

fn kept_request(call: &Call<'_>, store: &Store) -> Result<Map<String, Value>, Failure> {
    let id = call.path("jobUuid");
    let request = store.get(&requests(&call.tenant), id).and_then(Value::as_object).cloned();
    request.ok_or_else(|| {
        let message = format!("JOBS_JOBRESUBMIT_NOT_FOUND Job {id}: unknown job uuid");
        Failure::bad_request(message)
    })
}

fn start(call: &Call<'_>, request: Map<String, Value>) -> Outcome {
    let mut store = call.world.store();
    let job = prepare(call, &store, &request)?;
    let id = job["uuid"].as_str().unwrap_or_default().to_owned();
    store.put(&requests(&call.tenant), id.clone(), Value::Object(request));
    let entry = history::new_status(&job, None, &job["created"]);
    history::note(&mut store, &call.tenant, &id, entry);
    let shown = record::show(call, &job);
    store.put(&collection(&call.tenant), id.clone(), job);
    Ok(Reply::result(shown, format!("JOBS_CREATED Job {id} created.")))
}

/// Everything about a new job.
fn prepare(call: &Call<'_>, store: &Store, request: &Map<String, Value>) -> Result<Value, Failure> {
    let bad = |what: String| Failure::bad_request(format!("JOBS_SUBMIT_ERROR {what}"));
    let of_request = |name: &str| text(request, name).unwrap_or_default();
    let app = find_app(call, store, of_request("appId"), of_request("appVersion"))?;
    let attributes = &app["jobAttributes"];
    let mut fields = request.clone();
    for name in FROM_APP {
        if let Some(value) = attributes.get(name).filter(|value| !value.is_null()) {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    let Some(system_id) = text(&fields, "execSystemId").map(str::to_owned) else {
        return Err(bad("Neither the request nor the app names an execution system.".to_owned()));
    };
    let system = find_system(call, store, &system_id)?;
    let archive_id = text(&fields, "archiveSystemId").unwrap_or(&system_id).to_owned();
    if archive_id != system_id {
        let known = store.get(&SYSTEM.in_tenant(&call.tenant), &archive_id);
        if known.is_none_or(|system| system["deleted"] == true) {
            return Err(bad(format!("There is no archive system {archive_id}.")));
        }
    }
    for uri in record::input_uris(request, attributes) {
        let known = tapis_uri(&uri).map(|(system, _)| system);
        if known.is_some_and(|system| !store.contains(&SYSTEM.in_tenant(&call.tenant), &system)) {
            return Err(bad(format!("There is no system for the input {uri}.")));
        }
    }
    let plan = record::Plan {
        app,
        system,
        system_id: &system_id,
        archive_id: &archive_id,
        login_user: login_user(system, call.user()),
        number: store.records(&collection(&call.tenant)).count() + 1,
    };
    Ok(record::build(call, &fields, request, &plan))
}

fn find_app<'a>(
    call: &Call<'_>,
    store: &'a Store,
    id: &str,
    version: &str,
) -> Result<&'a Value, Failure> {
    let bad =
        |what: &str| Failure::bad_request(format!("JOBS_SUBMIT_ERROR App {id}-{version} {what}."));
    let header = store.get(&APP.in_tenant(&call.tenant), id);
    let header = header.filter(|app| app["deleted"] != true).ok_or_else(|| bad("not found"))?;
    if !APP.allows(call, store, header, Permission::Execute) {
        return Err(bad("cannot be used by this user"));
    }
    if header["enabled"] == false {
        return Err(bad("is disabled"));
    }
    let app = apps::version(store, &call.tenant, id, version).ok_or_else(|| bad("not found"))?;
    if app["versionEnabled"] == false {
        return Err(bad("is disabled"));
    }
    Ok(app)
}

fn find_system<'a>(call: &Call<'_>, store: &'a Store, id: &str) -> Result<&'a Value, Failure> {
    let bad = |what: &str| Failure::bad_request(format!("JOBS_SUBMIT_ERROR System {id} {what}."));
    let system = store.get(&SYSTEM.in_tenant(&call.tenant), id);
    let system = system.filter(|s| s["deleted"] != true).ok_or_else(|| bad("not found"))?;
    if !SYSTEM.allows(call, store, system, Permission::Execute) {
        return Err(bad("cannot be used by this user"));
    }
    if system["enabled"] == false {
        return Err(bad("is disabled"));
    }
    if system["canExec"] != true {
        return Err(bad("does not run jobs"));
    }
    Ok(system)
}
