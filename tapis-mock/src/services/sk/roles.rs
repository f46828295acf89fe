//! Creates, finds, changes and deletes roles.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access::{self, require_admin, require_manager, tenant};
use super::key::{Key, Kind};
use super::parameters::{required, required_query};
use super::replies::{changes, location, names};
use super::store::{find, find_mut, new, open, roles, touch};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles::grants;
use crate::store::Store;

/// The internal attributes of a role.
const HIDDEN: [&str; 2] = ["children", "permissions"];

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let kind = Kind::read(call.query("roleType"))?;
    let keys = keys(&store, tenant);
    let found = keys.iter().filter(|key| key.kind() == kind).map(Key::name);
    Ok(names(found, "SK_ROLES_FOUND Roles found."))
}

fn keys(store: &Store, tenant: &str) -> BTreeSet<Key> {
    let all = store.records(&roles(tenant));
    all.filter_map(|(_, role)| Key::read(role["type"].as_str(), role["name"].as_str()?).ok())
        .collect()
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let key = Key::read(call.query("roleType"), call.path("roleName"))?;
    let role = find(&store, tenant, &key)?;
    let mut shown = role.as_object().cloned().unwrap_or_default();
    let has_children = role["children"].as_array().is_some_and(|children| !children.is_empty());
    shown.retain(|field, _| !HIDDEN.contains(&field.as_str()));
    shown.insert("hasChildren".into(), has_children.into());
    Ok(Reply::result(shown, "SK_ROLE_FOUND Role found."))
}

/// Has no effect if the role exists.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "roleTenant")?)?;
    let name = required(&body, "roleName")?;
    let kind = Kind::read(text(&body, "roleType"))?;
    if kind == Kind::UserDefault {
        let message = "SK_ROLE_TYPE_ERROR Roles of this type are made when they are needed.";
        return Err(Failure::bad_request(message));
    }
    if kind == Kind::User {
        require_admin(call, &store, tenant)?;
    } else {
        require_manager(call, &store, tenant, kind, None)?;
    }
    let key = Key::new(kind, name);
    check_name(key.short())?;
    let description = description(body.get("description"))?;
    let is_new = !store.contains(&roles(tenant), key.text());
    if is_new {
        store.put(&roles(tenant), key.text(), new(call, tenant, &key, description));
    }
    Ok(location(call, &format!("role/{name}"), is_new))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if begins && goes_on && name.len() <= 58 {
        return Ok(());
    }
    let what = "A name has letters, digits and underscores, a letter first, 58 at most.";
    Err(Failure::bad_request(format!("SK_ROLE_NAME_ERROR {what}")))
}

fn description(value: Option<&Value>) -> Result<&str, Failure> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    if text.chars().count() > 2048 {
        let message = "SK_ROLE_DESCRIPTION_ERROR A description has 2048 characters at most.";
        return Err(Failure::bad_request(message));
    }
    Ok(text)
}

/// Deletes a role and removes it from all users and roles that have it.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?.to_owned();
    let key = Key::read(call.query("roleType"), call.path("roleName"))?;
    let Ok(role) = find(&store, &tenant, &key) else { return Ok(changes(0)) };
    require_manager(call, &store, &tenant, key.kind(), Some(role))?;
    refuse_built_in(&key)?;
    store.remove(&roles(&tenant), key.text());
    for (_, held) in store.records_mut(&grants(&tenant)) {
        replace_in(held, &key, None);
    }
    for (_, role) in store.records_mut(&roles(&tenant)) {
        replace_in(&mut role["children"], &key, None);
    }
    Ok(changes(1))
}

/// Replaces a key in a list, or removes it.
fn replace_in(list: &mut Value, key: &Key, other: Option<&Key>) {
    let Some(all) = list.as_array_mut() else { return };
    match other {
        None => all.retain(|known| known != key.text()),
        Some(other) => {
            for known in all.iter_mut().filter(|known| **known == key.text()) {
                *known = other.text().into();
            }
        }
    }
}

fn refuse_built_in(key: &Key) -> Result<(), Failure> {
    if *key == Key::admin() || key.kind() == Kind::UserDefault {
        let message = format!("SK_ROLE_TYPE_ERROR The role {} stays as it is.", key.name());
        return Err(Failure::bad_request(message));
    }
    Ok(())
}

/// The role of a request that changes one, for callers who may do so.
fn changed<'a>(
    call: &'a Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, Key), Failure> {
    let tenant = tenant(call, store, required(body, "roleTenant")?)?;
    let key = Key::read(text(body, "roleType"), call.path("roleName"))?;
    let role = find(store, tenant, &key)?;
    require_manager(call, store, tenant, key.kind(), Some(role))?;
    refuse_built_in(&key)?;
    Ok((tenant, key))
}

fn done() -> Outcome {
    Ok(Reply::result(Value::Null, "SK_ROLE_UPDATED Role updated."))
}

pub(super) fn describe(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, key) = changed(call, &store, &body)?;
    let description = description(body.get("newDescription"))?;
    let role = find_mut(&mut store, tenant, &key)?;
    role["description"] = description.into();
    touch(call, role);
    done()
}

/// The users of a role keep it with its new name.
pub(super) fn rename(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, key) = changed(call, &store, &body)?;
    let name = required(&body, "newRoleName")?;
    let other = Key::new(key.kind(), name);
    check_name(other.short())?;
    if other == key {
        return done();
    }
    if store.contains(&roles(tenant), other.text()) {
        let message = format!("SK_ROLE_EXISTS Tenant {tenant} has a role {name} already.");
        return Err(Failure::bad_request(message));
    }
    let mut role = store.remove(&roles(tenant), key.text()).unwrap_or_default();
    role["name"] = other.name().into();
    touch(call, &mut role);
    store.put(&roles(tenant), other.text(), role);
    for (_, held) in store.records_mut(&grants(tenant)) {
        replace_in(held, &key, Some(&other));
    }
    for (_, role) in store.records_mut(&roles(tenant)) {
        replace_in(&mut role["children"], &key, Some(&other));
    }
    done()
}

pub(super) fn change_owner(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, key) = changed(call, &store, &body)?;
    let owner = required(&body, "newOwner")?;
    let owner_tenant = match text(&body, "newTenant") {
        Some(named) => Some(access::tenant(call, &store, named)?),
        None => None,
    };
    let role = find_mut(&mut store, tenant, &key)?;
    role["owner"] = owner.into();
    if let Some(named) = owner_tenant {
        role["ownerTenant"] = named.into();
    }
    touch(call, role);
    done()
}

pub(super) fn default_name(call: &Call<'_>) -> Outcome {
    let user = call.path("user");
    // Two characters of the name are reserved.
    if user.is_empty() || user.len() > 58 {
        let message = "SK_USER_NAME_LEN A user's name has 58 characters at most.";
        return Err(Failure::bad_request(message));
    }
    let name = Key::of_user(user);
    Ok(Reply::result(json!({ "name": name.name() }), "SK_ROLE_FOUND Default role."))
}
