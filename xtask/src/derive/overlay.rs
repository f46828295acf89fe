//! One service's overlay: corrections, each with its reason, and our own sentences.

use anyhow::{Context, Result, anyhow, bail};
use roas_overlay::common::apply::{compile_path, locate, merge_json, remove_at};
use roas_overlay::v1_0::Overlay;
use roas_overlay::validation::Validate;
use serde_json::Value;

use super::order;
use crate::interface::without_sentences;
use crate::ordered::Ordered;

pub(crate) use roas_overlay::v1_0::Action;

/// A parsed overlay and the name it goes by in messages.
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

    /// The actions that change an interface: target and reason.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overlay
            .actions
            .iter()
            .filter_map(|action| Some((action.target.as_str(), action.description.as_deref()?)))
    }

    /// What the actions put into the document.
    pub(crate) fn updates(&self) -> impl Iterator<Item = &Value> {
        self.overlay.actions.iter().filter_map(|action| action.update.as_ref())
    }

    /// Applies every action in its order. An action that matches nothing is an error, and so is
    /// one that changes more than sentences without giving its reason.
    pub(crate) fn apply(&self, document: &mut Value) -> Result<()> {
        self.apply_watched(document, &mut |_, _, _| {})
    }

    /// Applies every action and shows `watch` each of its places before it changes: the document
    /// as it is until then, the JSON pointer, the action.
    pub(crate) fn apply_watched(
        &self,
        document: &mut Value,
        watch: &mut dyn FnMut(&Value, &str, &Action),
    ) -> Result<()> {
        let mut before = without_sentences(document);
        for (index, action) in self.overlay.actions.iter().enumerate() {
            let place = || format!("action {index} ({})", action.target);
            let path = compile_path(&action.target).map_err(|e| anyhow!(e)).with_context(place)?;
            let places = locate(document, &path);
            if places.is_empty() {
                bail!("{}: matches nothing", place());
            }
            // From the back, so that places in an array stay true while others go.
            for pointer in places.iter().rev() {
                watch(document, pointer, action);
                if action.is_remove() {
                    remove_at(document, pointer);
                } else if let (Some(update), Some(target)) =
                    (&action.update, document.pointer_mut(pointer))
                {
                    if !target.is_object() && !target.is_array() {
                        bail!("{}: {pointer} is neither an object nor an array", place());
                    }
                    merge_json(target, update);
                    order::append(
                        document,
                        pointer,
                        self.keys.get(index).map_or(&[], Vec::as_slice),
                    );
                }
            }
            if action.description.is_none() {
                if without_sentences(document) != before {
                    bail!(
                        "{}: changes the interface and gives no reason in `description`",
                        place()
                    );
                }
            } else {
                before = without_sentences(document);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn apply(actions: &str, document: Value) -> Result<Value> {
        let text =
            format!("overlay: 1.0.0\ninfo: {{title: T, version: 1.0.0}}\nactions:\n{actions}");
        let mut document = document;
        OverlayFile::parse("overlays/t.yaml", &text)?.apply(&mut document)?;
        Ok(document)
    }

    #[test]
    fn an_action_that_matches_nothing_is_an_error() {
        let error = apply("- {target: $.paths.gone, update: {summary: S}}\n", json!({"paths": {}}));
        assert!(
            format!("{:#}", error.unwrap_err())
                .contains("action 0 ($.paths.gone): matches nothing")
        );
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
        let action = format!("- {{target: {target}, update: {{misspelt: {{description: S}}}}}}\n");
        let error = format!("{:#}", apply(&action, document.clone()).unwrap_err());
        assert!(error.contains("gives no reason"), "{error}");
        let action =
            format!("- {{target: {target}, description: seen, update: {{a: {{type: string}}}}}}\n");
        assert!(apply(&action, document).is_ok());
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
