//! Jobs shared with other users.

use serde_json::{Value, json};

use super::job::{Part, find, shares};
use crate::call::{Call, text};
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
    let id = call.path("jobUuid");
    let all = store.records(&shares(&call.tenant)).map(|(_, share)| share.clone());
    let shares: Vec<Value> = all.filter(|share| share["jobUuid"] == id).collect();
    let (page, metadata) = Listing::read(call)?.apply(shares);
    Ok(Reply::result(page, "JOBS_JOB_SHARES Shares found.").with_metadata(metadata))
}

pub(super) fn share(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let grantee = text(&body, "grantee")
        .ok_or_else(|| Failure::bad_request("JOBS_JOB_SHARE A share needs a grantee."))?;
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
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
        store.put(&shares(&call.tenant), format!("{id}/{grantee}/{part}"), share);
    }
    let message = format!("JOBS_JOB_SHARED Job {id} is shared with {grantee}.");
    Ok(Reply::result(json!({ "message": message }), message))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
    let (id, user) = (call.path("jobUuid"), call.path("user"));
    let prefix = format!("{id}/{user}/");
    let keys: Vec<String> = store
        .records(&shares(&call.tenant))
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in keys {
        store.remove(&shares(&call.tenant), &key);
    }
    let message = format!("JOBS_JOB_UNSHARED Job {id} is no longer shared with {user}.");
    Ok(Reply::result(json!({ "message": message }), message))
}
