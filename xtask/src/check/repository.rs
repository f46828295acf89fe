//! The documents of the repository, read once for all checks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;
use tapis_specs::reader::Document;

use crate::derive::{self, Input};
use crate::sources::Sources;

/// The files that were found. Each file that cannot be read is a finding.
pub(crate) struct Repository {
    pub(crate) specs: PathBuf,
    /// The services in `sources.toml`.
    pub(crate) services: BTreeSet<String>,
    /// The inputs of the derived documents.
    pub(crate) inputs: BTreeMap<String, Input>,
    /// The derived documents in the repository.
    pub(crate) documents: BTreeMap<String, Document>,
    /// Files that exist but cannot be read.
    pub(crate) unreadable: Vec<String>,
}

impl Repository {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let specs = root.join("specs");
        let sources = Sources::read(&specs)?.services()?;
        let mut repository = Self {
            specs,
            services: sources.keys().cloned().collect(),
            inputs: BTreeMap::new(),
            documents: BTreeMap::new(),
            unreadable: Vec::new(),
        };
        for (service, source) in sources {
            if let Some(document) = repository.json(&format!("openapi/{service}.json")) {
                let document = Document::read(&*service, document);
                repository.documents.insert(service.clone(), document);
            }
            let overlay = derive::read_overlay(&repository.specs, &service).unwrap_or_else(|e| {
                repository.unreadable.push(format!("{e:#}"));
                None
            });
            if let Some(interface) = repository.json(&format!("upstream/{service}.json")) {
                repository.inputs.insert(service, Input { interface, kept: None, overlay, source });
            }
        }
        Ok(repository)
    }

    /// A file below `specs/`. The check of the layout reports missing files.
    fn json(&mut self, file: &str) -> Option<Value> {
        let path = self.specs.join(file);
        if !path.is_file() {
            return None;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        match text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string())) {
            Ok(value) => Some(value),
            Err(error) => {
                self.unreadable.push(format!("specs/{file}: {error}"));
                None
            }
        }
    }
}
