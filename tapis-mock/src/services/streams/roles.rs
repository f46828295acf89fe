//! The roles of users on a project.

use serde_json::{Value, json};

use super::projects::project;
use super::replies::told;
use crate::call::{Call, text};
use crate::engine;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

pub(super) const ADMIN: &str = "admin";
const MANAGER: &str = "manager";
/// Roles that may change something.
pub(super) const MANAGERS: &[&str] = &[ADMIN, MANAGER];
/// Roles that may read something.
pub(super) const ANY: &[&str] = &[ADMIN, MANAGER, "user"];

/// The collection of a project's roles, by user.
fn held(call: &Call<'_>, project: &str) -> String {
    in_tenant(&call.tenant, &format!("streams.roles/{project}"))
}

fn of(call: &Call<'_>, store: &Store, project: &str, user: &str) -> Vec<String> {
    let held = store.get(&held(call, project), user).and_then(Value::as_array);
    let held = held.into_iter().flatten().filter_map(Value::as_str);
    // In the order in which the service checks them.
    let held: Vec<&str> = held.collect();
    ANY.iter().filter(|role| held.contains(role)).map(|role| (*role).to_owned()).collect()
}

pub(super) fn give(call: &Call<'_>, store: &mut Store, project: &str, user: &str, role: &str) {
    let mut roles = of(call, store, project, user);
    roles.push(role.to_owned());
    store.put(&held(call, project), user, json!(roles));
}

/// Refuses a caller without any of the roles on a project.
pub(super) fn allow(
    call: &Call<'_>,
    store: &Store,
    id: &str,
    roles: &[&str],
) -> Result<(), Failure> {
    project(call, store, id)?;
    let held = of(call, store, id, call.user());
    if held.iter().any(|role| roles.contains(&role.as_str())) {
        return Ok(());
    }
    Err(Failure::bad_request("User not authorized to access the resource"))
}

/// The roles of a user that the caller may see.
fn visible(
    call: &Call<'_>,
    store: &Store,
    id: &str,
    user: &str,
) -> Result<(Vec<String>, &'static str), Failure> {
    project(call, store, id)?;
    if of(call, store, id, call.user()).is_empty() {
        return Ok((Vec::new(), "User not authorized to access roles"));
    }
    let roles = of(call, store, id, user);
    let message = if roles.is_empty() { "Roles not found" } else { "Roles found" };
    Ok((roles, message))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    if call.query("resource_type") != Some("project") {
        return engine::answer(call);
    }
    let asked = |name: &str| call.query(name).unwrap_or_default();
    let store = call.world.store();
    let (roles, message) = visible(call, &store, asked("resource_id"), asked("user"))?;
    let result = if roles.is_empty() { json!("") } else { json!(roles) };
    Ok(Reply::result(result, message))
}

/// A request to grant or revoke a role.
struct Asked {
    project: String,
    user: String,
    role: String,
}

/// `None` if the request is not for a project.
fn asked(call: &Call<'_>) -> Result<Option<Asked>, Failure> {
    let body = call.object()?;
    let part = |name: &str| text(&body, name).unwrap_or_default().to_owned();
    let asked = Asked { project: part("resource_id"), user: part("user"), role: part("role_name") };
    Ok((part("resource_type") == "project").then_some(asked))
}

pub(super) fn grant(call: &Call<'_>) -> Outcome {
    let Some(Asked { project, user, role }) = asked(call)? else { return engine::answer(call) };
    let mut store = call.world.store();
    let (mut roles, _) = visible(call, &store, &project, &user)?;
    if roles.contains(&role) {
        return Ok(Reply::result(json!(roles), "Role already exists"));
    }
    if user == call.user() {
        return told("", "Cannot grant role for self");
    }
    let own = of(call, &store, &project, call.user());
    let has = |role: &str| own.iter().any(|own| own == role);
    if has(ADMIN) || (has(MANAGER) && role != ADMIN) {
        give(call, &mut store, &project, &user, &role);
        let message = format!("Role {role} successfully granted");
        roles.push(role);
        return Ok(Reply::result(json!(roles), message));
    }
    if own.is_empty() {
        return told("", "User not authorized to grant role");
    }
    told("", format!("Role {role} cannot be granted"))
}

pub(super) fn revoke(call: &Call<'_>) -> Outcome {
    let Some(Asked { project, user, role }) = asked(call)? else { return engine::answer(call) };
    if user == call.user() {
        return told("", "Cannot delete role for self");
    }
    let mut store = call.world.store();
    let (mut roles, _) = visible(call, &store, &project, &user)?;
    if !of(call, &store, &project, call.user()).iter().any(|own| own == ADMIN) {
        return told("", "User not authorized to revoke role");
    }
    if !roles.contains(&role) {
        return told("", "Role does not exists");
    }
    roles.retain(|held| *held != role);
    store.put(&held(call, &project), user.as_str(), json!(roles));
    let message = format!("Role {role} successfully deleted for user {user}");
    Ok(Reply::result("", message))
}
