//! Checks of requests that change something.

use crate::call::Call;
use crate::reply::Failure;
use crate::roles;

pub(super) fn require_admin(call: &Call<'_>) -> Result<(), Failure> {
    if roles::is_admin(call, &call.world.store()) {
        return Ok(());
    }
    Err(Failure::forbidden("Not authorized: a role that may change tenants is required."))
}

pub(super) fn invalid(what: &str) -> Failure {
    Failure::bad_request(format!("Invalid POST data: {what}."))
}
