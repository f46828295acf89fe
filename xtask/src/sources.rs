//! `specs/sources.toml`: the URL of each service's document, and the version that was fetched last.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml_edit::{DocumentMut, value};

/// The parsed file, which keeps its comments when it is written.
pub(crate) struct Sources {
    document: DocumentMut,
}

/// The entry of one service.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) address: String,
    pub(crate) aliases: Vec<String>,
}

impl Sources {
    pub(crate) fn read(specs: &Path) -> Result<Self> {
        let path = specs.join("sources.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let document = text
            .parse::<DocumentMut>()
            .with_context(|| format!("{} is not TOML", path.display()))?;
        Ok(Self { document })
    }

    /// The services in the order of their names.
    pub(crate) fn services(&self) -> Result<BTreeMap<String, Source>> {
        self.document
            .iter()
            .map(|(name, item)| {
                let Some(address) = item.get("address").and_then(|v| v.as_str()) else {
                    bail!("sources.toml: service {name} has no address");
                };
                let aliases = item
                    .get("aliases")
                    .and_then(|v| v.as_array())
                    .into_iter()
                    .flatten()
                    .filter_map(|v| v.as_str().map(str::to_owned))
                    .collect();
                Ok((name.to_owned(), Source { address: address.to_owned(), aliases }))
            })
            .collect()
    }

    /// Records a fetched document; the date changes only if the content does.
    pub(crate) fn record(&mut self, service: &str, version: &str, sha256: &str, date: &str) {
        let row = &mut self.document[service];
        let known = row.get("sha256").and_then(|v| v.as_str());
        if known == Some(sha256) {
            return;
        }
        row["version"] = value(version);
        row["sha256"] = value(sha256);
        row["date"] = value(date);
    }

    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }
}
