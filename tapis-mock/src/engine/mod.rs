//! Generic resources: records can be created, listed, read, changed and deleted. The documents
//! determine which operations do this to which resource.

mod example;
mod record;
mod resource;

use std::sync::LazyLock;

use serde_json::{Value, json};

use resource::{Resource, Role, infer};
use tapis_specs::reader::resolve;

use crate::call::Call;
use crate::document::{OperationRef, Table};
use crate::reply::{Failure, Outcome, Reply};
use crate::schema::properties;
use crate::store::Store;

/// The resource of each operation, and what the operation does to it.
static RESOURCES: LazyLock<Table<Option<(Role, Resource)>>> = LazyLock::new(|| {
    Table::new(|service, operation| infer(service, operation).filter(|_| stores(service.name)))
});

fn resource_of(at: OperationRef) -> Option<&'static (Role, Resource)> {
    RESOURCES.get(at)?.as_ref()
}

/// Whether an operation that looks like one of a resource is one. Some paths of these services have
/// another meaning.
fn stores(service: &str) -> bool {
    !matches!(service, "sk" | "meta" | "globus-proxy" | "models" | "datasets")
}

/// Whether an operation is one of a resource. All others reply with examples.
pub(crate) fn has_resource(at: OperationRef) -> bool {
    resource_of(at).is_some()
}

/// The behaviour of a call according to the document alone: the operation of a resource, or an
/// example.
pub(crate) fn answer(call: &Call<'_>) -> Outcome {
    match resource_of(call.operation.at) {
        Some((role, resource)) => handle(call, *role, resource),
        None => example::answer(call),
    }
}

/// The record of a call, as the operation `reading` would return it.
pub(crate) fn read_as(call: &Call<'_>, reading: &str) -> Outcome {
    let reading = call.service.operations.iter().find(|operation| operation.id == reading);
    match reading.and_then(|reading| resource_of(reading.at)) {
        Some((_, resource)) => handle(call, Role::Read, resource),
        None => example::answer(call),
    }
}

/// Performs an operation of a resource.
fn handle(call: &Call<'_>, role: Role, resource: &Resource) -> Outcome {
    let mut store = call.world.store();
    require_parents(call, &store, resource)?;
    match role {
        Role::Create => create(call, &mut store, resource),
        Role::List => list(call, &store, resource),
        Role::Read => {
            let record = find(call, &store, resource)?.clone();
            Ok(reply(call, resource, record, "retrieved"))
        }
        Role::Change => change(call, &mut store, resource),
        Role::Delete => delete(call, &mut store, resource),
    }
}

fn create(call: &Call<'_>, store: &mut Store, resource: &Resource) -> Outcome {
    let body: Value = if call.body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(call.body).map_err(|e| Failure::bad_request(e.to_string()))?
    };
    let bodies = match body {
        Value::Array(bodies) => bodies,
        body => vec![body],
    };
    let collection = resource.collection(call);
    let mut made = Vec::new();
    for body in bodies {
        let (id, record) =
            record::new(call, resource, body, store.records(&collection).count() + made.len() + 1);
        if store.contains(&collection, &id) {
            let message = format!("Duplicate key found: {} already exists.", resource.title(&id));
            return Err(Failure::conflict(message));
        }
        made.push((id, record));
    }
    for (id, record) in &made {
        store.put(&collection, id.clone(), record.clone());
    }
    let Some((id, first)) = made.first() else {
        return Err(Failure::bad_request("There is nothing to create."));
    };
    if result_has(call, "url") {
        let path = resource.collection_path(call);
        let url = format!("{}{path}/{id}", call.base_url);
        let reply =
            Reply::result(json!({ "url": url }), format!("{} created.", resource.title(id)));
        return Ok(reply.with_status(call.operation.success));
    }
    let result = if result_is_array(call) {
        made.iter().map(|(_, record)| record.clone()).collect()
    } else {
        first.clone()
    };
    Ok(reply(call, resource, result, "created"))
}

fn list(call: &Call<'_>, store: &Store, resource: &Resource) -> Outcome {
    let number = |names: &[&str]| {
        let value = names.iter().find_map(|name| call.query(name));
        value.and_then(|value| value.parse::<i64>().ok())
    };
    let skip = number(&["skip", "offset"]).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let limit = number(&["limit"]).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let all = store.records(&resource.collection(call)).map(|(_, record)| record);
    let page: Vec<Value> = all.skip(skip).take(limit).cloned().collect();
    Ok(reply(call, resource, page.into(), "retrieved"))
}

fn change(call: &Call<'_>, store: &mut Store, resource: &Resource) -> Outcome {
    let body = if call.body.is_empty() { serde_json::Map::new() } else { call.object()? };
    let mut record = find(call, store, resource)?.clone();
    record::update(call, resource, &mut record, body);
    store.put(&resource.collection(call), resource.id(call), record.clone());
    Ok(reply(call, resource, record, "updated"))
}

/// Deletes a record and all records below it.
fn delete(call: &Call<'_>, store: &mut Store, resource: &Resource) -> Outcome {
    let record = find(call, store, resource)?.clone();
    let collection = resource.collection(call);
    store.remove(&collection, resource.id(call));
    store.forget_below(&format!("{collection}/{}/", resource.id(call)));
    Ok(reply(call, resource, record, "deleted"))
}

fn find<'a>(call: &Call<'_>, store: &'a Store, resource: &Resource) -> Result<&'a Value, Failure> {
    let id = resource.id(call);
    let record = store.get(&resource.collection(call), id);
    record.ok_or_else(|| Failure::not_found(format!("{} not found.", resource.title(id))))
}

/// A record that does not exist has none below it.
fn require_parents(call: &Call<'_>, store: &Store, resource: &Resource) -> Result<(), Failure> {
    for (collection, parameter) in resource.parents(call) {
        let id = call.path(parameter);
        if !store.contains(&collection, id) {
            return Err(Failure::not_found(format!("{parameter} {id} not found.")));
        }
    }
    Ok(())
}

/// A reply with the structure that the document gives the result of this operation.
fn reply(call: &Call<'_>, resource: &Resource, value: Value, done: &str) -> Reply {
    let document = call.service.document;
    let message = format!("{} {done} successfully.", resource.name());
    if call.operation.answer.is_none() {
        return Reply::empty(call.operation.success);
    }
    let Some(schema) = call.operation.result() else {
        return Reply::result(Value::Null, message).with_status(call.operation.success);
    };
    let schema = resolve(document, schema);
    let kind = schema.get("type").and_then(Value::as_str);
    let fields = properties(document, schema);
    let shown = match (kind, value) {
        (Some("array"), Value::Array(all)) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            all.into_iter().map(|one| record::show(call, items, one)).collect()
        }
        (Some("array"), one) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            json!([record::show(call, items, one)])
        }
        (Some("string"), _) => "".into(),
        // Lists that are nested in another object.
        (_, Value::Array(all)) => record::wrap(call, &fields, all),
        _ if fields.contains_key("changes") && fields.len() == 1 => json!({ "changes": 1 }),
        _ if fields.contains_key("url") && fields.len() == 1 => {
            json!({ "url": format!("{}{}", call.base_url, resource.member_path(call)) })
        }
        (_, one) => record::show(call, schema, one),
    };
    Reply::result(shown, message).with_status(call.operation.success)
}

fn result_is_array(call: &Call<'_>) -> bool {
    let schema = call.operation.result().unwrap_or(&Value::Null);
    resolve(call.service.document, schema).get("type").is_some_and(|kind| kind == "array")
}

fn result_has(call: &Call<'_>, field: &str) -> bool {
    let result = call.operation.result();
    let fields = result.map(|schema| properties(call.service.document, schema)).unwrap_or_default();
    fields.len() == 1 && fields.contains_key(field)
}
