//! Comparing a definition with what the server has.

use serde_json::{Map, Value};

use crate::attributes::Attributes;
use crate::difference::{Difference, Differences};

/// What differs, except for what cannot be compared: attributes that the server does not return, and
/// variables in attributes in which it returns the value.
pub(crate) fn differences(
    here: &Map<String, Value>,
    there: &Value,
    attributes: &Attributes,
) -> Differences {
    let mut found = Vec::new();
    for (name, value) in here {
        let is_variable = value.as_str().is_some_and(|text| text.contains("${"));
        let is_resolved = is_variable && attributes.resolved.contains(&name.as_str());
        if attributes.write_only.contains(&name.as_str()) || is_resolved && !there[name].is_null() {
            continue;
        }
        compare(name.clone(), value, there.get(name), &mut found);
    }
    Differences::new(found)
}

/// What the server has, with what is described here in its place.
pub(crate) fn merged(here: &Value, there: Option<&Value>) -> Value {
    match (here, there) {
        (Value::Object(fields), Some(Value::Object(others))) => {
            let mut all = others.clone();
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                all.insert(name.clone(), merged(value, others.get(name)));
            }
            all.into()
        }
        (Value::Array(items), Some(Value::Array(others))) if items.len() == others.len() => {
            items.iter().zip(others).map(|(item, other)| merged(item, Some(other))).collect()
        }
        _ => here.clone(),
    }
}

fn compare(path: String, here: &Value, there: Option<&Value>, found: &mut Vec<Difference>) {
    let there = there.filter(|value| !value.is_null());
    match (here, there) {
        // What is null is not sent, and so asks for nothing.
        (Value::Null, _) => {}
        (Value::Object(fields), Some(Value::Object(_))) => {
            for (name, value) in fields {
                let below = there.and_then(|there| there.get(name));
                compare(format!("{path}.{name}"), value, below, found);
            }
        }
        (Value::Array(items), Some(Value::Array(others))) if items.len() == others.len() => {
            for (at, (item, other)) in items.iter().zip(others).enumerate() {
                compare(format!("{path}[{at}]"), item, Some(other), found);
            }
        }
        // Nothing of anything is sent as null, too.
        (Value::Array(items), None) if items.is_empty() => {}
        (Value::Object(fields), None) if fields.is_empty() => {}
        (here, Some(there)) if is_same(here, there) => {}
        _ => found.push(Difference { path, local: here.clone(), remote: there.cloned() }),
    }
}

/// Some services send a boolean or a number as text, and the largest number there is for the -1 that
/// stands for no limit.
fn is_same(here: &Value, there: &Value) -> bool {
    match (here, there) {
        (Value::Number(one), Value::Number(other))
            if one.as_i64() == Some(-1) && other.as_i64() == Some(i64::from(i32::MAX)) =>
        {
            true
        }
        (Value::Bool(_), Value::String(text)) | (Value::Number(_), Value::String(text)) => {
            text.eq_ignore_ascii_case(&here.to_string())
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => here == there,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_a_line() {
        let here = json!({
            "host": "a", "port": 22, "tags": ["x", "y"], "useProxy": true, "notes": {"k": {"l": 1}},
            "description": null, "jobEnvVariables": [], "id": "s",
            "authnCredential": {"password": "planted"},
        });
        let there = json!({
            "host": "b", "port": "22", "tags": ["x", "z"], "useProxy": "TRUE", "notes": {"k": {}},
            "more": 1, "id": "s",
        });
        let attributes = Attributes { write_only: &["authnCredential"], ..Attributes::default() };
        let found = differences(here.as_object().unwrap(), &there, &attributes);
        let lines = found.to_string();
        assert_eq!(
            lines,
            "host: \"a\" here, \"b\" on the server\n\
             notes.k.l: 1 here, nothing on the server\n\
             tags[1]: \"y\" here, \"z\" on the server\n"
        );
        assert!(found.concerns("notes") && found.concerns("tags") && !found.concerns("ho"));
    }

    #[test]
    fn a_list_of_another_length_differs_as_a_whole() {
        let here = json!({"tags": ["x"]});
        let there = json!({"tags": ["x", "y"]});
        let found = differences(here.as_object().unwrap(), &there, &Attributes::default());
        assert_eq!(found.to_string(), "tags: [\"x\"] here, [\"x\",\"y\"] on the server\n");
    }

    #[test]
    fn what_cannot_be_compared_is_no_difference() {
        let here = json!({"owner": "${apiUserId}", "port": null, "max": -1, "host": "${h}"});
        let there = json!({"owner": "me", "port": 22, "max": i32::MAX, "host": "h"});
        let attributes = Attributes { resolved: &["owner"], ..Attributes::default() };
        let found = differences(here.as_object().unwrap(), &there, &attributes);
        assert_eq!(found.to_string(), "host: \"${h}\" here, \"h\" on the server\n");
    }

    #[test]
    fn what_is_described_goes_over_what_is_there() {
        let here = json!({"a": {"b": 1, "n": null}, "list": [{"x": 1}], "other": [1]});
        let there = json!({"a": {"b": 2, "c": 3, "n": 4}, "list": [{"x": 2, "y": 3}], "other": []});
        let both = json!({"a": {"b": 1, "c": 3, "n": 4}, "list": [{"x": 1, "y": 3}], "other": [1]});
        assert_eq!(merged(&here, Some(&there)), both);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(value in any_json()) {
            let here = json!({ "v": value });
            prop_assert!(differences(here.as_object().unwrap(), &here, &Attributes::default()).is_empty());
            prop_assert_eq!(&merged(&here, Some(&here)), &here);
        }
    }
}
