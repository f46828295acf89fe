//! `cargo xtask check`: verifies the rules that the repository must follow.
//!
//! Each module verifies one rule and returns a `Section`: information as a table or a few lines, and
//! its findings. All sections are printed first, then all findings.

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
    /// The root directory of the workspace
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root())]
    pub root: PathBuf,

    /// Rewrite the generated parts of texts instead of reporting differences
    #[arg(long)]
    pub update: bool,

    /// Only print the imports between the files of this crate
    #[arg(long, value_name = "CRATE")]
    pub imports: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// There are findings, or the check cannot be done.
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
