//! Enables, disables, locks and unlocks one version.

use serde_json::json;

use super::record::record;
use crate::call::Call;
use crate::reply::{Failure, Outcome};
use crate::shared::apps::{APP, versions_of};
use crate::shared::java::change_reply;

/// Sets a switch of the version of the path. It counts as a change even if nothing changes
/// (tapis-apps `AppsServiceImpl.updateEnabled`, `updateLocked`).
pub(super) fn set(call: &Call<'_>, field: &str, value: bool, operation: &str) -> Outcome {
    let mut store = call.world.store();
    APP.find_own(call, &store)?;
    let (id, wanted) = (call.path("appId"), call.path("appVersion"));
    let key = format!("{id}/{wanted}");
    let Some(version) = store.get_mut(&versions_of(&call.tenant), &key) else {
        // The entry in the history cannot be written.
        let what = format!("DB_UPDATE_FAILURE Version: {wanted} Operation: {operation}");
        return Err(Failure::server(APP.message(call, "UPDATE_ERROR", &what, id)));
    };
    version[field] = value.into();
    if field == "versionEnabled" {
        version["updated"] = call.now().into();
    }
    let name = if field == "locked" { "locked" } else { "enabled" };
    record(call, &mut store, id, Some(wanted), operation, &json!({ name: value }));
    let sentence = format!("App version updated. Operation: {operation}.");
    Ok(change_reply(1, APP.message(call, "UPDATED", &sentence, id)))
}
