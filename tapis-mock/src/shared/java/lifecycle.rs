//! Enables, disables, deletes and transfers resources. Most of these calls report one change even
//! if nothing changed.

use serde_json::{Value, json};

use super::access::Permission;
use super::history;
use super::replies::change_reply;
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

pub(crate) fn enable(call: &Call<'_>, sort: &Sort) -> Outcome {
    switch(call, sort, true, "enable")
}

pub(crate) fn disable(call: &Call<'_>, sort: &Sort) -> Outcome {
    switch(call, sort, false, "disable")
}

fn switch(call: &Call<'_>, sort: &Sort, enabled: bool, operation: &str) -> Outcome {
    let mut store = call.world.store();
    sort.find_own(call, &store)?;
    set(call, sort, &mut store, "enabled", enabled.into());
    let id = call.path(sort.id);
    history::record(sort, call, &mut store, id, operation, &json!({ "enabled": enabled }));
    Ok(changed(call, sort, operation, 1))
}

/// Deletes a resource, even if it is already deleted.
pub(crate) fn delete(call: &Call<'_>, sort: &Sort) -> Outcome {
    let mut store = call.world.store();
    let record = find_any(call, sort, &store)?;
    sort.require_owner(call, &store, record)?;
    Ok(set_deleted(call, sort, &mut store, true))
}

/// Restores a deleted resource. Does not change one that is not deleted.
pub(crate) fn undelete(call: &Call<'_>, sort: &Sort) -> Outcome {
    let mut store = call.world.store();
    let record = find_any(call, sort, &store)?;
    sort.require_owner(call, &store, record)?;
    Ok(set_deleted(call, sort, &mut store, false))
}

/// The resource of the path, deleted or not.
pub(crate) fn find_any<'a>(
    call: &Call<'_>,
    sort: &Sort,
    store: &'a Store,
) -> Result<&'a Value, Failure> {
    let id = call.path(sort.id);
    let found = store.get(&sort.in_tenant(&call.tenant), id);
    found.ok_or_else(|| sort.nothing_to_change(call, id))
}

/// Marks the resource of the path as deleted, or as not deleted.
pub(crate) fn set_deleted(call: &Call<'_>, sort: &Sort, store: &mut Store, deleted: bool) -> Reply {
    let operation = if deleted { "delete" } else { "undelete" };
    set(call, sort, store, "deleted", deleted.into());
    let id = call.path(sort.id);
    history::record(sort, call, store, id, operation, &json!({ "deleted": deleted }));
    changed(call, sort, operation, 1)
}

/// Changes the owner of a resource. The same owner is allowed, and changes nothing.
pub(crate) fn change_owner(call: &Call<'_>, sort: &Sort) -> Outcome {
    let user = call.path("userName");
    let mut store = call.world.store();
    let before = sort.find_own(call, &store)?["owner"].clone();
    if before == user {
        return Ok(changed(call, sort, "changeOwner", 0));
    }
    set(call, sort, &mut store, "owner", user.into());
    let id = call.path(sort.id);
    let owner = json!({ "oldValue": before, "newValue": user });
    let description = json!({ sort.noun: id, "owner": owner });
    history::record(sort, call, &mut store, id, "changeOwner", &description);
    Ok(changed(call, sort, "changeOwner", 1))
}

pub(crate) fn is_enabled(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.find_for(call, &store, Permission::Read)?;
    let id = call.path(sort.id);
    let enabled = record["enabled"] != false;
    let message = sort.message(call, "ENABLED", &format!("Enabled: {enabled}."), id);
    Ok(Reply::result(json!({ "aBool": enabled }), message))
}

/// Sets a field of the resource of the path.
fn set(call: &Call<'_>, sort: &Sort, store: &mut Store, field: &str, value: Value) {
    let collection = sort.in_tenant(&call.tenant);
    if let Some(record) = store.get_mut(&collection, call.path(sort.id)) {
        record[field] = value;
        record["updated"] = call.now().into();
    }
}

fn changed(call: &Call<'_>, sort: &Sort, operation: &str, changes: usize) -> Reply {
    let sentence = format!("{} updated. Operation: {operation}.", sort.noun);
    change_reply(changes, sort.message(call, "UPDATED", &sentence, call.path(sort.id)))
}
