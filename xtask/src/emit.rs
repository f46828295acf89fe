//! `cargo xtask emit`.
/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {}
/// Runs the command.
///
/// # Errors
/// A document that cannot be generated.
pub fn run(_options: &Options) -> anyhow::Result<()> {
    Ok(())
}
