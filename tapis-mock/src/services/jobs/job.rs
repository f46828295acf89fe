//! Jobs, as they are kept, and who may look at one.

use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Failure, Kind};
use crate::roles;
use crate::store::{Store, in_tenant};

/// The states on the way to the end, each of which lasts one step.
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
/// The states that a job stays in.
pub(crate) const OVER: [&str; 3] = ["FINISHED", "CANCELLED", "FAILED"];

/// The resource under which status, record and history of a job are shared.
pub(super) const HISTORY: &str = "JOB_HISTORY";
/// The resource under which the output of a job is shared.
pub(super) const OUTPUT: &str = "JOB_OUTPUT";

/// What the service says where its catalogue of messages lacks one
/// (tapis-shared-java `MsgUtils.java:64-85`).
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
/// without regard to shares, and each of these lookups refuses with statuses of its own
/// (tapis-jobs `JobsImpl.java:452-660`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The record, for owners only.
    Record,
    /// The record, for owners and for those with whom this resource is shared.
    SharedRecord(&'static str),
    /// The status, for owners only.
    Status,
    /// The status, for owners and for those with whom this resource is shared.
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

    /// The refusal of a UUID that no job has.
    fn unknown(self, call: &Call<'_>) -> Failure {
        if self.reads_status() {
            return missing_successfully(
                call,
                &format!("TAPIS_NOT_FOUND Job not found: {}", id(call)),
            );
        }
        // What looks at shares wraps every other failure into one of the server.
        let kind = if self.resource().is_some() { Kind::Server } else { Kind::BadRequest };
        let (id, user, tenant) = (id(call), call.user(), &call.tenant);
        let message = format!(
            "JOBS_JOB_SELECT_UUID_ERROR Job {id} of {user}@{tenant} cannot be read: \
             JOBS_JOB_NOT_FOUND Job {id} not found."
        );
        Failure::new(kind, message)
    }

    /// The refusal of a job that belongs to another tenant.
    fn other_tenant(self, call: &Call<'_>, tenant: &str) -> Failure {
        let kind = if self.resource().is_some() { Kind::Server } else { Kind::Unauthorized };
        let message = format!(
            "JOBS_MISMATCHED_TENANT The current tenant id ({}) is not that of the job ({tenant}).",
            call.tenant
        );
        Failure::new(kind, message)
    }

    /// The refusal of a job that is hidden.
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

/// Not found, in an envelope that says success and has the name as its result.
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

/// As [`find`], for operations that take a hidden job for missing.
pub(super) fn find_visible<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    lookup: Lookup,
) -> Result<&'a mut Value, Failure> {
    let job = find(call, store, lookup)?;
    if job["visible"] == false { Err(lookup.hidden(call)) } else { Ok(job) }
}

/// Whether the caller owns a job, made it, or administers its tenant.
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
