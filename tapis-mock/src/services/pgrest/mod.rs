//! Tables of the database service, and their rows.

mod rows;
mod tables;

use crate::call::{Call, Handler};
use crate::reply::Failure;
use crate::roles::{has_role, is_role};
use crate::store::Store;

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_table", tables::create),
    ("get_table", tables::get),
    ("list_tables", tables::list),
    ("update_table", tables::update),
    ("delete_table", tables::delete),
    ("get_table_rows", rows::list),
    ("add_table_rows", rows::add),
    ("update_table_rows", rows::update_all),
    ("get_table_row", rows::get),
    ("update_table_row", rows::update),
    ("delete_table_row", rows::delete),
];

/// The role that stands above the others.
const ADMIN: &str = "PGREST_ADMIN";

/// Refuses a caller who has none of the roles. In a tenant where nobody has made the service's roles
/// everybody may do everything.
fn allow(call: &Call<'_>, store: &Store, roles: &[&str], what: &str) -> Result<(), Failure> {
    let has = |role: &&str| has_role(store, &call.tenant, call.user(), role);
    if !is_role(store, &call.tenant, ADMIN) || has(&ADMIN) || roles.iter().any(has) {
        return Ok(());
    }
    let message = format!("User {} does not have permission to {what}.", call.user());
    Err(Failure::forbidden(message))
}
