//! Permissions on paths.

use serde_json::{Value, json};

use super::access::{Wish, best, permissions};
use super::target::Target;
use crate::call::{Call, text};
use crate::folder::Within;
use crate::reply::{Outcome, Reply};

fn key(system: &str, user: &str, path: &Within) -> String {
    format!("{system}/{user}/{path}")
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let user = call.query("username").unwrap_or(call.user());
    let word = best(&store, &call.tenant, &target.system, user, &target.path);
    let mut record = record(call, &target, user);
    match word {
        Some(word) => record["permission"] = word.into(),
        None if call.world.settings.deployed() => record["permission"] = Value::Null,
        None => {}
    }
    Ok(Reply::result(record, "ok"))
}

pub(super) fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    let user = text(&body, "username").unwrap_or_default();
    let mut record = record(call, &target, user);
    record["permission"] = body.get("permission").cloned().unwrap_or_default();
    store.put(&permissions(&call.tenant), key(&target.system, user, &target.path), record.clone());
    Ok(Reply::result(record, "ok"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    let user = call.query("username").unwrap_or_default();
    store.remove(&permissions(&call.tenant), &key(&target.system, user, &target.path));
    Ok(Reply::result(Value::Null, "ok"))
}

fn record(call: &Call<'_>, target: &Target, user: &str) -> Value {
    json!({
        "tenantId": call.tenant,
        "systemId": target.system,
        "username": user,
        "path": target.path.to_string(),
    })
}
