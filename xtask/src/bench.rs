//! `cargo xtask bench`: compares this SDK with others.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Passed on to the comparison; `-- --help` tells what there is
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the command. The comparison is a workspace of its own, with programs and dependencies that
/// nothing else needs.
///
/// # Errors
/// Contestants that cannot be built, or a work that one of them does not do.
pub fn run(options: &Options) -> Result<()> {
    let status = Command::new(crate::cargo::program())
        .args(["run", "--release", "--package", "runner", "--"])
        .args(&options.arguments)
        .current_dir(crate::workspace_root().join("bench"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the comparison failed");
    }
    Ok(())
}
