//! The stored jobs, and who may read one.

use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Failure, Kind};
use crate::roles;
use crate::store::{Store, in_tenant};

/// The intermediate states, each of which lasts one step.
pub(crate) const WAY: [&str; 8] = [
    "PENDING",
    "PROCESSING_INPUTS",
    "STAGING_INPUTS",
    "STAGING_JOB",
    "SUBMITTING_JOB",
    "QUEUED",
    "RUNNING",
    "ARCHIVING",
];
/// The final states.
pub(crate) const OVER: [&str; 3] = ["FINISHED", "CANCELLED", "FAILED"];

/// The resource by which status, record and history of a job are shared.
pub(super) const HISTORY: &str = "JOB_HISTORY";
/// The resource by which the output of a job is shared.
pub(super) const OUTPUT: &str = "JOB_OUTPUT";

/// The text that the service uses if its catalogue lacks a message (tapis-shared-java
/// `MsgUtils.java:64-85`).
pub(super) fn no_message(id: &str, parameters: &str) -> String {
    format!(
        "Property \"{id}\" was not found in bundle edu.utexas.tacc.tapis.shared.i18n.TapisMessages. \
         [{parameters}]"
    )
}

/// The collection of a tenant's jobs.
pub(super) fn collection(tenant: &str) -> String {
    in_tenant(tenant, "jobs")
}

/// The collection of shares.
pub(super) fn shares(tenant: &str) -> String {
    in_tenant(tenant, "jobs.shares")
}

/// How an operation looks up its job. The service reads either the record or the status, with or
/// without shares, and each of these lookups has its own statuses for refusals (tapis-jobs
/// `JobsImpl.java:452-660`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The record, for owners only.
    Record,
    /// The record, for owners and users that this resource is shared with.
    SharedRecord(&'static str),
    /// The status, for owners only.
    Status,
    /// The status, for owners and users that this resource is shared with.
    SharedStatus(&'static str),
}

impl Lookup {
    /// The resource that may be shared.
    fn resource(self) -> Option<&'static str> {
        match self {
            Self::SharedRecord(resource) | Self::SharedStatus(resource) => Some(resource),
            Self::Record | Self::Status => None,
        }
    }

    fn reads_status(self) -> bool {
        matches!(self, Self::Status | Self::SharedStatus(_))
    }

    /// The error for an unknown UUID.
    fn unknown(self, call: &Call<'_>) -> Failure {
        if self.reads_status() {
            return missing_successfully(
                call,
                &format!("TAPIS_NOT_FOUND Job not found: {}", id(call)),
            );
        }
        // Lookups with shares wrap every other failure into an error of the server.
        let kind = if self.resource().is_some() { Kind::Server } else { Kind::BadRequest };
        let (id, user, tenant) = (id(call), call.user(), &call.tenant);
        let message = format!(
            "JOBS_JOB_SELECT_UUID_ERROR Job {id} of {user}@{tenant} cannot be read: \
             JOBS_JOB_NOT_FOUND Job {id} not found."
        );
        Failure::new(kind, message)
    }

    /// The error for a job of another tenant.
    fn other_tenant(self, call: &Call<'_>, tenant: &str) -> Failure {
        let kind = if self.resource().is_some() { Kind::Server } else { Kind::Unauthorized };
        let message = format!(
            "JOBS_MISMATCHED_TENANT The current tenant id ({}) is not that of the job ({tenant}).",
            call.tenant
        );
        Failure::new(kind, message)
    }

    /// The error for a hidden job.
    fn hidden(self, call: &Call<'_>) -> Failure {
        let message = format!(
            "JOBS_JOB_NOT_VISIBLE Job {} is not visible in tenant {}.",
            id(call),
            call.tenant
        );
        if self.reads_status() {
            missing_successfully(call, &message)
        } else {
            Failure::not_found(message)
        }
    }
}

fn id<'a>(call: &'a Call<'_>) -> &'a str {
    call.path("jobUuid")
}

/// Not found, in a success envelope whose result is the name.
fn missing_successfully(call: &Call<'_>, message: &str) -> Failure {
    let mut failure = Failure::new(Kind::NotFoundSuccessfully, message);
    failure.result = json!({ "name": id(call) });
    failure
}

/// The job of the path, hidden or not, if the caller may look it up in this way.
pub(super) fn find<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    lookup: Lookup,
) -> Result<&'a mut Value, Failure> {
    let collection = collection(&call.tenant);
    let Some(job) = store.get(&collection, id(call)) else {
        let elsewhere = store.find(|name| name.ends_with(":jobs"), id(call));
        return Err(match elsewhere {
            Some((_, job)) => lookup.other_tenant(call, job["tenant"].as_str().unwrap_or_default()),
            None => lookup.unknown(call),
        });
    };
    if !is_own(call, store, job)
        && !lookup.resource().is_some_and(|resource| is_shared(call, store, id(call), resource))
    {
        let owner = job["owner"].as_str().unwrap_or_default();
        let message = format!(
            "JOBS_MISMATCHED_OWNER The current owner ({}) is not that of the job ({owner}).",
            call.user()
        );
        return Err(Failure::new(Kind::Unauthorized, message));
    }
    store.get_mut(&collection, id(call)).ok_or_else(|| lookup.unknown(call))
}

/// As [`find`], for operations that treat a hidden job as missing.
pub(super) fn find_visible<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    lookup: Lookup,
) -> Result<&'a mut Value, Failure> {
    let job = find(call, store, lookup)?;
    if job["visible"] == false { Err(lookup.hidden(call)) } else { Ok(job) }
}

/// Whether the caller is the job's owner, its creator or an administrator of its tenant.
fn is_own(call: &Call<'_>, store: &Store, job: &Value) -> bool {
    job["owner"] == call.user() || job["createdby"] == call.user() || roles::is_admin(call, store)
}

pub(super) fn is_over(job: &Value) -> bool {
    job["status"].as_str().is_some_and(|status| OVER.contains(&status))
}

/// Whether a resource of a job is shared with the caller.
pub(super) fn is_shared(call: &Call<'_>, store: &Store, id: &str, resource: &str) -> bool {
    store.records(&shares(&call.tenant)).any(|(_, share)| {
        share["jobUuid"] == id
            && share["grantee"] == call.user()
            && share["jobResource"] == resource
    })
}
