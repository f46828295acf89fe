//! Actors: a message makes an execution, which goes on with the clock. What an actor of the mock
//! gives is what it was sent.
//!
//! The name of an actor's image says what becomes of it: with `fail` its containers end with exit
//! code 1, with `missing` it cannot be pulled, so that the actor is in `ERROR`.

mod actor;
mod executions;
mod messages;
mod nonces;
mod rights;

use serde_json::Value;

use crate::call::{Call, Handler};
use crate::dates::{self, Style};
use crate::reply::Failure;
use crate::store::{Store, in_tenant};
pub(crate) use nonces::redeem;
pub(crate) use rights::admit;

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_actor", actor::create),
    ("get_actor", actor::read),
    ("list_actors", actor::list),
    ("update_actor", actor::update),
    ("delete_actor", actor::delete),
    ("get_state", actor::state),
    ("update_state", actor::set_state),
    ("send_json_message", messages::send),
    ("get_messages", messages::count),
    ("delete_pending_messages", messages::purge),
    ("list_executions", executions::list),
    ("get_execution", executions::read),
    ("get_execution_result", executions::result),
    ("get_execution_logs", executions::logs),
    ("create_nonce", nonces::create),
    ("list_permissions", rights::read),
    ("update_permissions", rights::grant),
];

fn actors(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/actors")
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("actor_id");
    let actor = store.get_mut(&actors(call), id);
    actor.ok_or_else(|| rights::missing(id))
}

/// Adds addresses that no document knows, as the deployed service does.
fn add_links(call: &Call<'_>, record: &mut Value, itself: &str, below: &str) {
    if !call.world.settings.deployed() {
        return;
    }
    let owner = record["owner"].as_str().unwrap_or_default().to_owned();
    record["_links"] = serde_json::json!({
        "self": format!("{}/v3/actors{itself}", call.base_url),
        "owner": format!("{}/v3/oauth2/profiles/{owner}", call.base_url),
        below: format!("{}/v3/actors{itself}/{below}", call.base_url),
    });
}

/// A timestamp in the form of this service.
fn timestamp(call: &Call<'_>) -> Value {
    let time = call.world.clock.timestamp();
    if call.world.settings.deployed() {
        return dates::write(time, Style::Abaco).into();
    }
    call.now().into()
}
