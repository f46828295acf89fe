//! Compares what came with what must come.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use xtask::conformance::Generated;

use crate::reply::sha256;

/// What does not match, and what was captured on the way.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// One sentence for each difference.
    pub(crate) faults: Vec<String>,
    pub(crate) captured: Map<String, Value>,
}

impl Verdict {
    /// Compares; `at` says where in the reply, and no value is one that is missing.
    pub(crate) fn compare(&mut self, at: &str, expected: &Value, found: Option<&Value>) {
        match expected {
            Value::String(word) if word == "$any" => {
                let there = found.is_some_and(|value| !value.is_null());
                self.check(there, at, "is to be there", found);
            }
            Value::String(word) if word == "$absent" => {
                self.check(found.is_none(), at, "is to be absent", found);
            }
            Value::String(word) if word == "$unset" => {
                self.check(found.is_none_or(Value::is_null), at, "is to be absent or null", found);
            }
            Value::String(word) if word == "$distinct" => {
                let values = found.and_then(Value::as_array);
                let texts = values.map(|values| values.iter().map(Value::to_string));
                let distinct = texts.is_some_and(|mut texts| {
                    let mut seen = BTreeSet::new();
                    texts.all(|text| seen.insert(text))
                });
                self.check(distinct, at, "is to be a list without doubles", found);
            }
            Value::Object(fields) if fields.keys().any(|key| key.starts_with('$')) => {
                for (operator, argument) in fields {
                    self.apply(at, operator, argument, found);
                }
            }
            Value::Object(fields) => match found {
                Some(Value::Object(found)) => {
                    for (name, expected) in fields {
                        self.compare(&format!("{at}.{name}"), expected, found.get(name));
                    }
                }
                _ => self.fault(at, "is to be an object", found),
            },
            Value::Array(expected) => match found {
                Some(Value::Array(found)) => {
                    if expected.len() != found.len() {
                        self.fault(at, &format!("is to have {} values", expected.len()), None);
                    }
                    for (index, expected) in expected.iter().enumerate() {
                        self.compare(&format!("{at}[{index}]"), expected, found.get(index));
                    }
                }
                _ => self.fault(at, "is to be a list", found),
            },
            scalar => self.check(found == Some(scalar), at, &format!("is to be {scalar}"), found),
        }
    }

    fn apply(&mut self, at: &str, operator: &str, argument: &Value, found: Option<&Value>) {
        let list = found.and_then(Value::as_array);
        let text = found.and_then(Value::as_str);
        match operator {
            "$eq" => {
                self.check(found == Some(argument), at, &format!("is to be {argument}"), found)
            }
            "$not" => {
                let matches = matches(argument, found);
                self.check(!matches, at, &format!("is not to match {argument}"), found);
            }
            "$all" => {
                let all = argument.as_array().map(Vec::as_slice).unwrap_or_default();
                self.check(!all.is_empty(), at, "$all wants a list", None);
                all.iter().for_each(|expected| self.compare(at, expected, found));
            }
            "$one_of" => {
                let choices = argument.as_array().map(Vec::as_slice).unwrap_or_default();
                match choices.iter().find(|choice| matches(choice, found)) {
                    Some(choice) => self.compare(at, choice, found),
                    None => self.fault(at, &format!("is to be one of {argument}"), found),
                }
            }
            "$capture" => match (argument.as_str(), found) {
                (Some(name), Some(value)) if !value.is_null() => {
                    self.captured.insert(name.to_owned(), value.clone());
                }
                _ => self.fault(at, "is to be captured", found),
            },
            "$regex" => {
                let regex = argument.as_str().map(regex_lite::Regex::new);
                match (regex, text) {
                    (Some(Ok(regex)), Some(text)) if regex.is_match(text) => {}
                    _ => self.fault(at, &format!("is to match the expression {argument}"), found),
                }
            }
            "$contains" => {
                let holds = match (text, argument.as_str(), list) {
                    (Some(text), Some(part), _) => text.contains(part),
                    (_, _, Some(list)) => list.iter().any(|value| matches(argument, Some(value))),
                    _ => false,
                };
                self.check(holds, at, &format!("is to contain {argument}"), found);
            }
            "$length" => {
                let length = match found {
                    Some(Value::Array(list)) => Some(list.len()),
                    Some(Value::String(text)) => Some(text.chars().count()),
                    Some(Value::Object(fields)) => Some(fields.len()),
                    _ => None,
                };
                self.compare(
                    &format!("length of {at}"),
                    argument,
                    length.map(Value::from).as_ref(),
                );
            }
            "$gte" | "$lte" => {
                let numbers = found.and_then(Value::as_f64).zip(argument.as_f64());
                let holds = numbers.is_some_and(|(found, limit)| match operator {
                    "$gte" => found >= limit,
                    _ => found <= limit,
                });
                self.check(holds, at, &format!("is to be {operator} {argument}"), found);
            }
            "$each" => match list {
                Some(list) if !list.is_empty() => {
                    for (index, value) in list.iter().enumerate() {
                        self.compare(&format!("{at}[{index}]"), argument, Some(value));
                    }
                }
                _ => self.fault(at, "is to be a list that is not empty", found),
            },
            "$pluck" => match (argument.as_object(), list) {
                (Some(fields), Some(list)) => {
                    for (name, expected) in fields {
                        let values = list.iter().map(|value| value[name.as_str()].clone());
                        let values = Value::Array(values.collect());
                        self.compare(&format!("{at}[].{name}"), expected, Some(&values));
                    }
                }
                _ => self.fault(at, "is to be a list of objects", found),
            },
            "$unordered" => match (argument.as_array(), list) {
                (Some(expected), Some(list)) => self.unordered(at, expected, list),
                _ => self.fault(at, "is to be a list", found),
            },
            "$json" => match text.map(serde_json::from_str::<Value>) {
                Some(Ok(value)) => self.compare(&format!("{at} as JSON"), argument, Some(&value)),
                _ => self.fault(at, "is to be JSON in a text", found),
            },
            "$sha256_of" => match serde_json::from_value::<Generated>(argument.clone()) {
                Ok(generated) => {
                    let hash = Value::from(sha256(&generated.bytes()));
                    self.check(found == Some(&hash), at, &format!("is to be {hash}"), found);
                }
                Err(error) => self.fault(at, &format!("$sha256_of: {error}"), None),
            },
            _ => self.fault(at, &format!("unknown matcher {operator}"), None),
        }
    }

    /// Each expected value has a found one of its own, and none is left.
    fn unordered(&mut self, at: &str, expected: &[Value], found: &[Value]) {
        let mut left: Vec<&Value> = found.iter().collect();
        for expected in expected {
            match left.iter().position(|value| matches(expected, Some(value))) {
                Some(index) => {
                    let value = left.remove(index);
                    self.compare(at, expected, Some(value));
                }
                None => self.fault(at, &format!("is to have {expected}"), None),
            }
        }
        for value in left {
            self.fault(at, "has one too many", Some(value));
        }
    }

    fn check(&mut self, holds: bool, at: &str, wanted: &str, found: Option<&Value>) {
        if !holds {
            self.fault(at, wanted, found);
        }
    }

    fn fault(&mut self, at: &str, wanted: &str, found: Option<&Value>) {
        let found = found.map_or_else(|| "missing".to_owned(), Value::to_string);
        let short: String = found.chars().take(300).collect();
        self.faults.push(format!("{at} {wanted}: {short}"));
    }
}

fn matches(expected: &Value, found: Option<&Value>) -> bool {
    let mut verdict = Verdict::default();
    verdict.compare("", expected, found);
    verdict.faults.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_matcher_takes_what_it_is_for_and_refuses_the_rest() {
        let hash = sha256(&Generated { size: 9, seed: 1, from: 2, length: Some(3) }.bytes());
        let of = json!({ "$sha256_of": { "size": 9, "seed": 1, "from": 2, "length": 3 } });
        let table = [
            (json!(1), json!(1), json!(2)),
            (json!("a"), json!("a"), json!("b")),
            (json!(null), json!(null), json!(0)),
            (json!({ "a": 1 }), json!({ "a": 1, "b": 2 }), json!({ "b": 2 })),
            (json!({ "a": {} }), json!({ "a": {} }), json!({ "a": [] })),
            (json!([1, 2]), json!([1, 2]), json!([2, 1])),
            (json!([1]), json!([1]), json!([1, 2])),
            (json!([]), json!([]), json!({})),
            (json!("$any"), json!(0), json!(null)),
            (json!({ "a": "$absent" }), json!({}), json!({ "a": null })),
            (json!({ "a": "$unset" }), json!({ "a": null }), json!({ "a": 0 })),
            (json!("$distinct"), json!([1, 2]), json!([1, 1])),
            (json!({ "$eq": { "a": 1 } }), json!({ "a": 1 }), json!({ "a": 1, "b": 2 })),
            (json!({ "$not": { "$contains": "a" } }), json!("b"), json!("ab")),
            (json!({ "$all": [{ "$gte": 1 }, { "$lte": 2 }] }), json!(1), json!(3)),
            (json!({ "$gte": 2 }), json!(2), json!(1)),
            (json!({ "$lte": 2 }), json!(2), json!(3)),
            (json!({ "$gte": 1, "$lte": 2 }), json!(2), json!(3)),
            (json!({ "$one_of": [1, 2] }), json!(2), json!(3)),
            (json!({ "$capture": "x" }), json!(1), json!(null)),
            (json!({ "$regex": "^a.c" }), json!("abcd"), json!("xabc")),
            (json!({ "$contains": "b" }), json!("abc"), json!("ac")),
            (json!({ "$contains": { "a": 1 } }), json!([{ "a": 1, "b": 1 }]), json!([{ "a": 2 }])),
            (json!({ "$length": 2 }), json!("ab"), json!([1])),
            (json!({ "$length": { "$gte": 2 } }), json!([1, 2]), json!([1])),
            (json!({ "$each": { "a": 1 } }), json!([{ "a": 1 }]), json!([{ "a": 1 }, {}])),
            (json!({ "$each": 1 }), json!([1]), json!([])),
            (json!({ "$pluck": { "a": [1, 2] } }), json!([{ "a": 1 }, { "a": 2 }]), json!([])),
            (json!({ "$unordered": [1, 2] }), json!([2, 1]), json!([1, 1])),
            (json!({ "$unordered": [1] }), json!([1]), json!([1, 2])),
            (json!({ "$json": { "a": 1 } }), json!("{\"a\":1}"), json!({ "a": 1 })),
            (of, json!(hash), json!("0")),
        ];
        for (expected, good, bad) in table {
            assert!(matches(&expected, Some(&good)), "{expected} takes {good}");
            assert!(!matches(&expected, Some(&bad)), "{expected} refuses {bad}");
        }
        assert!(!matches(&json!({ "$unheard": 1 }), Some(&json!(1))));
        assert!(!matches(&json!({ "$all": [] }), Some(&json!(1))));
        assert!(!matches(&json!(null), None));
    }

    #[test]
    fn values_are_captured_inside_of_other_matchers() {
        let mut verdict = Verdict::default();
        let expected =
            json!({ "list": { "$unordered": [{ "id": { "$capture": "id" }, "n": 2 }, {}] } });
        let found = json!({ "list": [{ "id": "a", "n": 1 }, { "id": "b", "n": 2 }] });
        verdict.compare("body", &expected, Some(&found));
        assert_eq!(verdict.faults, [] as [String; 0]);
        assert_eq!(verdict.captured["id"], "b");
    }

    #[test]
    fn a_difference_says_where_it_is_and_what_came() {
        let mut verdict = Verdict::default();
        verdict.compare("body", &json!({ "a": [{ "b": 1 }] }), Some(&json!({ "a": [{ "b": 2 }] })));
        assert_eq!(verdict.faults, ["body.a[0].b is to be 1: 2"]);
    }
}
