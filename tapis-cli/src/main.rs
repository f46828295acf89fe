//! `tapis`: the command line for Tapis v3.

mod api;
mod arguments;
mod browser;
mod commands;
mod completion;
mod config;
mod definitions;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod exit;
mod failure;
mod failures;
mod files;
mod flags;
mod format;
mod hint;
mod human;
mod input;
mod interrupt;
#[cfg(feature = "jq")]
mod jq;
mod login;
mod names;
mod oauth_client;
mod operation;
mod output;
mod paging;
mod progress;
mod redact;
mod request;
mod service;
mod session;
mod spelling;
mod terminal;
mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use exit::Exit;
use failure::{Failure, Stop};

fn main() -> ExitCode {
    if completion::is_asked() {
        return completion::answer();
    }
    let mut line: Vec<OsString> = std::env::args_os().collect();
    let words = tree::help_last(line.split_off(line.len().min(1)));
    let matches = match tree::root().try_get_matches_from(line.into_iter().chain(words)) {
        Ok(matches) => matches,
        Err(error) => return shown(error),
    };
    let globals = arguments::Globals::read(&matches);
    interrupt::listen(globals.format);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(async {
                tokio::select! {
                    outcome = commands::run(&globals, &matches) => outcome,
                    failure = interrupt::interrupted() => Err(failure.into()),
                }
            });
            // A thread may wait for stdin, or for the reader of stdout.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::from(error).into()),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(Stop::Shown(error)) => shown(error),
        Err(Stop::Failed(failure)) => {
            failure.show(globals.format);
            failure.exit.into()
        }
    }
}

/// Help, a version, or a fault on the command line, as clap shows it.
fn shown(mut error: clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::MissingSubcommand {
        // `tapis` alone: the list of commands helps more than the error.
        let help = tree::root().render_help().to_string();
        let _ = std::io::Write::write_all(&mut std::io::stderr(), help.as_bytes());
        return Exit::Usage.into();
    }
    closest_first(&mut error);
    // If this fails, nobody can be informed.
    let _ = error.print();
    match error.exit_code() {
        0 => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}

/// Of the commands that are like the one that was typed, the three closest, which clap names last.
fn closest_first(error: &mut clap::Error) {
    if let Some(ContextValue::Strings(all)) = error.remove(ContextKind::SuggestedSubcommand) {
        let closest = all.into_iter().rev().take(3).collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(closest));
    }
}
