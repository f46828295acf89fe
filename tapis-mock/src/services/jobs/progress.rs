//! How jobs move on.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::job::{OVER, WAY, collection, is_over};
use super::record::OWN;
use crate::call::Call;
use crate::folder::Within;
use crate::shared::files::tapis_uri;
use crate::shared::stages::steps;
use crate::store::{Store, in_tenant};
use crate::world::World;

/// The collection of what happened to jobs.
pub(super) fn histories(tenant: &str) -> String {
    in_tenant(tenant, "jobs.history")
}

/// An entry of a history.
pub(super) fn event(event: &str, detail: &str, at: &Value) -> Value {
    let description = match event {
        "JOB_NEW_STATUS" => format!("The job has transitioned to a new status: {detail}."),
        _ => detail.to_owned(),
    };
    json!({ "event": event, "eventDetail": detail, "description": description, "created": at })
}

/// Moves all jobs of the tenant to where they are by now. Called before anything that could tell.
pub(super) fn settle(call: &Call<'_>) {
    settle_tenant(call.world, &call.tenant);
}

fn settle_tenant(world: &World, tenant: &str) {
    let now = world.clock.timestamp();
    let mut store = world.store();
    let moving: Vec<String> = store
        .records(&collection(tenant))
        .filter(|(_, job)| !is_over(job) && job[OWN]["held"] != true)
        .map(|(id, _)| id.to_owned())
        .collect();
    for id in moving {
        let Some(job) = store.get(&collection(tenant), &id) else { continue };
        let created = job["created"].as_str().unwrap_or_default().parse().unwrap_or(now);
        let reached = steps(created, now, world.settings.step).min(WAY.len());
        let mut at = job[OWN]["step"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        while at < reached {
            at += 1;
            let job = store.get(&collection(tenant), &id);
            if job.is_none_or(is_over) {
                break;
            }
            advance(world, &mut store, tenant, &id, at, when(created, at, world, now));
        }
    }
}

/// When a job that was made at `created` came to its step `at`.
fn when(created: Timestamp, at: usize, world: &World, now: Timestamp) -> Timestamp {
    let passed = world.settings.step.saturating_mul(u32::try_from(at).unwrap_or(u32::MAX));
    let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
    created.checked_add(passed).unwrap_or(now).min(now)
}

/// Moves one job to its next state.
fn advance(world: &World, store: &mut Store, tenant: &str, id: &str, step: usize, at: Timestamp) {
    let Some(job) = store.get_mut(&collection(tenant), id) else { return };
    job[OWN]["step"] = step.into();
    let now = Value::from(at.to_string());
    let mut status = match WAY.get(step) {
        Some(status) => (*status).to_owned(),
        None => job[OWN]["outcome"].as_str().unwrap_or("FINISHED").to_owned(),
    };
    let mut done = Ok(());
    match status.as_str() {
        "STAGING_JOB" => done = stage_inputs(world, tenant, job),
        "QUEUED" => {
            job["remoteSubmitted"] = now.clone();
            job["remoteJobId"] =
                format!("{}", 1000 + job["id"].as_u64().unwrap_or_default()).into();
        }
        "RUNNING" => {
            job["remoteStarted"] = now.clone();
            done = write_output(world, tenant, job, Written::Begun);
        }
        "ARCHIVING" => {
            let failing = job[OWN]["outcome"] == "FAILED";
            job["remoteEnded"] = now.clone();
            job["remoteOutcome"] = if failing { "FAILED" } else { "FINISHED" }.into();
            job["remoteResultInfo"] = if failing { "1" } else { "0" }.into();
            done = write_output(world, tenant, job, Written::Whole);
        }
        "FINISHED" | "FAILED" => done = archive(world, tenant, job),
        _ => {}
    }
    if let Err(error) = done {
        status = "FAILED".to_owned();
        job["condition"] = "JOB_FILES_SERVICE_ERROR".into();
        job["lastMessage"] = format!("JOBS_FILES_ERROR {error}").into();
    } else {
        job["lastMessage"] = format!("Setting job status to {status}.").into();
    }
    enter(job, &status, &now);
    note(store, tenant, id, event("JOB_NEW_STATUS", &status, &now));
}

/// Puts a job into a state.
pub(super) fn enter(job: &mut Value, status: &str, now: &Value) {
    job["status"] = status.into();
    job["lastUpdated"] = now.clone();
    if OVER.contains(&status) {
        job["ended"] = now.clone();
        let condition = match status {
            "FINISHED" => "NORMAL_COMPLETION",
            "CANCELLED" => "CANCELLED_BY_USER",
            _ => "JOB_REMOTE_OUTCOME_ERROR",
        };
        if job.get("condition").is_none() {
            job["condition"] = condition.into();
        }
    }
}

/// Adds an entry to a job's history.
pub(super) fn note(store: &mut Store, tenant: &str, id: &str, entry: Value) {
    match store.get_mut(&histories(tenant), id).and_then(Value::as_array_mut) {
        Some(entries) => entries.push(entry),
        None => store.put(&histories(tenant), id, json!([entry])),
    }
}

/// Puts a job into a state from outside, and keeps it there. `None` lets it go on by itself.
pub(crate) fn force(world: &World, tenant: &str, id: &str, status: Option<&str>) -> bool {
    settle_tenant(world, tenant);
    let now = Value::from(world.clock.timestamp().to_string());
    let mut store = world.store();
    let Some(job) = store.get_mut(&collection(tenant), id) else { return false };
    let Some(status) = status else {
        job[OWN]["held"] = false.into();
        return true;
    };
    job[OWN]["held"] = true.into();
    if let Some(step) = WAY.iter().position(|known| *known == status) {
        job[OWN]["step"] = step.into();
    }
    enter(job, status, &now);
    note(&mut store, tenant, id, event("JOB_NEW_STATUS", status, &now));
    true
}

/// Decides how a job will end.
pub(crate) fn set_outcome(world: &World, tenant: &str, id: &str, failing: bool) -> bool {
    let mut store = world.store();
    let Some(job) = store.get_mut(&collection(tenant), id) else { return false };
    job[OWN]["outcome"] = if failing { "FAILED" } else { "FINISHED" }.into();
    true
}

/// A directory of a job.
pub(super) fn directory(job: &Value, field: &str) -> Within {
    Within::clean(job[field].as_str().unwrap_or_default()).unwrap_or_else(Within::root)
}

fn stage_inputs(world: &World, tenant: &str, job: &Value) -> Result<(), String> {
    let exec = world.folder.system(tenant, job["execSystemId"].as_str().unwrap_or_default());
    let to = directory(job, "execSystemInputDir");
    let inputs = job["fileInputs"].as_str().unwrap_or_default();
    let inputs: Vec<Value> = serde_json::from_str(inputs).unwrap_or_default();
    for input in inputs {
        let uri = input["sourceUrl"].as_str().unwrap_or_default();
        let Some((system, path)) = tapis_uri(uri) else { continue };
        let target = to.join(input["targetPath"].as_str().unwrap_or("input"));
        world
            .folder
            .system(tenant, &system)
            .copy(&path, &exec, &target, world.clock.now())
            .map_err(|error| format!("Unable to stage {uri}: {}", error.kind()))?;
    }
    Ok(())
}

/// How much of its output an application has written.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Begun,
    Whole,
}

/// Writes what the application would have written by then.
fn write_output(world: &World, tenant: &str, job: &Value, by_then: Written) -> Result<(), String> {
    let exec = world.folder.system(tenant, job["execSystemId"].as_str().unwrap_or_default());
    let dir = directory(job, "execSystemOutputDir");
    let field = |name: &str| job[name].as_str().unwrap_or_default();
    let parameters: Value = serde_json::from_str(field("parameterSet")).unwrap_or_default();
    let arguments = parameters["appArgs"].as_array().into_iter().flatten();
    let arguments: Vec<&str> = arguments.filter_map(|arg| arg["arg"].as_str()).collect();
    let mut text = format!("job: {}\nname: {}\n", field("uuid"), field("name"));
    if by_then == Written::Whole {
        text += &format!(
            "app: {} {}\nsystem: {}\narguments: {}\n",
            field("appId"),
            field("appVersion"),
            field("execSystemId"),
            arguments.join(" "),
        );
    }
    let now = world.clock.now();
    exec.write(&dir.join("tapisjob.out"), text.as_bytes(), now)
        .map_err(|error| format!("Unable to write output: {}", error.kind()))
}

/// Copies the output to where the job archives it.
fn archive(world: &World, tenant: &str, job: &Value) -> Result<(), String> {
    let skipped = job["archiveMode"] == "SKIP_ON_FAIL" || job["archiveOnAppError"] == false;
    if job["archiveMode"] == "NEVER" || (job[OWN]["outcome"] == "FAILED" && skipped) {
        return Ok(());
    }
    let disk = |name: &str| world.folder.system(tenant, job[name].as_str().unwrap_or_default());
    let (from, to) = (directory(job, "execSystemOutputDir"), directory(job, "archiveSystemDir"));
    disk("execSystemId")
        .copy(&from, &disk("archiveSystemId"), &to, world.clock.now())
        .map(|_| ())
        .map_err(|error| format!("Unable to archive: {}", error.kind()))
}
