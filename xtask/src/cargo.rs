//! Runs cargo.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The cargo that runs this program.
pub(crate) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The compiler of that cargo.
pub(crate) fn compiler() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Runs cargo in a directory and returns its output.
///
/// # Errors
/// Cargo cannot be started, or fails.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program())
        .args(arguments)
        .current_dir(root)
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The target directory of the workspace.
///
/// # Errors
/// Cargo does not return the metadata.
pub(crate) fn target_folder(root: &Path) -> Result<PathBuf> {
    let metadata = cargo(root, &["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    metadata["target_directory"].as_str().map(PathBuf::from).context("no target folder")
}

/// The platform of this machine, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// The compiler cannot be started, or does not name the platform.
pub(crate) fn host() -> Result<String> {
    let output = Command::new(compiler()).arg("-vV").output().context("rustc cannot be run")?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not name its platform")
}
