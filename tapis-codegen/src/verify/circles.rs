//! Schemas that would have to be expanded inside themselves, without end.
//!
//! Most references stay references, so a type can contain itself. Two kinds are replaced by their
//! targets: references to a schema that only names a list, a map or a scalar, and references in a
//! composition of several parts. A cycle of these cannot be expanded.
//!
//! Most references stay references, so that a type may hold itself. Two kinds are replaced by what
//! they refer to: those to a schema that is only a name for a list, a map or a scalar, and those
//! in a composition of several parts. A circle of such references has no end.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tapis_specs::reader::{escape, referenced};

use crate::Error;
use crate::openapi::{is_alias, referred};

/// Rejects a document in which a schema is part of its own definition.
pub(super) fn check(document: &Value) -> Result<(), Error> {
    let empty = Map::new();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&empty);
    let mut done = BTreeSet::new();
    for name in schemas.keys() {
        visit(schemas, name, &mut Vec::new(), &mut done)?;
    }
    Ok(())
}

fn visit<'d>(
    schemas: &'d Map<String, Value>,
    name: &'d str,
    pending: &mut Vec<&'d str>,
    done: &mut BTreeSet<&'d str>,
) -> Result<(), Error> {
    if pending.contains(&name) {
        let message = format!("{name} is part of its own definition");
        return Err(Error::new("", message).at(format!("/components/schemas/{}", escape(name))));
    }
    let Some(schema) = schemas.get(name).filter(|_| !done.contains(name)) else { return Ok(()) };
    pending.push(name);
    let mut replaced = Vec::new();
    // It is not known here whether this schema will be a part of a composition; if it is, even its
    // single part is replaced.
    parts(schema, &mut replaced);
    collect(schemas, schema, &mut replaced);
    for name in replaced {
        visit(schemas, name, pending, done)?;
    }
    pending.pop();
    done.insert(name);
    Ok(())
}

/// The names of the references in the schema that are replaced by their targets.
fn collect<'d>(schemas: &'d Map<String, Value>, schema: &'d Value, replaced: &mut Vec<&'d str>) {
    if let Some(name) = referred(schema).filter(|name| schemas.get(*name).is_some_and(is_alias)) {
        replaced.push(name);
    }
    let composed = schema["allOf"].as_array().map_or(0, Vec::len);
    if composed > 1 || composed == 1 && schema.get("properties").is_some() {
        parts(schema, replaced);
    }
    let fields = schema["properties"].as_object().into_iter().flat_map(Map::values);
    let lists = ["allOf", "anyOf", "oneOf"];
    let listed = lists.iter().filter_map(|key| schema[key].as_array()).flatten();
    let single = ["items", "additionalProperties"].iter().filter_map(|key| schema.get(key));
    for inner in fields.chain(listed).chain(single) {
        collect(schemas, inner, replaced);
    }
}

/// Collects the names of the schemas that `allOf` combines, recursively.
fn parts<'d>(schema: &'d Value, replaced: &mut Vec<&'d str>) {
    replaced.extend(referenced(schema));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        parts(part, replaced);
    }
}
