//! Permissions on paths.

use serde_json::{Value, json};

use super::access::{best, permission_key, permissions};
use super::target::{message, not_enabled, system};
use crate::call::{Call, text};
use crate::folder::Within;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// Every user who may read the system may read permissions.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let id = call.path("systemId");
    let found = system(call, &store, id)?;
    if found["enabled"] == false {
        return Err(Failure::bad_request(not_enabled(call, id)));
    }
    let user = call.query("username").filter(|user| !user.is_empty()).unwrap_or(call.user());
    let word = best(&store, &call.tenant, id, user, &within(call)?);
    let mut record = record(call, user, asked(call));
    match word {
        Some(word) => record["permission"] = word.into(),
        None if call.world.settings.deployed() => record["permission"] = Value::Null,
        None => {}
    }
    Ok(Reply::result(record, "FAPI_PERM_FOUND Permission found."))
}

pub(super) fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    require_owner(call, &store)?;
    let user = text(&body, "username").unwrap_or_default();
    let mut kept = record(call, user, &within(call)?.to_string());
    kept["permission"] = body.get("permission").cloned().unwrap_or_default();
    let mut told = kept.clone();
    told["path"] = asked(call).into();
    store.put(&permissions(&call.tenant), permission_key(&kept), kept);
    Ok(Reply::result(told, "FAPI_PERM_GRANTED Permission granted."))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    require_owner(call, &store)?;
    let user = call.query("username").unwrap_or_default();
    let key = permission_key(&record(call, user, &within(call)?.to_string()));
    store.remove(&permissions(&call.tenant), &key);
    Ok(Reply::result(Value::Null, "FAPI_PERM_REVOKED Permissions revoked."))
}

/// Only the owner of a system grants and revokes (`FilePermissionsAuthz`).
fn require_owner(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    let id = call.path("systemId");
    if system(call, store, id)?["owner"] == call.user() {
        return Ok(());
    }
    let sentence = "Only the owner of the system may do this.";
    Err(Failure::forbidden(message(call, "FILES_PERM_NOT_AUTH", sentence, id, "")))
}

/// The path as in the request, which the service repeats.
fn asked<'a>(call: &'a Call<'_>) -> &'a str {
    Some(call.path("path")).filter(|path| !path.trim().is_empty()).unwrap_or("/")
}

fn within(call: &Call<'_>) -> Result<Within, Failure> {
    Within::clean(call.path("path"))
        .ok_or_else(|| Failure::bad_request("FILES_PATH_INVALID This path cannot be used."))
}

fn record(call: &Call<'_>, user: &str, path: &str) -> Value {
    json!({
        "tenantId": call.tenant,
        "systemId": call.path("systemId"),
        "username": user,
        "path": path,
    })
}
