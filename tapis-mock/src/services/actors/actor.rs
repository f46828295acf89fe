//! Actors: their definitions and state.

use serde_json::{Value, json};

use super::records::{actors, add_links, find, is_missing};
use super::{executions, rights};
use crate::call::Call;
use crate::engine;
use crate::reply::{Content, Failure, Kind, Outcome, Reply};
use crate::shared::stages;
use crate::store::Store;

/// An actor is SUBMITTED until a worker has its image.
fn way(actor: &Value) -> [&'static str; 2] {
    ["SUBMITTED", if is_missing(actor) { "ERROR" } else { "READY" }]
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut reply = engine::answer(call)?;
    if let Content::Result { result, .. } = &mut reply.content {
        let id = result["id"].as_str().unwrap_or_default().to_owned();
        let mut store = call.world.store();
        rights::own(call, &mut store, &id);
        if let Some(actor) = store.get_mut(&actors(call), &id) {
            let defaults = [
                ("stateless", json!(true)),
                ("type", json!("none")),
                ("revision", json!(1)),
                ("status_message", json!("")),
            ];
            for (field, value) in defaults {
                if actor.get(field).is_none_or(Value::is_null) {
                    actor[field] = value;
                }
            }
            stages::begin(call, actor, &way(actor));
        }
        drop(store);
        *result = shown(call, &id)?;
    }
    Ok(with_links(call, reply.saying("Actor created successfully.")))
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    settle(call, &mut call.world.store());
    Ok(with_links(call, engine::answer(call)?.saying("Actor retrieved successfully.")))
}

/// The actors that the caller may at least read.
pub(super) fn list(call: &Call<'_>) -> Outcome {
    settle(call, &mut call.world.store());
    let mut reply = engine::answer(call)?;
    if let Content::Result { result: Value::Array(listed), .. } = &mut reply.content {
        let store = call.world.store();
        listed.retain(|actor| {
            rights::may(call, &store, actor["id"].as_str().unwrap_or_default(), "READ")
        });
    }
    Ok(with_links(call, reply.saying("Actors retrieved successfully.")))
}

/// A new image makes a new revision, and the actor is SUBMITTED again.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    settle(call, &mut call.world.store());
    let before = find(call, &mut call.world.store())?.clone();
    let body = call.object()?;
    if before["stateless"] == false && body.get("stateless").is_some_and(|new| new == true) {
        return Err(Failure::bad_request(
            "Invalid actor description: an actor that was not stateless cannot be updated to be \
             stateless.",
        ));
    }
    let mut reply = engine::answer(call)?;
    {
        let mut store = call.world.store();
        let actor = find(call, &mut store)?;
        if actor["image"] != before["image"] || body.get("force").is_some_and(|force| force == true)
        {
            actor["revision"] = before["revision"].as_i64().unwrap_or(1).saturating_add(1).into();
            actor["status_message"] = "".into();
            stages::begin(call, actor, &way(actor));
            let goes_on = !is_missing(actor);
            if goes_on {
                executions::go_on(call, &mut store);
            }
        }
    }
    let id = call.path("actor_id");
    if let Content::Result { result, .. } = &mut reply.content {
        *result = shown(call, id)?;
    }
    Ok(with_links(call, reply.saying("Actor updated successfully.")))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let reply = engine::answer(call)?;
    rights::forget(call, &mut call.world.store());
    Ok(reply.saying("Actor deleted successfully."))
}

pub(super) fn state(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let state = find(call, &mut store)?.get("state").cloned().unwrap_or_else(|| json!({}));
    Ok(Reply::result(json!({ "state": state }), "Actor state retrieved successfully."))
}

pub(super) fn set_state(call: &Call<'_>) -> Outcome {
    {
        let mut store = call.world.store();
        let actor = find(call, &mut store)?;
        if actor["stateless"] == true {
            return Err(Failure::new(Kind::NotFound, "actor is stateless."));
        }
        let new: Value = serde_json::from_slice(call.body).unwrap_or_default();
        // A value that is false in Python is treated as missing.
        let says_nothing = matches!(&new, Value::Null | Value::Bool(false))
            || new.as_object().is_some_and(serde_json::Map::is_empty)
            || new.as_array().is_some_and(Vec::is_empty)
            || new == ""
            || new.as_f64() == Some(0.0);
        if says_nothing {
            return Err(Failure::bad_request(
                "Invalid actor state description: state must be JSON serializable.",
            ));
        }
        actor["state"] = new;
    }
    Ok(engine::read_as(call, "get_actor")?.saying("State updated successfully."))
}

/// Updates the state of all actors of the tenant to the current time.
fn settle(call: &Call<'_>, store: &mut Store) {
    for (_, actor) in store.records_mut(&actors(call)) {
        if stages::settle(call, actor) && actor["status"] == "ERROR" {
            actor["status_message"] = "Error pulling image: there is no such image.".into();
        }
    }
}

/// An actor, as the operation that reads it returns it.
fn shown(call: &Call<'_>, id: &str) -> Result<Value, Failure> {
    let reading = call.at("actor_id", id);
    match engine::read_as(&reading, "get_actor")?.content {
        Content::Result { result, .. } => Ok(result),
        _ => Ok(Value::Null),
    }
}

fn with_links(call: &Call<'_>, mut reply: Reply) -> Reply {
    if let Content::Result { result, .. } = &mut reply.content {
        let actors = match result {
            Value::Array(actors) => actors.iter_mut().collect(),
            actor => vec![actor],
        };
        for actor in actors {
            let itself = format!("/{}", actor["id"].as_str().unwrap_or_default());
            add_links(call, actor, &itself, "executions");
        }
    }
    reply
}
