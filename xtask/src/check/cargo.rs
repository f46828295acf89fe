//! What cargo says when it is asked.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs the cargo that runs this, in a folder, and gives what it says.
///
/// # Errors
/// No cargo, or what it complains of.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root)
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
