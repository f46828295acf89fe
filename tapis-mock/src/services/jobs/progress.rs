//! The progress of jobs.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::events;
use super::job::{OVER, WAY, collection, is_over};
use super::native::{Host, Written};
use super::record::OWN;
use super::runtime;
use crate::call::Call;
use crate::shared::stages::steps;
use crate::shared::transfers::{self, Element};
use crate::store::Store;
use crate::world::World;

/// The condition of a job with a failed transfer: the transfer monitor sets it first, and a
/// condition is set only once (tapis-jobs `PollingMonitor.java:120-126`, `Job.java:572-575`).
const TRANSFER: &str = "JOB_TRANSFER_FAILED_OR_CANCELLED";

/// Updates all jobs of the tenant to the current time. Called before anything that depends on them.
pub(super) fn settle(call: &Call<'_>) {
    settle_tenant(call.world, &call.tenant);
}

fn settle_tenant(world: &World, tenant: &str) {
    let now = world.clock.timestamp();
    let mut store = world.store();
    let moving: Vec<String> = store
        .records(&collection(tenant))
        .filter(|(_, job)| !is_over(job))
        .map(|(id, _)| id.to_owned())
        .collect();
    for id in moving {
        let Some(job) = store.get(&collection(tenant), &id) else { continue };
        if job[OWN]["held"] == true {
            cancel_held(world, &mut store, tenant, &id, now);
            continue;
        }
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

/// A job that does not progress is cancelled one step after the request.
fn cancel_held(world: &World, store: &mut Store, tenant: &str, id: &str, now: Timestamp) {
    let job = store.get(&collection(tenant), id);
    let asked = job.and_then(|job| job[OWN]["cancelled"].as_str()?.parse::<Timestamp>().ok());
    let Some(asked) = asked else { return };
    if steps(asked, now, world.settings.step) > 0 {
        change(store, tenant, id, "CANCELLED", &when(asked, 1, world, now).to_string().into());
    }
}

/// The time of step `at` of something that started at `begun`.
fn when(begun: Timestamp, at: usize, world: &World, now: Timestamp) -> Timestamp {
    let passed = world.settings.step.saturating_mul(u32::try_from(at).unwrap_or(u32::MAX));
    let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
    begun.checked_add(passed).unwrap_or(now).min(now)
}

/// Moves one job to its next state.
fn advance(world: &World, store: &mut Store, tenant: &str, id: &str, step: usize, at: Timestamp) {
    let now = Value::from(at.to_string());
    let number = store.records(&transfers::collection(tenant)).count() + 1;
    let Some(job) = store.get_mut(&collection(tenant), id) else { return };
    job[OWN]["step"] = step.into();
    // Workers check for commands at the start of a state: a command during ARCHIVING is too late
    // (tapis-jobs `JobQueueProcessor.java:743-768`).
    if job[OWN]["cancelled"].is_string() && job["status"] != "ARCHIVING" {
        change(store, tenant, id, "CANCELLED", &now);
        return;
    }
    let mut status = WAY.get(step).copied().unwrap_or("FINISHED");
    let host = Host { world, tenant, job };
    let mut elements: Vec<Element> = Vec::new();
    // The name of a failure in this step.
    let (done, condition) = match status {
        // A worker first checks whether anything can launch the job (tapis-jobs
        // `JobQueueProcessor.java:397-403`).
        "PROCESSING_INPUTS" => {
            (runtime::refusal(job).map_or(Ok(()), Err), "JOB_INVALID_DEFINITION")
        }
        "STAGING_INPUTS" => (host.make_directories(), "JOB_REMOTE_ACCESS_ERROR"),
        "STAGING_JOB" => {
            elements = host.stage_inputs();
            (outcome(&elements), TRANSFER)
        }
        "SUBMITTING_JOB" => (host.install(), "JOB_UNABLE_TO_STAGE_JOB"),
        "RUNNING" => (host.write_output(Written::Begun), "JOB_QUEUE_MONITORING_ERROR"),
        // A test may have moved the job past the state in which its files are installed.
        "ARCHIVING" => {
            let done = host.install().and_then(|()| host.write_output(Written::Whole));
            (done, "JOB_EXECUTION_MONITORING_ERROR")
        }
        "FINISHED" => {
            elements = host.archive();
            (outcome(&elements), TRANSFER)
        }
        _ => (Ok(()), ""),
    };
    let owner = job["owner"].as_str().unwrap_or_default().to_owned();
    match status {
        "QUEUED" => {
            job["remoteSubmitted"] = now.clone();
            job["remoteJobId"] = runtime::remote_id(job).into();
        }
        "RUNNING" => job["remoteStarted"] = now.clone(),
        "ARCHIVING" => record_outcome(job, &now),
        _ => {}
    }
    let task = (!elements.is_empty())
        .then(|| transfers::ended(world, tenant, &owner, number, &elements, &now));
    let mut entries = Vec::new();
    if let Some(task) = &task {
        let input = status == "STAGING_JOB";
        let prefix = if input { "input" } else { "archive" };
        job[format!("{prefix}TransactionId")] = task["uuid"].clone();
        job[format!("{prefix}CorrelationId")] = task["tag"].clone();
        let kind = format!("JOB_{}_TRANSACTION_ID", prefix.to_uppercase());
        entries.push(events::transfer(&kind, job, task, &now));
    }
    if let Err(error) = done {
        status = "FAILED";
        job["condition"] = condition.into();
        job["lastMessage"] = error.as_str().into();
        entries.push(events::error(job, &error, &now));
    } else if status == "FINISHED" && job["remoteOutcome"] != "FINISHED" {
        status = "FAILED";
        job["condition"] = "JOB_REMOTE_OUTCOME_ERROR".into();
    }
    if let Some(task) = task {
        let id = task["uuid"].as_str().unwrap_or_default().to_owned();
        store.put(&transfers::collection(tenant), id, task);
    }
    for entry in entries {
        events::note(store, tenant, id, entry);
    }
    change(store, tenant, id, status, &now);
}

/// Whether all required transfers succeeded.
fn outcome(elements: &[Element]) -> Result<(), String> {
    let failed = elements.iter().filter(|element| !element.optional);
    failed.filter_map(|element| element.error.clone()).next().map_or(Ok(()), Err)
}

/// Records the end of the application. If failures must not be archived, the outcome says so.
fn record_outcome(job: &mut Value, now: &Value) {
    let failing = job[OWN]["outcome"] == "FAILED";
    let skips = job["archiveOnAppError"] == false || job["archiveMode"] == "SKIP_ON_FAIL";
    let outcome = match (failing, skips) {
        (false, _) => "FINISHED",
        (true, false) => "FAILED",
        (true, true) => "FAILED_SKIP_ARCHIVE",
    };
    job["remoteEnded"] = now.clone();
    job["remoteOutcome"] = outcome.into();
    job["remoteResultInfo"] = if failing { "1" } else { "0" }.into();
}

/// Sets the state of a job and records it in the history.
fn change(store: &mut Store, tenant: &str, id: &str, status: &str, now: &Value) {
    let Some(job) = store.get_mut(&collection(tenant), id) else { return };
    let old = job["status"].as_str().unwrap_or_default().to_owned();
    job["status"] = status.into();
    job["lastUpdated"] = now.clone();
    if status != "FAILED" {
        job["lastMessage"] = format!("Setting job status to {status}.").into();
    }
    if OVER.contains(&status) {
        job["ended"] = now.clone();
        let condition = match status {
            "FINISHED" => "NORMAL_COMPLETION",
            "CANCELLED" => "CANCELLED_BY_USER",
            _ => "JOB_INTERNAL_ERROR",
        };
        if job.get("condition").is_none() {
            job["condition"] = condition.into();
        }
    }
    let entry = events::new_status(job, Some(&old), now);
    events::note(store, tenant, id, entry);
}

/// Sets the state of a job from outside, and holds it there. `None` releases it.
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
    if status == "FAILED" && job.get("condition").is_none() {
        job["condition"] = "JOB_REMOTE_OUTCOME_ERROR".into();
    }
    change(&mut store, tenant, id, status, &now);
    true
}

/// Sets the final state of a job.
pub(crate) fn set_outcome(world: &World, tenant: &str, id: &str, failing: bool) -> bool {
    let mut store = world.store();
    let Some(job) = store.get_mut(&collection(tenant), id) else { return false };
    job[OWN]["outcome"] = if failing { "FAILED" } else { "FINISHED" }.into();
    true
}
