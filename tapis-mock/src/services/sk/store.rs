//! The stored roles, and the users who have them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::MutexGuard;

use serde_json::{Value, json};

use super::access::api_user;
use super::key::Key;
use super::permission::Permission;
use crate::call::Call;
use crate::reply::Failure;
pub(super) use crate::roles::roles;
use crate::roles::{grants, is_tenant_admin};
use crate::store::{Store, in_tenant};
use crate::world::{TENANTS, users};

/// The state, with the role that every tenant has.
pub(super) fn open<'a>(call: &Call<'a>) -> MutexGuard<'a, Store> {
    let mut store = call.world.store();
    let key = Key::admin();
    let without: Vec<(String, Value)> = store
        .records(TENANTS)
        .filter(|(tenant, _)| !store.contains(&roles(tenant), key.text()))
        .map(|(tenant, record)| (tenant.to_owned(), record["admin_user"].clone()))
        .collect();
    for (tenant, owner) in without {
        let mut role = new(call, &tenant, &key, "Administers the tenant.");
        // It belongs to the service and not to the first caller.
        role["owner"] = owner;
        for (name, value) in
            [("ownerTenant", tenant.as_str()), ("createdby", "security"), ("updatedby", "security")]
        {
            role[name] = value.into();
        }
        store.put(&roles(&tenant), key.text(), role);
    }
    store
}

/// A new role of the caller.
pub(super) fn new(call: &Call<'_>, tenant: &str, key: &Key, description: &str) -> Value {
    let now = call.world.clock.timestamp().to_string();
    json!({
        "name": key.name(),
        "type": key.kind().word(),
        "tenant": tenant,
        "description": description,
        "owner": call.user(),
        "ownerTenant": call.tenant,
        "created": now,
        "createdby": api_user(call),
        "createdbyTenant": call.tenant,
        "updated": now,
        "updatedby": api_user(call),
        "updatedbyTenant": call.tenant,
        "children": [],
        "permissions": [],
    })
}

/// Records who changed a role, and when.
pub(super) fn touch(call: &Call<'_>, role: &mut Value) {
    role["updated"] = call.world.clock.timestamp().to_string().into();
    role["updatedby"] = api_user(call).into();
    role["updatedbyTenant"] = call.tenant.as_str().into();
}

pub(super) fn find<'a>(store: &'a Store, tenant: &str, key: &Key) -> Result<&'a Value, Failure> {
    let found = store.get(&roles(tenant), key.text());
    found.ok_or_else(|| missing(tenant, key))
}

pub(super) fn find_mut<'a>(
    store: &'a mut Store,
    tenant: &str,
    key: &Key,
) -> Result<&'a mut Value, Failure> {
    let found = store.get_mut(&roles(tenant), key.text());
    found.ok_or_else(|| missing(tenant, key))
}

fn missing(tenant: &str, key: &Key) -> Failure {
    let name = key.name();
    Failure::not_found(format!("SK_ROLE_NOT_FOUND Tenant {tenant} has no role {name}."))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A role and all roles that it includes.
pub(super) fn with_children(store: &Store, tenant: &str, key: &Key) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    let mut ahead = vec![key.clone()];
    while let Some(key) = ahead.pop() {
        if let Some(role) = store.get(&roles(tenant), key.text())
            && found.insert(key)
        {
            ahead.extend(texts(&role["children"]).map(Key::stored));
        }
    }
    found
}

/// The permissions of a role itself, each with its number.
pub(super) fn own_permissions(role: &Value) -> impl Iterator<Item = (i64, &str)> {
    let all = role["permissions"].as_array().into_iter().flatten();
    all.filter_map(|one| Some((one["id"].as_i64()?, one["spec"].as_str()?)))
}

/// The permissions of several roles.
pub(super) fn permissions(
    store: &Store,
    tenant: &str,
    keys: impl IntoIterator<Item = Key>,
) -> BTreeSet<String> {
    let roles = roles(tenant);
    let all = keys.into_iter().filter_map(|key| store.get(&roles, key.text()));
    all.flat_map(own_permissions).map(|(_, spec)| spec.to_owned()).collect()
}

/// Adds a permission to a role.
pub(super) fn permit(
    call: &Call<'_>,
    store: &mut Store,
    tenant: &str,
    key: &Key,
    spec: &str,
) -> Result<bool, Failure> {
    if own_permissions(find(store, tenant, key)?).any(|(_, known)| known == spec) {
        return Ok(false);
    }
    let id = next_number(store, tenant, "permission");
    let role = find_mut(store, tenant, key)?;
    touch(call, role);
    if let Some(all) = role["permissions"].as_array_mut() {
        all.push(json!({ "id": id, "spec": spec }));
    }
    Ok(true)
}

/// Removes permissions from a role and returns their number.
pub(super) fn forbid(call: &Call<'_>, role: &mut Value, meant: impl Fn(&str) -> bool) -> usize {
    let Some(all) = role["permissions"].as_array_mut() else { return 0 };
    let before = all.len();
    all.retain(|one| !one["spec"].as_str().is_some_and(&meant));
    let gone = before - all.len();
    if gone > 0 {
        touch(call, role);
    }
    gone
}

/// A permission in the form in which it is stored, if it is valid.
pub(super) fn checked(spec: &str) -> Result<Permission, Failure> {
    Permission::parse(spec)
        .map_err(|what| Failure::bad_request(format!("SK_PERM_CREATE_ERROR {what}.")))
}

/// The next serial number of a kind.
pub(super) fn next_number(store: &mut Store, tenant: &str, sort: &str) -> i64 {
    let counters = in_tenant(tenant, "sk.counters");
    let last = store.get(&counters, sort).and_then(Value::as_i64).unwrap_or_default();
    // The documents allow no greater number.
    let next = if last < i64::from(i32::MAX) { last + 1 } else { 1 };
    store.put(&counters, sort, next.into());
    next
}

/// The roles of users themselves, by user, including administrators of the tenant by other means.
pub(super) fn holders(store: &Store, tenant: &str) -> BTreeMap<String, BTreeSet<Key>> {
    let mut holders: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for (user, roles) in store.records(&grants(tenant)) {
        let roles: BTreeSet<Key> = texts(roles).map(Key::stored).collect();
        if !roles.is_empty() {
            holders.insert(user.to_owned(), roles);
        }
    }
    let accounts = store.records(&users(tenant)).map(|(user, _)| user);
    let named = store.get(TENANTS, tenant).and_then(|tenant| tenant["admin_user"].as_str());
    for user in accounts.chain(named) {
        if is_tenant_admin(store, tenant, user) {
            holders.entry(user.to_owned()).or_default().insert(Key::admin());
        }
    }
    holders
}

/// All roles of a user, including those in other roles.
pub(super) fn of_user(store: &Store, tenant: &str, user: &str) -> BTreeSet<Key> {
    let direct = holders(store, tenant).remove(user).unwrap_or_default();
    direct.iter().flat_map(|key| with_children(store, tenant, key)).collect()
}

/// Adds a role to a user, unless the user has it.
pub(super) fn give(store: &mut Store, tenant: &str, user: &str, key: &Key) -> bool {
    if holders(store, tenant).get(user).is_some_and(|keys| keys.contains(key)) {
        return false;
    }
    let mut roles = store.get(&grants(tenant), user).cloned().unwrap_or_else(|| json!([]));
    if let Some(roles) = roles.as_array_mut() {
        roles.push(key.text().into());
    }
    store.put(&grants(tenant), user, roles);
    true
}

/// Removes a role from a user.
pub(super) fn take(store: &mut Store, tenant: &str, user: &str, key: &Key) -> bool {
    let mut taken = false;
    if let Some(roles) = store.get_mut(&grants(tenant), user).and_then(Value::as_array_mut) {
        let before = roles.len();
        roles.retain(|role| role != key.text());
        taken = roles.len() < before;
    }
    let account = store.get_mut(&users(tenant), user);
    if let Some(account) =
        account.filter(|account| account["admin"] == true && *key == Key::admin())
    {
        account["admin"] = false.into();
        taken = true;
    }
    taken
}
