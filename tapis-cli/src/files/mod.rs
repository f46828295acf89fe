//! Files and folders on systems: `ls`, `stat`, `cat`, `mkdir`, `rm`, `mv` and `cp`.

mod address;
mod cat;
mod copy;
mod list;
mod make;
mod moving;
mod output;
mod parts;
mod remove;
mod target;
mod tree;

use clap::ArgMatches;

use crate::arguments::Globals;
use crate::failure::Failure;

pub(crate) use tree::commands;

/// Runs one of the commands; `most` is how many entries the user wants listed at most.
pub(crate) async fn run(
    globals: &Globals,
    most: Option<usize>,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match name {
        "cp" => copy::cp(globals, matches).await,
        "mv" => moving::mv(globals, matches).await,
        "rm" => remove::rm(globals, matches).await,
        "mkdir" => make::mkdir(globals, matches).await,
        "cat" => cat::cat(globals, matches).await,
        "stat" => list::stat(globals, matches).await,
        _ => list::ls(globals, most, matches).await,
    }
}
