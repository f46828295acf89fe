//! Aliases of actors.

use super::records::{actors, missing};
use super::rights;
use crate::call::{Call, text};
use crate::engine;
use crate::reply::{Failure, Kind, Outcome};

const RESERVED: [&str; 6] = ["executions", "nonces", "logs", "messages", "adapters", "admin"];
const FORBIDDEN: &str = "\\ \":/?#[]@!$&'()*+,;=";

fn aliases(call: &Call<'_>) -> String {
    format!("{}/aliases", actors(call))
}

/// The call with the id of the actor instead of its alias.
pub(crate) fn by_alias<'a>(call: &Call<'a>) -> Option<Call<'a>> {
    let (name, store) = (call.path("actor_id"), call.world.store());
    if name.is_empty() || store.contains(&actors(call), name) {
        return None;
    }
    let id = store.get(&aliases(call), name)?["actor_id"].as_str()?;
    Some(call.at("actor_id", id))
}

/// An alias belongs to the user who created it.
pub(super) fn admit(call: &Call<'_>) -> Result<(), Failure> {
    let (name, store) = (call.path("alias"), call.world.store());
    let alias = store.get(&aliases(call), name).ok_or_else(|| missing(name))?;
    if alias["owner"] == call.user() {
        return Ok(());
    }
    Err(unauthorized("Not authorized -- you do not have access to this alias."))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let name = text(&body, "alias").unwrap_or_default();
    let id = text(&body, "actor_id").unwrap_or_default();
    {
        let store = call.world.store();
        if store.contains(&actors(call), name) {
            let message = "Invalid alias description. Alias cannot be an Abaco hash id.";
            return Err(Failure::bad_request(message));
        }
        if !store.contains(&actors(call), id) {
            return Err(Failure::not_found(format!("No actor found with id: {id}.")));
        }
        if !rights::may(call, &store, id, "UPDATE") {
            let message = format!("Not authorized -- you do not have access to {id}.");
            return Err(unauthorized(message));
        }
        if RESERVED.contains(&name) {
            return Err(Failure::bad_request(format!("{name} is a reserved word.")));
        }
        if let Some(letter) = name.chars().find(|letter| FORBIDDEN.contains(*letter)) {
            return Err(Failure::bad_request(format!("'{letter}' is a forbidden character.")));
        }
        if store.contains(&aliases(call), name) {
            return Err(Failure::bad_request(format!("Alias {name} already exists.")));
        }
    }
    engine::answer(call)?;
    if let Some(alias) = call.world.store().get_mut(&aliases(call), name) {
        alias["owner"] = call.user().into();
    }
    let reading = engine::read_as(&call.at("alias", name), "get_alias")?;
    Ok(reading.saying("Actor alias created successfully."))
}

/// An alias can be moved to another actor, if the caller may change that one.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let id = text(&body, "actor_id").unwrap_or_default();
    if !rights::may(call, &call.world.store(), id, "UPDATE") {
        return Err(unauthorized(
            "Not authorized -- you do not have UPDATE access to the actor you want to associate \
             with this alias.",
        ));
    }
    Ok(engine::answer(call)?.saying("Actor alias updated successfully."))
}

fn unauthorized(message: impl Into<String>) -> Failure {
    Failure::new(Kind::Unauthorized, message)
}
