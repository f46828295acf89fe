//! What verbs have in common.

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::Value;
use tapis_client::{Tapis, dynamic};

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::View;

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

/// Calls an operation with values for its path.
pub(super) async fn call(
    t: &Tapis,
    service: &str,
    id: &str,
    arguments: &[(&str, &str)],
) -> Result<Value, Failure> {
    let mut call = t.operation(service, id)?;
    for (name, value) in arguments {
        call = call.text_argument(name, value);
    }
    Ok(call.await?)
}

/// Shows what an operation returns, without its secrets.
pub(super) async fn show(
    globals: &Globals,
    t: &Tapis,
    (service, id): (&str, &str),
    arguments: &[(&str, &str)],
    view: &View,
) -> Result<(), Failure> {
    let mut value = call(t, service, id, arguments).await?;
    if !globals.show_secrets {
        crate::redact::at(&mut value, &dynamic::describe(service, id)?.secrets);
    }
    globals.output().show_as(&value, view)
}
