//! Jobs, as they are kept, and who may have which part of one.

use serde_json::Value;

use crate::call::Call;
use crate::reply::Failure;
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

/// The collection of a tenant's jobs.
pub(super) fn collection(tenant: &str) -> String {
    in_tenant(tenant, "jobs")
}

/// What one may want of a job that is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The record itself, shown to whomever anything of the job is shared with.
    Any,
    History,
    Request,
    Output,
    /// What only owners do.
    Control,
}

impl Part {
    /// The word under which it is shared.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::History => Some("JOB_HISTORY"),
            Self::Request => Some("JOB_RESUBMIT_REQUEST"),
            Self::Output => Some("JOB_OUTPUT"),
            Self::Any | Self::Control => None,
        }
    }
}

/// The job of the path, if the caller may have this part of it. Hidden ones count as missing.
pub(super) fn find<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    part: Part,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("jobUuid");
    let hidden =
        store.get(&collection(&call.tenant), id).is_some_and(|job| job["visible"] == false);
    if hidden {
        return Err(missing(call, id));
    }
    find_even_hidden(call, store, part)
}

pub(super) fn find_even_hidden<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    part: Part,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("jobUuid");
    let collection = collection(&call.tenant);
    let job = store.get(&collection, id).ok_or_else(|| missing(call, id))?;
    let allowed = job["owner"] == call.user()
        || roles::is_admin(call, store)
        || (part != Part::Control && is_shared(store, &call.tenant, id, call.user(), part.word()));
    if !allowed {
        let operation = &call.operation.id;
        let user = call.user();
        let message = format!(
            "JOBS_JOB_ACTION_NOT_AUTHORIZED User {user} is not authorized for {operation} on job \
             {id}."
        );
        return Err(Failure::forbidden(message));
    }
    store.get_mut(&collection, id).ok_or_else(|| missing(call, id))
}

fn missing(call: &Call<'_>, id: &str) -> Failure {
    let message = format!("JOBS_JOB_NOT_FOUND Job {id} not found for tenant {}.", call.tenant);
    Failure::not_found(message)
}

pub(super) fn is_over(job: &Value) -> bool {
    job["status"].as_str().is_some_and(|status| OVER.contains(&status))
}

/// The collection of shares.
pub(super) fn shares(tenant: &str) -> String {
    in_tenant(tenant, "jobs.shares")
}

/// Whether this part of a job, or any where none is named, is shared with a user.
pub(super) fn is_shared(
    store: &Store,
    tenant: &str,
    id: &str,
    user: &str,
    part: Option<&str>,
) -> bool {
    store.records(&shares(tenant)).any(|(_, share)| {
        share["jobUuid"] == id
            && share["grantee"] == user
            && part.is_none_or(|part| share["jobResource"] == part)
    })
}
