//! The Security Kernel: roles and permissions, shares, and a vault for secrets.

mod access;
mod key;
mod members;
mod parameters;
mod paths;
mod permission;
mod probes;
mod replies;
mod roles;
mod shares;
mod store;
mod users;
mod vault;

use serde_json::Value;

use crate::call::Handler;
use crate::reply::Reply;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("getRoleNames", roles::list),
    ("getRoleByName", roles::get),
    ("createRole", roles::create),
    ("deleteRoleByName", roles::delete),
    ("updateRoleName", roles::rename),
    ("updateRoleOwner", roles::change_owner),
    ("updateRoleDescription", roles::describe),
    ("getDefaultUserRole", roles::default_name),
    ("getDefaultUserRole_1", roles::default_name),
    ("addChildRole", members::add_child),
    ("removeChildRole", members::remove_child),
    ("getRolePermissions", members::permissions),
    ("rolePermits", members::permits),
    ("addRolePermission", members::add_permission),
    ("removeRolePermission", members::remove_permission),
    ("removePermissionFromAllRoles", paths::remove_everywhere),
    ("removePathPermissionFromAllRoles", paths::remove_path_everywhere),
    ("previewPathPrefix", paths::preview),
    ("replacePathPrefix", paths::replace),
    ("getUserNames", users::names),
    ("getAdmins", users::admins),
    ("getUserRoles", users::roles),
    ("getUserPerms", users::permissions),
    ("getUsersWithRole", users::with_role),
    ("getUsersWithPermission", users::with_permission),
    ("grantRole", users::grant_role),
    ("revokeRole", users::revoke_role),
    ("grantRoleWithPermission", users::grant_role_with_permission),
    ("grantUserPermission", users::grant_permission),
    ("revokeUserPermission", users::revoke_permission),
    ("hasRole", users::has_role),
    ("hasRoleAny", |call| users::has_roles(call, users::Need::Any)),
    ("hasRoleAll", |call| users::has_roles(call, users::Need::All)),
    ("isPermitted", users::is_permitted),
    ("isPermittedAny", |call| users::are_permitted(call, users::Need::Any)),
    ("isPermittedAll", |call| users::are_permitted(call, users::Need::All)),
    ("isAdmin", users::is_admin),
    ("shareResource", shares::create),
    ("getShares", shares::list),
    ("getShare", shares::get),
    ("hasPrivilege", shares::has_privilege),
    ("deleteShare", shares::delete),
    ("deleteShareById", shares::delete_by_id),
    ("writeSecret", vault::write),
    ("readSecret", vault::read),
    ("readSecretMeta", vault::read_metadata),
    ("listSecretMeta", vault::list),
    ("deleteSecret", vault::delete),
    ("undeleteSecret", vault::undelete),
    ("destroySecret", vault::destroy),
    ("destroySecretMeta", vault::forget),
    ("validateServicePassword", vault::validate_service),
    ("validateSiteAdminPassword", vault::validate_site_admin),
    ("checkHealth", |call| probes::probe(call, false)),
    ("ready", |call| probes::probe(call, true)),
    ("readycheck", |call| probes::probe(call, true)),
    ("sayHello", |_| Ok(Reply::result(Value::Null, "Hello from the Tapis Security Kernel."))),
    ("reinitializeSite", probes::reinitialize),
];
