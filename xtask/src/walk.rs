//! Traversal of an OpenAPI document as plain JSON, for code that changes a document: it can modify
//! every object, including its keywords, which a reader cannot.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tapis_specs::reader::{Method, escape, referenced};

/// Keys of maps whose keys are names from the document, so that a key such as `description` is a
/// name there and not a keyword.
const NAME_MAPS: [&str; 17] = [
    "callbacks",
    "content",
    "definitions",
    "encoding",
    "headers",
    "links",
    "mapping",
    "parameters",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
    "variables",
];

/// Keys whose values are data, not part of the document's structure.
const DATA: [&str; 6] = ["const", "default", "enum", "example", "examples", "required"];

/// Whether the keys of the object at `key` are names from the document.
pub(crate) fn holds_names(key: &str) -> bool {
    NAME_MAPS.contains(&key)
}

/// Whether the value at `key` is data.
pub(crate) fn holds_data(key: &str) -> bool {
    DATA.contains(&key)
}

/// Calls `visit` with every object whose keys are OpenAPI keywords, outermost first.
pub(crate) fn keyword_objects(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            for (key, child) in map.iter_mut() {
                if DATA.contains(&key.as_str()) || key.starts_with("x-") {
                    continue;
                }
                match child {
                    Value::Object(names) if holds_names(key) => {
                        for child in names.values_mut() {
                            keyword_objects(child, visit);
                        }
                    }
                    child => keyword_objects(child, visit),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                keyword_objects(item, visit);
            }
        }
        _ => {}
    }
}

/// Every `$ref` in `value`, each with its position: a JSON pointer below `place`.
pub(crate) fn references<'a>(value: &'a Value, place: &str) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                found.push((place.to_owned(), reference));
            }
            for (key, child) in map {
                if DATA.contains(&key.as_str()) || key.starts_with("x-") {
                    continue;
                }
                let place = format!("{place}/{}", escape(key));
                match child {
                    Value::Object(names) if holds_names(key) => {
                        for (name, child) in names {
                            found.extend(references(child, &format!("{place}/{}", escape(name))));
                        }
                    }
                    child => found.extend(references(child, &place)),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.extend(references(item, &format!("{place}/{index}")));
            }
        }
        _ => {}
    }
    found
}

/// Collects the names of the schemas that `value` refers to, directly or indirectly.
pub(crate) fn reach(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    for (_, reference) in references(value, "") {
        if let Some(name) = reference.strip_prefix("#/components/schemas/")
            && found.insert(name.to_owned())
        {
            reach(document, &document["components"]["schemas"][name], found);
        }
    }
}

/// Renames the targets of references to schemas, as in `names`.
pub(crate) fn redirect(value: &mut Value, names: &BTreeMap<String, String>) {
    keyword_objects(value, &mut |object| {
        let mapping = object.get_mut("discriminator").and_then(|d| d.get_mut("mapping"));
        for target in mapping.and_then(Value::as_object_mut).into_iter().flatten().map(|(_, t)| t) {
            let name = target.as_str().and_then(|t| t.strip_prefix("#/components/schemas/"));
            if let Some(new) = name.and_then(|name| names.get(name)) {
                *target = format!("#/components/schemas/{new}").into();
            }
        }
        let name = referenced(&Value::Object(object.clone())).map(str::to_owned);
        if let Some(new) = name.and_then(|name| names.get(&name)) {
            object.insert("$ref".into(), format!("#/components/schemas/{new}").into());
        }
    });
}

/// Calls `visit` with every operation.
pub(crate) fn operations_mut(document: &mut Value, mut visit: impl FnMut(&mut Value)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (_, item) in paths {
        for method in Method::ALL {
            if let Some(operation) = item.get_mut(method.key()) {
                visit(operation);
            }
        }
    }
}
