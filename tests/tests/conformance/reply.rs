//! What came back, in the forms that expectations are about.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("the body is not JSON: {error}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Length and hash.
    pub(crate) fn bytes(&self) -> Value {
        json!({ "length": self.body.len(), "sha256": sha256(&self.body) })
    }

    /// The entries of a zip archive.
    pub(crate) fn zip(&self) -> Result<Value, String> {
        let read = || -> Result<Vec<Value>, Box<dyn std::error::Error>> {
            let mut archive = zip::ZipArchive::new(Cursor::new(&self.body))?;
            let mut entries = Vec::new();
            for at in 0..archive.len() {
                let mut entry = archive.by_index(at)?;
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                let (name, size, hash) = (entry.name()?, bytes.len(), sha256(&bytes));
                let mut shown = json!({ "name": name, "size": size, "sha256": hash });
                if let Ok(text) = String::from_utf8(bytes) {
                    shown["text"] = text.into();
                }
                entries.push(shown);
            }
            Ok(entries)
        };
        read().map(Value::from).map_err(|error| format!("the body is not a zip archive: {error}"))
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        for name in ["content-type", "content-disposition"] {
            if let Some(value) = self.headers.get(name) {
                write!(f, " {name}: {value};")?;
            }
        }
        let text = self.text();
        let start: String = text.chars().filter(|c| !c.is_control()).take(1500).collect();
        write!(f, " {start}")?;
        if start.len() < text.len() {
            write!(f, " … ({} bytes)", self.body.len())
        } else {
            Ok(())
        }
    }
}

/// The hash in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
