//! Paths in documents, whose parts are separated by dots.

use serde_json::{Map, Value};

/// The maximum number of parts in a path.
const PARTS: usize = 100;

/// All values at a path. At an array, the path continues in each of its items, or in the one that
/// it selects by index.
pub(super) fn find<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let parts: Vec<&str> = path.split('.').collect();
    let mut found = Vec::new();
    follow(document, &parts, &mut found);
    found
}

fn follow<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a Value>) {
    let Some((first, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    match value {
        Value::Object(fields) => {
            if let Some(value) = fields.get(*first) {
                follow(value, rest, found);
            }
        }
        Value::Array(values) => {
            if let Some(value) = first.parse::<usize>().ok().and_then(|at| values.get(at)) {
                follow(value, rest, found);
            }
            for value in values.iter().filter(|value| value.is_object()) {
                follow(value, path, found);
            }
        }
        _ => {}
    }
}

/// Sets the value at a path, and creates missing objects on the way.
pub(super) fn set(
    document: &mut Map<String, Value>,
    path: &str,
    value: Value,
) -> Result<(), String> {
    *place(document, path)? = value;
    Ok(())
}

/// The value at a path, created if it is missing.
pub(super) fn place<'a>(
    document: &'a mut Map<String, Value>,
    path: &str,
) -> Result<&'a mut Value, String> {
    if path.split('.').count() > PARTS {
        return Err(format!("the mock takes paths of up to {PARTS} parts"));
    }
    let blocked = || format!("Cannot create a field below a value that holds none: {path}");
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let mut at = document.entry(first).or_insert(Value::Null);
    for part in parts {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(fields) => fields.entry(part).or_insert(Value::Null),
            Value::Array(values) => {
                let index = part.parse::<usize>().map_err(|_| blocked())?;
                // An index far beyond the end is a mistake, and would need much memory.
                if index > values.len() {
                    return Err(blocked());
                }
                if index == values.len() {
                    values.push(Value::Null);
                }
                values.get_mut(index).ok_or_else(blocked)?
            }
            _ => return Err(blocked()),
        };
    }
    Ok(at)
}

/// Removes the value at a path.
pub(super) fn remove(document: &mut Map<String, Value>, path: &str) {
    let (parents, last) = path.rsplit_once('.').map_or((None, path), |(a, b)| (Some(a), b));
    let Some(parents) = parents else {
        document.remove(last);
        return;
    };
    let mut parts = parents.split('.');
    let mut at = document.get_mut(parts.next().unwrap_or_default());
    for part in parts {
        at = at.and_then(|value| match value {
            Value::Object(fields) => fields.get_mut(part),
            Value::Array(values) => values.get_mut(part.parse::<usize>().ok()?),
            _ => None,
        });
    }
    match at {
        Some(Value::Object(fields)) => {
            fields.remove(last);
        }
        Some(Value::Array(values)) => {
            for value in values {
                value.as_object_mut().map(|fields| fields.remove(last));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_through_objects_and_arrays() {
        let document = json!({ "a": { "b": 1 }, "l": [{ "x": 1 }, { "x": 2 }, 3] });
        assert_eq!(find(&document, "a.b"), [&json!(1)]);
        assert_eq!(find(&document, "l.x"), [&json!(1), &json!(2)]);
        assert_eq!(find(&document, "l.1.x"), [&json!(2)]);
        assert_eq!(find(&document, "l.2"), [&json!(3)]);
        assert!(find(&document, "a.b.c").is_empty());
        assert!(find(&document, "none").is_empty());
    }

    #[test]
    fn places_are_made_where_there_is_nothing() {
        let mut document = json!({ "a": 1, "l": [1] });
        let fields = document.as_object_mut().unwrap();
        set(fields, "b.c.d", json!(2)).unwrap();
        set(fields, "l.1", json!(3)).unwrap();
        assert!(set(fields, "a.x", json!(0)).is_err());
        assert!(set(fields, "l.99", json!(0)).is_err());
        remove(fields, "b.c.d");
        remove(fields, "b.none.d");
        assert_eq!(document, json!({ "a": 1, "b": { "c": {} }, "l": [1, 3] }));
    }
}
