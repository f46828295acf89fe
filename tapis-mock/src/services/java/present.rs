//! Records as the Java services show them.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::interface::Service;
use crate::schema::{properties, resolve};

/// All fields of a component of the service's document.
pub(in crate::services) fn fields(service: &Service, component: &str) -> Map<String, Value> {
    let schema = service.document.pointer(&format!("/components/schemas/{component}"));
    schema.map(|schema| properties(&service.document, schema)).unwrap_or_default()
}

/// Adds to a new record what its request left out and the document names a value for.
pub(in crate::services) fn add_defaults(
    service: &Service,
    component: &str,
    record: &mut Map<String, Value>,
) {
    for (name, schema) in fields(service, component) {
        if record.contains_key(&name) {
            continue;
        }
        let schema = resolve(&service.document, &schema);
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let mut candidates =
            std::iter::once(schema).chain(parts.map(|part| resolve(&service.document, part)));
        if let Some(default) = candidates.find_map(|schema| schema.get("default")) {
            record.insert(name, default.clone());
        } else if schema.get("type").is_some_and(|kind| kind == "array") {
            record.insert(name, Value::Array(Vec::new()));
        } else if schema.get("type").is_some_and(|kind| kind == "object") && name == "notes" {
            record.insert(name, Value::Object(Map::new()));
        }
    }
}

/// Puts a record in the form of the deployed services: `null` for what is not there, and, for
/// records of which only some fields were selected, booleans as text.
pub(in crate::services) fn as_deployed(
    call: &Call<'_>,
    component: &str,
    mut record: Value,
    partial: bool,
) -> Value {
    if !call.world.settings.deployed() {
        return record;
    }
    let Some(all) = record.as_object_mut() else { return record };
    if partial {
        for value in all.values_mut() {
            if let Value::Bool(flag) = value {
                *value = flag.to_string().into();
            }
        }
        return record;
    }
    for name in fields(call.service, component).keys() {
        all.entry(name).or_insert(Value::Null);
    }
    record
}
