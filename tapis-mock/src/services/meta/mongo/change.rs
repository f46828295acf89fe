//! Updates of documents.

use serde_json::{Map, Value};

use super::path;
use super::value::{as_number, from_number};

/// Updates a document. Fields without an operator are set.
pub(in super::super) fn change(
    document: &mut Map<String, Value>,
    changes: &Map<String, Value>,
) -> Result<(), String> {
    for (name, value) in changes {
        match name.as_str() {
            operator if operator.starts_with('$') => {
                let fields = value.as_object();
                let fields = fields.ok_or_else(|| format!("{operator} needs an object"))?;
                for (path, value) in fields {
                    apply(document, operator, path, value)?;
                }
            }
            path => apply(document, "$set", path, value)?,
        }
    }
    Ok(())
}

fn apply(
    document: &mut Map<String, Value>,
    operator: &str,
    path: &str,
    value: &Value,
) -> Result<(), String> {
    if path == "_id" {
        return Ok(());
    }
    match operator {
        "$set" => path::set(document, path, value.clone()),
        "$unset" => {
            path::remove(document, path);
            Ok(())
        }
        "$inc" => {
            let place = path::place(document, path)?;
            let old = if place.is_null() { Some(0.0) } else { as_number(place) };
            let sum = old.zip(as_number(value)).map(|(old, by)| old + by);
            *place = from_number(sum.ok_or_else(|| format!("$inc needs numbers: {path}"))?);
            Ok(())
        }
        "$push" => {
            let place = path::place(document, path)?;
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let values = place.as_array_mut();
            values.ok_or_else(|| format!("$push needs an array: {path}"))?.push(value.clone());
            Ok(())
        }
        _ => Err(format!("the mock does not know the operator {operator}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn changed(changes: Value) -> Result<Value, String> {
        let mut document = json!({ "_id": 1, "a": 1, "b": { "c": 2 }, "l": [1] });
        change(document.as_object_mut().unwrap(), changes.as_object().unwrap())?;
        Ok(document)
    }

    #[test]
    fn what_is_not_named_stays() {
        let document = changed(json!({ "b.d": 3, "e": null, "_id": 7 })).unwrap();
        assert_eq!(
            document,
            json!({ "_id": 1, "a": 1, "b": { "c": 2, "d": 3 }, "e": null, "l": [1] })
        );
    }

    #[test]
    fn operators_change_what_is_there() {
        let changes = json!({ "$inc": { "a": 2, "n": 1 }, "$unset": { "b.c": "" },
            "$push": { "l": 2 }, "$set": { "x": 1 } });
        assert_eq!(
            changed(changes).unwrap(),
            json!({ "_id": 1, "a": 3, "n": 1, "b": {}, "l": [1, 2], "x": 1 })
        );
    }

    #[test]
    fn what_cannot_be_is_said() {
        for bad in [
            json!({ "$inc": { "b": 1 } }),
            json!({ "$push": { "a": 1 } }),
            json!({ "$rename": { "a": "b" } }),
            json!({ "$set": 1 }),
            json!({ "a.b": 1 }),
        ] {
            assert!(changed(bad.clone()).is_err(), "{bad}");
        }
    }
}
