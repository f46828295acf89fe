//! Permissions on paths.

use serde_json::{Value, json};

use super::{Target, Wish};
use crate::call::{Call, text};
use crate::folder::Within;
use crate::reply::{Outcome, Reply};
use crate::store::{Store, in_tenant};

fn collection(tenant: &str) -> String {
    in_tenant(tenant, "files.permissions")
}

fn key(system: &str, user: &str, path: &Within) -> String {
    format!("{system}/{user}/{path}")
}

/// Whether a user was granted this on a path or on one above it.
pub(super) fn allow(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
    wish: Wish,
) -> bool {
    best(store, tenant, system, user, path)
        .is_some_and(|word| word == "MODIFY" || wish == Wish::Read)
}

/// The farthest-reaching permission of a user on a path.
fn best(store: &Store, tenant: &str, system: &str, user: &str, path: &Within) -> Option<String> {
    let granted = store.records(&collection(tenant)).filter(|(_, record)| {
        let above = record["path"].as_str().and_then(Within::clean);
        record["systemId"] == system
            && record["username"] == user
            && above.is_some_and(|above| path.is_within(&above))
    });
    let words = granted.filter_map(|(_, record)| record["permission"].as_str());
    // The two words happen to stand in the right order.
    words.min().map(str::to_owned)
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
    store.put(&collection(&call.tenant), key(&target.system, user, &target.path), record.clone());
    Ok(Reply::result(record, "ok"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    let user = call.query("username").unwrap_or_default();
    store.remove(&collection(&call.tenant), &key(&target.system, user, &target.path));
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
