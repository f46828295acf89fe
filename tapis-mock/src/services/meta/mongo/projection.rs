//! Projections: the fields of a document that are returned.

use serde_json::{Map, Value};

use super::path;
use super::value::{as_number, is_true};

/// The included fields, or the excluded ones.
#[derive(Debug)]
pub(in super::super) enum Projection {
    Everything,
    Only { paths: Vec<String>, id: bool },
    Without(Vec<String>),
}

impl Projection {
    pub(in super::super) fn parse(fields: &Map<String, Value>) -> Result<Self, String> {
        let (mut only, mut without, mut id) = (Vec::new(), Vec::new(), None);
        for (name, value) in fields {
            let flag = value.as_bool().is_some() || as_number(value).is_some();
            match (name.as_str(), flag) {
                ("_id", true) => id = Some(is_true(value)),
                (_, true) if is_true(value) => only.push(name.clone()),
                (_, true) => without.push(name.clone()),
                (_, false) => return Err(format!("the mock only knows 0 and 1 for {name}")),
            }
        }
        let showing = !only.is_empty();
        if showing && !without.is_empty() {
            return Err("fields can be named to be shown or to be left out, not both".to_owned());
        }
        if id == Some(false) && !showing {
            without.push("_id".to_owned());
        }
        Ok(match (showing, id) {
            (true, _) => Self::Only { paths: only, id: id != Some(false) },
            (false, Some(true)) if without.is_empty() => Self::Only { paths: only, id: true },
            (false, _) if without.is_empty() => Self::Everything,
            (false, _) => Self::Without(without),
        })
    }

    pub(in super::super) fn apply(&self, document: Value) -> Value {
        let mut shown = match self {
            Self::Everything => return document,
            Self::Without(paths) => {
                let mut fields = match document {
                    Value::Object(fields) => fields,
                    other => return other,
                };
                paths.iter().for_each(|path| path::remove(&mut fields, path));
                return Value::Object(fields);
            }
            Self::Only { paths, .. } => {
                let paths: Vec<Vec<&str>> =
                    paths.iter().map(|path| path.split('.').collect()).collect();
                let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
                pick(&document, &paths).unwrap_or_default()
            }
        };
        if shown.is_null() {
            shown = Value::Object(Map::new());
        }
        if let (Self::Only { id: true, .. }, Some(fields)) = (self, shown.as_object_mut())
            && let Some(value) = document.get("_id")
        {
            fields.insert("_id".to_owned(), value.clone());
        }
        shown
    }
}

/// The parts of a value at some paths, with the structure around them.
fn pick(value: &Value, paths: &[&[&str]]) -> Option<Value> {
    match value {
        _ if paths.iter().any(|path| path.is_empty()) => Some(value.clone()),
        Value::Object(fields) => {
            let mut shown = Map::new();
            for (name, value) in fields {
                let below: Vec<&[&str]> = paths
                    .iter()
                    .filter_map(|path| path.split_first())
                    .filter_map(|(first, rest)| (first == name).then_some(rest))
                    .collect();
                if !below.is_empty()
                    && let Some(part) = pick(value, &below)
                {
                    shown.insert(name.clone(), part);
                }
            }
            Some(Value::Object(shown))
        }
        Value::Array(values) => {
            Some(values.iter().filter_map(|value| pick(value, paths)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(keys: Value, shown: Value) {
        let document =
            json!({ "_id": 1, "a": 1, "b": { "c": 2, "d": 3 }, "l": [{ "x": 1, "y": 2 }, 5] });
        let projection = Projection::parse(keys.as_object().unwrap()).unwrap();
        assert_eq!(projection.apply(document), shown, "{keys}");
    }

    #[test]
    fn fields_are_shown_with_the_id() {
        check(json!({ "a": 1 }), json!({ "_id": 1, "a": 1 }));
        check(json!({ "a": true, "_id": 0 }), json!({ "a": 1 }));
        check(
            json!({ "b.c": 1, "l.x": 1 }),
            json!({ "_id": 1, "b": { "c": 2 }, "l": [{ "x": 1 }] }),
        );
        check(json!({ "_id": 1 }), json!({ "_id": 1 }));
        check(json!({ "none": 1 }), json!({ "_id": 1 }));
    }

    #[test]
    fn fields_are_left_out() {
        check(json!({ "b": 0, "l": 0 }), json!({ "_id": 1, "a": 1 }));
        check(json!({ "b.c": 0, "_id": 0, "l": 0 }), json!({ "a": 1, "b": { "d": 3 } }));
        check(json!({ "_id": 0, "b": false, "l": 0 }), json!({ "a": 1 }));
    }

    #[test]
    fn fields_made_of_others_are_not_understood() {
        assert!(Projection::parse(json!({ "n": "$b.c" }).as_object().unwrap()).is_err());
    }

    #[test]
    fn showing_and_leaving_out_exclude_each_other() {
        assert!(Projection::parse(json!({ "a": 1, "b": 0 }).as_object().unwrap()).is_err());
    }
}
