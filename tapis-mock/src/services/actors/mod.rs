//! Actors: a message creates an execution, which progresses with the clock. The result of an actor
//! in the mock is its message.
//!
//! The name of an actor's image determines its behaviour: with `fail` its containers end with exit
//! code 1, with `missing` it cannot be pulled, so that the actor is in `ERROR`. Containers run on
//! Docker, the default of the service, and with `kubernetes` on Kubernetes.
//!
//! The name of an actor's image says what becomes of it: with `fail` its containers end with exit
//! code 1, with `missing` it cannot be pulled, so that the actor is in `ERROR`. Containers run on
//! Docker, the default of the service, and with `kubernetes` on Kubernetes.

mod actor;
mod aliases;
mod executions;
mod messages;
mod nonces;
mod records;
mod rights;

use crate::call::{Call, Handler};
use crate::reply::Failure;
pub(crate) use aliases::by_alias;
pub(crate) use nonces::redeem;

/// Refuses callers whom the service refuses before it reads the request.
pub(crate) fn admit(call: &Call<'_>) -> Result<(), Failure> {
    match call.path("alias") {
        "" => rights::admit(call),
        _ => aliases::admit(call),
    }
}

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_actor", actor::create),
    ("get_actor", actor::read),
    ("list_actors", actor::list),
    ("update_actor", actor::update),
    ("delete_actor", actor::delete),
    ("create_alias", aliases::create),
    ("update_actor_alias", aliases::update),
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
