//! What is done to jobs.

use serde_json::{Value, json};

use super::job::{Part, find, find_even_hidden, is_over};
use super::progress;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};

/// Cancels a job that is not over.
pub(super) fn cancel(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let id = call.path("jobUuid");
    let now = Value::from(call.now());
    let mut store = call.world.store();
    let job = find(call, &mut store, Part::Control)?;
    if is_over(job) {
        let status = job["status"].as_str().unwrap_or_default();
        let message = format!("JOBS_JOB_IN_TERMINAL_STATE Job {id} is already {status}.");
        return Err(Failure::conflict(message));
    }
    progress::enter(job, "CANCELLED", &now);
    let entry = progress::event("JOB_NEW_STATUS", "CANCELLED", &now);
    progress::note(&mut store, &call.tenant, id, entry);
    let message = format!("JOBS_JOB_CANCEL_ACCEPTED Request to cancel job {id} has been accepted.");
    Ok(Reply::result(json!({ "message": message }), message))
}

pub(super) fn set_visible(call: &Call<'_>, visible: bool) -> Outcome {
    let mut store = call.world.store();
    let job = find_even_hidden(call, &mut store, Part::Control)?;
    job["visible"] = visible.into();
    let word = if visible { "unhidden" } else { "hidden" };
    let message =
        format!("JOBS_JOB_CHANGED_VISIBILITY Job {} is now {word}.", call.path("jobUuid"));
    Ok(Reply::result(json!({ "message": message }), message))
}

/// Replaces notes and tags, or adds to them.
pub(super) fn annotate(call: &Call<'_>, replace: bool) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let now = call.now();
    let job = find(call, &mut store, Part::Control)?;
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

/// Adds an event of the user's own to the history.
pub(super) fn send_event(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let now = Value::from(call.now());
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
    let detail = text(&body, "eventDetail").unwrap_or("DEFAULT");
    let mut entry = progress::event("JOB_USER_EVENT", detail, &now);
    entry["description"] = text(&body, "eventData").unwrap_or_default().into();
    progress::note(&mut store, &call.tenant, call.path("jobUuid"), entry);
    Ok(Reply::result(Value::Null, "JOBS_USER_EVENT Event sent."))
}
