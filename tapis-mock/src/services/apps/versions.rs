//! Switches of one version.

use serde_json::json;

use crate::call::Call;
use crate::reply::Outcome;
use crate::shared::apps::{APP, version, versions_of};
use crate::shared::java::{Permission, change_reply, history};

/// Sets a switch of the version of the path.
pub(super) fn set(call: &Call<'_>, field: &str, value: bool, operation: &str) -> Outcome {
    let mut store = call.world.store();
    APP.find_for(call, &store, Permission::Modify)?;
    let (id, wanted) = (call.path("appId"), call.path("appVersion"));
    let found = version(&store, &call.tenant, id, wanted);
    let found = found.ok_or_else(|| APP.missing(call, &format!("{id}-{wanted}")))?;
    let changed = found[field] != value;
    let key = format!("{id}/{wanted}");
    if let Some(found) = store.get_mut(&versions_of(&call.tenant), &key).filter(|_| changed) {
        found[field] = value.into();
        found["updated"] = call.now().into();
        let description = json!({ "version": wanted, field: value });
        history::record(&APP, call, &mut store, id, operation, &description);
    }
    let sentence = format!("App version updated. Operation: {operation}.");
    Ok(change_reply(usize::from(changed), APP.message(call, "UPDATED", &sentence, id)))
}
