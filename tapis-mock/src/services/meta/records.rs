//! The stored databases and their collections, with their ETags.

use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Failure, Reply};
use crate::roles;
use crate::schema::example::mix;
use crate::store::{Store, in_tenant};

/// An envelope, whose status is a number as text.
pub(super) fn basic(status: StatusCode, result: Value) -> Value {
    json!({
        "result": result,
        "status": status.as_str(),
        "message": status.canonical_reason().unwrap_or_default(),
        "version": "dev",
        "commit": "mock",
        "build": "mock",
        "metadata": null,
    })
}

/// The databases of a tenant.
pub(super) fn databases_of(tenant: &str) -> String {
    in_tenant(tenant, "meta")
}

/// The collections of the database of the path.
pub(super) fn collections_of(call: &Call<'_>) -> String {
    // The slash at the end prevents that the name of one database is a prefix of another.
    in_tenant(&call.tenant, &format!("meta/{}/", call.path("db")))
}

/// The documents of the collection of the path.
pub(super) fn documents_of(call: &Call<'_>) -> String {
    format!("{}{}/", collections_of(call), call.path("collection"))
}

pub(super) fn database<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    let name = call.path("db");
    let found = store.get(&databases_of(&call.tenant), name);
    found.ok_or_else(|| Failure::not_found(format!("Db '{name}' does not exist")))
}

pub(super) fn collection<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    database(call, store)?;
    let name = call.path("collection");
    let found = store.get(&collections_of(call), name);
    found.ok_or_else(|| Failure::not_found(format!("Collection '{name}' does not exist")))
}

/// Replaces one part of the record of the path's collection.
pub(super) fn change_collection(call: &Call<'_>, store: &mut Store, part: &str, value: Value) {
    if let Some(record) = store.get_mut(&collections_of(call), call.path("collection")) {
        record[part] = value;
    }
}

/// Refuses names that are reserved or that the server cannot store.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let bad = name.is_empty()
        || name.starts_with(['_', '.'])
        || name.starts_with("system.")
        || name.contains(['/', '\\', '$', '"', ' ', '\0']);
    if bad { Err(Failure::bad_request(format!("illegal name: {name:?}"))) } else { Ok(()) }
}

pub(super) fn require_admin(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    if roles::is_admin(call, store) {
        return Ok(());
    }
    let operation = &call.operation;
    let what = format!("request for {} {}", operation.method, operation.template);
    Err(Failure::forbidden(format!("{what} by {} is NOT permitted.", call.user())))
}

/// A generated id, as in the database: later ones are greater.
pub(super) fn new_id(call: &Call<'_>, store: &mut Store) -> String {
    let counter = in_tenant(&call.tenant, "meta.counter");
    let number = store.get(&counter, "last").and_then(Value::as_u64).unwrap_or_default();
    let number = number.wrapping_add(1) & 0xff_ffff;
    store.put(&counter, "last", number.into());
    let seconds = call.world.clock.seconds() & 0xffff_ffff;
    let machine = mix(call.world.settings.seed, &call.tenant) & 0xff_ffff_ffff;
    format!("{seconds:08x}{machine:010x}{number:06x}")
}

/// An id in the form that documents have.
pub(super) fn oid(id: impl Into<Value>) -> Value {
    json!({ "$oid": id.into() })
}

/// The ETag of a record, as plain text.
pub(super) fn etag(record: &Value) -> &str {
    record["_etag"]["$oid"].as_str().unwrap_or_default()
}

/// Refuses a call whose ETag is not the current one.
pub(super) fn check_etag(call: &Call<'_>, record: &Value) -> Result<(), Failure> {
    let given = call.header("if-match").unwrap_or_default().trim();
    let given = given.strip_prefix("W/").unwrap_or(given).trim_matches('"');
    if given == etag(record) {
        return Ok(());
    }
    Err(Failure::conflict("The ETag must be provided and be the current one."))
}

/// The reply to a write: only a status and an ETag.
pub(super) fn stored(call: &Call<'_>, record: &Value, was_there: bool) -> Reply {
    // The documents have one status for both.
    let status = match was_there && call.world.settings.deployed() {
        true => StatusCode::OK,
        false => call.operation.success,
    };
    tagged(Reply::empty(status), record)
}

pub(super) fn tagged(reply: Reply, record: &Value) -> Reply {
    match HeaderValue::from_str(&format!("\"{}\"", etag(record))) {
        Ok(tag) => reply.with_header(ETAG, tag),
        Err(_) => reply,
    }
}

/// The error for a construct that MongoDB does not know.
pub(super) fn misunderstood(what: String) -> Failure {
    Failure::bad_request(what)
}
