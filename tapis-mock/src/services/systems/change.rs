//! Making and changing systems.

use serde_json::{Map, Value, json};

use super::credentials;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::shared::java::{Permission, history, present, url_reply};
use crate::shared::systems::{SYSTEM, login_user};

/// Names that would hide an operation of the service.
const RESERVED: [&str; 8] = [
    "healthcheck",
    "readycheck",
    "search",
    "schedulerProfile",
    "perms",
    "credential",
    "share",
    "match",
];
/// What a request cannot change.
const FIXED: [&str; 13] = [
    "id",
    "owner",
    "tenant",
    "systemType",
    "rootDir",
    "bucketName",
    "canExec",
    "enabled",
    "deleted",
    "uuid",
    "created",
    "updated",
    "parentId",
];

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut system = call.object()?;
    let id = text(&system, "id").unwrap_or_default().to_owned();
    let collection = SYSTEM.in_tenant(&call.tenant);
    let mut store = call.world.store();
    if store.contains(&collection, &id) {
        return Err(SYSTEM.exists(call, &id));
    }
    let given = Value::Object(system.clone());
    let credential = system.remove("authnCredential");
    complete(call, &mut system);
    check(call, &system)?;
    let system = Value::Object(system);
    if let Some(credential) = credential {
        if system["effectiveUserId"] == "${apiUserId}" {
            let what = "Credentials need an effectiveUserId that is a fixed user.";
            return Err(SYSTEM.invalid(call, what, &id));
        }
        let user = login_user(&system, call.user());
        credentials::keep(&mut store, &call.tenant, &id, &user, &system, &credential);
    }
    store.put(&collection, id.clone(), system);
    history::record(&SYSTEM, call, &mut store, &id, "create", &without_secrets(given));
    let message = SYSTEM.message(call, "CREATED", "New system created.", &id);
    Ok(url_reply(call, &format!("systems/{id}"), message))
}

/// Replaces everything that can be changed.
pub(super) fn put(call: &Call<'_>) -> Outcome {
    let mut given = call.object()?;
    present::add_defaults(call.service, "ReqPutSystem", &mut given);
    update(call, given, "modify", true)
}

/// Changes what is named.
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    update(call, call.object()?, "patch", false)
}

fn update(call: &Call<'_>, given: Map<String, Value>, operation: &str, replace: bool) -> Outcome {
    let mut store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Modify)?;
    let id = call.path("systemId");
    let mut changed = system.as_object().cloned().unwrap_or_default();
    if replace {
        changed.retain(|name, _| FIXED.contains(&name.as_str()) || name == "effectiveUserId");
    }
    let taken = given.into_iter().filter(|(name, _)| !FIXED.contains(&name.as_str()));
    changed.extend(taken);
    complete(call, &mut changed);
    check(call, &changed)?;
    changed.insert("updated".into(), call.now().into());
    let changed = Value::Object(changed);
    store.put(&SYSTEM.in_tenant(&call.tenant), id, changed.clone());
    history::record(&SYSTEM, call, &mut store, id, operation, &changed);
    let message = SYSTEM.message(call, "UPDATED", "System updated.", id);
    Ok(url_reply(call, &format!("systems/{id}"), message))
}

/// Adds what a system has even when its request does not say so.
pub(super) fn complete(call: &Call<'_>, system: &mut Map<String, Value>) {
    present::add_defaults(call.service, "ReqPostSystem", system);
    let now = call.now();
    let owner = match text(system, "owner") {
        None | Some("${apiUserId}") => call.user().to_owned(),
        Some(owner) => owner.to_owned(),
    };
    system.insert("owner".into(), owner.into());
    let port = match text(system, "systemType") {
        Some("S3" | "GLOBUS") => 443,
        Some("IRODS") => 1247,
        _ => 22,
    };
    let defaults = [
        ("tenant", json!(call.tenant)),
        ("created", json!(now)),
        ("updated", json!(now)),
        ("deleted", json!(false)),
        ("enabled", json!(true)),
        ("effectiveUserId", json!("${apiUserId}")),
        ("rootDir", json!("/")),
        ("port", json!(port)),
        ("jobMaxJobs", json!(i32::MAX)),
        ("jobMaxJobsPerUser", json!(i32::MAX)),
    ];
    for (name, value) in defaults {
        system.entry(name).or_insert(value);
    }
    for name in ["jobMaxJobs", "jobMaxJobsPerUser"] {
        if system.get(name).and_then(Value::as_i64) == Some(-1) {
            system.insert(name.into(), i32::MAX.into());
        }
    }
    system.entry("uuid").or_insert_with(|| call.world.random.uuid().to_string().into());
}

/// Whether a system holds together.
pub(super) fn check(call: &Call<'_>, system: &Map<String, Value>) -> Result<(), Failure> {
    let id = text(system, "id").unwrap_or_default();
    let is = |name: &str| system.get(name).is_some_and(|value| value == true);
    let empty = |name: &str| system.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
    let mut wrong = Vec::new();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    if id.is_empty() || id.len() > 80 || !id.chars().all(allowed) {
        wrong.push("The id may hold letters, digits and -._~ only, 80 at most.".to_owned());
    }
    if RESERVED.contains(&id) {
        wrong.push(format!("The id {id} is reserved."));
    }
    if is("canExec") && text(system, "jobWorkingDir").is_none() {
        wrong.push("A system that can run jobs needs jobWorkingDir.".to_owned());
    }
    if is("canExec") && empty("jobRuntimes") {
        wrong.push("A system that can run jobs needs jobRuntimes.".to_owned());
    }
    if text(system, "systemType") == Some("S3") && text(system, "bucketName").is_none() {
        wrong.push("An S3 system needs bucketName.".to_owned());
    }
    if text(system, "systemType") == Some("S3") && is("canExec") {
        wrong.push("An S3 system cannot run jobs.".to_owned());
    }
    if is("canRunBatch") {
        if text(system, "batchScheduler").is_none() {
            wrong.push("A system that runs batch jobs needs batchScheduler.".to_owned());
        }
        let queues = system.get("batchLogicalQueues").and_then(Value::as_array);
        let default = system.get("batchDefaultLogicalQueue");
        let known = queues.into_iter().flatten().any(|queue| Some(&queue["name"]) == default);
        if !known {
            wrong.push("batchDefaultLogicalQueue must be one of batchLogicalQueues.".to_owned());
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(SYSTEM.invalid(call, &wrong.join(" "), id))
}

fn without_secrets(mut given: Value) -> Value {
    if let Some(given) = given.as_object_mut() {
        given.remove("authnCredential");
    }
    given
}
