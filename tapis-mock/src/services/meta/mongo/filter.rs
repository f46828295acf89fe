//! Filters of documents.

use regex_lite::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::path;
use super::value::{as_number, comparable, compare, is_extended, is_true, same};

/// A condition on documents.
#[derive(Debug)]
pub(in super::super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Neither(Vec<Filter>),
    Field(String, Vec<Test>),
}

/// A test of the values at a path.
#[derive(Debug)]
pub(in super::super) enum Test {
    Equal(Value),
    Order(Relation, Value),
    OneOf(Vec<Value>),
    Pattern(Regex),
    Exists(bool),
    AllOf(Vec<Value>),
    Size(usize),
    /// One item of an array that meets all tests.
    Member(Vec<Test>),
    /// One item that is a document and matches the filter.
    Document(Filter),
    Remainder(i64, i64),
    Not(Vec<Test>),
}

/// The comparison of two values.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    fn holds(self, a: &Value, b: &Value) -> bool {
        if !comparable(a, b) {
            return false;
        }
        let order = compare(a, b);
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Filter {
    /// The filter that matches every document.
    pub(in super::super) fn everything() -> Self {
        Self::All(Vec::new())
    }

    pub(in super::super) fn parse(value: &Value) -> Result<Self, String> {
        let fields = value.as_object().ok_or("a filter must be an object")?;
        let mut all = Vec::new();
        for (name, value) in fields {
            all.push(match name.as_str() {
                "$and" => Self::All(list(name, value)?),
                "$or" => Self::Any(list(name, value)?),
                "$nor" => Self::Neither(list(name, value)?),
                "$comment" => continue,
                operator if operator.starts_with('$') => {
                    return Err(format!("unknown top level operator: {operator}"));
                }
                path => Self::Field(path.to_owned(), tests(value)?),
            });
        }
        Ok(Self::All(all))
    }

    /// The conjunction of two filters.
    pub(in super::super) fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            one => Self::All(vec![one, other]),
        }
    }

    pub(in super::super) fn holds(&self, document: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(document)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(document)),
            Self::Neither(parts) => !parts.iter().any(|part| part.holds(document)),
            Self::Field(path, tests) => {
                let found = path::find(document, path);
                tests.iter().all(|test| test.holds(&found))
            }
        }
    }
}

fn list(name: &str, value: &Value) -> Result<Vec<Filter>, String> {
    let parts = value.as_array().filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| format!("{name} must be a list that is not empty"))?;
    parts.iter().map(Filter::parse).collect()
}

/// Whether an object consists of operators, and is not a value to compare with.
fn operators(value: &Value) -> Option<&Map<String, Value>> {
    let fields = value.as_object().filter(|fields| !is_extended(fields))?;
    fields.keys().next().filter(|name| name.starts_with('$')).map(|_| fields)
}

fn tests(value: &Value) -> Result<Vec<Test>, String> {
    let Some(fields) = operators(value) else { return Ok(vec![Test::Equal(value.clone())]) };
    let mut tests = Vec::new();
    for (name, value) in fields {
        let order = |relation| Test::Order(relation, value.clone());
        tests.push(match name.as_str() {
            "$eq" => Test::Equal(value.clone()),
            "$ne" => Test::Not(vec![Test::Equal(value.clone())]),
            "$lt" => order(Relation::Less),
            "$lte" => order(Relation::LessOrEqual),
            "$gt" => order(Relation::Greater),
            "$gte" => order(Relation::GreaterOrEqual),
            "$in" => Test::OneOf(values(name, value)?),
            "$nin" => Test::Not(vec![Test::OneOf(values(name, value)?)]),
            "$all" => Test::AllOf(values(name, value)?),
            "$exists" => Test::Exists(is_true(value)),
            "$size" => Test::Size(size(value)?),
            "$not" if operators(value).is_some() => Test::Not(self::tests(value)?),
            "$not" => return Err("$not needs operators".to_owned()),
            "$elemMatch" => member(value)?,
            "$regex" => Test::Pattern(pattern(value, fields.get("$options"))?),
            "$options" if fields.contains_key("$regex") => continue,
            "$mod" => remainder(value)?,
            operator => return Err(format!("unknown operator: {operator}")),
        });
    }
    Ok(tests)
}

fn values(name: &str, value: &Value) -> Result<Vec<Value>, String> {
    value.as_array().cloned().ok_or_else(|| format!("{name} needs a list"))
}

fn size(value: &Value) -> Result<usize, String> {
    let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| "$size needs a whole number".to_owned())
}

fn member(value: &Value) -> Result<Test, String> {
    let logical = ["$and", "$or", "$nor"];
    match operators(value) {
        Some(fields) if !fields.keys().any(|name| logical.contains(&name.as_str())) => {
            tests(value).map(Test::Member)
        }
        _ => Filter::parse(value).map(Test::Document),
    }
}

fn pattern(value: &Value, options: Option<&Value>) -> Result<Regex, String> {
    let text = value.as_str().ok_or("$regex needs a text")?;
    let options = options.and_then(Value::as_str).unwrap_or_default();
    let regex = RegexBuilder::new(text)
        .case_insensitive(options.contains('i'))
        .multi_line(options.contains('m'))
        .dot_matches_new_line(options.contains('s'))
        .ignore_whitespace(options.contains('x'))
        .build();
    regex.map_err(|error| format!("$regex: {error}"))
}

fn remainder(value: &Value) -> Result<Test, String> {
    let numbers: Vec<i64> =
        value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    match numbers.as_slice() {
        [divisor, rest] if *divisor != 0 => Ok(Test::Remainder(*divisor, *rest)),
        _ => Err("$mod needs a divisor and a remainder".to_owned()),
    }
}

impl Test {
    /// Whether one of the values at a path passes, or an item of one.
    fn holds(&self, found: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => found.is_empty() != *wanted,
            Self::Not(tests) => !tests.iter().all(|test| test.holds(found)),
            // A missing value counts as null.
            Self::Equal(value) if found.is_empty() => value.is_null(),
            Self::OneOf(values) if found.is_empty() => values.iter().any(Value::is_null),
            Self::AllOf(values) => {
                let there = |value: &Value| any(found, &|found| same(found, value));
                !values.is_empty() && values.iter().all(there)
            }
            Self::Size(size) => found
                .iter()
                .any(|value| value.as_array().is_some_and(|values| values.len() == *size)),
            Self::Member(tests) => {
                members(found).any(|member| tests.iter().all(|test| test.holds(&[member])))
            }
            Self::Document(filter) => members(found).any(|member| filter.holds(member)),
            _ => any(found, &|value| self.passes(value)),
        }
    }

    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Equal(other) => same(value, other),
            Self::Order(relation, other) => relation.holds(value, other),
            Self::OneOf(others) => others.iter().any(|other| same(value, other)),
            Self::Pattern(regex) => value.as_str().is_some_and(|text| regex.is_match(text)),
            // The fraction is truncated here.
            Self::Remainder(divisor, rest) => as_number(value)
                .is_some_and(|number| (number as i64).checked_rem(*divisor) == Some(*rest)),
            _ => false,
        }
    }
}

/// Whether a value passes, or an item of one that is an array.
fn any(found: &[&Value], passes: &dyn Fn(&Value) -> bool) -> bool {
    found.iter().any(|value| {
        passes(value) || value.as_array().is_some_and(|values| values.iter().any(passes))
    })
}

fn members<'a>(found: &[&'a Value]) -> impl Iterator<Item = &'a Value> {
    found.iter().filter_map(|value| value.as_array()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(filter: &Value, holds: bool) {
        let document = json!({
            "_id": { "$oid": "5f0000000000000000000001" },
            "name": "Ada",
            "age": 36,
            "none": null,
            "tags": ["a", "b"],
            "address": { "city": "London", "zip": 1 },
            "grades": [{ "in": "math", "n": 90 }, { "in": "art", "n": 60 }],
        });
        assert_eq!(Filter::parse(filter).unwrap().holds(&document), holds, "{filter}");
    }

    #[test]
    fn equality_is_of_values_members_and_paths() {
        check(&json!({}), true);
        check(&json!({ "name": "Ada", "age": 36.0 }), true);
        check(&json!({ "name": "Ada", "age": 37 }), false);
        check(&json!({ "tags": "b" }), true);
        check(&json!({ "tags": ["a", "b"] }), true);
        check(&json!({ "tags": ["b", "a"] }), false);
        check(&json!({ "address.city": "London" }), true);
        check(&json!({ "address": { "city": "London" } }), false);
        check(&json!({ "grades.in": "art" }), true);
        check(&json!({ "grades.0.in": "art" }), false);
        check(&json!({ "_id": { "$oid": "5f0000000000000000000001" } }), true);
        check(&json!({ "_id": "5f0000000000000000000001" }), false);
    }

    #[test]
    fn what_is_missing_equals_null() {
        check(&json!({ "none": null }), true);
        check(&json!({ "absent": null }), true);
        check(&json!({ "name": null }), false);
        check(&json!({ "absent": { "$in": [1, null] } }), true);
        check(&json!({ "absent": { "$ne": 1 } }), true);
        check(&json!({ "absent": { "$gt": 0 } }), false);
    }

    #[test]
    fn orders_hold_within_a_type() {
        check(&json!({ "age": { "$gt": 35, "$lt": 37 } }), true);
        check(&json!({ "age": { "$gte": 36, "$lte": 36 } }), true);
        check(&json!({ "age": { "$gt": 36 } }), false);
        check(&json!({ "age": { "$gt": "1" } }), false);
        check(&json!({ "name": { "$gt": "A", "$lt": "B" } }), true);
        check(&json!({ "grades.n": { "$lt": 61 } }), true);
    }

    #[test]
    fn lists_are_searched() {
        check(&json!({ "name": { "$in": ["Ada", "Bob"] } }), true);
        check(&json!({ "name": { "$nin": ["Ada", "Bob"] } }), false);
        check(&json!({ "tags": { "$in": ["z", "a"] } }), true);
        check(&json!({ "tags": { "$nin": ["z"] } }), true);
        check(&json!({ "tags": { "$all": ["b", "a"] } }), true);
        check(&json!({ "tags": { "$all": ["b", "z"] } }), false);
        check(&json!({ "tags": { "$size": 2 } }), true);
        check(&json!({ "grades": { "$elemMatch": { "in": "art", "n": { "$gt": 80 } } } }), false);
        check(&json!({ "grades": { "$elemMatch": { "in": "math", "n": { "$gt": 80 } } } }), true);
        check(&json!({ "tags": { "$elemMatch": { "$gt": "a", "$lt": "c" } } }), true);
    }

    #[test]
    fn existence_is_not_the_same_as_a_value() {
        check(&json!({ "none": { "$exists": true } }), true);
        check(&json!({ "absent": { "$exists": false } }), true);
        check(&json!({ "absent": { "$exists": 1 } }), false);
        check(&json!({ "address.city": { "$exists": true } }), true);
    }

    #[test]
    fn conditions_are_combined() {
        check(&json!({ "$and": [{ "name": "Ada" }, { "age": 36 }] }), true);
        check(&json!({ "$or": [{ "name": "Bob" }, { "age": 36 }] }), true);
        check(&json!({ "$nor": [{ "name": "Bob" }, { "age": 36 }] }), false);
        check(&json!({ "age": { "$not": { "$gt": 40 } } }), true);
        check(&json!({ "$or": [{ "name": "Bob" }], "age": 36 }), false);
    }

    #[test]
    fn texts_are_matched_by_patterns() {
        check(&json!({ "name": { "$regex": "^a", "$options": "i" } }), true);
        check(&json!({ "name": { "$regex": "^a" } }), false);
        check(&json!({ "age": { "$mod": [5, 1] } }), true);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for bad in [
            json!([]),
            json!({ "$where": "true" }),
            json!({ "a": { "$near": 1 } }),
            json!({ "a": { "$in": 1 } }),
            json!({ "$or": [] }),
            json!({ "$and": {} }),
            json!({ "a": { "$regex": "(" } }),
            json!({ "a": { "$not": 1 } }),
            json!({ "a": { "$size": -1 } }),
            json!({ "a": { "$mod": [0, 1] } }),
        ] {
            assert!(Filter::parse(&bad).is_err(), "{bad}");
        }
    }
}
