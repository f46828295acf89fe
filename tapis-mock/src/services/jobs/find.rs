//! Looking at jobs.

use serde_json::{Value, json};

use super::job::{Part, collection, find, find_even_hidden, is_shared};
use super::progress;
use super::record::{COMPONENT, show};
use crate::call::Call;
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::java::present;

/// The fields of a job in a list.
const SUMMARY: [&str; 15] = [
    "uuid",
    "tenant",
    "name",
    "owner",
    "status",
    "condition",
    "created",
    "ended",
    "lastUpdated",
    "remoteStarted",
    "appId",
    "appVersion",
    "execSystemId",
    "archiveSystemId",
    "id",
];

/// A hidden job can still be had this way.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let mut store = call.world.store();
    let job = find_even_hidden(call, &mut store, Part::Any)
        .map_err(|failure| as_deployed(call, failure))?;
    let shown = show(call, job);
    Ok(Reply::result(shown, format!("JOBS_JOB_FOUND Job {} found.", call.path("jobUuid"))))
}

pub(super) fn status(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let mut store = call.world.store();
    let job = find(call, &mut store, Part::Any).map_err(|failure| as_deployed(call, failure))?;
    let mut result = json!({ "status": job["status"] });
    if let Some(condition) = job.get("condition") {
        result["condition"] = condition.clone();
    } else if call.world.settings.deployed() {
        result["condition"] = Value::Null;
    }
    Ok(Reply::result(result, "JOBS_JOB_STATUS Status found."))
}

pub(super) fn history(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let mut store = call.world.store();
    find(call, &mut store, Part::History)?;
    let entries = store.get(&progress::histories(&call.tenant), call.path("jobUuid"));
    let entries = entries.and_then(Value::as_array).cloned().unwrap_or_default();
    let (page, metadata) = Listing::read(call)?.apply(entries);
    Ok(Reply::result(page, "JOBS_JOB_HISTORY History found.").with_metadata(metadata))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?.select_unless_told("summaryAttributes");
    answer(call, &listing)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, &Listing::read(call)?.with_parameters(call)?)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    answer(call, &Listing::read(call)?.with_body(call)?)
}

fn answer(call: &Call<'_>, listing: &Listing) -> Outcome {
    listing.check_attributes(&present::fields(call.service, COMPONENT))?;
    progress::settle(call);
    let list_type = call.query("listType").unwrap_or("MY_JOBS").to_ascii_uppercase();
    let store = call.world.store();
    let admin = roles::is_admin(call, &store);
    let mut jobs: Vec<Value> = store
        .records(&collection(&call.tenant))
        .filter(|(_, job)| job["visible"] != false)
        .filter(|(id, job)| {
            let mine = job["owner"] == call.user();
            let shared = || is_shared(&store, &call.tenant, id, call.user(), None);
            match list_type.as_str() {
                "SHARED_JOBS" => !mine && shared(),
                "ALL_JOBS" => mine || admin || shared(),
                _ => mine,
            }
        })
        .map(|(_, job)| show(call, job))
        .collect();
    drop(store);
    // The newest first, unless the call says otherwise.
    jobs.reverse();
    let (page, metadata) = listing.apply(jobs);
    let page: Vec<Value> =
        page.into_iter().map(|job| listing.select(job, &["uuid"], &SUMMARY)).collect();
    let message = format!("JOBS_LIST {} job(s) found.", page.len());
    Ok(Reply::result(page, message).with_metadata(metadata))
}

/// The deployed service calls a missing job a success in the envelope, with its name as result.
fn as_deployed(call: &Call<'_>, mut failure: Failure) -> Failure {
    if call.world.settings.deployed() && failure.kind == crate::reply::Kind::NotFound {
        failure.kind = crate::reply::Kind::NotFoundSuccessfully;
        failure.result = json!({ "name": call.path("jobUuid") });
    }
    failure
}
