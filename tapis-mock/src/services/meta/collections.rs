//! Collections.

use serde_json::json;

use super::records::{
    check_etag, check_name, collection, collections_of, database, documents_of, new_id, oid,
    require_admin, stored, tagged,
};
use crate::call::Call;
use crate::reply::{Outcome, Reply};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    database(call, &store)?;
    let mut names: Vec<&str> = store.records(&collections_of(call)).map(|(name, _)| name).collect();
    names.sort_unstable();
    Ok(Reply::json(&json!(names)))
}

/// Creating an existing collection gives it a new ETag and changes nothing else.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    database(call, &store)?;
    let name = call.path("collection");
    check_name(name)?;
    let collections = collections_of(call);
    let old = store.get(&collections, name).cloned();
    let was_there = old.is_some();
    let mut record =
        old.unwrap_or_else(|| json!({ "_id": name, "indexes": {}, "aggregations": {} }));
    record["_etag"] = oid(new_id(call, &mut store));
    store.put(&collections, name, record.clone());
    Ok(stored(call, &record, was_there))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    require_admin(call, &store)?;
    check_etag(call, collection(call, &store)?)?;
    store.remove(&collections_of(call), call.path("collection"));
    store.forget_below(&documents_of(call));
    Ok(Reply::empty(call.operation.success))
}

pub(super) fn metadata(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let record = collection(call, &store)?;
    let shown = json!({ "_id": record["_id"], "_etag": record["_etag"] });
    Ok(tagged(Reply::json(&shown), record))
}
