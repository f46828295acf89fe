//! Access by roles.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::reply::{Failure, Kind};
use crate::roles::{has_role, is_role};
use crate::store::Store;

/// The framework's reply if the service itself fails.
pub(super) const BROKEN: &str = "Something went wrong, Please try your request again later.";

/// The body; by default an empty object.
pub(super) fn body(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    if call.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(call.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Failure::server(BROKEN)),
        Err(error) => Err(Failure::new(Kind::BadQuery, format!("JSON parse error - {error}"))),
    }
}

/// The role that includes all others.
const ADMIN: &str = "PGREST_ADMIN";

/// Refuses a caller without any of the roles.
pub(super) fn allow(
    call: &Call<'_>,
    store: &Store,
    roles: &[&str],
    what: &str,
) -> Result<(), Failure> {
    if may(call, store, roles) {
        return Ok(());
    }
    let message = format!("User {} does not have permission to {what}.", call.user());
    Err(Failure::forbidden(message))
}

/// Whether the caller has one of the roles. In a tenant in which nobody has created the service's
/// roles, every user has access.
pub(super) fn may(call: &Call<'_>, store: &Store, roles: &[&str]) -> bool {
    let has = |role: &&str| has_role(store, &call.tenant, call.user(), role);
    !is_role(store, &call.tenant, ADMIN) || has(&ADMIN) || roles.iter().any(has)
}
