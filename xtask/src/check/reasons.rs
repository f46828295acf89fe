//! The reasons that overlays give for what they change.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Section;
use crate::derive::{self, Action, Input};

/// Why operations are what they are, by service and operationId.
#[derive(Default)]
pub(crate) struct Reasons {
    /// Why an operation's `x-tapis-repeatable` is what it is.
    pub(crate) repeatable: BTreeMap<(String, String), String>,
    /// Why an operation does not page by its parameters, or has them no more.
    pub(crate) paging: BTreeMap<(String, String), String>,
}

/// The query parameters by which services page.
pub(crate) const PAGING_PARAMETERS: [&str; 6] =
    ["limit", "offset", "page", "pagesize", "skip", "startAfter"];

impl Reasons {
    pub(crate) fn read(inputs: &BTreeMap<String, Input>) -> Self {
        let mut reasons = Self::default();
        for service in inputs.keys() {
            // An overlay that cannot be applied is a finding of the documents' check.
            let _ = derive::watch(service, inputs, &mut |document, pointer, action| {
                reasons.note(service, document, pointer, action);
            });
        }
        reasons
    }

    /// Notes what `action` is about to do at `pointer`.
    fn note(&mut self, service: &str, document: &Value, pointer: &str, action: &Action) {
        let Some(reason) = &action.description else { return };
        let Some((operation, rest)) = operation_at(pointer) else { return };
        let Some(id) = document.pointer(operation).and_then(|o| o["operationId"].as_str()) else {
            return;
        };
        let key = (service.to_owned(), id.to_owned());
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if action.is_remove() {
            let name = document.pointer(pointer).and_then(|gone| gone["name"].as_str());
            if rest.starts_with("/parameters/")
                && name.is_some_and(|name| PAGING_PARAMETERS.contains(&name))
            {
                self.paging.insert(key, reason);
            }
        } else if rest.is_empty()
            && let Some(update) = &action.update
        {
            if update.get("x-tapis-repeatable").is_some() {
                self.repeatable.insert(key.clone(), reason.clone());
            }
            if update.get("x-tapis-paging").is_some() {
                self.paging.insert(key, reason);
            }
        }
    }
}

/// Splits a pointer to an operation or below into the operation's and the rest.
fn operation_at(pointer: &str) -> Option<(&str, &str)> {
    let path = pointer.strip_prefix("/paths/")?;
    let method = path.find('/')? + 1;
    let end = path[method..].find('/').map_or(path.len(), |rest| method + rest);
    Some(pointer.split_at("/paths/".len() + end))
}

/// The actions that change an interface: the application refuses those that give no reason, so
/// that there is only something to count.
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
