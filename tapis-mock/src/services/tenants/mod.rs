//! Tenants, sites, owners and directories.

mod checks;
mod others;
mod records;
mod tenant;

use crate::call::Handler;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("list_tenants", tenant::list),
    ("get_tenant", tenant::get),
    ("create_tenant", tenant::create),
    ("update_tenant", tenant::update),
    ("get_tenant_history", tenant::history),
    ("list_sites", records::list_sites),
    ("get_site", records::get_site),
    ("create_site", |call| others::create(call, &others::SITE)),
    ("delete_site", |call| others::delete(call, &others::SITE)),
    ("list_owners", |call| others::list(call, &others::OWNER)),
    ("get_owner", |call| others::get(call, &others::OWNER)),
    ("create_owner", |call| others::create(call, &others::OWNER)),
    ("delete_owner", |call| others::delete(call, &others::OWNER)),
    ("list_ldaps", |call| others::list(call, &others::LDAP)),
    ("get_ldap", |call| others::get(call, &others::LDAP)),
    ("create_ldap", |call| others::create(call, &others::LDAP)),
    ("delete_ldap", |call| others::delete(call, &others::LDAP)),
];
