//! The project's own chores: bringing the OpenAPI documents in, checking promises, showing
//! generated code. A library, so that the integration tests can drive it without a shell.

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
mod ordered;
pub mod package;
pub mod regen;
mod report;
mod sbom;
mod sources;
mod walk;

use std::path::{Path, PathBuf};

/// The workspace's root folder: the parent of this package.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}
