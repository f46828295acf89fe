//! Looking at jobs.

use serde_json::{Value, json};

use super::job::{HISTORY, Lookup, collection, find, find_visible, is_shared};
use super::progress;
use super::record::{COMPONENT, show};
use crate::call::Call;
use crate::query::Listing;
use crate::reply::{Outcome, Reply};
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
    let job = find(call, &mut store, Lookup::SharedRecord(HISTORY))?;
    let shown = show(call, job);
    Ok(Reply::result(shown, format!("JOBS_RETRIEVED Job {} retrieved.", call.path("jobUuid"))))
}

pub(super) fn status(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let mut store = call.world.store();
    let job = find_visible(call, &mut store, Lookup::SharedStatus(HISTORY))?;
    let mut result = json!({ "status": job["status"] });
    if let Some(condition) = job.get("condition") {
        result["condition"] = condition.clone();
    } else if call.world.settings.deployed() {
        result["condition"] = Value::Null;
    }
    let id = call.path("jobUuid");
    Ok(Reply::result(result, format!("JOBS_STATUS_RETRIEVED Status of the Job {id} retrieved.")))
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
            let shared = || is_shared(call, &store, id, HISTORY);
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
