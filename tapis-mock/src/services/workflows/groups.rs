//! Groups and their members.

use serde_json::{Value, json};

use super::records::{created, shown};
use crate::call::{Call, text};
use crate::engine;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::store::{Store, in_tenant};

fn groups(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/workflows/groups")
}

fn users(call: &Call<'_>, group: &str) -> String {
    in_tenant(&call.tenant, &format!("/v3/workflows/groups/{group}/users"))
}

/// Refuses callers who are not members of the group, before the request is read.
pub(crate) fn admit(call: &Call<'_>) -> Result<(), Failure> {
    let (id, store) = (call.path("group_id"), call.world.store());
    if id.is_empty() {
        return Ok(());
    }
    if !store.contains(&groups(call), id) {
        return Err(Failure::not_found(format!("No group found with id '{id}'")));
    }
    match store.contains(&users(call, id), call.user()) {
        true => Ok(()),
        false => Err(Failure::forbidden("You do not have access to this group")),
    }
}

/// The creator of a group is its owner and first member; a description is not stored.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let id = text(&body, "id").unwrap_or_default();
    let mut store = call.world.store();
    if store.contains(&groups(call), id) {
        return Err(Failure::conflict(format!("A Group already exists with the id '{id}'")));
    }
    let uuid = call.world.random.uuid().to_string();
    let group = json!({ "id": id, "uuid": uuid, "owner": call.user(), "tenant_id": call.tenant });
    store.put(&groups(call), id, group);
    add(call, &mut store, id, call.user(), true);
    for user in body.get("users").and_then(Value::as_array).into_iter().flatten() {
        let name = user["username"].as_str().unwrap_or_default();
        if name != call.user() {
            add(call, &mut store, id, name, user["is_admin"] == true);
        }
    }
    Ok(created(call, &format!("/v3/workflows/groups/{id}")))
}

fn add(call: &Call<'_>, store: &mut Store, group: &str, username: &str, is_admin: bool) {
    let of = store.get(&groups(call), group).map(|group| group["uuid"].clone());
    let user = json!({
        "uuid": call.world.random.uuid().to_string(),
        "group": of.unwrap_or_default(),
        "username": username,
        "is_admin": is_admin,
    });
    store.put(&users(call, group), username, user);
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let (id, store) = (call.path("group_id"), call.world.store());
    let mut group = store.get(&groups(call), id).cloned().unwrap_or_default();
    let members = store.records(&users(call, id)).map(|(_, user)| shown(call, user.clone()));
    group["users"] = members.collect();
    Ok(Reply::result(shown(call, group), "Success"))
}

/// The groups of which the caller is a member.
pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let all = store.records(&groups(call));
    let own = all.filter(|(id, _)| store.contains(&users(call, id), call.user()));
    let own: Vec<Value> = own.map(|(_, group)| shown(call, group.clone())).collect();
    Ok(Reply::result(own, "success"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("group_id");
    let owner = call.world.store().get(&groups(call), id).map(|group| group["owner"].clone());
    if owner.unwrap_or_default() != call.user() {
        return Err(Failure::forbidden("Groups can only be delete by the group owner"));
    }
    engine::answer(call)
}

/// A member is added once; adding an existing one changes nothing.
pub(super) fn add_user(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let (group, username) = (call.path("group_id"), text(&body, "username").unwrap_or_default());
    let mut store = call.world.store();
    if !store.get(&users(call, group), call.user()).is_some_and(|user| user["is_admin"] == true) {
        return Err(Failure::forbidden("You cannot add users to this group"));
    }
    if !store.contains(&users(call, group), username) {
        add(call, &mut store, group, username, body.get("is_admin").is_some_and(|is| is == true));
    }
    Ok(created(call, &format!("/v3/workflows/groups/{group}/users/{username}")))
}

/// The owner cannot be removed from the group.
pub(super) fn remove_user(call: &Call<'_>) -> Outcome {
    let (group, username) = (call.path("group_id"), call.path("username"));
    let mut store = call.world.store();
    if store.get(&groups(call), group).is_some_and(|group| group["owner"] == username) {
        let message = "Users that own groups cannot be removed. Group owner must first be changed";
        return Err(Failure::new(Kind::Unprocessable, message));
    }
    store.remove(&users(call, group), username).ok_or_else(|| {
        Failure::not_found(format!("User not found with username '{username}' in group '{group}'"))
    })?;
    Ok(Reply::result(Value::Null, "User deleted"))
}
