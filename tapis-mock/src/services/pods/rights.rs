//! The permissions on pods, volumes and snapshots.

use http::Method;
use serde_json::{Map, Value, json};

use super::checks;
use super::records::unexpected;
use crate::call::{Call, text};
use crate::reply::{Content, Failure, Kind, Outcome, Reply};
use crate::store::{Store, in_tenant};

const LEVELS: [&str; 3] = ["READ", "USER", "ADMIN"];

/// The object of a path: its parameter, the path of its collection and its name in messages.
fn object(call: &Call<'_>) -> Option<(&'static str, &'static str, &'static str)> {
    let objects = [
        ("pod_id", "/v3/pods", "Pod"),
        ("volume_id", "/v3/pods/volumes", "Volume"),
        ("snapshot_id", "/v3/pods/snapshots", "Snapshot"),
    ];
    let named = |parameter: &str| call.path.iter().any(|(name, _)| name == parameter);
    objects.into_iter().find(|(parameter, ..)| named(parameter))
}

/// Refuses callers without the level that the operation needs, and missing objects, before the
/// request is read. Templates and secrets have permissions too, which have no effect here.
pub(crate) fn admit(call: &Call<'_>) -> Result<(), Failure> {
    let Some((parameter, collection, what)) = object(call) else { return Ok(()) };
    // The path of the helper for notebooks has the id of a pod that need not exist yet.
    if call.operation.template.starts_with("/v3/pods/jupyter") {
        return Ok(());
    }
    let (method, route) = (&call.operation.method, call.operation.template);
    let route = route.strip_prefix("/v3").unwrap_or(route);
    let Some(level) = needed_level(call, collection) else {
        let fill = |path: String, (name, value): &(String, String)| {
            path.replace(&format!("{{{name}}}"), value)
        };
        let path = call.path.iter().fold(route.to_owned(), fill);
        let message =
            format!("Request path '{path}' ({method}) does not match any Pods API route.");
        return Err(Failure::new(Kind::Unauthorized, message));
    };
    let (id, store) = (call.path(parameter), call.world.store());
    if !store.contains(&in_tenant(&call.tenant, collection), id) {
        let message = format!("{what} with identifier {parameter}: '{id}' not found");
        return Err(Failure::not_found(message));
    }
    if rank(held(call, &store, parameter, id)) >= rank(Some(level)) {
        return Ok(());
    }
    let message =
        format!("Not authorized -- you do not have access to this endpoint. {method} {route}");
    Err(Failure::new(Kind::Unauthorized, message))
}

/// The level that an operation on an object needs, or `None` for one that is missing in the
/// service's own table of routes.
fn needed_level(call: &Call<'_>, collection: &str) -> Option<&'static str> {
    // After the collection and the object's name.
    let rest = call.operation.template.strip_prefix(collection).unwrap_or_default();
    let action = rest.split('/').nth(2).unwrap_or_default();
    let action = action.split('{').next().unwrap_or_default();
    let method = &call.operation.method;
    Some(match (action, method) {
        ("", &Method::GET) | ("logs" | "list" | "derived", _) => "READ",
        ("", &Method::PUT) | ("permissions", &Method::GET) => "USER",
        ("credentials" | "upload" | "contents", _) => "USER",
        ("download", _) => return None,
        _ => "ADMIN",
    })
}

fn rank(level: Option<&str>) -> usize {
    LEVELS.iter().position(|known| Some(*known) == level).map_or(0, |place| place + 1)
}

fn held<'s>(call: &Call<'_>, store: &'s Store, parameter: &str, id: &str) -> Option<&'s str> {
    store.get(&kept(call, parameter), id)?.get(call.user())?.as_str()
}

/// The collection of the permissions on objects of a kind.
fn kept(call: &Call<'_>, parameter: &str) -> String {
    in_tenant(&call.tenant, &format!("pods.permissions.{parameter}"))
}

/// The creator of an object has the level ADMIN.
pub(super) fn created(call: &Call<'_>, reply: Reply) -> Outcome {
    let body = call.object()?;
    for parameter in ["pod_id", "volume_id", "snapshot_id", "template_id"] {
        if let (Some(id), true) = (text(&body, parameter), names(call, parameter)) {
            let owner = Map::from_iter([(call.user().to_owned(), Value::from("ADMIN"))]);
            call.world.store().put(&kept(call, parameter), id, owner.into());
        }
    }
    Ok(reply)
}

/// Whether this field is the name of the object that the operation creates.
fn names(call: &Call<'_>, parameter: &str) -> bool {
    let kind = parameter.trim_end_matches("_id");
    call.operation.id.ends_with(kind)
}

/// A deleted object has no permissions.
pub(super) fn forgotten(call: &Call<'_>, reply: Reply) -> Outcome {
    if let Some((parameter, ..)) = object(call) {
        call.world.store().remove(&kept(call, parameter), call.path(parameter));
    }
    Ok(reply)
}

/// Lists have the objects for which the caller has a permission.
pub(super) fn listed(call: &Call<'_>, mut reply: Reply) -> Outcome {
    let parameter = match call.operation.id {
        "list_volumes" => "volume_id",
        "list_snapshots" => "snapshot_id",
        _ => "pod_id",
    };
    if let Content::Result { result: Value::Array(listed), .. } = &mut reply.content {
        let store = call.world.store();
        listed.retain(|one| {
            let id = one[parameter].as_str().unwrap_or_default();
            held(call, &store, parameter, id).is_some()
        });
    }
    Ok(reply)
}

/// The parameter with the object of a call about permissions, and the object's name.
fn target<'a>(call: &'a Call<'_>) -> (&'a str, &'a str) {
    call.path.first().map_or(("", ""), |(name, value)| (name.as_str(), value.as_str()))
}

fn all(call: &Call<'_>, store: &Store) -> Map<String, Value> {
    let (parameter, id) = target(call);
    let all = store.get(&kept(call, parameter), id).and_then(Value::as_object);
    all.cloned().unwrap_or_default()
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let all = all(call, &call.world.store());
    let all: Vec<String> = all
        .iter()
        .map(|(user, level)| format!("{user}:{}", level.as_str().unwrap_or_default()))
        .collect();
    Ok(Reply::result(json!({ "permissions": all }), "Permissions retrieved successfully."))
}

pub(super) fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let required = |name: &str| {
        text(&body, name)
            .ok_or_else(|| Failure::bad_request(format!("body, {name}: Field required")))
    };
    let (user, level) = (required("user")?, required("level")?);
    if !LEVELS.contains(&level) {
        let rule = "level must be in ('READ', 'USER', 'ADMIN')";
        return Err(Failure::bad_request(checks::fault("body, level", rule)));
    }
    change(call, |all| {
        all.insert(user.to_owned(), level.into());
        Ok(())
    })
}

pub(super) fn revoke(call: &Call<'_>) -> Outcome {
    let user = call.path("user");
    change(call, |all| match all.remove(user) {
        Some(_) => Ok(()),
        None => Err(unexpected(&format!(
            "KeyError('Could not find permission for pod with username {user} when deleting permission')"
        ))),
    })
}

/// Changes the permissions, unless no administrator of the object would be left.
fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), Failure>,
) -> Outcome {
    {
        let mut store = call.world.store();
        let mut all = all(call, &store);
        change(&mut all)?;
        if !all.values().any(|level| level == "ADMIN") {
            return Err(unexpected(
                "KeyError('Operation would result in pod with no users in ADMIN role. Rolling back.')",
            ));
        }
        let (parameter, id) = target(call);
        store.put(&kept(call, parameter), id, all.into());
    }
    read(call)
}
