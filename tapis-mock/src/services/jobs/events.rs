//! The events of jobs. The description of an event is a string of JSON, except for user events
//! (tapis-jobs `JobEventData.java`).

use serde_json::{Value, json};

use super::job::OVER;
use crate::store::{Store, in_tenant};

/// The collection of the jobs' events.
pub(super) fn collection(tenant: &str) -> String {
    in_tenant(tenant, "jobs.history")
}

/// An event. Its description starts with its subject, as in the service.
pub(super) fn event(kind: &str, detail: &str, description: String, at: &Value) -> Value {
    json!({ "event": kind, "eventDetail": detail, "description": description, "created": at })
}

/// The fields in the description of each event, after its own.
fn describe(own: Value, job: &Value, message: &str) -> String {
    let mut data = own;
    data["jobName"] = job["name"].clone();
    data["jobUuid"] = job["uuid"].clone();
    data["jobOwner"] = job["owner"].clone();
    data["message"] = message.into();
    data.to_string()
}

/// A job has entered a state.
pub(super) fn new_status(job: &Value, old: Option<&str>, at: &Value) -> Value {
    let status = job["status"].as_str().unwrap_or_default();
    let mut message = format!("The job has transitioned to a new status: {status}.");
    if let Some(old) = old {
        message += &format!(" The previous job status was {old}.");
    }
    let mut own = json!({ "newJobStatus": status, "oldJobStatus": old });
    if OVER.contains(&status) {
        for name in [
            "blockedCount",
            "condition",
            "remoteJobId",
            "remoteJobId2",
            "remoteOutcome",
            "remoteResultInfo",
            "remoteQueue",
            "remoteSubmitted",
            "remoteStarted",
            "remoteEnded",
        ] {
            own[name] = job.get(name).cloned().unwrap_or_default();
        }
    }
    event("JOB_NEW_STATUS", status, describe(own, job, &message), at)
}

/// A transfer of a job has ended.
pub(super) fn transfer(kind: &str, job: &Value, task: &Value, at: &Value) -> Value {
    let (id, status) = (&task["uuid"], task["status"].as_str().unwrap_or_default());
    let purpose = if kind == "JOB_INPUT_TRANSACTION_ID" { "stage input" } else { "archive output" };
    let message = format!(
        "A request to {purpose} files of the job has been submitted. Transaction {} is in state \
         {status}.",
        id.as_str().unwrap_or_default()
    );
    let own = json!({ "transferStatus": status, "transactionId": id });
    let mut entry = event(kind, status, describe(own, job, &message), at);
    entry["transferTaskUuid"] = id.clone();
    entry
}

/// A job is about to fail because Tapis could not run it.
pub(super) fn error(job: &Value, message: &str, at: &Value) -> Value {
    let own = json!({ "jobStatus": "FAILED" });
    event("JOB_ERROR_MESSAGE", "FAILED", describe(own, job, message), at)
}

/// Subscriptions were added or removed. Those of the submission itself are in capitals.
pub(super) fn subscription(job: &Value, detail: &str, count: usize, at: &Value) -> Value {
    let message = format!(
        "A change to the job's subscriptions has occurred. {count} subscription(s): {}.",
        detail.to_lowercase()
    );
    let own = json!({ "action": "added", "numSubscriptions": count });
    event("JOB_SUBSCRIPTION", detail, describe(own, job, &message), at)
}

/// A resource was shared or unshared.
pub(super) fn share(job: &Value, share: &Value, begins: bool, at: &Value) -> Value {
    let word = |name: &str| share[name].as_str().unwrap_or_default();
    let (resource, grantee) = (word("jobResource"), word("grantee"));
    let (verb, done) = if begins { ("SHARE", "shared") } else { ("UNSHARE", "unshared") };
    let detail = format!("{verb}_{resource}_{}", word("jobPermission"));
    let grantor = word("createdby");
    let message = format!(
        "A request to share/unshare a job has been submitted. {grantor} {done} {resource} with \
         {grantee}."
    );
    let own = json!({
        "resourceType": resource,
        "shareType": detail,
        "grantor": grantor,
        "grantee": grantee,
    });
    event("JOB_SHARE_EVENT", &detail, describe(own, job, &message), at)
}

/// Adds an entry to a job's history.
pub(super) fn note(store: &mut Store, tenant: &str, id: &str, entry: Value) {
    match store.get_mut(&collection(tenant), id).and_then(Value::as_array_mut) {
        Some(entries) => entries.push(entry),
        None => store.put(&collection(tenant), id, json!([entry])),
    }
}
