//! Access to the operations. A denial is a 401 here.

use serde_json::Value;

use super::key::Kind;
use crate::call::Call;
use crate::reply::{self, Failure};
use crate::roles::is_tenant_admin;
use crate::store::Store;
use crate::world::{ADMIN_TENANT, TENANTS};

/// The tenant of a call, if the caller may use it: users only their own, or all as site
/// administrators; services all.
pub(super) fn tenant<'a>(
    call: &Call<'_>,
    store: &Store,
    named: &'a str,
) -> Result<&'a str, Failure> {
    let own = named == call.tenant;
    if !own && !is_service(call) {
        return Err(Failure::bad_request(format!(
            "SK_UNEXPECTED_TENANT_VALUE {} of tenant {} cannot ask about tenant {named}.",
            call.user(),
            call.tenant,
        )));
    }
    if !own && !store.contains(TENANTS, named) {
        let message = format!("SK_TENANT_NOT_FOUND There is no tenant {named}.");
        return Err(Failure::bad_request(message));
    }
    Ok(named)
}

/// The name of the calling service, if the caller is one.
pub(super) fn service<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    call.caller.as_ref().and_then(|caller| caller.service.as_deref())
}

pub(super) fn is_service(call: &Call<'_>) -> bool {
    service(call).is_some()
}

/// The caller: the service itself, not the account on whose behalf it acts.
pub(super) fn api_user<'a>(call: &'a Call<'_>) -> &'a str {
    service(call).unwrap_or(call.user())
}

/// Whether the caller is a user who is a site administrator.
pub(super) fn is_site_admin(call: &Call<'_>, store: &Store) -> bool {
    call.tenant == ADMIN_TENANT
        && !is_service(call)
        && is_tenant_admin(store, ADMIN_TENANT, call.user())
}

/// Whether the caller is above the owners of a tenant's roles.
pub(super) fn is_admin(call: &Call<'_>, store: &Store, tenant: &str) -> bool {
    is_service(call)
        || is_site_admin(call, store)
        || (call.tenant == tenant && is_tenant_admin(store, tenant, call.user()))
}

pub(super) fn require_admin(call: &Call<'_>, store: &Store, tenant: &str) -> Result<(), Failure> {
    allow(call, is_admin(call, store, tenant), "IsTenantAdmin")
}

pub(super) fn require_service(call: &Call<'_>) -> Result<(), Failure> {
    allow(call, is_service(call), "ServiceIsAllowed")
}

/// Whether the caller is the owner of a role.
pub(super) fn owns(call: &Call<'_>, role: &Value) -> bool {
    role["owner"] == call.user() && role["ownerTenant"] == call.tenant.as_str()
}

/// Refuses callers who do not have an owner's rights on a kind of roles.
pub(super) fn require_manager(
    call: &Call<'_>,
    store: &Store,
    tenant: &str,
    kind: Kind,
    role: Option<&Value>,
) -> Result<(), Failure> {
    let may = is_service(call)
        || match kind {
            Kind::User => {
                is_admin(call, store, tenant) || role.is_some_and(|role| owns(call, role))
            }
            Kind::UserDefault | Kind::TenantAdmin => is_admin(call, store, tenant),
            Kind::RestrictedService | Kind::SiteAdmin => is_site_admin(call, store),
        };
    allow(call, may, "RoleTypeRestrictions")
}

/// Refuses a call unless a check passes.
pub(super) fn allow(call: &Call<'_>, may: bool, check: &str) -> Result<(), Failure> {
    if may {
        return Ok(());
    }
    let (user, tenant, operation) = (api_user(call), &call.tenant, call.operation.id);
    Err(Failure::new(
        reply::Kind::Unauthorized,
        format!(
            "SK_API_AUTHORIZATION_FAILED {user} of tenant {tenant} may not do this. Failed check: \
             {check} Operation: {operation}"
        ),
    ))
}
