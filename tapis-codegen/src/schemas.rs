//! The shared schemas of a document: references followed, and the parts of `allOf` put together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_specs::reader::{Document, escape};

use crate::node::Node;
use crate::openapi::{is_alias, referred};

/// The shared schemas of a document.
#[derive(Clone, Copy)]
pub(crate) struct Schemas<'d>(&'d Value);

impl<'d> Schemas<'d> {
    pub(crate) fn of(document: &'d Document) -> Self {
        Self(&document.value()["components"]["schemas"])
    }

    /// The shared schema with that name.
    pub(crate) fn shared(self, name: &str) -> Node<'d> {
        let pointer = format!("/components/schemas/{}", escape(name));
        Node { schema: &self.0[name], pointer }
    }

    /// A schema that stands for another under a name, or with a remark: the other.
    pub(crate) fn resolved(self, node: &Node<'d>) -> Node<'d> {
        if let Some(alias) = self.alias(node) {
            return self.resolved(&alias);
        }
        match node.schema["allOf"].as_array().map(Vec::as_slice) {
            Some([one]) if one.get("$ref").is_none() && !node.has_more() => {
                self.resolved(&node.item("allOf", 0))
            }
            _ => node.clone(),
        }
    }

    /// The schema that this one refers to, if that is only a name for a list, a map or a scalar.
    fn alias(self, node: &Node<'d>) -> Option<Node<'d>> {
        let target = self.shared(referred(node.schema)?);
        (target.schema.is_object() && is_alias(target.schema)).then_some(target)
    }

    /// What the document says of a field: of the schema there, or of the one that it is a name for.
    pub(crate) fn text(self, node: &Node<'d>) -> String {
        match node.text() {
            text if text.is_empty() => {
                self.alias(node).map_or_else(String::new, |alias| self.text(&alias))
            }
            text => text,
        }
    }

    /// The properties of a schema and of what it is made of, the outer over the inner, and the names
    /// of those that are required.
    pub(crate) fn properties(
        self,
        node: &Node<'d>,
    ) -> (BTreeMap<&'d str, Node<'d>>, BTreeSet<&'d str>) {
        let (mut properties, mut required) = (BTreeMap::new(), BTreeSet::new());
        self.collect(node, &mut properties, &mut required);
        (properties, required)
    }

    fn collect(
        self,
        node: &Node<'d>,
        properties: &mut BTreeMap<&'d str, Node<'d>>,
        required: &mut BTreeSet<&'d str>,
    ) {
        if let Some(name) = node.schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
            return self.collect(&self.shared(name), properties, required);
        }
        for index in 0..node.schema["allOf"].as_array().map_or(0, Vec::len) {
            self.collect(&node.item("allOf", index), properties, required);
        }
        for name in node.schema["properties"].as_object().into_iter().flat_map(|p| p.keys()) {
            properties.insert(name, node.property(name));
        }
        let names = node.schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(Value::as_str));
    }
}

/// The value of the discriminator that stands for the schema: the one that the document lists,
/// otherwise its name.
pub(crate) fn tag(discriminator: &Value, name: &str) -> String {
    let mapping = discriminator["mapping"].as_object().into_iter().flatten();
    let wanted = format!("#/components/schemas/{name}");
    let listed = mapping.into_iter().find(|(_, reference)| **reference == wanted);
    listed.map_or(name, |(tag, _)| tag).to_owned()
}
