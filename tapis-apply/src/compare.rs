//! Compares a definition with the resource on the server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::attributes::{Attributes, Default, Entries};
use crate::difference::{Difference, Differences};
use crate::entries::{Paired, keys, pairs};

/// Returns the described attributes that differ. Values that the service sets by default, trims or writes in another
/// form are equal; attributes that it does not return are not compared.
pub(crate) fn differences(
    here: &Map<String, Value>,
    there: &Value,
    attributes: &Attributes,
) -> Differences {
    let mut found = Vec::new();
    for (name, value) in here {
        if !attributes.write_only.contains(&name.as_str()) {
            compare(&At::top(name), value, there.get(name), attributes, &mut found);
        }
    }
    Differences::new(found)
}

/// Whether the value at `path` differs.
pub(crate) fn differs(
    path: &str,
    here: &Value,
    there: Option<&Value>,
    attributes: &Attributes,
) -> bool {
    let mut found = Vec::new();
    compare(&At::top(path), here, there, attributes, &mut found);
    !found.is_empty()
}

/// Whether a value is empty, so that the service stores the default or nothing instead.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        // The service uses `!tapis_not_set` for an unset string.
        Value::String(text) => text.trim().is_empty() || text == "!tapis_not_set",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The location of a value.
struct At {
    /// The path to display, such as `batchLogicalQueues[small].maxJobs`.
    shown: String,
    /// The path without the keys or positions in lists.
    path: String,
}

impl At {
    fn top(name: &str) -> Self {
        Self { shown: name.to_owned(), path: name.to_owned() }
    }

    fn attribute(&self, name: &str) -> Self {
        Self { shown: format!("{}.{name}", self.shown), path: format!("{}.{name}", self.path) }
    }

    fn entry(&self, key: impl std::fmt::Display) -> Self {
        Self { shown: format!("{}[{key}]", self.shown), path: self.path.clone() }
    }

    fn found(&self, here: &Value, there: Option<&Value>, found: &mut Vec<Difference>) {
        let there = there.filter(|there| !there.is_null());
        found.push(Difference {
            path: self.shown.clone(),
            local: here.clone(),
            remote: there.cloned(),
        });
    }
}

fn compare(
    at: &At,
    here: &Value,
    there: Option<&Value>,
    attributes: &Attributes,
    found: &mut Vec<Difference>,
) {
    if Attributes::is_free(&at.path) {
        return compare_free(at, here, there, found);
    }
    match (here, there) {
        // A null object asks for the defaults of its attributes, which the server's object already has.
        (Value::Null, Some(Value::Object(_))) => {}
        (Value::Object(fields), Some(Value::Object(_) | Value::Null) | None) => {
            for (name, value) in fields {
                let below = there.and_then(|there| there.get(name));
                compare(&at.attribute(name), value, below, attributes, found);
            }
        }
        (Value::Array(items), Some(Value::Array(others))) => {
            compare_lists(at, items, others, attributes, found);
        }
        _ if is_same(&at.path, here, there.unwrap_or(&Value::Null), attributes) => {}
        _ => at.found(here, there, found),
    }
}

fn compare_lists(
    at: &At,
    items: &[Value],
    others: &[Value],
    attributes: &Attributes,
    found: &mut Vec<Difference>,
) {
    let whole = |found: &mut Vec<Difference>| {
        at.found(&items.into(), Some(&others.into()), found);
    };
    let entries = attributes.entries(&at.path);
    match entries {
        Entries::ByPosition if items.len() == others.len() => {
            for (position, (item, other)) in items.iter().zip(others).enumerate() {
                compare(&at.entry(position), item, Some(other), attributes, found);
            }
        }
        Entries::ByPosition => whole(found),
        Entries::Unordered if counted(items) == counted(others) => {}
        Entries::Unordered => whole(found),
        Entries::ByKey(names) => {
            compare_keyed(at, pairs(names, items, others), attributes, found);
        }
        Entries::ByKeyInOrder(name) => {
            let names = [name];
            let before = found.len();
            compare_keyed(at, pairs(&names, items, others), attributes, found);
            let (order, other) = (keys(&names, items), keys(&names, others));
            if found.len() == before && order != other {
                at.found(&order.into(), Some(&other.into()), found);
            }
        }
    }
}

fn compare_keyed(
    at: &At,
    pairs: Vec<Paired<'_>>,
    attributes: &Attributes,
    found: &mut Vec<Difference>,
) {
    for pair in pairs {
        let at = at.entry(&pair.key);
        match (pair.here, pair.there) {
            (Some(item), Some(other)) => compare(&at, item, Some(other), attributes, found),
            (here, there) => at.found(here.unwrap_or(&Value::Null), there, found),
        }
    }
}

/// Counts each value of a list.
fn counted(items: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        let text = item.as_str().map_or_else(|| item.to_string(), |text| text.trim().to_owned());
        *counts.entry(text).or_default() += 1;
    }
    counts
}

/// Compares the user's own JSON, in which every described value must be equal.
fn compare_free(at: &At, here: &Value, there: Option<&Value>, found: &mut Vec<Difference>) {
    let there = there.filter(|value| !value.is_null());
    match (here, there) {
        (Value::Object(fields), Some(Value::Object(others))) => {
            for (name, value) in fields {
                compare_free(&at.attribute(name), value, others.get(name), found);
            }
        }
        (here, None) if is_blank(here) => {}
        (Value::Null, Some(there)) if is_blank(there) => {}
        (here, Some(there)) if is_equal(here, there) => {}
        _ => at.found(here, there, found),
    }
}

/// Whether two values of a user's own JSON are equal. Services may write a number differently.
fn is_equal(here: &Value, there: &Value) -> bool {
    match (here, there) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(items), Value::Array(others)) => {
            items.len() == others.len()
                && items.iter().zip(others).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(fields), Value::Object(others)) => {
            let all = |one: &Map<String, Value>, other: &Map<String, Value>| {
                one.iter()
                    .all(|(name, value)| is_equal(value, other.get(name).unwrap_or(&Value::Null)))
            };
            all(fields, others) && all(others, fields)
        }
        _ => here == there,
    }
}

/// Whether two values are the same for the service.
fn is_same(path: &str, here: &Value, there: &Value, attributes: &Attributes) -> bool {
    let default = attributes.default(path);
    if is_blank(here) && matches!(default, Some(Default::Varies)) {
        return true;
    }
    let filled = |value: &Value| match default.and_then(Default::value) {
        Some(default) if is_blank(value) => default,
        _ => value.clone(),
    };
    let (here, there) = (filled(here), filled(there));
    if is_blank(&here) && is_blank(&there) {
        return true;
    }
    let unlimited =
        |value: &Value| value.as_i64().is_some_and(|n| n < 0 || n == i64::from(i32::MAX));
    match (&here, &there) {
        (one, other) if Attributes::is_limit(path) && unlimited(one) && unlimited(other) => true,
        (Value::String(one), Value::String(other)) => one.trim() == other.trim(),
        // Some releases send a boolean or a number as a string.
        (Value::Bool(_) | Value::Number(_), Value::String(text)) => {
            text.eq_ignore_ascii_case(&here.to_string())
        }
        _ => is_equal(&here, &there),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    use crate::apps::AppVersion;
    use crate::attributes::PLAIN;
    use crate::resource::Resource as _;
    use crate::systems::System;

    fn lines(here: &Value, there: &Value, attributes: &Attributes) -> String {
        differences(here.as_object().unwrap(), there, attributes).to_string()
    }

    fn of_system(here: Value, there: Value) -> String {
        lines(&here, &there, &System::ATTRIBUTES)
    }

    fn of_app(here: Value, there: Value) -> String {
        lines(&here, &there, &AppVersion::ATTRIBUTES)
    }

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
        assert_eq!(
            of_system(here.clone(), there.clone()),
            "host: \"a\" here, \"b\" on the server\n\
             notes.k.l: 1 here, nothing on the server\n\
             tags: [\"x\",\"y\"] here, [\"x\",\"z\"] on the server\n"
        );
        let found = differences(here.as_object().unwrap(), &there, &System::ATTRIBUTES);
        assert!(found.concerns("notes") && found.concerns("tags") && !found.concerns("ho"));
    }

    #[test]
    fn what_the_service_fills_in_or_writes_differently_is_no_difference() {
        for (here, there) in [
            (json!({"port": null, "jobMaxJobs": -1}), json!({"port": -1, "jobMaxJobs": i32::MAX})),
            (json!({"jobMaxJobs": i32::MAX}), json!({"jobMaxJobs": -1})),
            (json!({"effectiveUserId": null}), json!({"effectiveUserId": "${apiUserId}"})),
            (
                json!({"enabled": null, "useProxy": null}),
                json!({"enabled": true, "useProxy": false}),
            ),
            (json!({"description": "", "mpiCmd": null}), json!({"mpiCmd": ""})),
            (json!({"host": " h "}), json!({"host": "h"})),
            (json!({"tags": null, "notes": null}), json!({"tags": [], "notes": {}})),
            (json!({"tags": [], "jobRuntimes": []}), json!({"jobRuntimes": null})),
            (json!({"tags": ["a ", "b"]}), json!({"tags": ["b", "a"]})),
            (
                json!({"jobEnvVariables": [{"key": "A", "value": null, "description": null}]}),
                json!({"jobEnvVariables": [{
                    "key": "A", "value": "!tapis_not_set", "description": "", "inputMode": "REQUIRED",
                    "notes": {},
                }]}),
            ),
            (json!({"notes": {"n": 1.0, "z": null}}), json!({"notes": {"n": 1, "more": 2}})),
        ] {
            assert_eq!(of_system(here.clone(), there), "", "{here}");
        }
        for (here, there) in [
            (
                json!({"jobType": null, "runtime": null}),
                json!({"jobType": "FORK", "runtime": "DOCKER"}),
            ),
            (
                json!({"jobAttributes": {"maxMinutes": null, "dtnSystemInputDir": null}}),
                json!({"jobAttributes": {"maxMinutes": 10, "dtnSystemInputDir": "!tapis_not_set"}}),
            ),
            (
                json!({"jobAttributes": {"archiveOnAppError": null, "parameterSet": null}}),
                json!({"jobAttributes": {"archiveOnAppError": true, "parameterSet": {"appArgs": []}}}),
            ),
        ] {
            assert_eq!(of_app(here.clone(), there), "", "{here}");
        }
    }

    #[test]
    fn null_asks_for_the_default() {
        let here = json!({"port": null, "mpiCmd": null, "tags": null, "notes": null});
        let there = json!({"port": 22, "mpiCmd": "m", "tags": ["t"], "notes": {"a": 1}});
        assert_eq!(
            of_system(here, there),
            "mpiCmd: nothing here, \"m\" on the server\n\
             notes: nothing here, {\"a\":1} on the server\n\
             port: nothing here, 22 on the server\n\
             tags: nothing here, [\"t\"] on the server\n"
        );
    }

    #[test]
    fn only_limits_may_be_negative_for_the_greatest_number() {
        let queue = |name: &str, value| json!({"batchLogicalQueues": [{"name": "q", name: value}]});
        assert_eq!(of_system(queue("maxJobs", -1), queue("maxJobs", i32::MAX)), "");
        assert_eq!(
            of_system(queue("maxMinutes", -1), queue("maxMinutes", i32::MAX)),
            "batchLogicalQueues[q].maxMinutes: -1 here, 2147483647 on the server\n"
        );
    }

    #[test]
    fn entries_are_paired_by_name_and_not_by_position() {
        let here = json!({"batchLogicalQueues": [
            {"name": "large", "maxMinutes": 2880}, {"name": "small", "maxMinutes": 60},
            {"name": "new", "maxMinutes": 1},
        ]});
        let there = json!({"batchLogicalQueues": [
            {"name": "small", "maxMinutes": 60, "hpcQueueName": "s"}, {"name": "old"},
            {"name": "large", "maxMinutes": 2000, "hpcQueueName": "l"},
        ]});
        assert_eq!(
            of_system(here, there),
            "batchLogicalQueues[large].maxMinutes: 2880 here, 2000 on the server\n\
             batchLogicalQueues[new]: {\"maxMinutes\":1,\"name\":\"new\"} here, nothing on the server\n\
             batchLogicalQueues[old]: nothing here, {\"name\":\"old\"} on the server\n"
        );
    }

    #[test]
    fn entries_with_the_same_key_are_paired_one_after_the_other() {
        let here = json!({"jobRuntimes": [
            {"runtimeType": "SINGULARITY", "version": "3"}, {"runtimeType": "SINGULARITY", "version": "4"},
        ]});
        let there = json!({"jobRuntimes": [
            {"runtimeType": "SINGULARITY", "version": "3"}, {"runtimeType": "SINGULARITY", "version": "5"},
        ]});
        assert_eq!(
            of_system(here, there),
            "jobRuntimes[SINGULARITY #2].version: \"4\" here, \"5\" on the server\n"
        );
    }

    #[test]
    fn the_order_of_arguments_counts_and_that_of_variables_does_not() {
        let set = |name: &str, entries| json!({"jobAttributes": {"parameterSet": {name: entries}}});
        let (here, there) =
            (json!([{"name": "b"}, {"name": "a"}]), json!([{"name": "a"}, {"name": "b"}]));
        assert_eq!(
            of_app(set("appArgs", here), set("appArgs", there)),
            "jobAttributes.parameterSet.appArgs: [\"b\",\"a\"] here, [\"a\",\"b\"] on the server\n"
        );
        let (here, there) =
            (json!([{"key": "b"}, {"key": "a"}]), json!([{"key": "a"}, {"key": "b"}]));
        assert_eq!(of_app(set("envVariables", here), set("envVariables", there)), "");
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
            for name in ["v", "notes", "batchLogicalQueues", "jobAttributes", "tags"] {
                let here = json!({ name: value.clone() });
                for attributes in [&PLAIN, &System::ATTRIBUTES, &AppVersion::ATTRIBUTES] {
                    prop_assert_eq!(lines(&here, &here, attributes), "");
                }
            }
        }
    }
}
