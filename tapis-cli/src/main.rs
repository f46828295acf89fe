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

use std::process::ExitCode;

use exit::Exit;
use failure::{Failure, Stop};

fn main() -> ExitCode {
    if completion::is_asked() {
        return completion::answer();
    }
    let matches = match tree::root().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return shown(&error),
    };
    let globals = arguments::Globals::read(&matches);
    interrupt::listen();
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
        Err(Stop::Shown(error)) => shown(&error),
        Err(Stop::Failed(failure)) => {
            failure.show(globals.format);
            failure.exit.into()
        }
    }
}

/// Help, a version, or a fault on the command line, as clap shows it.
fn shown(error: &clap::Error) -> ExitCode {
    // If this fails, nobody can be informed.
    let _ = error.print();
    match error.exit_code() {
        0 => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}
