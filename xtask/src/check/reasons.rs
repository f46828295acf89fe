//! The reasons of overlay actions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Section;
use crate::derive::{self, Action, Input};

/// The reasons for facts of operations, by service and operationId.
#[derive(Default)]
pub(crate) struct Reasons {
    /// The reason for an operation's `x-tapis-repeatable`.
    pub(crate) repeatable: BTreeMap<(String, String), String>,
    /// The reason why an operation does not page, or why its paging parameters were removed.
    pub(crate) paging: BTreeMap<(String, String), String>,
    /// The reason why the arguments of an operation, or of a schema's constructor, are named or
    /// positional.
    pub(crate) arguments: BTreeMap<(String, String), String>,
}

/// The query parameters by which services page.
pub(crate) const PAGING_PARAMETERS: [&str; 6] =
    ["limit", "offset", "page", "pagesize", "skip", "startAfter"];

impl Reasons {
    pub(crate) fn read(inputs: &BTreeMap<String, Input>) -> Self {
        let mut reasons = Self::default();
        for service in inputs.keys() {
            // The check of the documents reports an overlay that cannot be applied.
            let _ = derive::watch(service, inputs, &mut |document, pointer, action| {
                reasons.note(service, document, pointer, action);
            });
        }
        reasons
    }

    /// Records the reason of `action`, before it changes `pointer`.
    fn note(&mut self, service: &str, document: &Value, pointer: &str, action: &Action) {
        let Some(reason) = &action.description else { return };
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let sets = |fact| action.update.as_ref().is_some_and(|update| update.get(fact).is_some());
        if let Some(schema) = pointer.strip_prefix("/components/schemas/") {
            if sets("x-tapis-arguments") {
                self.arguments.insert((service.to_owned(), schema.to_owned()), reason);
            }
            return;
        }
        let Some((operation, rest)) = operation_at(pointer) else { return };
        let Some(id) = document.pointer(operation).and_then(|o| o["operationId"].as_str()) else {
            return;
        };
        let key = (service.to_owned(), id.to_owned());
        if action.is_remove() {
            let name = document.pointer(pointer).and_then(|gone| gone["name"].as_str());
            if rest.starts_with("/parameters/")
                && name.is_some_and(|name| PAGING_PARAMETERS.contains(&name))
            {
                self.paging.insert(key, reason);
            }
        } else if rest.is_empty() {
            let facts = [
                ("x-tapis-repeatable", &mut self.repeatable),
                ("x-tapis-paging", &mut self.paging),
                ("x-tapis-arguments", &mut self.arguments),
            ];
            for (fact, reasons) in facts {
                if sets(fact) {
                    reasons.insert(key.clone(), reason.clone());
                }
            }
        }
    }
}

/// Splits a JSON pointer into the pointer of its operation and the rest.
fn operation_at(pointer: &str) -> Option<(&str, &str)> {
    let path = pointer.strip_prefix("/paths/")?;
    let method = path.find('/')? + 1;
    let end = path[method..].find('/').map_or(path.len(), |rest| method + rest);
    Some(pointer.split_at("/paths/".len() + end))
}

/// Counts the actions that change an interface. An action without a reason is an error when the
/// overlay is applied, so nothing else needs to be checked.
pub(crate) fn check(inputs: &BTreeMap<String, Input>) -> Section {
    let mut section = Section::new("Corrections with a reason");
    let counts: Vec<[String; 2]> = inputs
        .iter()
        .map(|(service, input)| {
            let count = input.overlay.as_ref().map_or(0, |overlay| overlay.reasons().count());
            [service.clone(), count.to_string()]
        })
        .collect();
    let total: usize = counts.iter().filter_map(|[_, count]| count.parse::<usize>().ok()).sum();
    section.table(["service", "actions"], &counts);
    section.line(format!("{total} actions change an interface, each says why"));
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noted(pointer: &str, action: Value) -> Reasons {
        let document = json!({"paths": {"/a": {"get": {
            "operationId": "getA", "parameters": [{"name": "select"}, {"name": "limit"}],
        }}}});
        let action: Action = serde_json::from_value(action).unwrap();
        let mut reasons = Reasons::default();
        reasons.note("t", &document, pointer, &action);
        reasons
    }

    fn key() -> (String, String) {
        ("t".to_owned(), "getA".to_owned())
    }

    #[test]
    fn the_action_that_sets_a_fact_gives_its_reason() {
        let reasons = noted(
            "/paths/~1a/get",
            json!({"target": "$", "description": "It\n  acts.", "update": {"x-tapis-repeatable": false}}),
        );
        assert_eq!(reasons.repeatable.get(&key()).map(String::as_str), Some("It acts."));
        assert!(reasons.paging.is_empty());
    }

    #[test]
    fn a_paging_parameter_that_goes_has_the_reason_of_its_removal() {
        let action = json!({"target": "$", "description": "Unknown to it.", "remove": true});
        let gone = noted("/paths/~1a/get/parameters/1", action.clone());
        assert_eq!(gone.paging.get(&key()).map(String::as_str), Some("Unknown to it."));
        assert!(noted("/paths/~1a/get/parameters/0", action).paging.is_empty());
    }
}
