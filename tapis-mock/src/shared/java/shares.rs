//! Resources shared with some users or with everyone in the tenant.

use serde_json::{Value, json};

use super::access::{Permission, Share, share_of};
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};

pub(crate) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.find_for(call, &store, Permission::Read)?;
    let id = call.path(sort.id);
    let share = share_of(sort, &store, &call.tenant, id);
    let grantors = if share.public { vec![record["owner"].clone()] } else { Vec::new() };
    // The services and their documents do not agree on names, so both are there.
    let mut result = json!({
        "public": share.public,
        "publicShare": share.public,
        "users": share.users,
        "userList": share.users,
        "publicGrantors": grantors,
    });
    if sort.collection == "systems" {
        let records: Vec<Value> = share
            .users
            .iter()
            .map(|user| {
                json!({
                    "grantor": record["owner"],
                    "grantee": user,
                    "tenant": call.tenant,
                    "resourceType": "system",
                    "resourceId1": id,
                    "privilege": "READ",
                    "createdBy": record["owner"],
                    "createdByTenant": call.tenant,
                })
            })
            .collect();
        result["shareRecords"] = json!(records);
        result["skShares"] = json!(records);
    }
    Ok(Reply::result(result, sort.message(call, "SHARE_FOUND", "Share info found.", id)))
}

pub(crate) fn share(call: &Call<'_>, sort: &Sort) -> Outcome {
    let users = asked(call)?;
    change(call, sort, |share| {
        share.users.extend(users);
        share.users.sort();
        share.users.dedup();
    })
}

pub(crate) fn unshare(call: &Call<'_>, sort: &Sort) -> Outcome {
    let users = asked(call)?;
    change(call, sort, |share| share.users.retain(|user| !users.contains(user)))
}

pub(crate) fn share_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    change(call, sort, |share| share.public = true)
}

pub(crate) fn unshare_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    change(call, sort, |share| share.public = false)
}

fn change(call: &Call<'_>, sort: &Sort, how: impl FnOnce(&mut Share)) -> Outcome {
    let mut store = call.world.store();
    sort.find_own(call, &store)?;
    let id = call.path(sort.id);
    let mut share = share_of(sort, &store, &call.tenant, id);
    how(&mut share);
    let record = json!({ "users": share.users, "public": share.public });
    store.put(&sort.of(&call.tenant, "shares"), id, record);
    Ok(Reply::result(Value::Null, sort.message(call, "SHARE_UPDATED", "Share updated.", id)))
}

fn asked(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let body = call.object()?;
    let users = body.get("users").and_then(Value::as_array).into_iter().flatten();
    Ok(users.filter_map(Value::as_str).map(str::to_owned).collect())
}
