//! Sort orders of documents.

use std::cmp::Ordering;

use indexmap::IndexMap;
use serde_json::Value;

use super::path;
use super::value::{as_number, compare};

/// The paths to sort by, each with its direction.
#[derive(Debug, Default)]
pub(in super::super) struct Sort(Vec<(String, bool)>);

impl Sort {
    /// Parses `{"name": 1, "age": -1}`, or a name with an optional sign. The order of the fields
    /// matters, so this takes text.
    pub(in super::super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.starts_with('{') {
            let (name, descending) = match text.strip_prefix('-') {
                Some(name) => (name, true),
                None => (text.strip_prefix('+').unwrap_or(text), false),
            };
            return Ok(Self(vec![(name.to_owned(), descending)]));
        }
        let fields: IndexMap<String, Value> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        Self::from_pairs(fields.iter().map(|(name, way)| (name.as_str(), way)))
    }

    pub(super) fn from_pairs<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> Result<Self, String> {
        let pairs = pairs.map(|(name, way)| match as_number(way) {
            Some(1.0) => Ok((name.to_owned(), false)),
            Some(-1.0) => Ok((name.to_owned(), true)),
            _ => Err(format!("the order of {name} must be 1 or -1")),
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// The default order of the database: the newest first.
    pub(in super::super) fn usual() -> Self {
        Self(vec![("_id".to_owned(), true)])
    }

    pub(in super::super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(in super::super) fn apply(&self, documents: &mut [Value]) {
        documents.sort_by(|a, b| {
            let parts = self.0.iter().map(|(path, descending)| {
                let order = compare(key(a, path, *descending), key(b, path, *descending));
                if *descending { order.reverse() } else { order }
            });
            parts.fold(Ordering::Equal, Ordering::then)
        });
    }
}

/// The sort key of a document: of several values the smallest, or the greatest in descending order.
fn key<'a>(document: &'a Value, path: &str, descending: bool) -> &'a Value {
    let found = path::find(document, path).into_iter().flat_map(|value| match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    });
    let order = |a: &&Value, b: &&Value| compare(a, b);
    let key = if descending { found.max_by(order) } else { found.min_by(order) };
    key.unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sorted(sort: &str) -> Vec<i64> {
        let mut documents = vec![
            json!({ "_id": 1, "b": 1, "a": "x" }),
            json!({ "_id": 2, "b": 2, "a": "x" }),
            json!({ "_id": 3, "b": [0, 9] }),
        ];
        Sort::parse(sort).unwrap().apply(&mut documents);
        documents.iter().map(|document| document["_id"].as_i64().unwrap()).collect()
    }

    #[test]
    fn the_order_of_the_fields_counts() {
        assert_eq!(sorted(r#"{"b": -1, "a": 1}"#), [3, 2, 1]);
        assert_eq!(sorted(r#"{"a": 1, "b": -1}"#), [3, 2, 1]);
        assert_eq!(sorted(r#"{"a": -1, "b": 1}"#), [1, 2, 3]);
        assert_eq!(sorted(r#"{"b": 1}"#), [3, 1, 2]);
        assert_eq!(sorted("-_id"), [3, 2, 1]);
        assert_eq!(sorted("_id"), [1, 2, 3]);
    }

    #[test]
    fn a_direction_is_one_way_or_the_other() {
        assert!(Sort::parse(r#"{"a": 2}"#).is_err());
        assert!(Sort::parse(r#"{"a": "up"}"#).is_err());
        assert!(Sort::parse("{").is_err());
    }
}
