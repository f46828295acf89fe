//! Jobs, which move on with the clock.

mod actions;
mod find;
mod output;
pub(crate) mod progress;
mod record;
mod shares;
mod submit;
mod subscriptions;

use serde_json::{Value, json};

use super::{Handler, access};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
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

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "submitJob" => submit::submit,
        "resubmitJob" => submit::resubmit,
        "getResubmitRequestJson" => submit::request,
        "getJob" => find::get,
        "getJobStatus" => find::status,
        "getJobHistory" => find::history,
        "getJobList" => find::list,
        "getJobSearchList" => find::search_by_parameters,
        "getJobSearchListByPostSqlStr" => find::search_by_body,
        "cancelJob" => actions::cancel,
        "hideJob" => |call| actions::set_visible(call, false),
        "unhideJob" => |call| actions::set_visible(call, true),
        "patchJobAnnotations" => |call| actions::annotate(call, false),
        "putJobAnnotations" => |call| actions::annotate(call, true),
        "sendEvent" => actions::send_event,
        "getJobOutputList" => output::list,
        "getJobOutputDownload" => output::download,
        "getJobShare" => shares::get,
        "shareJob" => shares::share,
        "deleteJobShare" => shares::delete,
        "subscribe" => subscriptions::create,
        "getSubscriptions" => subscriptions::list,
        "deleteSubscriptions" => subscriptions::delete,
        "checkHealth" | "readycheck" => probe,
        _ => return None,
    })
}

fn probe(call: &Call<'_>) -> Outcome {
    let number = call.world.journal.count();
    let result = json!({
        "checkNum": number,
        "databaseAccess": true,
        "queueAccess": true,
        "tenantsAccess": true,
    });
    Ok(Reply::result(result, "The service is well."))
}

/// The collection of a tenant's jobs.
pub(crate) fn collection(tenant: &str) -> String {
    in_tenant(tenant, "jobs")
}

/// What one may want of a job that is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
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
fn find<'a>(call: &Call<'_>, store: &'a mut Store, part: Part) -> Result<&'a mut Value, Failure> {
    let id = call.path("jobUuid");
    let hidden =
        store.get(&collection(&call.tenant), id).is_some_and(|job| job["visible"] == false);
    if hidden {
        return Err(missing(call, id));
    }
    find_even_hidden(call, store, part)
}

fn find_even_hidden<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    part: Part,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("jobUuid");
    let collection = collection(&call.tenant);
    let job = store.get(&collection, id).ok_or_else(|| missing(call, id))?;
    let allowed = job["owner"] == call.user()
        || access::is_admin(call, store)
        || (part != Part::Control
            && shares::reach(store, &call.tenant, id, call.user(), part.word()));
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

fn is_over(job: &Value) -> bool {
    job["status"].as_str().is_some_and(|status| OVER.contains(&status))
}
