//! Systems that take after a parent.

use serde_json::{Value, json};

use super::change;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::shared::java::{Permission, change_reply, history, lifecycle, url_reply};
use crate::shared::systems::SYSTEM;

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let parent_id = call.path("parentId");
    let collection = SYSTEM.in_tenant(&call.tenant);
    let mut store = call.world.store();
    let parent = store.get(&collection, parent_id).filter(|parent| parent["deleted"] != true);
    let parent = parent.ok_or_else(|| SYSTEM.missing(call, parent_id))?;
    if !SYSTEM.allows(call, &store, parent, Permission::Read) {
        return Err(SYSTEM.unauthorized(call, parent_id));
    }
    if parent["allowChildren"] != true {
        return Err(SYSTEM.invalid(call, "The parent does not allow children.", parent_id));
    }
    let user = text(&body, "effectiveUserId").unwrap_or("${apiUserId}");
    let name = if user == "${apiUserId}" { call.user() } else { user };
    let id = text(&body, "id").map_or_else(|| format!("{parent_id}-{name}"), str::to_owned);
    if store.contains(&collection, &id) {
        return Err(SYSTEM.exists(call, &id));
    }
    let mut child = parent.as_object().cloned().unwrap_or_default();
    for inherited_not in ["uuid", "created", "updated", "owner"] {
        child.remove(inherited_not);
    }
    child.insert("id".into(), id.as_str().into());
    child.insert("effectiveUserId".into(), user.into());
    child.insert("parentId".into(), parent_id.into());
    child.insert("allowChildren".into(), false.into());
    if let Some(root) = text(&body, "rootDir") {
        child.insert("rootDir".into(), root.into());
    }
    change::complete(call, &mut child);
    change::check(call, &child)?;
    store.put(&collection, id.clone(), Value::Object(child));
    history::record(&SYSTEM, call, &mut store, &id, "create", &Value::Object(body));
    let message = SYSTEM.message(call, "CREATED", "New child system created.", &id);
    Ok(url_reply(call, &format!("systems/{id}"), message))
}

/// Makes a child stand on its own.
pub(super) fn unlink(call: &Call<'_>) -> Outcome {
    let id = call.path("childSystemId").to_owned();
    let changes = unlink_one(call, &id, None)?;
    Ok(change_reply(changes, SYSTEM.message(call, "UPDATED", "System unlinked.", &id)))
}

/// Makes all children of a parent, or some, stand on their own.
pub(super) fn unlink_all(call: &Call<'_>) -> Outcome {
    let parent = call.path("parentSystemId");
    let wanted: Vec<String> = if call.flag("all") {
        let store = call.world.store();
        let collection = SYSTEM.in_tenant(&call.tenant);
        let children =
            store.records(&collection).filter(|(_, system)| system["parentId"] == parent);
        children.map(|(id, _)| id.to_owned()).collect()
    } else if call.body.is_empty() {
        return Err(SYSTEM.invalid(call, "Name the children or say all=true.", parent));
    } else {
        let body = call.object()?;
        let ids = body.get("childSystemIds").and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if !call.world.store().contains(&SYSTEM.in_tenant(&call.tenant), parent) {
        return Err(SYSTEM.missing(call, parent));
    }
    let mut changes = 0;
    for id in wanted {
        changes += unlink_one(call, &id, Some(parent))?;
    }
    Ok(change_reply(changes, SYSTEM.message(call, "UPDATED", "Children unlinked.", parent)))
}

/// Deletes a system that has no children.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("systemId");
    let has_children = {
        let store = call.world.store();
        SYSTEM.find_own(call, &store)?;
        let collection = SYSTEM.in_tenant(&call.tenant);
        store
            .records(&collection)
            .any(|(_, system)| system["parentId"] == id && system["deleted"] != true)
    };
    if has_children {
        let message = SYSTEM.message(call, "CHILDREN", "A system with children stays.", id);
        return Err(Failure::bad_request(message));
    }
    lifecycle::delete(call, &SYSTEM)
}

fn unlink_one(call: &Call<'_>, id: &str, parent: Option<&str>) -> Result<usize, Failure> {
    let collection = SYSTEM.in_tenant(&call.tenant);
    let mut store = call.world.store();
    let child = store.get(&collection, id).filter(|child| child["deleted"] != true);
    let child = child.ok_or_else(|| SYSTEM.missing(call, id))?;
    if !SYSTEM.owns(call, &store, child) {
        return Err(SYSTEM.unauthorized(call, id));
    }
    let linked = child["parentId"].as_str();
    if linked.is_none() || parent.is_some_and(|parent| linked != Some(parent)) {
        return Ok(0);
    }
    if let Some(child) = store.get_mut(&collection, id).and_then(Value::as_object_mut) {
        child.remove("parentId");
    }
    history::record(&SYSTEM, call, &mut store, id, "unlinkFromParent", &json!({}));
    Ok(1)
}
