//! Verbs of services: what people do most, in words that are shorter than those of the operations.
//!
//! A service has its verbs and, beside them, a command for each of its operations. No verb has the name of an operation.

mod apps;
mod jobs;
mod list;
mod parts;
mod pods;
mod search;
mod sharing;
mod systems;
mod workflows;

use clap::{ArgMatches, Command};
use serde_json::{Value, json};
use tapis_client::dynamic;

use crate::arguments::{self, Globals};
use crate::failure::{Failure, Stop};
use crate::output::{Column, View};
use crate::session;
use crate::spelling::kebab;

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

/// Whether the command line of a service begins with one of its verbs.
pub(crate) fn begins_with_verb(service: &str, line: &[String]) -> bool {
    let word = line.iter().find(|word| !word.starts_with('-'));
    let is_verb = |verb: &Command, word: &str| {
        verb.get_name() == word || verb.get_all_aliases().any(|alias| alias == word)
    };
    word.is_some_and(|word| verbs(service).iter().any(|verb| is_verb(verb, word)))
}

/// The command of a service with its verbs alone.
fn command(service: &str) -> Command {
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
    arguments::anywhere(verb.args([
        arguments::format_option(),
        arguments::columns_option(),
        arguments::verbose_option(),
        arguments::quiet_option(),
    ]))
}

/// Runs `tapis SERVICE VERB …`.
pub(crate) async fn run(globals: &Globals, service: &str, line: Vec<String>) -> Result<(), Stop> {
    let line = std::iter::once(format!("tapis {service}")).chain(line);
    let matches = command(service).try_get_matches_from(line).map_err(Stop::Shown)?;
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    // The options stand after the last word.
    let (word, last) = match matches.subcommand() {
        Some((word, last)) => (Some(word), last),
        None => (None, matches),
    };
    let globals = globals.with(last);
    let shown = globals.format;
    let outcome = carry_out(&globals, service, (name, word), last).await;
    outcome.map_err(|failure| Stop::Failed(failure.shown_as(shown)))
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
                for name in verb.get_all_aliases().chain([verb.get_name()]) {
                    assert!(dynamic::describe(service, name).is_err(), "{service} {name}");
                }
            }
        }
        assert_eq!(services, 5);
    }
}
