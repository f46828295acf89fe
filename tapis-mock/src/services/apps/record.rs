//! The history of an app.

use serde_json::Value;

use crate::call::Call;
use crate::shared::apps::APP;
use crate::shared::java::history;
use crate::store::Store;

/// Adds an entry to the history of an app, for one version or the whole app.
pub(super) fn record(
    call: &Call<'_>,
    store: &mut Store,
    id: &str,
    version: Option<&str>,
    operation: &str,
    description: &Value,
) {
    history::record(&APP, call, store, id, operation, description);
    let entries = store.get_mut(&APP.of(&call.tenant, "history"), id);
    if let Some(last) = entries.and_then(Value::as_array_mut).and_then(|all| all.last_mut())
        && let Some(version) = version
    {
        last["appVersion"] = version.into();
    }
}
