//! `cargo xtask emit`: the generated Rust of one service, for reading.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The service whose client is printed
    pub service: String,
    /// The directory of the documents
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root().join("specs"))]
    pub specs: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The document is missing or cannot be generated.
pub fn run(options: &Options) -> Result<()> {
    let path = options.specs.join(format!("openapi/{}.json", options.service));
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{}: cannot read {}", options.service, path.display()))?;
    let code = tapis_codegen::generate(&options.service, &text)?;
    // Build scripts write it unformatted, because only people need the formatting.
    let code = syn::parse_file(&code).context("the generated code is not Rust")?;
    print!("{}", prettyplease::unparse(&code));
    Ok(())
}
