//! A JSON body whose secrets are known to the request pipeline.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;
use tapis_core::Secret;

/// JSON in which some strings are secrets. They are serialised as [`Secret`]s, so that errors do not show them.
pub(crate) struct Marked<'v> {
    value: &'v Value,
    /// The JSON pointers to secrets, split into segments; `*` means every member.
    secrets: Vec<Vec<&'v str>>,
}

impl<'v> Marked<'v> {
    /// Marks the strings of `value` at `pointers` as secrets.
    pub(crate) fn new(value: &'v Value, pointers: &'v [String]) -> Self {
        let secrets = pointers.iter().map(|pointer| pointer.split('/').skip(1).collect());
        Self { value, secrets: secrets.collect() }
    }

    fn below(&self, name: Option<&str>, value: &'v Value) -> Self {
        let below = self.secrets.iter().filter_map(|path| {
            let (first, rest) = path.split_first()?;
            let named = || name.is_some_and(|name| escaped(name) == *first);
            (*first == "*" || named()).then(|| rest.to_vec())
        });
        Self { value, secrets: below.collect() }
    }
}

fn escaped(name: &str) -> String {
    tapis_specs::reader::escape(name)
}

impl Serialize for Marked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::String(text) if self.secrets.iter().any(Vec::is_empty) => {
                Secret::from(text).serialize(serializer)
            }
            Value::Object(members) if !self.secrets.is_empty() => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, &self.below(Some(name), value))?;
                }
                map.end()
            }
            Value::Array(items) if !self.secrets.is_empty() => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for value in items {
                    list.serialize_element(&self.below(None, value))?;
                }
                list.end()
            }
            value => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_secret_is_hidden() {
        let value = json!({
            "password": "a", "name": "b", "list": [{"key": "c", "id": "d"}], "map": {"x": "e"},
        });
        let pointers = ["/password", "/list/*/key", "/map/*"].map(str::to_owned);
        let shown = serde_json::to_value(Marked::new(&value, &pointers)).unwrap();
        let hidden = "[redacted]";
        assert_eq!(
            shown,
            json!({
                "password": hidden, "name": "b", "list": [{"key": hidden, "id": "d"}],
                "map": {"x": hidden},
            })
        );
    }
}
