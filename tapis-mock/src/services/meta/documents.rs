//! Single documents.

use http::header::{ETAG, LOCATION};
use http::{HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::indexes;
use super::mongo::{change, is_object_id};
use super::records::{basic, collection, documents_of, misunderstood, new_id, oid, stored, tagged};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// Stores one document or several. One with an existing id replaces the other.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body: Value = serde_json::from_slice(call.body)
        .map_err(|error| Failure::bad_request(format!("Invalid JSON in the body: {error}")))?;
    let mut store = call.world.store();
    collection(call, &store)?;
    match body {
        Value::Object(document) => {
            let made = keep(call, &mut store, document, None)?;
            Ok(one_created(call, &made))
        }
        Value::Array(bodies) => {
            // All or none: errors are found before anything is stored.
            let before = store.clone();
            let made = bodies.into_iter().map(|body| match body {
                Value::Object(document) => keep(call, &mut store, document, None),
                _ => Err(Failure::bad_request("each document must be an object")),
            });
            let made = made.collect::<Result<Vec<_>, _>>();
            if made.is_err() {
                *store = before;
            }
            Ok(several_created(call, &made?))
        }
        _ => Err(Failure::bad_request("data must be a JSON object or an array of them")),
    }
}

fn one_created(call: &Call<'_>, made: &Kept) -> Reply {
    let mut reply = stored(call, &made.document, made.was_there);
    let status = reply.status;
    if call.flag("basic") {
        let tag = reply.headers.get(ETAG).cloned();
        let result = json!({ "_id": made.key });
        reply = Reply::json(&basic(status, result)).with_status(status);
        if let Some(tag) = tag {
            reply = reply.with_header(ETAG, tag);
        }
    }
    match HeaderValue::from_str(&address(call, &made.key)) {
        Ok(address) => reply.with_header(LOCATION, address),
        Err(_) => reply,
    }
}

fn several_created(call: &Call<'_>, made: &[Kept]) -> Reply {
    let replaced = made.iter().filter(|made| made.was_there).count();
    let links: Vec<Value> =
        made.iter().map(|made| json!({ "href": address(call, &made.key) })).collect();
    let report = json!({
        "inserted": made.len() - replaced,
        "matched": replaced,
        "modified": replaced,
        "deleted": 0,
        "_links": { "rh:newdoc": links },
    });
    let status = match call.world.settings.deployed() {
        true => StatusCode::OK,
        false => call.operation.success,
    };
    Reply::json(&report).with_status(status)
}

/// The path of a document on the database server, without the prefix of the service, after the base
/// URL of the tenant.
fn address(call: &Call<'_>, key: &str) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let (db, collection) = (encode(call.path("db")), encode(call.path("collection")));
    format!("{}/{db}/{collection}/{}", call.base_url, encode(key))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let document = find(call, &store)?;
    Ok(tagged(Reply::json(document), document))
}

/// Stores a whole document with the id of the path.
pub(super) fn replace(call: &Call<'_>) -> Outcome {
    let document = call.object()?;
    let mut store = call.world.store();
    collection(call, &store)?;
    let made = keep(call, &mut store, document, Some(call.path("docId")))?;
    Ok(stored(call, &made.document, made.was_there))
}

pub(super) fn modify(call: &Call<'_>) -> Outcome {
    let changes = call.object()?;
    let mut store = call.world.store();
    let mut document = find(call, &store)?.as_object().cloned().unwrap_or_default();
    change(&mut document, &changes).map_err(misunderstood)?;
    let made = keep(call, &mut store, document, Some(call.path("docId")))?;
    Ok(stored(call, &made.document, made.was_there))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &store)?;
    store.remove(&documents_of(call), call.path("docId"));
    Ok(Reply::empty(call.operation.success))
}

fn find<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    collection(call, store)?;
    let id = call.path("docId");
    let found = store.get(&documents_of(call), id);
    found.ok_or_else(|| Failure::not_found(format!("Document '{id}' does not exist")))
}

/// A stored document.
struct Kept {
    /// Its id, as in a path.
    key: String,
    document: Value,
    was_there: bool,
}

/// Stores a document with the id of the path, its own id or a new one.
fn keep(
    call: &Call<'_>,
    store: &mut Store,
    mut document: Map<String, Value>,
    path: Option<&str>,
) -> Result<Kept, Failure> {
    if let Some(bad) = document.keys().find(|name| name.starts_with('$')) {
        return Err(misunderstood(format!("a field cannot be called {bad}")));
    }
    let documents = documents_of(call);
    let mut tag = new_id(call, store);
    let own = document.remove("_id");
    let id = match (path, own) {
        // An existing document keeps its id.
        (Some(path), own) => match store.get(&documents, path) {
            Some(old) => old["_id"].clone(),
            None if own.as_ref().is_some_and(|id| key(id) == path) => own.unwrap_or_default(),
            None if is_object_id(path) => oid(path),
            None => path.into(),
        },
        (None, Some(Value::Array(_))) => return Err(misunderstood("no id can be a list".into())),
        (None, Some(id)) => id,
        (None, None) => oid(tag.as_str()),
    };
    let key = key(&id);
    document.insert("_id".into(), id);
    let was_there = store.contains(&documents, &key);
    if was_there && tag == key {
        tag = new_id(call, store);
    }
    document.insert("_etag".into(), oid(tag));
    let document = Value::Object(document);
    indexes::check(call, store, &key, &document)?;
    store.put(&documents, key.as_str(), document.clone());
    Ok(Kept { key, document, was_there })
}

/// An id, as in a path.
fn key(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        id => id["$oid"].as_str().map_or_else(|| id.to_string(), str::to_owned),
    }
}
