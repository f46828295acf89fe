//! What a shell offers when the user presses Tab.
//!
//! The scripts are those of clap_complete. They hand the words of the command line to this program and take its answer
//! as a list of words, without evaluating it.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, ValueCompleter,
};
use clap_complete::env::Shells;
use tapis_client::dynamic::{self, Location, OperationDescription};

use crate::config::{Config, Profile};
use crate::exit::Exit;
use crate::names::{self, Kind};
use crate::spelling::kebab;
use crate::{human, service, tree};

/// Names the shell that asks for completions.
const VARIABLE: &str = "_TAPIS_COMPLETE";

/// What a shell has to evaluate once, so that it asks.
pub(crate) fn script(shell: &str) -> std::io::Result<Vec<u8>> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "tapis", "tapis", &program(), &mut script)?;
    Ok(script)
}

/// The program as the user has called it: by its name, or by its path if it is not among the commands.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let by_path = called.contains(std::path::MAIN_SEPARATOR);
    match std::env::current_exe() {
        Ok(path) if by_path => path.to_string_lossy().into_owned(),
        _ => "tapis".to_owned(),
    }
}

/// Whether a shell asks.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Answers a shell. What goes wrong is not said, because it would be in the middle of the user's command line.
pub(crate) fn answer() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").collect();
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let complete = CompleteEnv::with_factory(|| command(&words)).var(VARIABLE).bin("tapis");
    match complete.try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref()) {
        Ok(_) => Exit::Done.into(),
        Err(_) => Exit::Failed.into(),
    }
}

/// The tree of commands, with the operations of the service that is named and names to choose from.
fn command(words: &[&str]) -> Command {
    let profile = Named::of(words);
    let mut root = tree::root();
    let services = dynamic::services();
    let named = words.iter().enumerate().find(|(_, word)| services.contains(word));
    if let Some((place, service)) = named {
        let rest = words.get(place + 1..).unwrap_or_default();
        let operation = rest.iter().find(|word| !word.starts_with('-'));
        let operation = operation.and_then(|word| dynamic::describe(service, word).ok());
        if let Ok(mut command) = service::command(service, operation.as_ref()) {
            for verb in human::verbs(service) {
                command = command.mut_subcommand(verb.get_name(), |verb| {
                    with_names_of_verb(verb, profile.as_ref())
                });
            }
            if let Some(operation) = &operation {
                command = command.mut_subcommand(kebab(operation.id), |one| {
                    with_names_of(one, operation, profile.as_ref())
                });
            }
            root = root.mut_subcommand(service, |_| command.name((*service).to_owned()));
        }
    }
    root = root.mut_arg("profile", |arg| arg.add(ArgValueCandidates::new(profiles)));
    for action in ["show", "use", "remove"] {
        root = root.mut_subcommand("profiles", |command| {
            command.mut_subcommand(action, |command| {
                command.mut_arg("name", |arg| arg.add(ArgValueCandidates::new(profiles)))
            })
        });
    }
    root
}

/// A verb, which completes the names that it takes.
fn with_names_of_verb(mut verb: Command, profile: Option<&Named>) -> Command {
    let Some(named) = profile else { return verb };
    for (value, kind) in [("SYSTEM", Kind::Systems), ("APP", Kind::Apps), ("JOB", Kind::Jobs)] {
        // `mut_arg` would move it behind the other values of the verb.
        verb = verb.mut_args(|arg| {
            if arg.get_id() != value {
                return arg;
            }
            let named = named.clone();
            arg.add(ArgValueCandidates::new(move || named.candidates(kind)))
        });
    }
    verb.mut_subcommands(|one| with_names_of_verb(one, profile))
}

/// The command of an operation, which completes the names that its parameters take.
fn with_names_of(
    mut command: Command,
    operation: &OperationDescription,
    profile: Option<&Named>,
) -> Command {
    let Some(profile) = profile else { return command };
    for parameter in &operation.parameters {
        if let Some(kind) = Kind::of_parameter(&parameter.name) {
            let profile = profile.clone();
            let names = ArgValueCandidates::new(move || profile.candidates(kind));
            command =
                command.mut_arg(format!("parameter {}", parameter.name), |arg| arg.add(names));
        }
    }
    let path = operation.parameters.iter().filter(|one| one.location == Location::Path);
    let places: Vec<Option<Kind>> = path.map(|one| Kind::of_parameter(&one.name)).collect();
    match places.is_empty() {
        true => command,
        false => {
            let values = ArgValueCompleter::new(Places { places, profile: profile.clone() });
            command.mut_arg("PATH", |arg: Arg| arg.add(values))
        }
    }
}

/// The values of a path, each with names of its own.
struct Places {
    places: Vec<Option<Kind>>,
    profile: Named,
}

impl ValueCompleter for Places {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        self.complete_at(0, current)
    }

    fn complete_at(&self, place: usize, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(kind) = self.places.get(place).copied().flatten() else { return Vec::new() };
        let begin = current.to_string_lossy();
        // An option is not worth waiting for names.
        if begin.starts_with('-') {
            return Vec::new();
        }
        let mut all = self.profile.candidates(kind);
        all.retain(|one| one.get_value().to_string_lossy().starts_with(&*begin));
        all
    }
}

/// The profile that the command line is for.
#[derive(Clone)]
struct Named {
    name: String,
    profile: Profile,
}

impl Named {
    fn of(words: &[&str]) -> Option<Self> {
        let config = Config::read().ok()?;
        let option = words.iter().enumerate().find_map(|(place, word)| match *word {
            "--profile" => words.get(place + 1).copied(),
            word => word.strip_prefix("--profile="),
        });
        let variable = std::env::var("TAPIS_PROFILE").ok().filter(|name| !name.is_empty());
        let name = option.or(variable.as_deref()).or(config.current())?.to_owned();
        Some(Self { profile: config.profile(&name)?, name })
    }

    fn candidates(&self, kind: Kind) -> Vec<CompletionCandidate> {
        candidates(names::known(&self.name, &self.profile, kind))
    }
}

fn profiles() -> Vec<CompletionCandidate> {
    candidates(Config::read().map(|config| config.names()).unwrap_or_default())
}

fn candidates(names: Vec<String>) -> Vec<CompletionCandidate> {
    names.into_iter().filter(|name| names::is_plain(name)).map(CompletionCandidate::new).collect()
}
