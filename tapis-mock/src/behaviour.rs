//! The behaviour of the mock for each operation: a handler, a resource or an example.

use std::sync::LazyLock;

use crate::call::{Call, Handler};
use crate::document::{OperationRef, Table};
use crate::engine;
use crate::inspect::{Bodies, inspect};
use crate::reply::{Failure, Outcome};
use crate::services::{
    actors, apps, authenticator, files, jobs, meta, notifications, pgrest, pods, sk, streams,
    systems, tenants, tokens, workflows,
};
use crate::tokens::verify::Refusal;

/// The behaviour of the mock for an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    /// It behaves like the service.
    Handler(Handler),
    /// It creates, lists, reads, changes or deletes a record.
    Resource,
    /// It replies with an example that matches the document.
    Example,
}

static BEHAVIOURS: LazyLock<Table<Behaviour>> = LazyLock::new(|| {
    Table::new(|service, operation| {
        let mut handlers = handlers(service.name).iter();
        match handlers.find(|(id, _)| *id == operation.id) {
            Some((_, handler)) => Behaviour::Handler(*handler),
            None if engine::has_resource(operation.at) => Behaviour::Resource,
            None => Behaviour::Example,
        }
    })
});

impl Behaviour {
    pub(crate) fn of(at: OperationRef) -> Self {
        BEHAVIOURS.get(at).copied().unwrap_or(Self::Example)
    }

    /// Whether it does more than reply with an example.
    pub(crate) fn acts(self) -> bool {
        !matches!(self, Self::Example)
    }
}

/// The handlers of a service; none for a service without its own behaviour.
fn handlers(service: &str) -> &'static [(&'static str, Handler)] {
    match service {
        "actors" => actors::HANDLERS,
        "apps" => apps::HANDLERS,
        "authenticator" => authenticator::HANDLERS,
        "files" => files::HANDLERS,
        "jobs" => jobs::HANDLERS,
        "meta" => meta::HANDLERS,
        "notifications" => notifications::HANDLERS,
        "pgrest" => pgrest::HANDLERS,
        "pods" => pods::HANDLERS,
        "sk" => sk::HANDLERS,
        "streams" => streams::HANDLERS,
        "systems" => systems::HANDLERS,
        "tenants" => tenants::HANDLERS,
        "tokens" => tokens::HANDLERS,
        "workflows" => workflows::HANDLERS,
        _ => &[],
    }
}

/// Performs the operation of a call.
pub(crate) fn handle(call: &Call<'_>) -> Outcome {
    match by_nonce(call) {
        Some(Ok(by_nonce)) => attempt(&by_nonce),
        Some(Err(refused)) => Err(refused),
        None => attempt(call),
    }
}

/// The call as the owner of a nonce, if the service accepts one instead of a token.
fn by_nonce<'a>(call: &Call<'a>) -> Option<Result<Call<'a>, Failure>> {
    let takes_one = call.operation.parameters.iter().any(|it| it.name == "x-nonce");
    (call.caller.is_none() && takes_one)
        .then(|| actors::redeem(call).map(|caller| call.on_behalf_of(caller)))
}

fn attempt(call: &Call<'_>) -> Outcome {
    // Tenants rejects an invalid token even where it needs none.
    if call.service.name == "tenants"
        && call.caller.is_none()
        && let Err(refusal) = call.world.caller(call.headers, &call.tenant)
        && refusal != Refusal::Missing
    {
        return Ok(call.service.family.refuse(&refusal));
    }
    let by_id = (call.service.name == "actors").then(|| actors::by_alias(call)).flatten();
    let call = by_id.as_ref().unwrap_or(call);
    admit(call)?;
    if !reads_for_itself(call) {
        let bodies = if has_own_schema(call) { Bodies::Unchecked } else { Bodies::Document };
        inspect(call, bodies)?;
    }
    match Behaviour::of(call.operation.at) {
        Behaviour::Handler(handler) => handler(call),
        Behaviour::Resource | Behaviour::Example => engine::answer(call),
    }
}

/// Whether an operation checks its body against its own schema, which is stricter than the
/// document's.
fn has_own_schema(call: &Call<'_>) -> bool {
    let by_document = ["searchSystemsRequestBody", "matchConstraints"];
    match call.service.name {
        "apps" => ["createAppVersion", "putApp", "patchApp"].contains(&call.operation.id),
        "systems" => !by_document.contains(&call.operation.id),
        _ => false,
    }
}

/// Refuses callers whom the service refuses before it reads the request.
fn admit(call: &Call<'_>) -> Result<(), Failure> {
    match call.service.name {
        "actors" => actors::admit(call),
        "pods" => pods::admit(call),
        "workflows" => workflows::admit(call),
        _ => Ok(()),
    }
}

/// Whether an operation has its own messages for all errors of its request.
fn reads_for_itself(call: &Call<'_>) -> bool {
    let own = match call.service.name {
        "authenticator" => {
            &["create_token", "revoke_token", "generate_device_code", "create_client"][..]
        }
        // The body is optional, although the document requires it.
        "files" => &["createPostIt"][..],
        "jobs" => &["submitJob"][..],
        "pgrest" => &[
            "create_table",
            "get_table",
            "list_tables",
            "update_table",
            "delete_table",
            "get_table_rows",
            "add_table_rows",
            "update_table_rows",
            "get_table_row",
            "update_table_row",
            "delete_table_row",
            "create_view",
            "get_manage_view",
            "list_views",
            "delete_view",
            "refresh_materialized_view",
            "get_view",
        ][..],
        "streams" => &["create_measurement", "list_measurements", "download_measurements"][..],
        "tokens" => &["refresh_token", "revoke_token"][..],
        _ => &[],
    };
    own.contains(&call.operation.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::INTERFACE;

    #[test]
    fn every_handler_is_for_an_operation_of_its_service_and_there_is_one_for_each() {
        for service in &INTERFACE.services {
            let handlers = handlers(service.name);
            for (at, (id, _)) in handlers.iter().enumerate() {
                assert!(service.operations.iter().any(|op| op.id == *id), "{} {id}", service.name);
                let rest = handlers.iter().skip(at + 1);
                assert!(rest.clone().all(|(other, _)| other != id), "{} {id}", service.name);
            }
        }
    }
}
