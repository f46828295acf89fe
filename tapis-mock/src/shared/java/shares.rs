//! Resources shared with some users or with everyone in the tenant.

use serde_json::{Value, json};

use super::access::{EVERYONE, Permission, share_of, shares_of};
use super::schema::{Form, Record};
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};

/// `ShareSystemRequest.json` of tapis-systems, `ShareAppRequest.json` of tapis-apps.
static USERS: Record =
    Record { fields: &[("users", Form::Loose(&Form::Text(1, 60)))], required: &["users"] };
/// The access that a share gives.
const PRIVILEGES: [Permission; 2] = [Permission::Read, Permission::Execute];

pub(crate) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    sort.find_readable(call, &store)?;
    let id = call.path(sort.id);
    let share = share_of(sort, &store, &call.tenant, id);
    let records = shares_of(sort, &store, &call.tenant, id);
    let public = records.iter().filter(|record| record["grantee"] == EVERYONE);
    let grantors: Vec<&Value> = public.map(|record| &record["grantor"]).collect();
    // The services and their documents use different names, so both are included.
    let mut result = json!({
        "public": share.public,
        "publicShare": share.public,
        "users": share.users,
        "userList": share.users,
        "publicGrantors": grantors,
    });
    let kept = |record: &Value, privilege: Permission| {
        json!({
            "tenant": call.tenant,
            "grantor": record["grantor"],
            "grantee": record["grantee"],
            "resourceType": if sort.collection == "systems" { "system" } else { "apps" },
            "resourceId1": id,
            "privilege": privilege.word(),
            "created": record["created"],
            "createdBy": call.service.name,
            "createdByTenant": "admin",
        })
    };
    let records: Vec<Value> = records
        .iter()
        .flat_map(|record| PRIVILEGES.map(|privilege| kept(record, privilege)))
        .collect();
    result["shareRecords"] = json!(records);
    if sort.collection == "systems" {
        result["skShares"] = json!(records);
    }
    Ok(Reply::result(result, sort.message(call, "SHARE_FOUND", "Share info found.", id)))
}

pub(crate) fn share(call: &Call<'_>, sort: &Sort) -> Outcome {
    give(call, sort, asked(call, sort)?)
}

pub(crate) fn unshare(call: &Call<'_>, sort: &Sort) -> Outcome {
    take_back(call, sort, &asked(call, sort)?)
}

pub(crate) fn share_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    give(call, sort, vec![EVERYONE.to_owned()])
}

pub(crate) fn unshare_public(call: &Call<'_>, sort: &Sort) -> Outcome {
    take_back(call, sort, &[EVERYONE.to_owned()])
}

fn give(call: &Call<'_>, sort: &Sort, users: Vec<String>) -> Outcome {
    let grantor = call.user();
    change(call, sort, |records| {
        for grantee in users {
            let given = |record: &Value| {
                record["grantor"] == grantor && record["grantee"] == grantee.as_str()
            };
            if !records.iter().any(given) {
                records.push(json!({
                    "grantor": grantor, "grantee": grantee, "created": call.now(),
                }));
            }
        }
    })
}

/// Removes the caller's shares. Those of others stay (`AuthUtils.updateUserShares` 506-525 of
/// tapis-systems).
fn take_back(call: &Call<'_>, sort: &Sort, users: &[String]) -> Outcome {
    let named = |record: &Value| users.iter().any(|user| record["grantee"] == user.as_str());
    change(call, sort, |records| {
        records.retain(|record| record["grantor"] != call.user() || !named(record));
    })
}

fn change(call: &Call<'_>, sort: &Sort, how: impl FnOnce(&mut Vec<Value>)) -> Outcome {
    let mut store = call.world.store();
    sort.find_for(call, &store, Permission::Modify)?;
    let id = call.path(sort.id);
    let mut records = shares_of(sort, &store, &call.tenant, id);
    how(&mut records);
    store.put(&sort.of(&call.tenant, "shares"), id, json!(records));
    Ok(Reply::result(Value::Null, sort.message(call, "UPDATED", "Share updated.", id)))
}

fn asked(call: &Call<'_>, sort: &Sort) -> Result<Vec<String>, Failure> {
    let body = call.object()?;
    USERS.check(&body).map_err(|what| Failure::invalid_json(&what))?;
    let users = body.get("users").and_then(Value::as_array).into_iter().flatten();
    let users: Vec<String> = users.filter_map(Value::as_str).map(str::to_owned).collect();
    if users.is_empty() {
        let sentence =
            format!("Unable to update share information. {}_NULL_INPUT_USER_LIST", sort.lib);
        let id = call.path(sort.id);
        return Err(Failure::server(sort.message(call, "SHR_UPD_ERR", &sentence, id)));
    }
    Ok(users)
}
