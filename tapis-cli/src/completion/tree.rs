//! The tree of commands, with what its values can be.

use clap::{Arg, Command};
use clap_complete::engine::ArgValueCompleter;
use tapis_client::dynamic::{self, FieldDescription, Location, OperationDescription, ValueType};

use super::values::{Completer, Question, Values};
use crate::names::Kind;
use crate::spelling::kebab;
use crate::{service, tree};

/// The tree, with the operations of the service that is named.
pub(super) fn command(words: &[&str], question: &Question) -> Command {
    let mut root = tree::root();
    let services = dynamic::services();
    let named = words.iter().enumerate().find(|(_, word)| services.contains(word));
    if let Some((place, service)) = named {
        let rest = words.get(place + 1..).unwrap_or_default();
        let operation = rest.iter().find(|word| !word.starts_with('-'));
        let operation = operation.and_then(|word| dynamic::describe(service, word).ok());
        if let Ok(mut command) = service::command(service, operation.as_ref()) {
            if let Some(operation) = &operation {
                command = command.mut_subcommand(kebab(operation.id), |one| {
                    with_values(one, question, &|arg| of_operation(operation, arg))
                });
            }
            root = root.mut_subcommand(service, |_| command.name((*service).to_owned()));
        }
    }
    everywhere(root, question)
}

fn everywhere(command: Command, question: &Question) -> Command {
    let name = command.get_name().to_owned();
    with_values(command, question, &|arg| of_verb(&name, arg))
        .mut_subcommands(|one| everywhere(one, question))
}

fn with_values(command: Command, question: &Question, values: &dyn Fn(&Arg) -> Values) -> Command {
    // `mut_arg` would move a value behind the others of its command.
    command.mut_args(|arg| match values(&arg) {
        Values::Unknown => arg,
        values => {
            let completer = Completer { values, question: question.clone() };
            arg.add(ArgValueCompleter::new(completer))
        }
    })
}

/// What a value of a command is, by the name that its help gives it.
fn of_verb(command: &str, arg: &Arg) -> Values {
    let name = arg.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
    match (name, arg.get_id().as_str()) {
        (_, "profile") => Values::Profiles,
        (_, "name") if ["show", "use", "remove"].contains(&command) => Values::Profiles,
        ("SYSTEM", _) => Values::Names(Kind::Systems),
        ("APP", _) => Values::Names(Kind::Apps),
        ("JOB", _) => Values::Names(Kind::Jobs),
        ("POD", _) => Values::Names(Kind::Pods),
        ("GROUP", _) => Values::Names(Kind::Groups),
        ("ADDRESS" | "tapis://SYSTEM/DIRECTORY", _) => Values::Addresses,
        ("SOURCE" | "TARGET", _) if command == "cp" => Values::AddressesOrFiles,
        ("SOURCE" | "TARGET", _) => Values::Addresses,
        ("FILE", "body") => Values::Files("@"),
        ("FILE" | "DIRECTORY", _) => Values::Files(""),
        ("FILE|APP", _) => Values::FilesOr(Kind::Apps),
        (_, "typed") => Values::Files("=@"),
        _ => Values::Unknown,
    }
}

/// What a value of an operation is, by its document.
fn of_operation(operation: &OperationDescription, arg: &Arg) -> Values {
    let id = arg.get_id().as_str();
    let parameters = || operation.parameters.iter();
    if id == "PATH" {
        let places = parameters().filter(|one| one.location == Location::Path);
        return Values::Path(places.map(of_field).collect());
    }
    let field = match id.split_once(' ') {
        Some(("parameter", name)) => parameters().find(|field| field.name == name),
        Some(("attribute", name)) => {
            operation.body.iter().flat_map(|body| &body.fields).find(|field| field.name == name)
        }
        _ => None,
    };
    field.map_or(Values::Unknown, of_field)
}

fn of_field(field: &FieldDescription) -> Values {
    match Kind::of_parameter(&field.name) {
        Some(kind) => Values::Names(kind),
        None if !field.values.is_empty() => Values::Listed(field.values.clone()),
        None if field.value_type == ValueType::Boolean => {
            Values::Listed(["true", "false"].map(str::to_owned).into())
        }
        None => Values::Unknown,
    }
}
