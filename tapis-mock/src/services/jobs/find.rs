//! Reads and searches jobs.

use serde_json::{Value, json};

use super::job::{HISTORY, Lookup, collection, find, find_visible, shares};
use super::record::show;
use super::{columns, progress};
use crate::call::Call;
use crate::query::{Listing, timestamp};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

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

/// A hidden job can still be read by this operation.
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

/// Reads neither conditions nor `select`, although the document has both (tapis-jobs
/// `JobListingResource.java:189, 260`).
pub(super) fn list(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?.without_search();
    answer(call, &listing.select_unless_told("summaryAttributes"), true)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?.without_conditions().with_parameters(call)?;
    answer(call, &listing.select_unless_told("summaryAttributes"), true)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    let refuse = |what| Failure::server(format!("JOBS_SEARCH_ERROR Unable to read: {what}"));
    let mut listing = Listing::read(call)?.without_conditions();
    let body = call.object()?;
    let lines = body.get("search").and_then(Value::as_array).into_iter().flatten();
    let blank = |line: &Value| line.as_str().is_none_or(|line| line.trim().is_empty());
    // A blank search matches everything.
    if !lines.into_iter().all(blank) {
        listing = listing.with_body(call, refuse)?;
    }
    answer(call, &listing.select_unless_told("summaryAttributes"), false)
}

/// The jobs of a list. Only some queries treat -1 as no limit.
fn answer(call: &Call<'_>, listing: &Listing, knows_all: bool) -> Outcome {
    progress::settle(call);
    let list_type = call.query("listType").unwrap_or("MY_JOBS");
    let (own, shared) = match list_type {
        "MY_JOBS" => (true, false),
        "SHARED_JOBS" => (false, true),
        "ALL_JOBS" => (true, true),
        _ => {
            let what = format!("JOBS_SEARCH_INVALID_LISTTYPE_ERROR Invalid listType {list_type}.");
            return Err(Failure::bad_request(what));
        }
    };
    columns::check(call, listing)?;
    let store = call.world.store();
    let mut jobs: Vec<(&str, &Value)> = store
        .records(&collection(&call.tenant))
        .filter(|(_, job)| job["visible"] != false && listing.condition().holds(job))
        .collect();
    // The database returns rows in its own order: a changed row moves to the end.
    jobs.sort_by_key(|(_, job)| timestamp(job["lastUpdated"].as_str().unwrap_or_default()));
    let pick = |wanted: &dyn Fn(&str, &Value) -> bool| -> Vec<Value> {
        let picked = jobs.iter().filter(|(id, job)| wanted(id, job));
        picked.map(|(_, job)| show(call, job)).collect()
    };
    let own = if own { pick(&|_, job| job["owner"] == call.user()) } else { Vec::new() };
    let shared =
        if shared { pick(&|id, _| is_shared_somehow(call, &store, id)) } else { Vec::new() };
    drop(store);
    // Only the list of summaries omits the total if it is empty (tapis-jobs
    // `JobSearchResource.java:384-388, 446-450`), and only it supports -1 (`JobsDao.java:648`, and
    // not 787-795, 910-918, 1033-1041).
    let summaries = listing.selected().any(|name| name == "summaryAttributes")
        && listing.selected().all(|name| name != "allAttributes");
    let (limit, skip) = listing.window();
    let limit = if limit == -1 && !(knows_all && summaries) { limit - 1 } else { limit };
    let (own_count, total) = (own.len(), own.len() + shared.len());
    // Own jobs are first; the rest of the page has the others.
    let mut page = window(listing, own, limit, skip);
    let (limit, skip) = match i64::try_from(page.len()).unwrap_or(i64::MAX) {
        0 => (limit, skip.saturating_sub(own_count)),
        taken => (limit.saturating_sub(taken), 0),
    };
    page.extend(window(listing, shared, limit, skip));
    let page: Vec<Value> =
        page.into_iter().map(|job| listing.select(job, &["uuid"], &SUMMARY)).collect();
    let total = match i64::try_from(total) {
        Ok(total) if listing.counts() && !(summaries && page.is_empty()) => total,
        _ => -1,
    };
    let message = if page.is_empty() {
        "JOBS_SEARCH_NO_JOBS_FOUND No Jobs found satisfying the search criteria.".to_owned()
    } else {
        format!("JOBS_LIST_RETRIVED {} job(s).", page.len())
    };
    let metadata = listing.described(page.len(), total);
    Ok(Reply::result(page, message).with_metadata(metadata))
}

/// A page of jobs; all of them for a limit of -1. A limit below -1 disables the order and `skip`
/// too (tapis-jobs `JobsDao.java:643-655`).
fn window(listing: &Listing, mut jobs: Vec<Value>, limit: i64, skip: usize) -> Vec<Value> {
    if limit < -1 {
        return jobs;
    }
    listing.sort(&mut jobs);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    jobs.into_iter().skip(skip).take(limit).collect()
}

/// Whether any resource of a job is shared with the caller.
fn is_shared_somehow(call: &Call<'_>, store: &Store, id: &str) -> bool {
    store
        .records(&shares(&call.tenant))
        .any(|(_, share)| share["jobUuid"] == id && share["grantee"] == call.user())
}
