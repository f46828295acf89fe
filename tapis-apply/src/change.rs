//! The bodies of the requests that change a resource.

use serde_json::{Map, Value};

use crate::attributes::{Attributes, Entries};
use crate::compare::{differs, is_blank};
use crate::entries::pairs;

/// The bodies that change the differences.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Bodies {
    /// The whole resource, if an attribute can only be unset by omitting it from a `PUT`.
    pub(crate) put: Option<Value>,
    /// The other differences.
    pub(crate) patch: Option<Value>,
}

/// Returns the bodies that change `there` to match `here`, without the attributes that separate operations change.
pub(crate) fn bodies(here: &Map<String, Value>, there: &Value, attributes: &Attributes) -> Bodies {
    let mut change = Change { attributes, needs_put: false, unset: Vec::new() };
    let is_of = |lists: &[&[&str]], name: &str| lists.iter().any(|names| names.contains(&name));
    let apart = [attributes.by_calls, attributes.write_only, attributes.fixed];
    let mut patch: Map<String, Value> = here
        .iter()
        .filter(|(name, _)| !is_of(&apart, name))
        .filter_map(|(name, value)| {
            let value = change.of(name, value, there.get(name))?;
            Some((name.clone(), value))
        })
        .collect();
    let put = change.needs_put.then(|| {
        let mut whole = there.as_object().cloned().unwrap_or_default();
        let kept = [attributes.server_made, attributes.kept_by_put];
        whole.retain(|name, _| !is_of(&apart, name) && !is_of(&kept, name));
        for (name, value) in &patch {
            if !attributes.kept_by_put.contains(&name.as_str()) {
                let below = whole.entry(name.clone()).or_insert(Value::Null);
                overlay(name, below, value, attributes);
            }
        }
        for path in &change.unset {
            remove(&mut whole, path);
        }
        tidy_object("", &mut whole, attributes);
        Value::from(whole)
    });
    if put.is_some() {
        patch.retain(|name, _| attributes.kept_by_put.contains(&name.as_str()));
    }
    tidy_object("", &mut patch, attributes);
    Bodies { put, patch: (!patch.is_empty()).then(|| patch.into()) }
}

/// Removes from a body the values that the service refuses or ignores: null, blank strings, and empty lists that must
/// have entries.
pub(crate) fn tidy(body: &mut Map<String, Value>, attributes: &Attributes) {
    tidy_object("", body, attributes);
}

struct Change<'a> {
    attributes: &'a Attributes,
    /// Whether a `PATCH` cannot express all changes.
    needs_put: bool,
    /// The paths that the `PUT` omits.
    unset: Vec<String>,
}

impl Change<'_> {
    /// Returns the value to send in a `PATCH`; `None` if nothing differs or only a `PUT` can change it.
    fn of(&mut self, path: &str, here: &Value, there: Option<&Value>) -> Option<Value> {
        let attributes = self.attributes;
        if !differs(path, here, there, attributes) {
            return None;
        }
        match here {
            Value::Object(fields) if attributes.merged_by_patch.contains(&path) => {
                let below = |(name, value): (&String, &Value)| {
                    let there = there.and_then(|there| there.get(name));
                    let value = self.of(&format!("{path}.{name}"), value, there)?;
                    Some((name.clone(), value))
                };
                let changed: Map<String, Value> = fields.iter().filter_map(below).collect();
                (!changed.is_empty()).then(|| changed.into())
            }
            here if is_blank(here) => {
                let empty = self.emptied(path, there);
                if empty.is_none() {
                    self.needs_put = true;
                    self.unset.push(path.to_owned());
                }
                empty
            }
            here => {
                self.needs_put |= blanks(path, here, there, attributes);
                Some(merged(path, here, there, attributes))
            }
        }
    }

    /// Returns the value with which a `PATCH` unsets an attribute; `None` if a `PATCH` cannot unset it.
    fn emptied(&self, path: &str, there: Option<&Value>) -> Option<Value> {
        let default = self.attributes.default(path).and_then(|default| default.value());
        match there {
            _ if default.is_some() => default,
            Some(Value::Array(_)) if !self.attributes.non_empty.contains(&path) => {
                Some(Value::Array(Vec::new()))
            }
            Some(Value::Object(_)) => Some(Value::Object(Map::new())),
            _ => None,
        }
    }
}

/// Whether a value becomes blank in an object in which a `PATCH` ignores blank values.
fn blanks(path: &str, here: &Value, there: Option<&Value>, attributes: &Attributes) -> bool {
    let Value::Object(fields) = here else { return false };
    if attributes.complete.contains(&path) {
        return differs(path, here, there, attributes) && fields.values().any(is_blank);
    }
    fields.iter().any(|(name, value)| {
        let there = there.and_then(|there| there.get(name));
        blanks(&format!("{path}.{name}"), value, there, attributes)
    })
}

/// Returns the server's value, with the described attributes replaced.
fn merged(path: &str, here: &Value, there: Option<&Value>, attributes: &Attributes) -> Value {
    match (here, there) {
        (Value::Object(fields), there) => {
            let mut all = there.and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, value) in fields {
                let below = format!("{path}.{name}");
                let value = merged(&below, value, all.get(name), attributes);
                all.insert(name.clone(), value);
            }
            if attributes.complete.contains(&path) {
                let null = all.values_mut().filter(|value| value.is_null());
                null.for_each(|value| *value = "".into());
            }
            all.into()
        }
        (Value::Array(items), Some(Value::Array(others))) if !Attributes::is_free(path) => {
            let key;
            let names = match attributes.entries(path) {
                Entries::ByKey(names) => names,
                Entries::ByKeyInOrder(name) => {
                    key = [name];
                    &key[..]
                }
                Entries::Unordered | Entries::ByPosition => return here.clone(),
            };
            let entries = pairs(names, items, others).into_iter();
            entries
                .filter_map(|pair| Some(merged(path, pair.here?, pair.there, attributes)))
                .collect()
        }
        _ => here.clone(),
    }
}

/// Merges a part of a `PATCH` into the whole resource.
fn overlay(path: &str, whole: &mut Value, patch: &Value, attributes: &Attributes) {
    match (whole, patch) {
        (Value::Object(all), Value::Object(fields))
            if attributes.merged_by_patch.contains(&path) =>
        {
            for (name, value) in fields {
                let below = all.entry(name.clone()).or_insert(Value::Null);
                overlay(&format!("{path}.{name}"), below, value, attributes);
            }
        }
        (whole, patch) => *whole = patch.clone(),
    }
}

/// Removes the attribute at a path, and from each entry if there is a list on the path.
pub(crate) fn remove(object: &mut Map<String, Value>, path: &str) {
    let Some((name, below)) = path.split_once('.') else {
        object.remove(path);
        return;
    };
    match object.get_mut(name) {
        Some(Value::Object(object)) => remove(object, below),
        Some(Value::Array(items)) => {
            items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| remove(item, below));
        }
        _ => {}
    }
}

fn tidy_object(path: &str, object: &mut Map<String, Value>, attributes: &Attributes) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    object.retain(|name, value| {
        let path = below(name);
        let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        let refused = is_blank(value) && attributes.non_empty.contains(&path.as_str());
        !(value.is_null() || blank || refused)
    });
    for (name, value) in object {
        let path = below(name);
        if !Attributes::is_free(&path) && !attributes.complete.contains(&path.as_str()) {
            tidy_value(&path, value, attributes);
        }
    }
}

fn tidy_value(path: &str, value: &mut Value, attributes: &Attributes) {
    match value {
        Value::Object(object) => tidy_object(path, object, attributes),
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(|item| tidy_value(path, item, attributes));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::apps::AppVersion;
    use crate::resource::Resource as _;
    use crate::systems::System;

    fn of_system(here: Value, there: &Value) -> Bodies {
        bodies(here.as_object().unwrap(), there, &System::ATTRIBUTES)
    }

    fn of_app(here: Value, there: &Value) -> Bodies {
        bodies(here.as_object().unwrap(), there, &AppVersion::ATTRIBUTES)
    }

    fn patch(body: Value) -> Bodies {
        Bodies { put: None, patch: Some(body) }
    }

    #[test]
    fn only_what_differs_is_changed_and_not_what_has_calls_of_its_own() {
        let there = json!({"id": "a", "port": 23, "enabled": false, "owner": "me", "host": "h"});
        let here = json!({"id": "a", "port": 22, "enabled": true, "owner": "you", "host": "h"});
        assert_eq!(of_system(here, &there), patch(json!({"port": 22})));
        assert_eq!(of_system(json!({"enabled": true}), &there), Bodies::default());
    }

    #[test]
    fn a_list_is_sent_whole_with_what_entries_of_the_same_name_have() {
        let there = json!({"batchLogicalQueues": [
            {"name": "small", "maxMinutes": 60, "schedulerOptions": [{"name": "o", "arg": "--o"}]},
            {"name": "large", "maxMinutes": 2880, "description": null, "newer": 1},
        ]});
        let here = json!({"batchLogicalQueues": [
            {"name": "large", "maxMinutes": 2000}, {"name": "small"}, {"name": "new", "maxJobs": null},
        ]});
        let sent = json!({"batchLogicalQueues": [
            {"name": "large", "maxMinutes": 2000, "newer": 1},
            {"name": "small", "maxMinutes": 60, "schedulerOptions": [{"name": "o", "arg": "--o"}]},
            {"name": "new"},
        ]});
        assert_eq!(of_system(here, &there), patch(sent));
    }

    #[test]
    fn of_job_attributes_only_what_differs_is_sent_and_other_objects_are_sent_whole() {
        let there = json!({
            "notes": {"a": 1, "b": 2},
            "jobAttributes": {
                "maxMinutes": 10, "execSystemId": "s",
                "parameterSet": {
                    "envVariables": [{"key": "A", "value": "1"}],
                    "logConfig": {"stdoutFilename": "o", "stderrFilename": "e"},
                },
            },
        });
        let here = json!({
            "notes": {"a": 3},
            "jobAttributes": {
                "maxMinutes": 20, "execSystemId": "s",
                "parameterSet": {"logConfig": {"stdoutFilename": "p"}},
            },
        });
        let sent = json!({
            "notes": {"a": 3, "b": 2},
            "jobAttributes": {
                "maxMinutes": 20,
                "parameterSet": {
                    "envVariables": [{"key": "A", "value": "1"}],
                    "logConfig": {"stdoutFilename": "p", "stderrFilename": "e"},
                },
            },
        });
        assert_eq!(of_app(here, &there), patch(sent));
    }

    #[test]
    fn what_has_a_default_or_may_be_empty_is_unset_by_a_patch() {
        let there = json!({"port": 22, "tags": ["t"], "notes": {"a": 1}, "effectiveUserId": "svc"});
        let here = json!({"port": null, "tags": [], "notes": null, "effectiveUserId": null});
        let sent = json!({"port": -1, "tags": [], "notes": {}, "effectiveUserId": "${apiUserId}"});
        assert_eq!(of_system(here, &there), patch(sent));
    }

    #[test]
    fn what_a_patch_cannot_unset_is_left_out_of_a_put_of_the_whole() {
        let there = json!({
            "id": "s", "systemType": "LINUX", "host": "h", "uuid": "u", "tenant": "dev", "owner": "me",
            "enabled": true, "rootDir": "/", "canExec": true, "effectiveUserId": "${apiUserId}",
            "isDynamicEffectiveUser": true, "mpiCmd": "m", "description": "d", "port": 22,
            "proxyHost": null, "jobWorkingDir": "w", "jobRuntimes": [{"runtimeType": "ZIP", "version": null}],
            "hasCredentials": true, "parentId": null, "tags": [],
        });
        let here = json!({"mpiCmd": null, "description": "", "port": 23, "effectiveUserId": "svc"});
        let whole = json!({
            "host": "h", "port": 23, "jobWorkingDir": "w", "jobRuntimes": [{"runtimeType": "ZIP"}],
            "tags": [],
        });
        let changed = of_system(here, &there);
        assert_eq!(changed.put, Some(whole));
        assert_eq!(changed.patch, Some(json!({"effectiveUserId": "svc"})), "PUT keeps it as it is");

        let there = json!({
            "id": "a", "version": "1", "containerImage": "i", "locked": false, "runtimeOptions": null,
            "jobAttributes": {
                "description": "d", "memoryMB": 100, "execSystemConstraints": [],
                "parameterSet": {"logConfig": {"stdoutFilename": "o", "stderrFilename": ""}},
            },
        });
        let here = json!({"jobAttributes": {
            "description": null, "memoryMB": 200,
            "parameterSet": {"logConfig": {"stdoutFilename": ""}},
        }});
        let whole = json!({"containerImage": "i", "jobAttributes": {
            "memoryMB": 200,
            "parameterSet": {"logConfig": {"stdoutFilename": "", "stderrFilename": ""}},
        }});
        assert_eq!(of_app(here, &there), Bodies { put: Some(whole), patch: None });
    }

    #[test]
    fn nothing_differs_in_what_a_put_has() {
        let there = json!({"mpiCmd": "m", "tags": ["t"], "notes": {"a": null, "b": ""}});
        let put = of_system(json!({"mpiCmd": null}), &there).put.unwrap();
        assert_eq!(
            put,
            json!({"tags": ["t"], "notes": {"a": null, "b": ""}}),
            "notes stay as they are"
        );
    }
}
