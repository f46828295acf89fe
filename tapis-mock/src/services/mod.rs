//! What the services do. One module per service; a handler per operation.

mod access;
mod actors;
mod apps;
pub(crate) mod authenticator;
mod examples;
mod files;
mod java;
pub(crate) mod jobs;
mod meta;
mod notifications;
mod pgrest;
mod pods;
mod sk;
mod stages;
mod streams;
mod systems;
mod tenants;
mod tokens;
mod workflows;

use crate::call::Call;
use crate::engine;
use crate::inspect::inspect;
use crate::reply::Outcome;

/// Does one operation.
pub(crate) type Handler = fn(&Call<'_>) -> Outcome;

/// The handler of an operation; `None` for one that has no behaviour of its own.
pub(crate) fn handler(service: &str, operation: &str) -> Option<Handler> {
    match service {
        "actors" => actors::handler(operation),
        "apps" => apps::handler(operation),
        "files" => files::handler(operation),
        "jobs" => jobs::handler(operation),
        "meta" => meta::handler(operation),
        "notifications" => notifications::handler(operation),
        "pgrest" => pgrest::handler(operation),
        "pods" => pods::handler(operation),
        "sk" => sk::handler(operation),
        "streams" => streams::handler(operation),
        "systems" => systems::handler(operation),
        "authenticator" => authenticator::handler(operation),
        "tenants" => tenants::handler(operation),
        "tokens" => tokens::handler(operation),
        "workflows" => workflows::handler(operation),
        _ => None,
    }
}

/// Whether an operation that looks like one of a resource is one. Paths of these services mean
/// something else than they seem to.
pub(crate) fn stores(service: &str) -> bool {
    !matches!(service, "sk" | "meta" | "globus-proxy" | "models" | "datasets")
}

/// Does what the call asks for.
pub(crate) fn handle(call: &Call<'_>) -> Outcome {
    let outcome = attempt(call);
    if call.service.name == "streams" && call.world.settings.deployed() {
        return streams::as_deployed(call, outcome);
    }
    outcome
}

fn attempt(call: &Call<'_>) -> Outcome {
    if !reads_for_itself(call) {
        inspect(call)?;
    }
    match (call.operation.handler, &call.operation.resource) {
        (Some(handler), _) => handler(call),
        (None, Some((role, resource))) => engine::handle(call, *role, resource),
        (None, None) => examples::answer(call),
    }
}

/// What the engine does for the operation of a call.
fn of_resource(call: &Call<'_>) -> Outcome {
    match &call.operation.resource {
        Some((role, resource)) => engine::handle(call, *role, resource),
        None => examples::answer(call),
    }
}

/// The record that a call is about, as the operation `reading` would give it.
fn read_as(call: &Call<'_>, reading: &str) -> Outcome {
    let reading = call.service.operations.iter().find(|operation| operation.id == reading);
    match reading.and_then(|reading| reading.resource.as_ref()) {
        Some((_, resource)) => engine::handle(call, engine::Role::Read, resource),
        None => examples::answer(call),
    }
}

/// Whether an operation has its own words for everything that can be wrong with its request.
fn reads_for_itself(call: &Call<'_>) -> bool {
    let own = match call.service.name {
        "authenticator" => {
            &["create_token", "revoke_token", "generate_device_code", "create_client"][..]
        }
        "tokens" => &["refresh_token", "revoke_token"][..],
        _ => &[],
    };
    own.contains(&call.operation.id.as_str())
}
