//! Child systems.

use serde_json::{Map, Value, json};

use super::add::{Trial, add, refusal};
use super::{credentials, definition, schema};
use crate::call::{Call, text};
use crate::reply::{Failure, Kind, Outcome};
use crate::shared::java::{Permission, change_reply, history, lifecycle, permissions, url_reply};
use crate::shared::systems::{SYSTEM, is_dynamic};
use crate::store::Store;

/// The attributes of a child itself. All others follow the parent, even the UUID once the parent
/// changes (`SystemsDaoImpl.updateChildSystemsFromParent` 2944-2990).
const OWN: [&str; 9] = [
    "id",
    "owner",
    "enabled",
    "effectiveUserId",
    "rootDir",
    "parentId",
    "deleted",
    "created",
    "updated",
];

/// Creates a child (`SystemsServiceImpl.createChildSystem` 352-389). Every fault, including an
/// existing id, is a 400.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = schema::read(call, &schema::CHILD)?;
    let parent_id = call.path("parentId");
    let mut store = call.world.store();
    let parent = SYSTEM.live(call, &store, parent_id).ok_or_else(|| {
        let key = "SYSLIB_CHILD_PARENT_NOT_FOUND";
        Failure::not_found(SYSTEM.say(call, key, "The parent was not found.", parent_id))
    })?;
    if !SYSTEM.allows(call, &store, parent, Permission::Read) {
        return Err(SYSTEM.unauthorized(call, parent_id));
    }
    let refuse = |what: &str| refusal(call, "CREATE_ERROR", parent_id, what);
    if parent["allowChildren"] != true {
        return Err(refuse("SYSLIB_CHILD_NOT_PERMITTED The parent takes no children."));
    }
    let mut child = parent.as_object().cloned().unwrap_or_default();
    child.retain(|name, _| !OWN.contains(&name.as_str()));
    let mut own: Map<String, Value> =
        body.into_iter().filter(|(_, value)| !value.is_null()).collect();
    own.insert("parentId".into(), parent_id.into());
    if text(&own, "id").is_none_or(|id| id.trim().is_empty()) {
        own.insert("id".into(), format!("{parent_id}-{}", call.user()).into());
    }
    // Only the attributes in the body have defaults and resolved variables; the others are those of
    // the parent.
    child.extend(
        definition::created(call, &own)
            .into_iter()
            .filter(|(name, _)| OWN.contains(&name.as_str()) || !child.contains_key(name))
            .collect::<Vec<_>>(),
    );
    child.insert("parentId".into(), parent_id.into());
    child.insert("allowChildren".into(), false.into());
    let id = text(&child, "id").unwrap_or_default().to_owned();
    add(call, &mut store, child, None, Trial::Skipped).map_err(|failure| match failure.kind {
        Kind::Conflict => refuse(&failure.message),
        _ => failure,
    })?;
    let message = SYSTEM.message(call, "CREATED", "New child system created.", parent_id);
    Ok(url_reply(call, &format!("systems/{id}"), message))
}

/// Whether a system has children, according to the service: it checks whether any one child that is
/// not deleted is enabled (`SystemsDaoImpl.hasChildren` 917-934).
pub(super) fn has_any(store: &Store, tenant: &str, id: &str) -> bool {
    let mut systems = store.records(&SYSTEM.in_tenant(tenant)).map(|(_, system)| system);
    systems.find(|system| is_child(system, id)).is_some_and(|child| child["enabled"] == true)
}

fn is_child(system: &Value, parent: &str) -> bool {
    system["parentId"] == parent && system["deleted"] != true
}

/// Copies the inherited attributes to all children of a system.
pub(super) fn follow(store: &mut Store, tenant: &str, id: &str) {
    let collection = SYSTEM.in_tenant(tenant);
    let Some(parent) = store.get(&collection, id).and_then(Value::as_object).cloned() else {
        return;
    };
    for (_, child) in store.records_mut(&collection).filter(|(_, system)| is_child(system, id)) {
        let Some(child) = child.as_object_mut() else { continue };
        child.retain(|name, _| OWN.contains(&name.as_str()));
        let inherited = parent.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        child.extend(inherited.map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// Enables or disables a system, which also copies the inherited attributes to its children.
pub(super) fn switch(call: &Call<'_>, enabled: bool) -> Outcome {
    let reply = match enabled {
        true => lifecycle::enable(call, &SYSTEM),
        false => lifecycle::disable(call, &SYSTEM),
    }?;
    follow(&mut call.world.store(), &call.tenant, call.path("systemId"));
    Ok(reply)
}

/// Deletes a system without children. Its permissions are removed, and the credential of its static
/// user (`SystemsServiceImpl.deleteSystem` 614-644).
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("systemId");
    let mut store = call.world.store();
    let system = lifecycle::find_any(call, &SYSTEM, &store)?.clone();
    if has_any(&store, &call.tenant, id) {
        let what = "SYSLIB_CHILD_HAS_CHILD_ERROR The system has children.";
        return Err(refusal(call, "UPDATE_ERROR", id, what));
    }
    SYSTEM.require_owner(call, &store, &system)?;
    permissions::forget(call, &SYSTEM, &mut store, id);
    if !is_dynamic(&system) {
        let user = system["effectiveUserId"].as_str().unwrap_or_default();
        credentials::forget(&mut store, &call.tenant, &system, user);
    }
    Ok(lifecycle::set_deleted(call, &SYSTEM, &mut store, true))
}

/// Restores a deleted system. A child gets the current attributes of its parent
/// (`SystemsServiceImpl.undeleteSystem` 658-710).
pub(super) fn undelete(call: &Call<'_>) -> Outcome {
    let id = call.path("systemId");
    let mut store = call.world.store();
    let system = lifecycle::find_any(call, &SYSTEM, &store)?;
    let parent = system["parentId"].as_str().map(str::to_owned);
    if let Some(parent) = &parent {
        let allows = SYSTEM.live(call, &store, parent);
        if allows.is_none_or(|parent| parent["allowChildren"] != true) {
            let what = "SYSLIB_ALLOW_CONFLICT_ERROR The parent takes no children.";
            return Err(refusal(call, "UPDATE_ERROR", id, what));
        }
    }
    SYSTEM.require_owner(call, &store, system)?;
    let reply = lifecycle::set_deleted(call, &SYSTEM, &mut store, false);
    if let Some(parent) = parent {
        follow(&mut store, &call.tenant, &parent);
    }
    Ok(reply)
}

/// Unlinks a child from its parent. It has no effect on a system without a parent
/// (`SystemsServiceImpl.unlinkFromParent` 787-820).
pub(super) fn unlink(call: &Call<'_>) -> Outcome {
    let id = call.path("childSystemId");
    let mut store = call.world.store();
    let child = SYSTEM.live(call, &store, id).ok_or_else(|| SYSTEM.nothing_to_change(call, id))?;
    if child["parentId"].is_string() {
        if !SYSTEM.allows(call, &store, child, Permission::Modify) {
            return Err(SYSTEM.unauthorized(call, id));
        }
        unlink_one(call, &mut store, id);
    }
    Ok(change_reply(1, SYSTEM.message(call, "UPDATED", "System unlinked.", id)))
}

/// Unlinks all children of a parent, or some (`SystemsServiceImpl.unlinkChildren` 823-885).
pub(super) fn unlink_all(call: &Call<'_>) -> Outcome {
    let parent_id = call.path("parentSystemId");
    let mut store = call.world.store();
    let parent = SYSTEM.live(call, &store, parent_id);
    let mut wanted = Vec::new();
    if call.flag("all") {
        parent.ok_or_else(|| SYSTEM.nothing_to_change(call, parent_id))?;
        let children = store.records(&SYSTEM.in_tenant(&call.tenant));
        let children = children.filter(|(_, system)| is_child(system, parent_id));
        wanted.extend(children.map(|(id, _)| id.to_owned()));
    } else {
        let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
        if body.is_null() {
            // The service does not check whether there is a body.
            return Err(Failure::server("HTTP 500 Internal Server Error"));
        }
        let ids = body["childSystemIds"].as_array().ok_or_else(|| {
            refusal(call, "UPDATE_ERROR", parent_id, "SYSLIB_NULL_INPUT No children are named.")
        })?;
        wanted.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned));
        for id in &wanted {
            let child = SYSTEM.live(call, &store, id);
            let child = child.ok_or_else(|| SYSTEM.nothing_to_change(call, id))?;
            if child["parentId"] != parent_id {
                let key = "SYSLIB_CHILD_CHILD_NOT_FOUND";
                let message = SYSTEM.say(call, key, "It is no child of the system.", id);
                return Err(Failure::not_found(message));
            }
        }
    }
    if !parent.is_some_and(|parent| SYSTEM.allows(call, &store, parent, Permission::Modify)) {
        return Err(SYSTEM.unauthorized(call, parent_id));
    }
    for id in &wanted {
        unlink_one(call, &mut store, id);
    }
    Ok(change_reply(wanted.len(), SYSTEM.message(call, "UPDATED", "Children unlinked.", parent_id)))
}

fn unlink_one(call: &Call<'_>, store: &mut Store, id: &str) {
    let collection = SYSTEM.in_tenant(&call.tenant);
    if let Some(child) = store.get_mut(&collection, id).and_then(Value::as_object_mut) {
        child.remove("parentId");
        child.insert("updated".into(), call.now().into());
    }
    history::record(&SYSTEM, call, store, id, "modify", &json!({ "parentId": "" }));
}
