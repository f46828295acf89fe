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
    let globals = globals.with(matches);
    let outcome = carry_out(&globals, most, name, matches).await;
    outcome.map_err(|failure| failure.shown_as(globals.format))
}

async fn carry_out(
    globals: &Globals,
    most: Option<usize>,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    if globals.curl || globals.template {
        let message =
            format!("--curl and --template show single requests, and {name} may send several");
        return Err(Failure::usage(message).with_hint("see `tapis files` for the operations"));
    }
    match name {
        "cp" => return copy::cp(globals, matches).await,
        "mv" => return moving::mv(globals, matches).await,
        "rm" => return remove::rm(globals, matches).await,
        "mkdir" => return make::mkdir(globals, matches).await,
        _ if globals.dry_run => {
            return Err(Failure::usage(format!(
                "{name} has no dry run, because it changes nothing"
            )));
        }
        _ => {}
    }
    match name {
        "cat" => cat::cat(globals, matches).await,
        "stat" => list::stat(globals, matches).await,
        _ => list::ls(globals, most, matches).await,
    }
}
