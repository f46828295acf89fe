//! Who may do what.

use crate::call::Call;
use crate::reply::Failure;
use crate::roles::{has_role, is_role};
use crate::store::Store;

/// The role that stands above the others.
const ADMIN: &str = "PGREST_ADMIN";

/// Refuses a caller who has none of the roles. In a tenant where nobody has made the service's roles
/// everybody may do everything.
pub(super) fn allow(
    call: &Call<'_>,
    store: &Store,
    roles: &[&str],
    what: &str,
) -> Result<(), Failure> {
    let has = |role: &&str| has_role(store, &call.tenant, call.user(), role);
    if !is_role(store, &call.tenant, ADMIN) || has(&ADMIN) || roles.iter().any(has) {
        return Ok(());
    }
    let message = format!("User {} does not have permission to {what}.", call.user());
    Err(Failure::forbidden(message))
}
