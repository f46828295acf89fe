//! The order of a schema's properties: first those that the overlay puts first, then upstream's
//! order, then those that the overlay adds.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::settle::IDENTITY;
use crate::ordered::{KNOWN, ORDER};
use crate::walk;

/// Sets the known order of each schema of the document.
pub(super) fn open(document: &mut Value) {
    walk::keyword_objects(document, &mut |object| {
        if let Some(names) = object.get("properties").and_then(Value::as_object) {
            let mut names: Vec<String> = names.keys().cloned().collect();
            names.sort();
            let order = object.remove(ORDER).unwrap_or_else(|| names.into());
            object.insert(KNOWN.into(), order);
        }
    });
}

/// Records the order of properties in an overlay's update; after merging, they follow the known
/// order.
pub(super) fn note(schema: &mut Map<String, Value>, names: Vec<String>) {
    schema.insert(KNOWN.into(), names.into());
}

/// Appends the names that an overlay adds to the properties of the schema at `pointer`.
pub(super) fn append(document: &mut Value, pointer: &str, names: &[String]) {
    if let Some(schema) = pointer.strip_suffix("/properties")
        && let Some(known) = document.pointer_mut(schema).and_then(|schema| schema.get_mut(KNOWN))
        && let Some(known) = known.as_array_mut()
    {
        known.extend(names.iter().map(|name| name.as_str().into()));
    }
}

/// Sets the final order of each schema's properties, unless it is alphabetical: first those that
/// the overlay puts first, then the identifying ones, then the known order.
pub(super) fn settle(document: &mut Value) -> Result<()> {
    let mut unknown = None;
    walk::keyword_objects(document, &mut |object| {
        let (first, known) = (object.remove(ORDER), object.remove(KNOWN));
        let first = names(first.as_ref());
        let properties = object.get("properties").and_then(Value::as_object);
        let mut own: Vec<&str> =
            properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        own.sort_unstable();
        if let Some(name) = first.iter().find(|name| !own.contains(name)) {
            unknown.get_or_insert_with(|| (*name).to_owned());
        }
        let mut placed = BTreeSet::new();
        let order: Vec<&str> =
            [first, names(object.get(IDENTITY)), names(known.as_ref()), own.clone()]
                .into_iter()
                .flatten()
                .filter(|name| own.contains(name) && placed.insert(*name))
                .collect();
        if !order.is_sorted() {
            let order = Value::from(order);
            object.insert(ORDER.into(), order);
        }
    });
    match unknown {
        Some(name) => bail!("{ORDER} names {name:?}, which is no property"),
        None => Ok(()),
    }
}

fn names(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The final order of a schema with these properties.
    fn settled(mut schema: Value, properties: &[&str]) -> Result<Option<Value>> {
        schema["properties"] = properties.iter().map(|name| (*name, json!({}))).collect();
        settle(&mut schema)?;
        assert!(schema.get(KNOWN).is_none());
        Ok(schema.get(ORDER).cloned())
    }

    #[test]
    fn the_known_order_holds_what_is_there_and_nothing_else() {
        let known = json!(["gone", "c", "a", "added", "c"]);
        let order = settled(json!({KNOWN: known}), &["a", "added", "b", "c"]).unwrap();
        assert_eq!(order, Some(json!(["c", "a", "added", "b"])));
    }

    #[test]
    fn the_alphabets_order_is_not_written_down() {
        assert_eq!(settled(json!({KNOWN: ["b"]}), &["b"]).unwrap(), None);
        assert_eq!(settled(json!({KNOWN: ["a", "gone", "b"]}), &["a", "b"]).unwrap(), None);
    }

    #[test]
    fn what_the_overlay_wants_comes_first_and_then_what_identifies() {
        let schema = json!({ORDER: ["d"], IDENTITY: ["c"], KNOWN: ["a", "b", "c", "d"]});
        assert_eq!(
            settled(schema, &["a", "b", "c", "d"]).unwrap(),
            Some(json!(["d", "c", "a", "b"]))
        );
    }

    #[test]
    fn an_order_of_what_is_no_property_is_refused() {
        let error = settled(json!({ORDER: ["b"]}), &["a"]).unwrap_err();
        assert_eq!(error.to_string(), "x-tapis-order names \"b\", which is no property");
    }
}
