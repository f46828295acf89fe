//! Aggregations that are stored with a collection and run by name.

use serde_json::{Map, Value, json};

use super::find::{Page, keys, shown};
use super::mongo::{Pipeline, Projection, stages};
use super::records::{change_collection, collection, documents_of, misunderstood};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

pub(super) fn add(call: &Call<'_>) -> Outcome {
    let name = call.path("aggregation");
    let text = std::str::from_utf8(call.body).unwrap_or_default();
    let stages = stages(text, name).map_err(misunderstood)?;
    let mut store = call.world.store();
    let mut all = stored(call, &store)?;
    all.insert(name.to_owned(), stages.into());
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
    let variables = match call.query("avars").filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Failure::bad_request("illegal avars parameter: not a JSON object"))?,
        None => Map::new(),
    };
    shown(results(call, variables)?, &Projection::Everything)
}

pub(super) fn run_by_body(call: &Call<'_>) -> Outcome {
    let variables = call.object()?;
    let (page, keys) = (Page::read(call)?, keys(call)?);
    shown(page.of(results(call, variables)?), &keys)
}

fn results(call: &Call<'_>, mut variables: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    // Pipelines can ask which page is wanted.
    let page = Page::read(call)?;
    let given = [("@page", page.number), ("@pagesize", page.size)];
    let given = given.into_iter().chain([("@skip", page.skipped()), ("@limit", page.size)]);
    variables.extend(given.map(|(name, value)| (name.to_owned(), json!(value))));
    let store = call.world.store();
    let all = stored(call, &store)?;
    let stages = all.get(call.path("aggregation")).and_then(Value::as_array);
    let stages = stages.ok_or_else(|| missing(call))?;
    let pipeline = Pipeline::parse(stages, &variables).map_err(misunderstood)?;
    let documents = store.records(&documents_of(call)).map(|(_, document)| document.clone());
    let documents: Vec<Value> = documents.collect();
    drop(store);
    pipeline.run(documents).map_err(misunderstood)
}

/// The stages of all aggregations of the path's collection, by name.
fn stored(call: &Call<'_>, store: &Store) -> Result<Map<String, Value>, Failure> {
    let record = collection(call, store)?;
    Ok(record["aggregations"].as_object().cloned().unwrap_or_default())
}

fn missing(call: &Call<'_>) -> Failure {
    Failure::not_found(format!("Aggregation '{}' does not exist", call.path("aggregation")))
}
