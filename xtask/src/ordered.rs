//! Reads YAML and JSON and keeps the order of the keys in each object.
//!
//! `serde_json`'s objects keep that order only with a Cargo feature that would hold for every
//! crate of the workspace.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::walk;

/// The names of a schema's properties in the order of the documentation.
pub(crate) const ORDER: &str = "x-tapis-order";

/// The same during the derivation: the order in upstream's document, followed by the overlay's
/// additions. So the overlay can set [`ORDER`] to the names that come first.
pub(crate) const KNOWN: &str = "x-tapis-known-order";

/// A document whose objects keep the order of their keys.
pub(crate) enum Ordered {
    Object(Vec<(String, Ordered)>),
    List(Vec<Ordered>),
    Scalar(Value),
}

/// The meaning of the keys of an object.
#[derive(Clone, Copy, PartialEq)]
enum Keys {
    /// Keywords of OpenAPI.
    Keywords,
    /// Names from the document.
    Names,
    /// Data.
    Data,
}

impl Ordered {
    /// The keys of an object in their order.
    pub(crate) fn keys(&self) -> Vec<String> {
        match self {
            Self::Object(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            Self::List(_) | Self::Scalar(_) => Vec::new(),
        }
    }

    /// The value below `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, value)| value),
            Self::List(_) | Self::Scalar(_) => None,
        }
    }

    /// The entries of a list.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Object(_) | Self::Scalar(_) => &[],
        }
    }

    /// The plain value.
    pub(crate) fn value(&self) -> Value {
        self.noted(Keys::Data, &mut |_, _| {})
    }

    /// The value of a document or of a part of it. Calls `note` for each schema with properties,
    /// with their names in order.
    pub(crate) fn document(
        &self,
        note: &mut impl FnMut(&mut Map<String, Value>, Vec<String>),
    ) -> Value {
        self.noted(Keys::Keywords, note)
    }

    /// The value at `key` in a document.
    pub(crate) fn below(
        &self,
        key: &str,
        note: &mut impl FnMut(&mut Map<String, Value>, Vec<String>),
    ) -> Value {
        self.noted(Keys::Keywords.below(key), note)
    }

    fn noted(
        &self,
        keys: Keys,
        note: &mut impl FnMut(&mut Map<String, Value>, Vec<String>),
    ) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => {
                let keys = if keys == Keys::Names { Keys::Keywords } else { keys };
                items.iter().map(|item| item.noted(keys, note)).collect()
            }
            Self::Object(entries) => {
                let mut object: Map<String, Value> = entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.noted(keys.below(key), note)))
                    .collect();
                if keys == Keys::Keywords && object.get("properties").is_some_and(Value::is_object)
                {
                    let names = self.get("properties").map(Self::keys).unwrap_or_default();
                    note(&mut object, names);
                }
                Value::Object(object)
            }
        }
    }
}

impl Keys {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Keywords if walk::holds_data(key) => Self::Data,
            Self::Keywords if walk::holds_names(key) => Self::Names,
            Self::Keywords | Self::Names => Self::Keywords,
            Self::Data => Self::Data,
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered::Object(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ordered, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Ordered::List(items))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ordered, D::Error> {
        Ordered::deserialize(deserializer)
    }

    fn visit_none<E: de::Error>(self) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(Value::Null))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(Value::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }
}

/// Records the order of a schema's properties in upstream's document, unless it is alphabetical.
pub(crate) fn note_order(schema: &mut Map<String, Value>, names: Vec<String>) {
    if names.is_sorted() {
        schema.remove(ORDER);
    } else {
        schema.insert(ORDER.into(), names.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(yaml: &str) -> Value {
        let ordered: Ordered = serde_saphyr::from_str(yaml).unwrap();
        ordered.document(&mut note_order)
    }

    #[test]
    fn the_order_of_properties_is_noted_where_it_is_not_alphabetical() {
        let document = read(
            "a: {properties: {name: {}, id: {type: object, properties: {a: {}, b: {}}}}}\n\
             b: {properties: {id: {}}}\n",
        );
        let inner = json!({"type": "object", "properties": {"a": {}, "b": {}}});
        assert_eq!(
            document,
            json!({
                "a": {"properties": {"name": {}, "id": inner}, ORDER: ["name", "id"]},
                "b": {"properties": {"id": {}}},
            })
        );
    }

    #[test]
    fn a_property_of_the_name_properties_is_no_schemas_properties() {
        let document = read("properties: {properties: {type: object, b: {}, a: {}}}\n");
        assert_eq!(
            document,
            json!({"properties": {"properties": {"type": "object", "b": {}, "a": {}}}})
        );
    }

    #[test]
    fn data_has_no_order() {
        let document =
            read("default: {properties: {b: 1, a: 2}}\nenum: [{properties: {b: 1, a: 2}}]\n");
        let data = json!({"properties": {"a": 2, "b": 1}});
        assert_eq!(document, json!({"default": data, "enum": [data]}));
    }

    #[test]
    fn what_upstream_says_under_this_key_is_not_kept() {
        let document = read("{x-tapis-order: [b, a], properties: {a: {}, b: {}}}\n");
        assert_eq!(document, json!({"properties": {"a": {}, "b": {}}}));
    }

    #[test]
    fn anchors_and_merge_keys_give_what_they_stand_for() {
        let document =
            read("a: &a {properties: {z: {}, b: {}}}\nc: *a\nd: {<<: *a, type: object}\n");
        assert_eq!(document["c"][ORDER], json!(["z", "b"]));
        assert_eq!(document["d"][ORDER], json!(["z", "b"]));
        assert_eq!(document["d"]["type"], "object");
    }

    #[test]
    fn scalars_are_read_as_a_value_reads_them() {
        let text = "{a: 1, b: -1, c: 1.5, d: x, e: null, f: true, g: 18446744073709551615, 200: ~}";
        let plain: Value = serde_saphyr::from_str(text).unwrap();
        assert_eq!(read(text), plain);
    }
}
