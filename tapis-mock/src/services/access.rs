//! Who may do what.

use serde_json::Value;

use super::sk;
use crate::call::Call;
use crate::store::{Store, in_tenant};
use crate::world::TENANTS;

/// Whether the caller administers the tenant of the request. Services count as administrators.
pub(crate) fn is_admin(call: &Call<'_>, store: &Store) -> bool {
    let Some(caller) = &call.caller else { return false };
    caller.service.is_some() || is_tenant_admin(store, &call.tenant, &caller.username)
}

/// Whether a user administers a tenant: by its definition, by the account or by a role.
pub(crate) fn is_tenant_admin(store: &Store, tenant: &str, username: &str) -> bool {
    let user = store.get(&in_tenant(tenant, "users"), username);
    let flagged = user.and_then(|user| user.get("admin")).is_some_and(|admin| admin == true);
    let named = store.get(TENANTS, tenant).and_then(|tenant| tenant.get("admin_user"));
    flagged
        || named.and_then(Value::as_str) == Some(username)
        || sk::has_admin_role(store, tenant, username)
}
