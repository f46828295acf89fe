//! The permissions on actors.

use http::Method;
use serde_json::{Map, Value, json};

use super::records::{actors, missing};
use crate::call::{Call, text};
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// Each level includes the levels before it.
const LEVELS: [&str; 4] = ["NONE", "READ", "EXECUTE", "UPDATE"];
/// The user that represents all users.
const WORLD: &str = "ABACO_WORLD";

/// Refuses callers without the level that the operation needs, and missing actors, before the
/// request is read.
pub(super) fn admit(call: &Call<'_>) -> Result<(), Failure> {
    let id = call.path("actor_id");
    if id.is_empty() {
        return Ok(());
    }
    let store = call.world.store();
    if !store.contains(&actors(call), id) {
        return Err(missing(id));
    }
    match may(call, &store, id, needed(call)) {
        true => Ok(()),
        false => {
            let message = "Not authorized -- you do not have access to this actor.";
            Err(Failure::new(Kind::Unauthorized, message))
        }
    }
}

/// The level that an operation on an actor needs.
pub(super) fn needed(call: &Call<'_>) -> &'static str {
    let is_message = call.operation.template.ends_with("/messages");
    match call.operation.method {
        Method::GET => "READ",
        Method::POST if is_message => "EXECUTE",
        _ => "UPDATE",
    }
}

/// Whether one level includes another.
pub(super) fn contains(held: Option<&str>, level: &str) -> bool {
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
    held.and_then(rank) >= rank(level)
}

/// Whether the caller has at least this level on an actor.
pub(super) fn may(call: &Call<'_>, store: &Store, id: &str, level: &str) -> bool {
    let Some(all) = store.get(&kept(call), id) else { return false };
    all.get(WORLD).is_some() || contains(all[call.user()].as_str(), level)
}

fn kept(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "actors.permissions")
}

/// The creator of an actor has all permissions on it.
pub(super) fn own(call: &Call<'_>, store: &mut Store, id: &str) {
    let owner = Map::from_iter([(call.user().to_owned(), Value::from("UPDATE"))]);
    store.put(&kept(call), id, owner.into());
}

pub(super) fn forget(call: &Call<'_>, store: &mut Store) {
    store.remove(&kept(call), call.path("actor_id"));
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let all = store.get(&kept(call), call.path("actor_id")).cloned();
    Ok(Reply::result(all.unwrap_or_else(|| json!({})), "Permissions retrieved successfully."))
}

pub(super) fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let (Some(user), Some(level)) = (text(&body, "user"), text(&body, "level")) else {
        return Err(Failure::bad_request("Invalid permissions description: user and level."));
    };
    if !LEVELS.contains(&level) {
        let message = format!(
            "Invalid permission level: {level}. The valid values are ('NONE', 'READ', 'EXECUTE', \
             'UPDATE')"
        );
        return Err(Failure::bad_request(message));
    }
    if let Some(known) = call.world.store().get_mut(&kept(call), call.path("actor_id")) {
        known[user] = level.into();
    }
    Ok(read(call)?.saying("Permission added successfully."))
}
