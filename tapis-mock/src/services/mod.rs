//! What the services do. One module per service; a handler per operation.

mod access;
mod apps;
pub(crate) mod authenticator;
mod examples;
mod files;
mod java;
pub(crate) mod jobs;
mod systems;
mod tenants;
mod tokens;

use crate::call::Call;
use crate::engine;
use crate::inspect::inspect;
use crate::reply::Outcome;

/// Does one operation.
pub(crate) type Handler = fn(&Call<'_>) -> Outcome;

/// The handler of an operation; `None` for one that has no behaviour of its own.
pub(crate) fn handler(service: &str, operation: &str) -> Option<Handler> {
    match service {
        "apps" => apps::handler(operation),
        "files" => files::handler(operation),
        "jobs" => jobs::handler(operation),
        "systems" => systems::handler(operation),
        "authenticator" => authenticator::handler(operation),
        "tenants" => tenants::handler(operation),
        "tokens" => tokens::handler(operation),
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
    if !reads_for_itself(call) {
        inspect(call)?;
    }
    match (call.operation.handler, &call.operation.resource) {
        (Some(handler), _) => handler(call),
        (None, Some((role, resource))) => engine::handle(call, *role, resource),
        (None, None) => examples::answer(call),
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
