//! Indexes. They speed nothing up here, but unique ones reject duplicates.

use serde_json::{Map, Value, json};

use super::mongo::Filter;
use super::records::{change_collection, collection, documents_of};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The index that every collection has.
const BY_ID: &str = "_id_";

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let record = collection(call, &store)?;
    let mut shown = vec![json!({ "_id": BY_ID, "v": 2, "key": { "_id": 1 } })];
    for (name, index) in record["indexes"].as_object().into_iter().flatten() {
        let mut one = index["ops"].as_object().cloned().unwrap_or_default();
        one.insert("_id".into(), name.as_str().into());
        one.insert("v".into(), 2.into());
        one.insert("key".into(), index["keys"].clone());
        shown.push(one.into());
    }
    Ok(Reply::json(&json!(shown)))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let record = collection(call, &store)?;
    let name = call.path("indexName");
    let keys = body.get("keys").filter(|keys| keys.as_object().is_some_and(|k| !k.is_empty()));
    let keys = keys.ok_or_else(|| Failure::bad_request("wrong keys: an index needs some"))?;
    let ops = body.get("ops").filter(|ops| ops.is_object()).cloned().unwrap_or(json!({}));
    let index = json!({ "keys": keys, "ops": ops });
    let mut all = record["indexes"].as_object().cloned().unwrap_or_default();
    if name == BY_ID || all.get(name).is_some_and(|known| *known != index) {
        return Err(Failure::conflict(format!("The index '{name}' exists and cannot be altered")));
    }
    if is_unique(&index) {
        let documents: Vec<&Value> =
            store.records(&documents_of(call)).map(|(_, document)| document).collect();
        let twice = documents.iter().enumerate().any(|(at, document)| {
            documents.iter().skip(at + 1).any(|other| same_keys(&index, document, other))
        });
        if twice {
            return Err(duplicate(name));
        }
    }
    all.insert(name.to_owned(), index);
    change_collection(call, &mut store, "indexes", all.into());
    Ok(Reply::empty(call.operation.success))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let record = collection(call, &store)?;
    let name = call.path("indexName");
    if name == BY_ID {
        return Err(Failure::bad_request("cannot drop the index on _id"));
    }
    let mut all: Map<String, Value> = record["indexes"].as_object().cloned().unwrap_or_default();
    if all.remove(name).is_none() {
        return Err(Failure::not_found(format!("Index '{name}' does not exist")));
    }
    change_collection(call, &mut store, "indexes", all.into());
    Ok(Reply::empty(call.operation.success))
}

/// Refuses a document that violates a unique index.
pub(super) fn check(
    call: &Call<'_>,
    store: &Store,
    key: &str,
    document: &Value,
) -> Result<(), Failure> {
    let record = collection(call, store)?;
    for (name, index) in record["indexes"].as_object().into_iter().flatten() {
        let others = || store.records(&documents_of(call)).filter(|(other, _)| *other != key);
        if is_unique(index) && others().any(|(_, other)| same_keys(index, document, other)) {
            return Err(duplicate(name));
        }
    }
    Ok(())
}

fn is_unique(index: &Value) -> bool {
    index["ops"]["unique"] == true
}

/// Whether two documents have the same values for the keys of an index.
fn same_keys(index: &Value, document: &Value, other: &Value) -> bool {
    index["keys"].as_object().into_iter().flatten().all(|(path, _)| {
        let value = path.split('.').fold(document, |value, part| &value[part]);
        let same = Filter::parse(&json!({ path: { "$eq": value } }));
        same.is_ok_and(|same| same.holds(other))
    })
}

fn duplicate(index: &str) -> Failure {
    Failure::conflict(format!("duplicate key error: the index '{index}' is unique"))
}
