//! Records of resources: created from requests, and shown as the document describes them.

use serde_json::{Map, Value, json};
use tapis_specs::reader::{is_timestamp, resolve};

use super::resource::Resource;
use crate::call::Call;
use crate::dates;
use crate::schema::properties;

/// Fields with the creator of a record.
const OWNERS: [&str; 7] =
    ["owner", "username", "added_by", "creator", "created_by", "createdby", "pi"];
/// Fields with the time of its last change.
const CHANGED: [&str; 6] =
    ["update_ts", "last_updated", "updated_at", "last_update_time", "updated", "lastUpdated"];

/// A new record and its name. If names are numbers, the name is `number`.
pub(super) fn new(
    call: &Call<'_>,
    resource: &Resource,
    body: Value,
    number: usize,
) -> (String, Value) {
    let mut record = match body {
        Value::Object(fields) => fields,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    let given = resource.id_candidates().into_iter().find_map(|name| match record.get(&name)? {
        Value::String(text) if !text.is_empty() && !resource.id_is_number => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let id = given.unwrap_or_else(|| match resource.id_field.as_str() {
        _ if resource.id_is_number => number.to_string(),
        "uuid" => call.world.random.uuid().to_string(),
        _ => call.world.random.text(13),
    });
    let name = if resource.id_is_number {
        id.parse::<i64>().map_or_else(|_| json!(id), Value::from)
    } else {
        json!(id)
    };
    record.insert(resource.id_field.clone(), name);
    for (name, value) in &call.path {
        if resource.fields.contains_key(name) {
            record.entry(name.clone()).or_insert_with(|| value.as_str().into());
        }
    }
    let now = call.now();
    for (name, schema) in &resource.fields {
        let schema = resolve(call.service.document, schema);
        let is_text = schema.get("type").is_some_and(|kind| kind == "string");
        let value: Value = match (name.as_str(), is_text) {
            (name, _) if is_timestamp(schema) && tells_of_making(name) => now.as_str().into(),
            ("uuid", true) => call.world.random.uuid().to_string().into(),
            ("tenant_id" | "tenant", true) => call.tenant.as_str().into(),
            (owner, true) if OWNERS.contains(&owner) => call.user().into(),
            _ => match schema.get("default") {
                Some(default) => default.clone(),
                None => continue,
            },
        };
        record.entry(name.clone()).or_insert(value);
    }
    (id, Value::Object(record))
}

/// Whether a field is the time of a record's creation or change. Other timestamps are not set yet.
fn tells_of_making(field: &str) -> bool {
    CHANGED.contains(&field) || ["create", "creation"].iter().any(|word| field.contains(word))
}

/// Sets new values in a record. Its name does not change.
pub(super) fn update(
    call: &Call<'_>,
    resource: &Resource,
    record: &mut Value,
    changes: Map<String, Value>,
) {
    let now = call.now();
    let Some(fields) = record.as_object_mut() else { return };
    let id = fields.get(&resource.id_field).cloned();
    fields.extend(changes);
    if let Some(id) = id {
        fields.insert(resource.id_field.clone(), id);
    }
    for name in CHANGED {
        if resource.fields.contains_key(name) {
            fields.insert(name.to_owned(), now.as_str().into());
        }
    }
}

/// A record with only the fields of a schema, so that secrets in a request are not returned.
pub(super) fn show(call: &Call<'_>, schema: &Value, record: Value) -> Value {
    let document = call.service.document;
    let known = properties(document, schema);
    let Value::Object(fields) = record else { return record };
    if known.is_empty() {
        return Value::Object(fields);
    }
    let deployed = call.world.settings.deployed();
    let mut shown: Map<String, Value> = fields
        .into_iter()
        .filter(|(name, value)| {
            let schema = known.get(name).map(|schema| resolve(document, schema));
            schema.is_some_and(|schema| fits(schema, value))
        })
        .collect();
    if !deployed {
        return Value::Object(shown);
    }
    for name in known.keys() {
        shown.entry(name.clone()).or_insert(Value::Null);
    }
    let mut shown = Value::Object(shown);
    if let Some(style) = dates::style_of(call.service.name) {
        let is_time = |schema: &Value| is_timestamp(resolve(document, schema));
        let times = known.iter().filter(|(_, schema)| is_time(schema));
        dates::restyle(&mut shown, times.map(|(name, _)| name.as_str()), style);
    }
    shown
}

/// Whether a value has the type of a schema. Some requests and replies use one name for two
/// different things.
fn fits(schema: &Value, value: &Value) -> bool {
    match (schema.get("type").and_then(Value::as_str), value) {
        (_, Value::Null) => schema.get("nullable").is_some_and(|yes| yes == true),
        (Some("string"), value) => value.is_string(),
        (Some("integer"), value) => value.is_i64() || value.is_u64(),
        (Some("number"), value) => value.is_number(),
        (Some("boolean"), value) => value.is_boolean(),
        (Some("array"), value) => value.is_array(),
        (Some("object"), value) => value.is_object(),
        _ => true,
    }
}

/// A list inside an object, as some services send it.
pub(super) fn wrap(call: &Call<'_>, fields: &Map<String, Value>, all: Vec<Value>) -> Value {
    let document = call.service.document;
    let array = fields.iter().find(|(_, schema)| {
        resolve(document, schema).get("type").is_some_and(|kind| kind == "array")
    });
    let Some((name, schema)) = array else { return Value::Array(all) };
    let items = resolve(document, schema).get("items").cloned().unwrap_or_default();
    let shown: Vec<Value> = all.into_iter().map(|one| show(call, &items, one)).collect();
    json!({ name: shown })
}
