//! The administrators of a tenant.

use serde_json::Value;

use crate::call::Call;
use crate::store::{Store, in_tenant};
use crate::world::{TENANTS, users};

/// The role of a tenant's administrators, as grants name it: its type and its name.
pub(crate) const ADMIN_ROLE: &str = "TENANT_ADMIN/tenant_admin";

/// The roles of a tenant's users, by user.
pub(crate) fn grants(tenant: &str) -> String {
    in_tenant(tenant, "sk.users")
}

/// The roles of a tenant.
pub(crate) fn roles(tenant: &str) -> String {
    in_tenant(tenant, "sk.roles")
}

/// A general role, as grants name it.
fn general(name: &str) -> String {
    format!("USER/{name}")
}

/// Whether a tenant has a general role.
pub(crate) fn is_role(store: &Store, tenant: &str, name: &str) -> bool {
    store.contains(&roles(tenant), &general(name))
}

/// Whether a user has a general role.
pub(crate) fn has_role(store: &Store, tenant: &str, user: &str, name: &str) -> bool {
    holds(store, tenant, user, &general(name))
}

/// Whether the caller is an administrator of the tenant of the request. Services count as
/// administrators.
pub(crate) fn is_admin(call: &Call<'_>, store: &Store) -> bool {
    let Some(caller) = &call.caller else { return false };
    caller.service.is_some() || is_tenant_admin(store, &call.tenant, &caller.username)
}

/// Whether a user is an administrator of a tenant: by its definition, by the account or by a role.
pub(crate) fn is_tenant_admin(store: &Store, tenant: &str, username: &str) -> bool {
    let user = store.get(&users(tenant), username);
    let flagged = user.and_then(|user| user.get("admin")).is_some_and(|admin| admin == true);
    let named = store.get(TENANTS, tenant).and_then(|tenant| tenant.get("admin_user"));
    flagged
        || named.and_then(Value::as_str) == Some(username)
        || holds(store, tenant, username, ADMIN_ROLE)
}

fn holds(store: &Store, tenant: &str, user: &str, role: &str) -> bool {
    let held = store.get(&grants(tenant), user).and_then(Value::as_array);
    held.is_some_and(|held| held.iter().any(|one| one == role))
}
