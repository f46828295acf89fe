//! Verbs of services: what people do most, in words that are shorter than those of the operations.
//!
//! A service has its verbs and, beside them, a command for each of its operations. No verb has the name of an operation.

mod apps;
mod jobs;
mod list;
mod pods;
mod search;
mod systems;
mod workflows;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use tapis_client::{Tapis, dynamic};

use crate::arguments::{self, Globals};
use crate::failure::Failure;
use crate::flags::kebab;
use crate::output::{Column, View};
use crate::session;

/// The verbs of a service. Every service has `operations`.
pub(crate) fn verbs(service: &str) -> Vec<Command> {
    let own = match service {
        "apps" => apps::verbs(),
        "jobs" => jobs::verbs(),
        "pods" => pods::verbs(),
        "systems" => systems::verbs(),
        "workflows" => workflows::verbs(),
        _ => Vec::new(),
    };
    let operations = Command::new("operations").about("List the operations of the service");
    own.into_iter().chain([operations]).map(with_options).collect()
}

/// Whether the verbs of a service are most of what people want of it.
pub(crate) fn has_own(service: &str) -> bool {
    matches!(service, "apps" | "jobs" | "pods" | "systems" | "workflows")
}

/// Whether a service has this verb.
pub(crate) fn is_verb(service: &str, word: &str) -> bool {
    verbs(service).iter().any(|verb| verb.get_name() == word)
}

/// The command of a service with its verbs alone.
pub(crate) fn command(service: &str) -> Command {
    Command::new(format!("tapis {service}"))
        .bin_name(format!("tapis {service}"))
        .subcommand_required(true)
        .subcommands(verbs(service))
}

/// The options that every verb takes.
fn with_options(verb: Command) -> Command {
    if verb.has_subcommands() {
        let names: Vec<String> =
            verb.get_subcommands().map(|one| one.get_name().to_owned()).collect();
        let verb =
            names.into_iter().fold(verb, |verb, name| verb.mut_subcommand(name, with_options));
        return verb.subcommand_required(true).arg_required_else_help(true);
    }
    verb.args([
        arguments::format_option(),
        arguments::columns_option(),
        arguments::verbose_option(),
        arguments::quiet_option(),
    ])
}

/// Carries out a verb of a service.
pub(crate) async fn run(
    globals: &Globals,
    service: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    // The options stand after the last word.
    let (word, last) = match matches.subcommand() {
        Some((word, last)) => (Some(word), last),
        None => (None, matches),
    };
    let globals = globals.with(last);
    let shown = globals.format;
    let outcome = carry_out(&globals, service, (name, word), last).await;
    outcome.map_err(|failure| failure.shown_as(shown))
}

async fn carry_out(
    globals: &Globals,
    service: &str,
    verb: (&str, Option<&str>),
    matches: &ArgMatches,
) -> Result<(), Failure> {
    if verb.0 == "operations" {
        return operations(globals, service);
    }
    let previews = (service, verb.0) == ("jobs", "submit") && globals.dry_run;
    if !previews && (globals.dry_run || globals.curl || globals.template) {
        return Err(Failure::usage(format!(
            "--dry-run, --curl and --template show the request of an operation, and {} is none",
            verb.0
        ))
        .with_hint(format!("`tapis {service} operations` lists the operations")));
    }
    let t = session::tapis(globals)?;
    match service {
        "apps" => apps::run(globals, &t, verb.0, matches).await,
        "jobs" => jobs::run(globals, &t, verb, matches).await,
        "pods" => pods::run(globals, &t, verb.0, matches).await,
        "systems" => systems::run(globals, &t, verb, matches).await,
        _ => workflows::run(globals, &t, verb.0, matches).await,
    }
}

/// Lists the operations of a service.
fn operations(globals: &Globals, service: &str) -> Result<(), Failure> {
    const VIEW: View = View {
        identity: &["command"],
        columns: &[Column::text("COMMAND", "command"), Column::long("WHAT IT DOES", "summary")],
        wide: &[Column::text("OPERATION", "id")],
    };
    let operations = dynamic::summaries(service)?
        .map(|(id, summary)| json!({"command": kebab(id), "id": id, "summary": summary}));
    globals.output().show_as(&Value::Array(operations.collect()), &VIEW)
}

/// A value that a verb needs.
fn required(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(name).required(true).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// A value of the command line; empty if it is not given.
fn text<'m>(matches: &'m ArgMatches, name: &str) -> &'m str {
    matches.try_get_one::<String>(name).ok().flatten().map_or("", String::as_str)
}

fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten() == Some(&true)
}

fn texts<'m>(matches: &'m ArgMatches, name: &str) -> impl Iterator<Item = &'m str> {
    matches.try_get_many::<String>(name).ok().flatten().into_iter().flatten().map(String::as_str)
}

/// Calls an operation with values for its path.
async fn call(
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
async fn show(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_verb_has_the_name_of_an_operation() {
        let mut services = 0;
        for service in dynamic::services() {
            services += usize::from(has_own(service));
            command(service).debug_assert();
            for verb in verbs(service) {
                let taken = dynamic::describe(service, verb.get_name());
                assert!(taken.is_err(), "{service} {}", verb.get_name());
            }
        }
        assert_eq!(services, 5);
    }
}
