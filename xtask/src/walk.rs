//! Ways through an OpenAPI document held as plain JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The keys of a path item that hold operations.
pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Keys under which a document holds a map from its own names to objects, so that a key such as
/// `description` is a name there and not a keyword.
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

/// Keys whose values are data, not part of the document's own structure.
const DATA: [&str; 6] = ["const", "default", "enum", "example", "examples", "required"];

/// Whether the object below `key` maps names that the document chose.
pub(crate) fn holds_names(key: &str) -> bool {
    NAME_MAPS.contains(&key)
}

/// Whether the value below `key` is data.
pub(crate) fn holds_data(key: &str) -> bool {
    DATA.contains(&key)
}

/// Visits every object of the document in which keys are OpenAPI's keywords, outermost first.
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

/// Every `$ref` in `value`, each with the place that holds it: a JSON pointer below `place`.
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

/// Collects the names of the schemas that `value` refers to, directly or not.
pub(crate) fn reach(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    for (_, reference) in references(value, "") {
        if let Some(name) = reference.strip_prefix("#/components/schemas/")
            && found.insert(name.to_owned())
        {
            reach(document, &document["components"]["schemas"][name], found);
        }
    }
}

/// Every operation of the document: path, method, the operation.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path.as_str(), *method, item.get(method)?)))
    })
}

/// Runs `visit` over every operation: path, method, the operation.
pub(crate) fn operations_mut(document: &mut Value, mut visit: impl FnMut(&str, &str, &mut Value)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                visit(path, method, operation);
            }
        }
    }
}

/// Every operation with its own id, name aliases of one method and path included.
pub(crate) fn named_operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    operations(document).flat_map(|(path, method, operation)| {
        let each: Vec<&Value> = match operation.get("x-tapis-aliases").and_then(Value::as_array) {
            Some(aliases) => aliases.iter().collect(),
            None => vec![operation],
        };
        each.into_iter().map(move |operation| (path, method, operation))
    })
}

/// The operation's id, or a word for an operation without one.
pub(crate) fn operation_id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or("(no operationId)")
}

/// The name of the component schema that `schema` refers to.
pub(crate) fn schema_ref(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// One segment of a JSON pointer, escaped.
pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// The names of a path template's parameters, in their order.
pub(crate) fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// The path template without the names of its parameters, which do not tell paths apart.
pub(crate) fn anonymous(path: &str) -> String {
    path_parameters(path)
        .fold(path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), "{}"))
}
