//! Resources shared with some users or with everyone in the tenant.

use serde_json::{Value, json};

use super::{Permission, Sort};
use crate::call::Call;
use crate::reply::{Outcome, Reply};
use crate::store::Store;

/// With whom a resource is shared.
#[derive(Clone, Debug, Default)]
pub(in crate::services) struct Share {
    pub(in crate::services) users: Vec<String>,
    pub(in crate::services) public: bool,
}

pub(in crate::services) fn find(sort: &Sort, store: &Store, tenant: &str, id: &str) -> Share {
    let Some(record) = store.get(&sort.of(tenant, "shares"), id) else { return Share::default() };
    let users = record["users"].as_array().into_iter().flatten();
    Share {
        users: users.filter_map(Value::as_str).map(str::to_owned).collect(),
        public: record["public"] == true,
    }
}

/// Whether a resource is shared with a user.
pub(in crate::services) fn reaches(
    sort: &Sort,
    store: &Store,
    tenant: &str,
    id: &str,
    user: &str,
) -> bool {
    let share = find(sort, store, tenant, id);
    share.public || share.users.iter().any(|known| known == user)
}

pub(in crate::services) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.find_for(call, &store, Permission::Read)?;
    let id = call.path(sort.id);
    let share = find(sort, &store, &call.tenant, id);
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

pub(in crate::services) fn share(call: &Call<'_>, sort: &Sort) -> Outcome {
    let users = asked(call)?;
    change(call, sort, |share| {
        share.users.extend(users);
        share.users.sort();
        share.users.dedup();
    })
}

pub(in crate::services) fn unshare(call: &Call<'_>, sort: &Sort) -> Outcome {
    let users = asked(call)?;
    change(call, sort, |share| share.users.retain(|user| !users.contains(user)))
}

pub(in crate::services) fn share_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    change(call, sort, |share| share.public = true)
}

pub(in crate::services) fn unshare_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    change(call, sort, |share| share.public = false)
}

fn change(call: &Call<'_>, sort: &Sort, how: impl FnOnce(&mut Share)) -> Outcome {
    let mut store = call.world.store();
    sort.find_own(call, &store)?;
    let id = call.path(sort.id);
    let mut share = find(sort, &store, &call.tenant, id);
    how(&mut share);
    let record = json!({ "users": share.users, "public": share.public });
    store.put(&sort.of(&call.tenant, "shares"), id, record);
    Ok(Reply::result(Value::Null, sort.message(call, "SHARE_UPDATED", "Share updated.", id)))
}

fn asked(call: &Call<'_>) -> Result<Vec<String>, crate::reply::Failure> {
    let body = call.object()?;
    let users = body.get("users").and_then(Value::as_array).into_iter().flatten();
    Ok(users.filter_map(Value::as_str).map(str::to_owned).collect())
}
