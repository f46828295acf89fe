//! Pairs the entries of two lists by their keys.

use std::collections::BTreeMap;

use serde_json::Value;

/// An entry of a list in the definition and on the server.
pub(crate) struct Paired<'a> {
    /// The key; for the second and later entries with the same key, with a number.
    pub(crate) key: String,
    /// The entry in the definition.
    pub(crate) here: Option<&'a Value>,
    /// The entry on the server.
    pub(crate) there: Option<&'a Value>,
}

/// Returns the pairs of two lists: the entries of `items` in their order, then the entries that only `others` has.
pub(crate) fn pairs<'a>(
    names: &[&str],
    items: &'a [Value],
    others: &'a [Value],
) -> Vec<Paired<'a>> {
    let mut left: BTreeMap<String, &Value> = keys(names, others).into_iter().zip(others).collect();
    let mut pairs: Vec<_> = keys(names, items)
        .into_iter()
        .zip(items)
        .map(|(key, item)| {
            let there = left.remove(&key);
            Paired { key, here: Some(item), there }
        })
        .collect();
    // In the order of the server's list.
    let rest = keys(names, others).into_iter().filter_map(|key| {
        let there = left.remove(&key)?;
        Some(Paired { key, here: None, there: Some(there) })
    });
    pairs.extend(rest);
    pairs
}

/// The key of each entry, unique within the list.
pub(crate) fn keys(names: &[&str], items: &[Value]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    items
        .iter()
        .map(|item| {
            let text = |name: &&str| match item.get(*name) {
                Some(Value::String(text)) => text.trim().to_owned(),
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            let key = names.iter().map(text).collect::<Vec<_>>().join(" ");
            let count = seen.entry(key.clone()).or_default();
            *count = count.saturating_add(1);
            if *count == 1 { key } else { format!("{key} #{count}") }
        })
        .collect()
}
