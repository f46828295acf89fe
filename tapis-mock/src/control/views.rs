//! The resources of the control API that can be read.

use base64::Engine as _;
use serde_json::{Value, json};

use super::answer::{Answer, Refused};
use crate::coverage::{self, OperationInfo};
use crate::document::{known, names};
use crate::journal::RecordedRequest;
use crate::world::World;

pub(super) fn overview(world: &World) -> Value {
    let all = coverage::operations();
    let behaving = all.iter().filter(|operation| operation.behaves).count();
    json!({
        "base_url": world.settings.base_url,
        "tenant": world.settings.tenant,
        "site": world.settings.site,
        "deployed": world.settings.deployed(),
        "seed": world.settings.seed,
        "operations": all.len(),
        "behaving": behaving,
        "clock": clock(world),
    })
}

/// The operation in a query; an unknown one is an error.
fn wanted(query: &[(String, String)]) -> Result<Option<&str>, Refused> {
    let wanted = query.iter().find(|(name, _)| name == "operation");
    let wanted = wanted.map(|(_, value)| value.as_str());
    wanted.map_or(Ok(()), known).map_err(|unknown| Refused::bad(unknown.to_string()))?;
    Ok(wanted)
}

pub(super) fn operations(query: &[(String, String)]) -> Answer {
    let wanted = wanted(query)?;
    let all = coverage::operations().into_iter();
    let operations = all.filter(|operation| {
        wanted.is_none_or(|wanted| names(wanted, operation.service, operation.id))
    });
    Ok(operations.map(operation).collect())
}

fn operation(operation: OperationInfo) -> Value {
    json!({
        "service": operation.service,
        "operation": operation.id,
        "method": operation.method,
        "path": operation.path,
        "behaves": operation.behaves,
    })
}

pub(super) fn clock(world: &World) -> Value {
    json!({ "now": world.clock.timestamp().to_string() })
}

pub(super) fn requests(world: &World, query: &[(String, String)]) -> Answer {
    let wanted = wanted(query)?;
    let all = world.journal.all();
    let requests =
        all.iter().filter(|request| wanted.is_none_or(|wanted| request.is_called(wanted)));
    Ok(requests.map(request).collect())
}

fn request(request: &RecordedRequest) -> Value {
    let operation = request.operation.as_ref();
    let mut shown = json!({
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "service": operation.map(|(service, _)| service),
        "operation": operation.map(|(_, id)| id),
        "status": request.status,
    });
    match std::str::from_utf8(&request.body) {
        Ok(text) => shown["body"] = text.into(),
        Err(_) => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(&request.body);
            shown["body_base64"] = encoded.into();
        }
    }
    shown
}
