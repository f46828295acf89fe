//! Builds the contestants, runs them in turn against one local server, and writes a table and a
//! chart. `cargo xtask bench` starts it.

mod builds;
mod chart;
mod command_line;
mod contestants;
mod instructions;
mod machine;
mod program;
mod results;
mod server;
mod table;
mod works;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::contestants::Contestants;
use crate::results::Results;
use crate::server::Server;
use crate::table::Row;

/// Compares this SDK with hand-written reqwest, the official Rust SDK, tapipy and curl.
#[derive(Parser)]
struct Options {
    /// Only these; everything by default
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// How often each contestant does each work
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How often each program is built from nothing
    #[arg(long, default_value_t = 1)]
    builds: usize,
    /// Where the values, the table and the chart go; parts that are not measured now stay as they are
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../results"))]
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
enum Part {
    /// One call at a time
    Calls,
    /// Instructions for a call, where valgrind is installed
    Instructions,
    /// Many calls at a time, also when the token has expired
    Bursts,
    /// From the start of the process to the first reply
    Hello,
    /// One gibibyte up and down
    Transfers,
    /// What a program that depends on a contestant costs to build
    Builds,
    /// The same, optimised
    ReleaseBuilds,
    /// The command line `tapis`, whole processes
    CommandLine,
}

impl Part {
    fn rows(
        self,
        options: &Options,
        contestants: &Contestants,
        server: &Server,
    ) -> Result<Vec<Row>> {
        match self {
            Self::Calls => works::calls(contestants, server, options.rounds),
            Self::Instructions => instructions::rows(contestants, server, options.rounds),
            Self::Bursts => works::bursts(contestants, server, options.rounds),
            Self::Hello => works::hello(contestants, server, options.rounds),
            Self::Transfers => works::transfers(contestants, server, options.rounds),
            Self::Builds => builds::rows("dev", options.builds),
            Self::ReleaseBuilds => builds::rows("release", options.builds),
            Self::CommandLine => command_line::rows(contestants, server, options.rounds),
        }
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((command_line::ALONE, rest)) =
        arguments.split_first().map(|(one, rest)| (one.as_str(), rest))
    {
        return command_line::report(rest);
    }
    let options = Options::parse();
    let wanted = |part: &Part| options.only.is_empty() || options.only.contains(part);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The command line has a program of its own.
    let others =
        Part::value_variants().iter().any(|part| wanted(part) && *part != Part::CommandLine);
    let programs = if others { &["by-hand", "sdk", "official"][..] } else { &[] };
    let contestants = Contestants::build(&workspace, programs)?;
    let server = Server::start(&contestants.server)?;
    let mut results = Results::read(&options.output)?;
    let mut failed = Vec::new();
    for part in Part::value_variants().iter().filter(|part| wanted(part)) {
        match part.rows(&options, &contestants, &server) {
            Ok(rows) => results.replace(*part, rows),
            Err(error) => failed.push(error),
        }
        // After each part, because the whole takes long and a later part may fail.
        results.write(&options.output, &workspace, &contestants)?;
    }
    println!("\n{}", results.report(&workspace, &contestants)?);
    match failed.into_iter().reduce(|first, next| first.context(format!("{next:#}"))) {
        None => Ok(()),
        Some(error) => Err(error),
    }
}
