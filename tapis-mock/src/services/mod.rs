//! What the services do. One module per service; a handler per operation.

mod access;
mod authenticator;
mod tenants;
mod tokens;

use crate::call::Call;
use crate::reply::{Failure, Outcome};

/// Does one operation.
pub(crate) type Handler = fn(&Call<'_>) -> Outcome;

/// The handler of an operation; `None` for one that has no behaviour of its own.
pub(crate) fn handler(service: &str, operation: &str) -> Option<Handler> {
    match service {
        "authenticator" => authenticator::handler(operation),
        "tenants" => tenants::handler(operation),
        "tokens" => tokens::handler(operation),
        _ => None,
    }
}

/// Does what the call asks for.
pub(crate) fn handle(call: &Call<'_>) -> Outcome {
    match call.operation.handler {
        Some(handler) => handler(call),
        None => Err(Failure::server("no behaviour")),
    }
}
