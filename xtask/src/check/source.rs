//! The Rust code of the repository as tokens, without comments and strings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::TokenStream;

/// The files below `folder` with one of the `extensions`, sorted, without target directories and
/// hidden ones.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                let name = entry.file_name();
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    pending.push(path);
                }
            } else if path.extension().is_some_and(|end| extensions.iter().any(|one| end == *one)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The tokens of a file.
pub(crate) fn tokens(path: &Path) -> Result<TokenStream> {
    std::fs::read_to_string(path)
        .map_err(anyhow::Error::from)
        .and_then(|text| text.parse().map_err(|error| anyhow!("not Rust: {error}")))
        .with_context(|| path.display().to_string())
}
