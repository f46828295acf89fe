//! `cargo xtask bench`: compares this SDK with others.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Arguments of the benchmark; `-- --help` lists them
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the command. The benchmark is a separate workspace, with programs and dependencies that
/// nothing else needs.
///
/// # Errors
/// A client cannot be built, or fails at one of its tasks.
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
