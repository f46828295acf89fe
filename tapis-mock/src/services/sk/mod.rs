//! The security kernel: roles and what they permit, shares, and a vault for secrets.

mod access;
mod members;
mod paths;
mod permission;
mod probes;
mod roles;
mod shares;
mod store;
mod users;
mod vault;

use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) use store::has_admin_role;

use super::Handler;
use crate::call::{Call, text};
use crate::reply::{Failure, Reply};

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "getRoleNames" => roles::list,
        "getRoleByName" => roles::get,
        "createRole" => roles::create,
        "deleteRoleByName" => roles::delete,
        "updateRoleName" => roles::rename,
        "updateRoleOwner" => roles::change_owner,
        "updateRoleDescription" => roles::describe,
        "getDefaultUserRole" | "getDefaultUserRole_1" => roles::default_name,
        "addChildRole" => members::add_child,
        "removeChildRole" => members::remove_child,
        "getRolePermissions" => members::permissions,
        "rolePermits" => members::permits,
        "addRolePermission" => members::add_permission,
        "removeRolePermission" => members::remove_permission,
        "removePermissionFromAllRoles" => paths::remove_everywhere,
        "removePathPermissionFromAllRoles" => paths::remove_path_everywhere,
        "previewPathPrefix" => paths::preview,
        "replacePathPrefix" => paths::replace,
        "getUserNames" => users::names,
        "getAdmins" => users::admins,
        "getUserRoles" => users::roles,
        "getUserPerms" => users::permissions,
        "getUsersWithRole" => users::with_role,
        "getUsersWithPermission" => users::with_permission,
        "grantRole" => users::grant_role,
        "revokeRole" => users::revoke_role,
        "grantRoleWithPermission" => users::grant_role_with_permission,
        "grantUserPermission" => users::grant_permission,
        "revokeUserPermission" => users::revoke_permission,
        "hasRole" => users::has_role,
        "hasRoleAny" => |call| users::has_roles(call, users::Need::Any),
        "hasRoleAll" => |call| users::has_roles(call, users::Need::All),
        "isPermitted" => users::is_permitted,
        "isPermittedAny" => |call| users::are_permitted(call, users::Need::Any),
        "isPermittedAll" => |call| users::are_permitted(call, users::Need::All),
        "isAdmin" => users::is_admin,
        "shareResource" => shares::create,
        "getShares" => shares::list,
        "getShare" => shares::get,
        "hasPrivilege" => shares::has_privilege,
        "deleteShare" => shares::delete,
        "deleteShareById" => shares::delete_by_id,
        _ => return vault::handler(operation).or_else(|| probes::handler(operation)),
    })
}

/// The text of a field that must have one.
fn required<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    text(body, name).ok_or_else(|| null_parameter(name))
}

/// A query parameter that must be there.
fn required_query<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Failure> {
    call.query(name).filter(|value| !value.is_empty()).ok_or_else(|| null_parameter(name))
}

fn null_parameter(name: &str) -> Failure {
    Failure::bad_request(format!("TAPIS_NULL_PARAMETER No value for {name}."))
}

fn names(names: impl IntoIterator<Item = impl Into<Value>>, message: &str) -> Reply {
    let names: Vec<Value> = names.into_iter().map(Into::into).collect();
    Reply::result(json!({ "names": names }), message)
}

fn authorized(yes: bool) -> Reply {
    let message = if yes { "Authorized." } else { "Not authorized." };
    Reply::result(json!({ "isAuthorized": yes }), format!("SK_AUTHORIZED {message}"))
}

fn changes(count: usize) -> Reply {
    Reply::result(json!({ "changes": count }), format!("SK_UPDATED Changes: {count}."))
}

/// Says where something is, and whether it is new.
fn location(call: &Call<'_>, path: &str, is_new: bool) -> Reply {
    let url = format!("{}/v3/security/{path}", call.base_url);
    let message = if is_new { "SK_CREATED Created." } else { "SK_EXISTS It was there already." };
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Reply::result(json!({ "url": url }), message).with_status(status)
}
