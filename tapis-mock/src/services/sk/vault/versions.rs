//! A secret and its versions.

use serde_json::{Map, Value, json};

/// The maximum number of versions. The oldest is removed first.
const KEPT: usize = 10;
const DATA: &str = "data";

/// A stored secret. It does not implement `Debug`, because its content must not be shown.
pub(super) struct Secret(pub(super) Value);

impl Secret {
    pub(super) fn new(now: &str) -> Self {
        Self(json!({ "created": now, "updated": now, "last": 0, "versions": [] }))
    }

    fn versions(&self) -> &[Value] {
        self.0["versions"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Adds a version and returns its metadata.
    pub(super) fn write(&mut self, data: Map<String, Value>, now: &str) -> Value {
        let number = self.0["last"].as_i64().unwrap_or_default().saturating_add(1);
        let version = json!({
            "version": number,
            "created_time": now,
            "deletion_time": "",
            "destroyed": false,
            DATA: data,
        });
        let metadata = Self::metadata(&version);
        self.0["last"] = number.into();
        self.0["updated"] = now.into();
        if let Some(versions) = self.0["versions"].as_array_mut() {
            versions.push(version);
            let surplus = versions.len().saturating_sub(KEPT);
            versions.drain(..surplus);
        }
        metadata
    }

    /// A version by its number; 0 is the latest.
    pub(super) fn version(&self, number: i64) -> Option<&Value> {
        match number {
            0 => self.versions().last(),
            number => self.versions().iter().find(|version| version["version"] == number),
        }
    }

    /// The content of a version, unless it was deleted or destroyed.
    pub(super) fn data(version: &Value) -> Option<&Map<String, Value>> {
        let there = version["destroyed"] != true && version["deletion_time"] == "";
        version[DATA].as_object().filter(|_| there)
    }

    pub(super) fn metadata(version: &Value) -> Value {
        let mut shown = version.as_object().cloned().unwrap_or_default();
        shown.remove(DATA);
        shown.into()
    }

    /// The metadata of all versions.
    pub(super) fn overview(&self) -> Value {
        let oldest = self.versions().first().map_or(&Value::Null, |version| &version["version"]);
        let versions: Vec<Value> = self.versions().iter().map(Self::metadata).collect();
        json!({
            "created_time": self.0["created"],
            "updated_time": self.0["updated"],
            "current_version": self.0["last"],
            "oldest_version": oldest,
            "max_versions": 0,
            "versions": versions,
        })
    }

    /// The versions in a list of numbers: all for an empty list, the latest for a single 0.
    pub(super) fn meant(&self, wanted: &[i64]) -> Vec<i64> {
        let mut all = self.versions().iter().filter_map(|version| version["version"].as_i64());
        match wanted {
            [] => all.collect(),
            [0] => all.next_back().into_iter().collect(),
            wanted => all.filter(|number| wanted.contains(number)).collect(),
        }
    }

    pub(super) fn delete(&mut self, wanted: &[i64], now: &str) -> Vec<i64> {
        self.change(wanted, |version| {
            if version["deletion_time"] == "" {
                version["deletion_time"] = now.into();
            }
        })
    }

    /// A destroyed version cannot be restored.
    pub(super) fn undelete(&mut self, wanted: &[i64], _: &str) -> Vec<i64> {
        self.change(wanted, |version| {
            if version["destroyed"] != true {
                version["deletion_time"] = "".into();
            }
        })
    }

    pub(super) fn destroy(&mut self, wanted: &[i64], _: &str) -> Vec<i64> {
        self.change(wanted, |version| {
            version["destroyed"] = true.into();
            version.as_object_mut().map(|fields| fields.remove(DATA));
        })
    }

    fn change(&mut self, wanted: &[i64], change: impl Fn(&mut Value)) -> Vec<i64> {
        let mut changed = Vec::new();
        for version in self.0["versions"].as_array_mut().into_iter().flatten() {
            if let Some(number) = version["version"].as_i64().filter(|n| wanted.contains(n)) {
                change(version);
                changed.push(number);
            }
        }
        changed
    }
}
