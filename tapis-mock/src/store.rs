//! The state of the mock: named collections of JSON records.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A collection of records, each with an identifier, in the order they were added.
pub(crate) type Records = IndexMap<String, Value>;

/// All collections. The names of a tenant's collections contain the tenant; see [`in_tenant`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Store {
    collections: BTreeMap<String, Records>,
}

/// The name of a collection that each tenant has.
pub(crate) fn in_tenant(tenant: &str, name: &str) -> String {
    format!("{tenant}:{name}")
}

impl Store {
    pub(crate) fn get(&self, collection: &str, id: &str) -> Option<&Value> {
        self.collections.get(collection)?.get(id)
    }

    pub(crate) fn get_mut(&mut self, collection: &str, id: &str) -> Option<&mut Value> {
        self.collections.get_mut(collection)?.get_mut(id)
    }

    pub(crate) fn contains(&self, collection: &str, id: &str) -> bool {
        self.get(collection, id).is_some()
    }

    /// A record in any of the matching collections, with the name of that collection.
    pub(crate) fn find(&self, meant: impl Fn(&str) -> bool, id: &str) -> Option<(&str, &Value)> {
        let mut collections = self.collections.iter().filter(|(name, _)| meant(name));
        collections.find_map(|(name, records)| Some((name.as_str(), records.get(id)?)))
    }

    /// Adds a record or replaces the one with that identifier.
    pub(crate) fn put(&mut self, collection: &str, id: impl Into<String>, record: Value) {
        self.collections.entry(collection.to_owned()).or_default().insert(id.into(), record);
    }

    pub(crate) fn remove(&mut self, collection: &str, id: &str) -> Option<Value> {
        self.collections.get_mut(collection)?.shift_remove(id)
    }

    /// Removes all collections whose names start with this prefix.
    pub(crate) fn forget_below(&mut self, prefix: &str) {
        self.collections.retain(|name, _| !name.starts_with(prefix));
    }

    pub(crate) fn records<'a>(
        &'a self,
        collection: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let records = self.collections.get(collection).into_iter().flatten();
        records.map(|(id, record)| (id.as_str(), record))
    }

    pub(crate) fn records_mut<'a>(
        &'a mut self,
        collection: &str,
    ) -> impl Iterator<Item = (&'a str, &'a mut Value)> + use<'a> {
        let records = self.collections.get_mut(collection).into_iter().flatten();
        records.map(|(id, record)| (id.as_str(), record))
    }
}
