//! The history of a job.

use serde_json::{Map, Value, json};

use super::job::{HISTORY, Lookup, find_visible, is_shared};
use super::{events, progress};
use crate::call::Call;
use crate::query::Listing;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::transfers;
use crate::store::Store;

/// The events of a job, oldest first. Their transfers are read from Files, whose errors make the
/// whole call fail (tapis-jobs `JobHistoryDisplayDTO.java:48-58`).
pub(super) fn list(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    find_visible(call, &mut store, Lookup::SharedStatus(HISTORY))?;
    let entries = store.get(&events::collection(&call.tenant), id).and_then(Value::as_array);
    let (page, metadata) = Listing::read(call)?.page(entries.cloned().unwrap_or_default())?;
    let shared = is_shared(call, &store, id, HISTORY);
    let page = page.into_iter().map(|mut entry| {
        entry["transferSummary"] = match entry["transferTaskUuid"].as_str() {
            Some(transfer) => summary(call, &store, transfer, shared)?,
            None => json!({}),
        };
        Ok(entry)
    });
    let page = page.collect::<Result<Vec<Value>, Failure>>()?;
    let message = format!("JOBS_HISTORY_RETRIEVED Job {id} history retrieved.");
    Ok(Reply::result(page, message).with_metadata(metadata))
}

/// The transfer according to Files, for the caller, or for the job's owner if the history is shared
/// with the caller.
fn summary(call: &Call<'_>, store: &Store, id: &str, shared: bool) -> Result<Value, Failure> {
    let refused = |kind: Kind, status: u16| {
        let message = format!(
            "FILES_TRANSFER_HISTORY_RETRIEVE_ERROR Transfer {id} of job {} cannot be read by {}: \
             {status}",
            call.path("jobUuid"),
            call.user()
        );
        Failure::new(kind, message)
    };
    let task = store.get(&transfers::collection(&call.tenant), id);
    let task = task.ok_or_else(|| refused(Kind::NotFound, 404))?;
    if task["username"] != call.user() && !shared {
        return Err(refused(Kind::Forbidden, 403));
    }
    let parents = task["parentTasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let complete = parents.iter().filter(|parent| parent["status"] == "COMPLETED").count();
    let time = |name: &str| task[name].as_str().unwrap_or_default();
    let fields = [
        ("uuid", json!(id)),
        ("status", task["status"].clone()),
        // Both are the number of transferred bytes, which only Globus counts.
        ("estimatedTotalBytes", json!(0)),
        ("totalBytesTransferred", json!(0)),
        ("completeTransfers", json!(complete)),
        ("totalTransfers", json!(parents.len())),
        ("created", task["created"].clone()),
        ("startTime", json!(time("startTime"))),
        ("endTime", json!(time("endTime"))),
        ("errorMessage", task.get("errorMessage").cloned().unwrap_or_default()),
    ];
    Ok(Value::Object(
        fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>(),
    ))
}
