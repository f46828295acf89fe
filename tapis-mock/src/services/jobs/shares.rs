//! Jobs shared with other users.

use serde_json::{Value, json};

use super::events;
use super::job::{Lookup, find_visible, shares};
use crate::call::{Call, text};
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find_visible(call, &mut store, Lookup::Status)?;
    let id = call.path("jobUuid");
    let all = store.records(&shares(&call.tenant)).map(|(_, share)| share.clone());
    let shares: Vec<Value> = all.filter(|share| share["jobUuid"] == id).collect();
    let total = shares.len();
    let (page, mut metadata) = Listing::read(call)?.page(shares)?;
    if total > 0 {
        metadata["totalCount"] = total.into();
    }
    Ok(Reply::result(page, "JOBS_JOB_SHARES Shares found.").with_metadata(metadata))
}

pub(super) fn share(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let grantee = text(&body, "grantee")
        .ok_or_else(|| Failure::bad_request("JOBS_JOB_SHARE A share needs a grantee."))?;
    let mut store = call.world.store();
    let job = find_visible(call, &mut store, Lookup::Status)?.clone();
    let id = call.path("jobUuid");
    let parts = body.get("jobResource").and_then(Value::as_array).into_iter().flatten();
    for part in parts.filter_map(Value::as_str) {
        let share = json!({
            "tenant": call.tenant,
            "jobUuid": id,
            "grantee": grantee,
            "jobResource": part,
            "jobPermission": text(&body, "jobPermission").unwrap_or("READ"),
            "createdby": call.user(),
            "created": call.now(),
        });
        let entry = events::share(&job, &share, true, &call.now().into());
        store.put(&shares(&call.tenant), format!("{id}/{grantee}/{part}"), share);
        events::note(&mut store, &call.tenant, id, entry);
    }
    let message = format!("JOBS_JOB_SHARED Job {id} is shared with {grantee}.");
    Ok(Reply::result(json!({ "message": message }), message))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let job = find_visible(call, &mut store, Lookup::Status)?.clone();
    let (id, user) = (call.path("jobUuid"), call.path("user"));
    let prefix = format!("{id}/{user}/");
    let keys: Vec<String> = store
        .records(&shares(&call.tenant))
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in keys {
        if let Some(share) = store.remove(&shares(&call.tenant), &key) {
            let entry = events::share(&job, &share, false, &call.now().into());
            events::note(&mut store, &call.tenant, id, entry);
        }
    }
    let message = format!("JOBS_JOB_UNSHARED Job {id} is no longer shared with {user}.");
    Ok(Reply::result(json!({ "message": message }), message))
}
