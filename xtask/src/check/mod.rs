//! `cargo xtask check`: verifies what the repository promises about itself.
//!
//! Each module verifies one promise and gives a `Section`: what is worth knowing, as a table or
//! a few lines, and its findings. All sections are printed, then all findings.

mod arguments;
mod conformance;
mod documents;
mod examples;
mod fields;
mod generated;
mod imports;
mod layers;
mod layout;
mod licences;
mod manifests;
mod mock;
mod names;
mod operations;
mod paging;
mod prose;
mod reasons;
mod repeatable;
mod replies;
mod repository;
mod section;
mod server_made;
mod shared;
mod source;
mod words;

use std::path::PathBuf;

use anyhow::{Result, bail};

use reasons::Reasons;
use repository::Repository;
use section::Section;

use crate::conformance::Suite;

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The root folder of the workspace
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root())]
    pub root: PathBuf,

    /// Write the generated parts of texts anew, instead of finding fault with them
    #[arg(long)]
    pub update: bool,

    /// Only print which file of this crate imports from which
    #[arg(long, value_name = "CRATE")]
    pub imports: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A promise that is not kept, or what keeps the verifying from being done.
pub fn run(options: &Options) -> Result<()> {
    if let Some(name) = &options.imports {
        print!("{}", layers::graph(&manifests::metadata(&options.root)?, name)?);
        return Ok(());
    }
    let repository = Repository::read(&options.root)?;
    let reasons = Reasons::read(&repository.inputs);
    let documents = &repository.documents;
    let metadata = manifests::metadata(&options.root)?;
    let suite = Suite::read(&options.root)?;
    let operations = mock::operations(&options.root)?;
    let (conformance, counts) = conformance::check(&suite, documents, &operations);
    let sections = [
        layout::check(&options.root, &repository.services),
        documents::check(&repository),
        operations::check(&repository),
        names::check(&repository),
        replies::check(documents, &repository.inputs),
        server_made::check(documents),
        prose::check(documents),
        examples::check(documents),
        repeatable::check(documents, &reasons),
        paging::check(documents, &reasons),
        arguments::check(documents, &reasons),
        reasons::check(&repository.inputs),
        manifests::check(&metadata),
        licences::check(&options.root, &metadata)?,
        layers::check(&metadata),
        shared::check(&options.root)?,
        words::check(&options.root)?,
        mock::check(&operations),
        conformance,
        generated::check(
            &options.root,
            &[("tapis-mock/README.md", "operations", &counts)],
            options.update,
        )?,
    ];
    for section in &sections {
        println!("{section}");
    }
    let findings: Vec<&String> = sections.iter().flat_map(|section| &section.findings).collect();
    if findings.is_empty() {
        println!("every promise is kept");
        return Ok(());
    }
    println!("# Findings\n");
    for finding in &findings {
        println!("{finding}");
    }
    bail!("promises that are not kept: {}", findings.len())
}
