//! `tapis`: the command line for Tapis v3.

mod api;
mod arguments;
mod browser;
mod commands;
mod completion;
mod config;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod exit;
mod failure;
mod flags;
mod format;
#[cfg(feature = "jq")]
mod jq;
mod login;
mod names;
mod oauth_client;
mod operation;
mod output;
mod redact;
mod request;
mod session;
mod signals;
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
    signals::listen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                // A command that ends by a signal as it should, such as `tapis dev`, comes first.
                biased;
                outcome = commands::run(&globals, &matches) => outcome,
                exit = signals::ended() => Err(Failure::new(exit, "interrupted").into()),
            }
        }),
        Err(error) => Err(Failure::from(error).into()),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(Stop::Shown(error)) => shown(&error),
        Err(Stop::Failed(failure)) => {
            if failure.exit != Exit::Done {
                failure.show(globals.format);
            }
            failure.exit.into()
        }
    }
}

/// Help, a version, or a fault on the command line, as clap shows it.
fn shown(error: &clap::Error) -> ExitCode {
    // Nobody is left to be told of a failure here.
    let _ = error.print();
    match error.exit_code() {
        0 => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}
