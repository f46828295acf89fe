//! Databases.

use serde_json::{Value, json};

use super::records::{
    check_etag, check_name, collections_of, database, databases_of, new_id, oid, require_admin,
    stored, tagged,
};
use crate::call::Call;
use crate::reply::{Outcome, Reply};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    require_admin(call, &store)?;
    let mut names: Vec<&str> =
        store.records(&databases_of(&call.tenant)).map(|(name, _)| name).collect();
    names.sort_unstable();
    Ok(Reply::json(&json!(names)))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    require_admin(call, &store)?;
    let name = call.path("db");
    check_name(name)?;
    let databases = databases_of(&call.tenant);
    let was_there = store.contains(&databases, name);
    let record = json!({ "_id": name, "_etag": oid(new_id(call, &mut store)) });
    store.put(&databases, name, record.clone());
    Ok(stored(call, &record, was_there))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    require_admin(call, &store)?;
    if call.world.settings.deployed() {
        // The deployed service does no more than this.
        return Ok(Reply::raw("application/json", "{ TODO }"));
    }
    check_etag(call, database(call, &store)?)?;
    store.remove(&databases_of(&call.tenant), call.path("db"));
    store.forget_below(&collections_of(call));
    Ok(Reply::empty(call.operation.success))
}

pub(super) fn metadata(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let record: &Value = database(call, &store)?;
    Ok(tagged(Reply::json(record), record))
}
