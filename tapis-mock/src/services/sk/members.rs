//! The content of roles: other roles and permissions.

use serde_json::{Map, Value};

use super::access::{allow, is_admin, owns, require_manager, tenant};
use super::key::{Key, Kind};
use super::parameters::{required, required_query};
use super::replies::{authorized, changes, names};
use super::store::{
    checked, find, find_mut, forbid, open, own_permissions, permissions as of_roles, permit, roles,
    touch, with_children,
};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::store::Store;

pub(super) fn add_child(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, parent, child) = family(call, &store, &body)?;
    let (parent_role, child_role) = (find(&store, tenant, &parent)?, find(&store, tenant, &child)?);
    let may = is_admin(call, &store, tenant) || (owns(call, parent_role) && owns(call, child_role));
    allow(call, may, "OwnedRoles")?;
    if with_children(&store, tenant, &child).contains(&parent) {
        let (parent, child) = (parent.name(), child.name());
        let message = format!("SK_ROLE_CYCLE_ERROR The role {child} includes {parent} itself.");
        return Err(Failure::bad_request(message));
    }
    let role = find_mut(&mut store, tenant, &parent)?;
    let added = role["children"].as_array_mut().is_some_and(|children| {
        let is_new = !children.iter().any(|known| known == child.text());
        if is_new {
            children.push(child.text().into());
        }
        is_new
    });
    if added {
        touch(call, role);
    }
    Ok(changes(usize::from(added)))
}

pub(super) fn remove_child(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, parent, child) = family(call, &store, &body)?;
    let parent_role = find(&store, tenant, &parent)?;
    allow(call, is_admin(call, &store, tenant) || owns(call, parent_role), "OwnedRoles")?;
    find(&store, tenant, &child)?;
    let role = find_mut(&mut store, tenant, &parent)?;
    let removed = role["children"].as_array_mut().is_some_and(|children| {
        let before = children.len();
        children.retain(|known| known != child.text());
        children.len() < before
    });
    if removed {
        touch(call, role);
    }
    Ok(changes(usize::from(removed)))
}

/// The tenant, the parent role and the child role.
fn family<'a>(
    call: &Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, Key, Key), Failure> {
    let tenant = tenant(call, store, required(body, "roleTenant")?)?;
    let role = |name| Ok::<_, Failure>(Key::new(Kind::User, required(body, name)?));
    Ok((tenant, role("parentRoleName")?, role("childRoleName")?))
}

pub(super) fn permissions(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let key = any_kind(&store, tenant, call.path("roleName"))?;
    let keys =
        if call.flag("immediate") { [key].into() } else { with_children(&store, tenant, &key) };
    Ok(names(of_roles(&store, tenant, keys), "SK_PERMISSIONS_FOUND Permissions found."))
}

/// The role with a name, if no type is requested: the general one, or any other.
fn any_kind(store: &Store, tenant: &str, name: &str) -> Result<Key, Failure> {
    let usual = Key::read(None, name)?;
    let others = [Kind::UserDefault, Kind::TenantAdmin, Kind::RestrictedService, Kind::SiteAdmin];
    let others = others.map(|kind| Key::new(kind, name));
    let there = |key: &&Key| store.contains(&roles(tenant), key.text());
    let found = [&usual].into_iter().chain(&others).find(there).unwrap_or(&usual);
    find(store, tenant, found).map(|_| found.clone())
}

/// Whether a role has a permission. Every caller may check.
pub(super) fn permits(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = open(call);
    let tenant = tenant(call, &store, required(&body, "roleTenant")?)?;
    let key = Key::read(text(&body, "roleType"), call.path("roleName"))?;
    let wanted = checked(required(&body, "permSpec")?)?;
    let role = find(&store, tenant, &key)?;
    let specs: Vec<String> = if call.flag("immediate") {
        own_permissions(role).map(|(_, spec)| spec.to_owned()).collect()
    } else {
        of_roles(&store, tenant, with_children(&store, tenant, &key)).into_iter().collect()
    };
    let allowed = specs.iter().any(|spec| checked(spec).is_ok_and(|spec| spec.implies(&wanted)));
    Ok(authorized(allowed))
}

pub(super) fn add_permission(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, key) = managed(call, &store, &body)?;
    let spec = required(&body, "permSpec")?;
    checked(spec)?;
    let added = permit(call, &mut store, tenant, &key, spec)?;
    Ok(changes(usize::from(added)))
}

pub(super) fn remove_permission(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, key) = managed(call, &store, &body)?;
    let spec = required(&body, "permSpec")?;
    let role = find_mut(&mut store, tenant, &key)?;
    Ok(changes(forbid(call, role, |known| known == spec)))
}

/// The role of a request, for callers who may change its permissions.
fn managed<'a>(
    call: &Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, Key), Failure> {
    let tenant = tenant(call, store, required(body, "roleTenant")?)?;
    let key = Key::read(text(body, "roleType"), required(body, "roleName")?)?;
    let role = find(store, tenant, &key)?;
    require_manager(call, store, tenant, key.kind(), Some(role))?;
    Ok((tenant, key))
}
