//! Actions on jobs.

use serde_json::{Value, json};

use super::job::{Lookup, collection, find, is_over};
use super::record::OWN;
use super::{events, progress};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};

/// Requests the cancellation of an active job. The job continues until its worker checks for
/// commands.
pub(super) fn cancel(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let job = find(call, &mut store, Lookup::Record)?;
    if is_over(job) {
        let status = job["status"].as_str().unwrap_or_default();
        let mut failure = Failure::conflict(format!(
            "JOBS_JOB_IN_TERMINAL_STATE Job {id} is {status} and cannot be cancelled."
        ));
        failure.result = json!({ "name": id });
        return Err(failure);
    }
    // The first request counts.
    if !job[OWN]["cancelled"].is_string() {
        job[OWN]["cancelled"] = call.world.clock.timestamp().to_string().into();
    }
    let message = format!("JOBS_JOB_CANCEL_ACCEPTED Request to cancel job {id} has been accepted.");
    let details = format!(
        "JOBS_JOB_CANCEL_ACCEPTED_DETAILS Request to cancel job {id} has been accepted. It has no \
         effect on a job that ends before."
    );
    Ok(Reply::result(json!({ "message": message }), details))
}

/// Hides an ended job from lists, or shows it again. It is not an error to do it twice.
pub(super) fn set_visible(call: &Call<'_>, visible: bool) -> Outcome {
    progress::settle(call);
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let job = find(call, &mut store, Lookup::Status)?;
    if !is_over(job) {
        let mut failure = Failure::conflict(format!(
            "JOBS_JOB_NOT_IN_TERMINAL_STATE Job {id} is not over, so its visibility stays."
        ));
        failure.result = json!({ "name": id });
        return Err(failure);
    }
    let word = if visible { "unhidden" } else { "hidden" };
    let message = if (job["visible"] != false) == visible {
        format!("JOBS_JOB_VISBILITY Job {id} is already {word}.")
    } else {
        job["visible"] = visible.into();
        job["lastUpdated"] = call.now().into();
        format!("JOBS_JOB_CHANGED_VISIBILITY Job {id} has been changed to {word}.")
    };
    Ok(Reply::result(json!({ "message": message }), message))
}

/// Replaces notes and tags, or adds to them.
pub(super) fn annotate(call: &Call<'_>, replace: bool) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let now = call.now();
    let job = find(call, &mut store, Lookup::Record)?;
    if replace {
        job["notes"] = body.get("notes").cloned().unwrap_or_else(|| json!({}));
        job["tags"] = body.get("tags").cloned().unwrap_or_else(|| json!([]));
    } else {
        let notes = body.get("notes").and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(known) = job["notes"].as_object_mut() {
            known.extend(notes);
        }
        for tag in body.get("tags").and_then(Value::as_array).into_iter().flatten() {
            if let Some(tags) = job["tags"].as_array_mut().filter(|tags| !tags.contains(tag)) {
                tags.push(tag.clone());
            }
        }
    }
    job["lastUpdated"] = now.into();
    let result = json!({ "uuid": job["uuid"], "notes": job["notes"], "tags": job["tags"] });
    Ok(Reply::result(result, "JOBS_JOB_ANNOTATED Annotations updated."))
}

/// Adds an event to the history of a running job. Every user of the tenant may do so (tapis-jobs
/// `JobSubmitResource.java:467-525`).
pub(super) fn send_event(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let body = call.object()?;
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let job = store.get(&collection(&call.tenant), id).ok_or_else(|| missing(&store, id))?;
    if is_over(job) {
        return Err(ended(job));
    }
    let detail = text(&body, "eventDetail").unwrap_or("DEFAULT");
    let data = text(&body, "eventData").unwrap_or_default().to_owned();
    let entry = events::event("JOB_USER_EVENT", detail, data.clone(), &call.now().into());
    events::note(&mut store, &call.tenant, id, entry);
    Ok(Reply::result(Value::from(data), "TAPIS_CREATED event created: JOB_USER_EVENT"))
}

/// The error for a job that does not exist, or is in another tenant, of operations that read jobs
/// themselves.
pub(super) fn missing(store: &crate::store::Store, id: &str) -> Failure {
    let elsewhere = store.find(|name| name.ends_with(":jobs"), id).is_some();
    let word = if elsewhere { "JOBS_MISMATCHED_TENANT" } else { "JOBS_JOB_NOT_FOUND" };
    Failure::bad_request(format!("{word} Job {id} not found."))
}

/// The error for an ended job, of operations on running jobs.
pub(super) fn ended(job: &Value) -> Failure {
    let text = |name: &str| job[name].as_str().unwrap_or_default();
    Failure::bad_request(format!(
        "JOBS_IN_TERMINAL_STATE Job {} is {} and cannot be updated.",
        text("uuid"),
        text("status")
    ))
}
