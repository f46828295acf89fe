//! The project's chores; `cargo xtask --help` lists them.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetches the services' OpenAPI documents into `specs/` and derives the corrected ones
    RegenSpecs(xtask::regen::Options),
    /// Verifies the rules of the repository
    Check(xtask::check::Options),
    /// Compares this project with hand-written code, the official SDK and tapipy
    Bench(xtask::bench::Options),
    /// Builds a release of the command line
    Dist(xtask::dist::Options),
    /// Proves that the crates can be published under other names
    Package(xtask::package::Options),
    /// Prints the Rust that is generated for one service
    Emit(xtask::emit::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::RegenSpecs(options) => xtask::regen::run(&options),
        Command::Check(options) => xtask::check::run(&options),
        Command::Bench(options) => xtask::bench::run(&options),
        Command::Dist(options) => xtask::dist::run(&options),
        Command::Package(options) => xtask::package::run(&options),
        Command::Emit(options) => xtask::emit::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain of errors on one line: service, URL, position and reason.
            #[allow(clippy::print_stderr)]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
