//! What verbs have in common.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use serde_json::Value;
use tapis_client::Tapis;

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::View;
use crate::redact;

/// A value that a verb needs.
pub(super) fn required(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(name).required(true).help(help)
}

pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// A value of the command line; empty if it is not given.
pub(super) fn text<'m>(matches: &'m ArgMatches, name: &str) -> &'m str {
    matches.try_get_one::<String>(name).ok().flatten().map_or("", String::as_str)
}

pub(super) fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten() == Some(&true)
}

pub(super) fn texts<'m>(matches: &'m ArgMatches, name: &str) -> impl Iterator<Item = &'m str> {
    matches.try_get_many::<String>(name).ok().flatten().into_iter().flatten().map(String::as_str)
}

/// How long a verb that waits does so.
pub(super) fn limit() -> Arg {
    Arg::new("limit")
        .long("timeout")
        .value_name("SECONDS")
        .value_parser(value_parser!(u64))
        .help("How long to wait at most; forever by default")
}

pub(super) fn limit_of(matches: &ArgMatches) -> Option<Duration> {
    let seconds = matches.try_get_one::<u64>("limit").ok().flatten().copied();
    seconds.map(Duration::from_secs)
}

/// How many lines of what failed work has printed are shown.
const LINES: usize = 10;

/// The last lines of what failed work has printed.
pub(super) fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LINES);
    lines.into_iter().skip(first).map(str::to_owned).collect()
}

/// The two sides of an option's `NAME=VALUE`.
pub(super) fn split_pair<'p>(option: &str, pair: &'p str) -> Result<(&'p str, &'p str), Failure> {
    pair.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| Failure::usage(format!("--{option} {pair:?}: expected NAME=VALUE")))
}

/// Calls an operation with values for its path, and returns its result without secrets.
pub(super) async fn call(
    globals: &Globals,
    t: &Tapis,
    (service, id): (&str, &str),
    arguments: &[(&str, &str)],
) -> Result<Value, Failure> {
    let mut call = t.operation(service, id)?;
    for (name, value) in arguments {
        call = call.text_argument(name, value);
    }
    let operation = call.describe();
    let mut value = call.await?;
    redact::result(globals, &operation, &mut value);
    Ok(value)
}

/// Shows what an operation returns, without its secrets.
pub(super) async fn show(
    globals: &Globals,
    t: &Tapis,
    operation: (&str, &str),
    arguments: &[(&str, &str)],
    view: &View,
) -> Result<(), Failure> {
    let value = call(globals, t, operation, arguments).await?;
    globals.output().show_as(&value, view)
}
