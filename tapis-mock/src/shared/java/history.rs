//! The history of resources.

use serde_json::{Value, json};

use super::access::Permission;
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// Adds an entry.
pub(crate) fn record(
    sort: &Sort,
    call: &Call<'_>,
    store: &mut Store,
    id: &str,
    operation: &str,
    description: &Value,
) {
    let caller = call.caller.as_ref();
    let api_user = caller.and_then(|caller| caller.service.as_deref()).unwrap_or(call.user());
    let mut entry = json!({
        "jwtTenant": call.tenant,
        "jwtUser": api_user,
        "oboTenant": call.tenant,
        "oboUser": call.user(),
        "operation": operation,
        "description": description,
        "created": call.now(),
    });
    if sort.collection == "apps"
        && let Some(version) = description.get("version")
    {
        entry["appVersion"] = version.clone();
    }
    let collection = sort.of(&call.tenant, "history");
    match store.get_mut(&collection, id).and_then(Value::as_array_mut) {
        Some(entries) => entries.push(entry),
        None => store.put(&collection, id, json!([entry])),
    }
}

/// The history of a resource, deleted or not. Systems looks up the owner first, which is an error
/// of the server for a resource that never existed (`SystemsServiceImpl.getSystemHistory`
/// 1701-1710).
pub(crate) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let id = call.path(sort.id);
    let Some(record) = store.get(&sort.in_tenant(&call.tenant), id) else {
        if sort.collection == "apps" {
            return Err(sort.missing(call, id));
        }
        let sentence = format!("{}_OP_NO_OWNER Unable to retrieve.", sort.lib);
        return Err(Failure::server(sort.message(call, "SYS_GET_ERROR", &sentence, id)));
    };
    if !sort.allows(call, &store, record, Permission::Read) {
        return Err(sort.unauthorized(call, id));
    }
    let entries = store.get(&sort.of(&call.tenant, "history"), id).cloned();
    let message = sort.message(call, "HISTORY", "History found.", id);
    Ok(Reply::result(entries.unwrap_or_else(|| json!([])), message))
}
