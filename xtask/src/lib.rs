//! The project's tasks: updating the OpenAPI documents, checking the repository, printing generated
//! code. It is a library, so that integration tests can call it.

#![allow(clippy::print_stdout)] // a command line's business is to print

pub mod bench;
pub mod canonical;
mod cargo;
pub mod check;
pub mod conformance;
pub mod derive;
pub mod dist;
pub mod emit;
mod fetch;
mod files;
mod interface;
mod names;
mod notices;
mod ordered;
pub mod package;
pub mod regen;
mod report;
mod sbom;
mod sources;
mod walk;

use std::path::{Path, PathBuf};

/// The root directory of the workspace: the parent of this package.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}
