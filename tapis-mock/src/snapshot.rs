//! Saves and restores the whole state of a mock.

use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::folder::Content;
use crate::store::Store;
use crate::world::World;

impl World {
    /// Records and files as one JSON value.
    pub(crate) fn snapshot(&self) -> Result<Value, Error> {
        let store = self.store();
        let records = serde_json::to_value(&*store).map_err(|e| Error::State(e.to_string()))?;
        let files = self.folder.contents().map_err(Error::Folder)?;
        drop(store);
        let files: Map<String, Value> = files
            .into_iter()
            .map(|(path, content)| {
                let content = match content {
                    Content::Dir => Value::Null,
                    Content::File(bytes) => STANDARD.encode(bytes).into(),
                    Content::Link(target) => json!({ "link": target }),
                };
                (path, content)
            })
            .collect();
        Ok(json!({ "records": records, "files": files }))
    }

    /// Replaces the whole state by a snapshot.
    pub(crate) fn restore(&self, snapshot: Value) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Snapshot {
            records: Store,
            #[serde(default)]
            files: Map<String, Value>,
        }
        let snapshot: Snapshot =
            serde_json::from_value(snapshot).map_err(|e| Error::State(e.to_string()))?;
        // Everything is read before anything is replaced.
        let mut files = Vec::new();
        for (path, content) in snapshot.files {
            let content = match (content.get("link").and_then(Value::as_str), &content) {
                (Some(target), _) => Content::Link(target.into()),
                (None, Value::Null) => Content::Dir,
                (None, Value::String(text)) => Content::File(
                    STANDARD.decode(text).map_err(|e| Error::State(format!("file {path}: {e}")))?,
                ),
                _ => return Err(Error::State(format!("file {path}: neither base64 nor a link"))),
            };
            files.push((path, content));
        }
        let mut store = self.store();
        *store = snapshot.records;
        self.folder.replace(files, self.clock.now()).map_err(Error::Folder)
    }

    /// Makes the current state the initial state.
    pub(crate) fn settle_in(&self) -> Result<(), Error> {
        let now = self.snapshot()?;
        *self.initial.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.journal.clear();
        Ok(())
    }

    /// Restores the initial state: records, files, faults and journal.
    pub(crate) fn reset(&self) -> Result<(), Error> {
        let initial = self.initial.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.restore(initial)?;
        self.faults.clear();
        self.journal.clear();
        Ok(())
    }
}
