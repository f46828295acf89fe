//! Aggregations, which are stored with a collection. Running one returns an example.

use serde_json::{Map, Value};

use super::records::{change_collection, collection, misunderstood};
use crate::call::Call;
use crate::engine;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

pub(super) fn add(call: &Call<'_>) -> Outcome {
    let definition = call.object()?;
    let is_one = |one: &Value| one["stages"].is_array();
    let wrapped = definition.get("aggrs").and_then(Value::as_array);
    let definition = Value::Object(definition.clone());
    if !wrapped.map_or_else(|| is_one(&definition), |all| all.iter().all(is_one)) {
        return Err(misunderstood("not an aggregation: stages is no list".to_owned()));
    }
    let mut store = call.world.store();
    let mut all = stored(call, &store)?;
    all.insert(call.path("aggregation").to_owned(), definition);
    change_collection(call, &mut store, "aggregations", all.into());
    Ok(Reply::empty(call.operation.success))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let mut all = stored(call, &store)?;
    all.remove(call.path("aggregation")).ok_or_else(|| missing(call))?;
    change_collection(call, &mut store, "aggregations", all.into());
    Ok(Reply::empty(call.operation.success))
}

pub(super) fn run(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    if !stored(call, &store)?.contains_key(call.path("aggregation")) {
        return Err(missing(call));
    }
    drop(store);
    engine::answer(call)
}

/// The definitions of all aggregations of the path's collection, by name.
fn stored(call: &Call<'_>, store: &Store) -> Result<Map<String, Value>, Failure> {
    let record = collection(call, store)?;
    Ok(record["aggregations"].as_object().cloned().unwrap_or_default())
}

fn missing(call: &Call<'_>) -> Failure {
    Failure::not_found(format!("Aggregation '{}' does not exist", call.path("aggregation")))
}
