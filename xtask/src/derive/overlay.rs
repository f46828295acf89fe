//! One service's overlay: corrections, each with its reason, and documentation.

use anyhow::{Context, Result, anyhow};
use roas_overlay::common::apply::{compile_path, locate, merge_json, remove_at};
use roas_overlay::v1_0::Overlay;
use roas_overlay::validation::Validate;
use serde_json::Value;

use super::{order, path};
use crate::interface::without_sentences;
use crate::ordered::Ordered;

pub(crate) use roas_overlay::v1_0::Action;

/// A parsed overlay, and its name in messages.
#[derive(Clone)]
pub(crate) struct OverlayFile {
    pub(crate) place: String,
    overlay: Overlay,
    /// The keys of each action's update, in the order of the file.
    keys: Vec<Vec<String>>,
}

impl OverlayFile {
    pub(crate) fn parse(place: &str, text: &str) -> Result<Self> {
        let file: Ordered = serde_saphyr::from_str(text).context("not YAML")?;
        let mut value = file.value();
        let mut keys = Vec::new();
        for (index, action) in
            file.get("actions").map(Ordered::items).into_iter().flatten().enumerate()
        {
            let update = action.get("update");
            keys.push(update.map(Ordered::keys).unwrap_or_default());
            if let Some(update) = update {
                let target = value["actions"][index]["target"].as_str().unwrap_or_default();
                let below = target.rsplit('.').next().unwrap_or_default().to_owned();
                value["actions"][index]["update"] = update.below(&below, &mut order::note);
            }
        }
        let overlay: Overlay = serde_json::from_value(value).context("not an OpenAPI Overlay")?;
        overlay.validate(Default::default()).map_err(|faults| {
            let faults: Vec<String> = faults.errors.iter().map(ToString::to_string).collect();
            anyhow!("not a valid overlay: {}", faults.join("; "))
        })?;
        Ok(Self { place: place.to_owned(), overlay, keys })
    }

    /// The actions that change an interface: targets and reasons.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overlay
            .actions
            .iter()
            .filter_map(|action| Some((action.target.as_str(), action.description.as_deref()?)))
    }

    /// The updates of the actions.
    pub(crate) fn updates(&self) -> impl Iterator<Item = &Value> {
        self.overlay.actions.iter().filter_map(|action| action.update.as_ref())
    }

    /// Applies every action in its order.
    pub(crate) fn apply(&self, document: &mut Value) -> Applied {
        self.apply_watched(document, &mut |_, _, _| {})
    }

    /// Applies every action and calls `watch` before each change, with the current document, the
    /// JSON pointer and the action.
    pub(crate) fn apply_watched(
        &self,
        document: &mut Value,
        watch: &mut dyn FnMut(&Value, &str, &Action),
    ) -> Applied {
        let mut applied = Applied::default();
        let mut before = without_sentences(document);
        for (index, action) in self.overlay.actions.iter().enumerate() {
            let name = format!("action {index} ({})", action.target);
            for target in path::alternatives(&action.target) {
                if path::places(document, &target).is_empty() {
                    let action = name.clone();
                    applied.faults.push(Fault::Unmatched { action, target });
                }
            }
            let mut undocumented = Vec::new();
            if action.description.is_none() {
                undocumented = absent(action, document);
                applied.faults.extend(undocumented.iter().map(|target| Fault::Unmatched {
                    action: name.clone(),
                    target: target.clone(),
                }));
            }
            match self.perform(index, action, document, watch) {
                Ok(false) => applied.idle.push(name.clone()),
                Ok(true) => {}
                Err(problem) => applied.faults.push(Fault::Other(format!("{name}: {problem}"))),
            }
            if action.description.is_none() {
                let after = without_sentences(document);
                if after != before && undocumented.is_empty() {
                    let problem = "changes the interface and gives no reason in `description`";
                    applied.faults.push(Fault::Other(format!("{name}: {problem}")));
                }
                before = after;
            } else {
                before = without_sentences(document);
            }
        }
        applied
    }

    /// Applies one action and returns whether it changed the document. An action without a match
    /// does not count as one that changes nothing.
    fn perform(
        &self,
        index: usize,
        action: &Action,
        document: &mut Value,
        watch: &mut dyn FnMut(&Value, &str, &Action),
    ) -> Result<bool, String> {
        let path = compile_path(&action.target)?;
        let places = locate(document, &path);
        let mut changes = places.is_empty();
        // In reverse order, so that indexes in an array stay valid while entries are removed.
        for pointer in places.iter().rev() {
            watch(document, pointer, action);
            if action.is_remove() {
                remove_at(document, pointer);
                changes = true;
            } else if let (Some(update), Some(target)) =
                (&action.update, document.pointer_mut(pointer))
            {
                if !target.is_object() && !target.is_array() {
                    return Err(format!("{pointer} is neither an object nor an array"));
                }
                let was = target.clone();
                merge_json(target, update);
                changes |= *target != was;
                let keys = self.keys.get(index).map_or(&[][..], Vec::as_slice);
                order::append(document, pointer, keys);
            }
        }
        Ok(changes)
    }
}

/// The items that an action documents and that are missing in the document.
fn absent(action: &Action, document: &Value) -> Vec<String> {
    fn note(update: &Value, target: &Value, at: &str, found: &mut Vec<String>) {
        let parts = update.as_object().into_iter().flatten();
        for (key, part) in parts.filter(|(key, part)| part.is_object() && !key.starts_with("x-")) {
            let at = format!("{at}{}", path::step(key));
            match target.get(key) {
                Some(target) => note(part, target, &at, found),
                None => found.push(at),
            }
        }
    }
    let mut found = Vec::new();
    for pointer in path::places(document, &action.target) {
        if let (Some(update), Some(target)) = (&action.update, document.pointer(&pointer)) {
            note(update, target, &path::by_name(document, &pointer), &mut found);
        }
    }
    found
}

/// The results of an overlay's actions.
#[derive(Default)]
pub(crate) struct Applied {
    /// The faults of actions.
    pub(crate) faults: Vec<Fault>,
    /// Actions that change nothing, because the document already has their values.
    pub(crate) idle: Vec<String>,
}

/// The fault of an action.
pub(crate) enum Fault {
    /// A target, or a part of it, is missing.
    Unmatched {
        action: String,
        target: String,
    },
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn applied(actions: &str, document: &mut Value) -> Applied {
        let text =
            format!("overlay: 1.0.0\ninfo: {{title: T, version: 1.0.0}}\nactions:\n{actions}");
        OverlayFile::parse("overlays/t.yaml", &text).unwrap().apply(document)
    }

    fn apply(actions: &str, mut document: Value) -> Result<Value, String> {
        match applied(actions, &mut document).faults.into_iter().next() {
            Some(Fault::Unmatched { action, target }) => Err(format!("{action}: no {target}")),
            Some(Fault::Other(text)) => Err(text),
            None => Ok(document),
        }
    }

    #[test]
    fn an_action_that_matches_nothing_is_an_error() {
        let error = apply("- {target: $.paths.gone, update: {summary: S}}\n", json!({"paths": {}}));
        assert_eq!(error.unwrap_err(), "action 0 ($.paths.gone): no $.paths.gone");
    }

    #[test]
    fn each_of_several_targets_has_to_match() {
        let action = "- {target: \"$.paths['a','gone']\", update: {summary: S}}\n";
        let error = apply(action, json!({"paths": {"a": {}}}));
        assert_eq!(error.unwrap_err(), "action 0 ($.paths['a','gone']): no $.paths['gone']");
    }

    #[test]
    fn the_other_actions_are_applied_beside_one_that_is_wrong() {
        let actions = "- {target: $.paths.gone, update: {summary: S}}\n\
                       - {target: $.info, update: {title: T}}\n\
                       - {target: $.info, update: {summary: S}}\n\
                       - {target: $.paths.gone, update: {summary: S}}\n";
        let mut document = json!({"paths": {}, "info": {}});
        assert_eq!(applied(actions, &mut document).faults.len(), 3);
        assert_eq!(document["info"]["summary"], "S");
    }

    #[test]
    fn an_action_that_changes_nothing_is_idle() {
        let actions = "- {target: $.info, description: seen, update: {version: '1'}}\n\
                       - {target: $.info, description: seen, update: {version: '2'}}\n";
        let mut document = json!({"info": {"version": "1"}});
        assert_eq!(applied(actions, &mut document).idle, ["action 0 ($.info)"]);
    }

    #[test]
    fn sentences_need_no_reason() {
        let document = apply("- {target: $.info, update: {description: S}}\n", json!({"info": {}}));
        assert_eq!(document.unwrap(), json!({"info": {"description": "S"}}));
    }

    #[test]
    fn a_change_of_the_interface_needs_a_reason() {
        let document = json!({"components": {"schemas": {"S": {"properties": {}}}}});
        let target = "$.components.schemas.S.properties";
        let action = format!("- {{target: {target}, update: {{a: [1]}}}}\n");
        let error = apply(&action, document.clone()).unwrap_err();
        assert!(error.contains("gives no reason"), "{error}");
        let action =
            format!("- {{target: {target}, description: seen, update: {{a: {{type: string}}}}}}\n");
        assert!(apply(&action, document).is_ok());
    }

    #[test]
    fn a_sentence_is_about_something_that_is_there() {
        let document = json!({"components": {"schemas": {"S": {"properties": {}}}}});
        let target = "$.components.schemas.S";
        let action = format!(
            "- {{target: {target}, update: {{properties: {{misspelt: {{description: S}}}}}}}}\n"
        );
        let error = apply(&action, document).unwrap_err();
        assert_eq!(error, format!("action 0 ({target}): no {target}.properties.misspelt"));
    }

    #[test]
    fn several_places_in_one_array_can_go() {
        let document = apply(
            "- {target: '$.list[?@.n>1]', description: seen, remove: true}\n",
            json!({"list": [{"n": 1}, {"n": 2}, {"n": 3}]}),
        );
        assert_eq!(document.unwrap(), json!({"list": [{"n": 1}]}));
    }
}
