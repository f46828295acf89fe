//! The roles and permissions of users.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::access::{allow, is_admin as may_administer, require_manager, tenant};
use super::key::Key;
use super::parameters::{null_parameter, required, required_query};
use super::permission::Permission;
use super::replies::{authorized, changes, names as named};
use super::store::{
    checked, find, find_mut, forbid, give, holders, new, of_user, open, permissions as of_roles,
    permit, roles as all_roles, take, with_children,
};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::roles::is_tenant_admin;
use crate::store::Store;

/// How many of several conditions must be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Any,
    All,
}

impl Need {
    fn holds<T>(self, wanted: &[T], is_met: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Any => wanted.iter().any(is_met),
            Self::All => wanted.iter().all(is_met),
        }
    }
}

/// All users with a role.
pub(super) fn names(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    Ok(named(holders(&store, tenant).into_keys(), "SK_USERS_FOUND Users found."))
}

pub(super) fn admins(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, call.path("tenant"))?;
    let all = holders(&store, tenant).into_iter();
    let admins = all.filter(|(_, keys)| keys.contains(&Key::admin())).map(|(user, _)| user);
    Ok(named(admins, "SK_USERS_FOUND Administrators found."))
}

pub(super) fn roles(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let keys = of_user(&store, tenant, call.path("user"));
    let names: BTreeSet<String> = keys.iter().map(Key::name).collect();
    Ok(named(names, "SK_ROLES_FOUND Roles found."))
}

/// The permissions of a user that are relevant for the permission in the call.
pub(super) fn permissions(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let bound =
        |name: &str| call.query(name).filter(|spec| !spec.is_empty()).map(checked).transpose();
    let (implies, implied_by) = (bound("implies")?, bound("impliedBy")?);
    let fits = |spec: &String| {
        let Ok(spec) = checked(spec) else { return false };
        implies.as_ref().is_none_or(|wide| wide.implies(&spec))
            && implied_by.as_ref().is_none_or(|narrow| spec.implies(narrow))
    };
    let all = of_roles(&store, tenant, of_user(&store, tenant, call.path("user")));
    Ok(named(all.into_iter().filter(fits), "SK_PERMISSIONS_FOUND Permissions found."))
}

pub(super) fn with_role(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let key = Key::read(call.query("roleType"), call.path("roleName"))?;
    find(&store, tenant, &key)?;
    let has = |keys: &BTreeSet<Key>| {
        keys.iter().any(|held| with_children(&store, tenant, held).contains(&key))
    };
    let all = holders(&store, tenant).into_iter();
    let users = all.filter(|(_, keys)| has(keys)).map(|(user, _)| user);
    Ok(named(users, "SK_USERS_FOUND Users found."))
}

/// Users with exactly this permission. A `%` stands for any text.
pub(super) fn with_permission(call: &Call<'_>) -> Outcome {
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let wanted = call.path("permSpec");
    if wanted.starts_with('%') {
        let message = "SK_PERM_SEARCH_ERROR A permission cannot begin with a percent sign.";
        return Err(Failure::bad_request(message));
    }
    let is_meant = |spec: &String| is_like(spec, wanted);
    let has = |keys: &BTreeSet<Key>| {
        let keys = keys.iter().flat_map(|key| with_children(&store, tenant, key));
        of_roles(&store, tenant, keys).iter().any(is_meant)
    };
    let all = holders(&store, tenant).into_iter();
    let users = all.filter(|(_, keys)| has(keys)).map(|(user, _)| user);
    Ok(named(users, "SK_USERS_FOUND Users found."))
}

/// Whether a text consists of the parts between percent signs, with any text between them.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('%') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('%').unwrap_or(("", rest));
    for part in middle.split('%') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

/// The tenant, the user and the role of a request.
fn grant<'a>(
    call: &Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, &'a str, Key), Failure> {
    let tenant = tenant(call, store, required(body, "tenant")?)?;
    let key = Key::read(text(body, "roleType"), required(body, "roleName")?)?;
    Ok((tenant, required(body, "user")?, key))
}

pub(super) fn grant_role(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, user, key) = grant(call, &store, &body)?;
    let role = find(&store, tenant, &key)?;
    require_manager(call, &store, tenant, key.kind(), Some(role))?;
    Ok(changes(usize::from(give(&mut store, tenant, user, &key))))
}

/// Has no effect if there is nothing to remove.
pub(super) fn revoke_role(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, user, key) = grant(call, &store, &body)?;
    let role = store.get(&all_roles(tenant), key.text());
    require_manager(call, &store, tenant, key.kind(), role)?;
    Ok(changes(usize::from(take(&mut store, tenant, user, &key))))
}

pub(super) fn grant_role_with_permission(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let (tenant, user, key) = grant(call, &store, &body)?;
    let role = find(&store, tenant, &key)?;
    require_manager(call, &store, tenant, key.kind(), Some(role))?;
    let spec = required(&body, "permSpec")?;
    checked(spec)?;
    let permitted = permit(call, &mut store, tenant, &key, spec)?;
    let given = give(&mut store, tenant, user, &key);
    Ok(changes(usize::from(permitted) + usize::from(given)))
}

/// Adds a permission to the user's own role.
pub(super) fn grant_permission(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    allow(call, may_administer(call, &store, tenant), "IsTenantAdmin")?;
    let user = required(&body, "user")?;
    let spec = required(&body, "permSpec")?;
    checked(spec)?;
    let key = Key::of_user(user);
    if !store.contains(&all_roles(tenant), key.text()) {
        let description = format!("What {user} may do.");
        let role = new(call, tenant, &key, &description);
        store.put(&all_roles(tenant), key.text(), role);
    }
    give(&mut store, tenant, user, &key);
    Ok(changes(usize::from(permit(call, &mut store, tenant, &key, spec)?)))
}

/// Every user may give up their own roles and permissions.
pub(super) fn revoke_permission(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    let user = required(&body, "user")?;
    let is_own = call.tenant == tenant && call.user() == user;
    allow(call, is_own || may_administer(call, &store, tenant), "MatchesJwtIdentity")?;
    let spec = required(&body, "permSpec")?;
    let role = find_mut(&mut store, tenant, &Key::of_user(user));
    Ok(changes(role.map_or(0, |role| forbid(call, role, |known| known == spec))))
}

/// The tenant and the user of a check, and whether an administrator passes it.
fn question<'a>(
    call: &Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, &'a str, bool), Failure> {
    let tenant = tenant(call, store, required(body, "tenant")?)?;
    let user = required(body, "user")?;
    let or_admin = body.get("orAdmin").is_some_and(|yes| yes == true);
    Ok((tenant, user, or_admin && is_tenant_admin(store, tenant, user)))
}

fn list<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Vec<&'a str>, Failure> {
    let all = body.get(name).and_then(Value::as_array).into_iter().flatten();
    let all: Vec<&str> = all.filter_map(Value::as_str).collect();
    if all.is_empty() { Err(null_parameter(name)) } else { Ok(all) }
}

pub(super) fn has_role(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = open(call);
    let (tenant, user, is_admin) = question(call, &store, &body)?;
    let key = Key::read(text(&body, "roleType"), required(&body, "roleName")?)?;
    Ok(authorized(is_admin || of_user(&store, tenant, user).contains(&key)))
}

/// The prefixes of the names determine their types.
pub(super) fn has_roles(call: &Call<'_>, need: Need) -> Outcome {
    let body = call.object()?;
    let store = open(call);
    let (tenant, user, is_admin) = question(call, &store, &body)?;
    let wanted = list(&body, "roleNames")?;
    let keys = of_user(&store, tenant, user);
    let has = |name: &&str| Key::read(None, name).is_ok_and(|key| keys.contains(&key));
    Ok(authorized(is_admin || need.holds(&wanted, has)))
}

pub(super) fn is_permitted(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let wanted = [checked(required(&body, "permSpec")?)?];
    permitted(call, &body, &wanted, Need::All)
}

pub(super) fn are_permitted(call: &Call<'_>, need: Need) -> Outcome {
    let body = call.object()?;
    let wanted = list(&body, "permSpecs")?.into_iter().map(checked);
    permitted(call, &body, &wanted.collect::<Result<Vec<_>, _>>()?, need)
}

fn permitted(
    call: &Call<'_>,
    body: &Map<String, Value>,
    wanted: &[Permission],
    need: Need,
) -> Outcome {
    let store = open(call);
    let (tenant, user, is_admin) = question(call, &store, body)?;
    let specs = of_roles(&store, tenant, of_user(&store, tenant, user));
    let all: Vec<Permission> = specs.iter().filter_map(|spec| checked(spec).ok()).collect();
    let has = |wanted: &Permission| all.iter().any(|spec| spec.implies(wanted));
    Ok(authorized(is_admin || need.holds(wanted, has)))
}

pub(super) fn is_admin(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = open(call);
    let (tenant, user, _) = question(call, &store, &body)?;
    Ok(authorized(is_tenant_admin(&store, tenant, user)))
}
