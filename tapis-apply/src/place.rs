//! Finds the position of an attribute in the text of a definition.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A step of a JSON path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// An attribute.
    Attribute(String),
    /// An entry of a list.
    Entry(usize),
}

/// Returns the steps of a path such as `a.b[1]`, up to the first one that `value` does not have. Names may have dots.
pub(crate) fn steps(value: &Value, path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut value, mut rest) = (value, path);
    loop {
        let next = match value {
            Value::Object(fields) => {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let ends = |after: &str| after.is_empty() || after.starts_with(['.', '[']);
                let found = fields.iter().find_map(|(key, value)| {
                    let after = name.strip_prefix(key.as_str()).filter(|after| ends(after))?;
                    Some((Step::Attribute(key.clone()), value, after))
                });
                found.filter(|_| !name.is_empty())
            }
            Value::Array(items) => rest.strip_prefix('[').and_then(|rest| {
                let (number, after) = rest.split_once(']')?;
                let number: usize = number.parse().ok()?;
                Some((Step::Entry(number), items.get(number)?, after))
            }),
            _ => None,
        };
        let Some((step, below, after)) = next else { return steps };
        steps.push(step);
        (value, rest) = (below, after);
    }
}

/// Reads a text up to the value at the end of the steps and fails there on purpose, because the error of the format's
/// reader has the line and the column.
#[derive(Clone, Copy)]
pub(crate) struct Seek<'a>(pub(crate) &'a [Step]);

/// The message of that error.
const FOUND: &str = "found";

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FOUND)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Attribute(name), below)) = self.0.split_first() else {
            return Err(A::Error::custom(FOUND));
        };
        while let Some(is_here) = map.next_key_seed(Key { name, fail: below.is_empty() })? {
            if is_here {
                map.next_value_seed(Seek(below))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Entry(entry), below)) = self.0.split_first() else {
            return Err(A::Error::custom(FOUND));
        };
        for _ in 0..*entry {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Seek(below))?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Compares a key with the wanted name. If `fail` is set, fails at the wanted key.
struct Key<'a> {
    name: &'a str,
    fail: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        if key == self.name && self.fail { Err(E::custom(FOUND)) } else { Ok(key == self.name) }
    }
}
