//! Switching resources on and off, deleting them and giving them away.

use serde_json::{Value, json};

use super::access::Permission;
use super::history;
use super::replies::change_reply;
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Outcome, Reply};

pub(crate) fn enable(call: &Call<'_>, sort: &Sort) -> Outcome {
    set(call, sort, "enabled", true.into(), "enable")
}

pub(crate) fn disable(call: &Call<'_>, sort: &Sort) -> Outcome {
    set(call, sort, "enabled", false.into(), "disable")
}

pub(crate) fn delete(call: &Call<'_>, sort: &Sort) -> Outcome {
    set(call, sort, "deleted", true.into(), "delete")
}

/// Brings a deleted resource back. One that is not deleted stays as it is.
pub(crate) fn undelete(call: &Call<'_>, sort: &Sort) -> Outcome {
    let id = call.path(sort.id);
    let mut store = call.world.store();
    let collection = sort.in_tenant(&call.tenant);
    let record = store.get(&collection, id).ok_or_else(|| sort.missing(call, id))?;
    if !sort.owns(call, &store, record) {
        return Err(sort.unauthorized(call, id));
    }
    let changed = record["deleted"] == true;
    if let Some(record) = store.get_mut(&collection, id).filter(|_| changed) {
        record["deleted"] = false.into();
        record["updated"] = call.now().into();
        history::record(sort, call, &mut store, id, "undelete", &json!({}));
    }
    let message = sort.message(call, "UPDATED", &format!("{} undeleted.", sort.noun), id);
    Ok(change_reply(usize::from(changed), message))
}

pub(crate) fn change_owner(call: &Call<'_>, sort: &Sort) -> Outcome {
    let user = call.path("userName").to_owned();
    set(call, sort, "owner", user.into(), "changeOwner")
}

pub(crate) fn is_enabled(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.find_for(call, &store, Permission::Read)?;
    let id = call.path(sort.id);
    let enabled = record["enabled"] != false;
    let message = sort.message(call, "ENABLED", &format!("Enabled: {enabled}."), id);
    Ok(Reply::result(json!({ "aBool": enabled }), message))
}

/// Sets a field that only owners may set.
fn set(call: &Call<'_>, sort: &Sort, field: &str, value: Value, operation: &str) -> Outcome {
    let id = call.path(sort.id);
    let mut store = call.world.store();
    let changed = sort.find_own(call, &store)?[field] != value;
    if let Some(record) = store.get_mut(&sort.in_tenant(&call.tenant), id).filter(|_| changed) {
        record[field] = value.clone();
        record["updated"] = call.now().into();
        history::record(sort, call, &mut store, id, operation, &json!({ field: value }));
    }
    let sentence = format!("{} updated. Operation: {operation}.", sort.noun);
    Ok(change_reply(usize::from(changed), sort.message(call, "UPDATED", &sentence, id)))
}
