//! The command of an operation: a flag for each parameter and each attribute of the body.

use clap::{Arg, ArgAction, Command};
use tapis_client::dynamic::{self, FieldDescription, Location, OperationDescription, ValueType};

use crate::arguments;
use crate::failure::Failure;
use crate::human;
use crate::spelling::kebab;

/// What stands after an operation and is not the document's.
const OWN: [&str; 4] = ["set", "body", "yes", "all"];

/// The commands of a service; only the operation that is named has its flags. Of a service with verbs of its own, the
/// operations are listed by a verb and not by `--help`.
pub(crate) fn command(
    service: &str,
    named: Option<&OperationDescription>,
) -> Result<Command, Failure> {
    let mut command = Command::new(format!("tapis {service}"))
        .bin_name(format!("tapis {service}"))
        .about(about(service))
        .subcommand_required(true)
        .arg_required_else_help(true);
    let summaries: Vec<_> = dynamic::summaries(service)?.collect();
    if human::has_own(service) {
        command = command.after_help(format!(
            "Each of the {} operations of the service is a command, too: `tapis {service} operations` lists them.",
            summaries.len(),
        ));
    }
    command = command.subcommands(human::verbs(service));
    for (id, summary) in summaries {
        let mut one = Command::new(kebab(id)).about(summary).hide(human::has_own(service));
        if let Some(operation) = named.filter(|named| named.id == id) {
            one = one.args(flags(operation)).after_help(after_help(operation));
            one = one.long_about(long_about(operation));
        }
        command = command.subcommand(one);
    }
    Ok(command)
}

/// What the commands of a service are for.
pub(crate) fn about(service: &str) -> String {
    match service {
        "apps" => "Apps, and their versions".to_owned(),
        "jobs" => "Jobs: submit them, follow them, and fetch their output".to_owned(),
        "pods" => "Pods: long-running containers".to_owned(),
        "systems" => "Systems, and the credentials for them".to_owned(),
        "workflows" => "Pipelines, and their runs".to_owned(),
        _ => format!("The operations of {service}"),
    }
}

fn long_about(operation: &OperationDescription) -> String {
    let mut text = operation.summary.to_owned();
    if !operation.description.is_empty() {
        text.push_str("\n\n");
        text.push_str(operation.description);
    }
    text
}

fn after_help(operation: &OperationDescription) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// The flags of an operation: parameters, attributes of the body that are not secret, and our own.
fn flags(operation: &OperationDescription) -> Vec<Arg> {
    let mut all: Vec<Arg> = Vec::new();
    for (field, id) in fields(operation) {
        let long = kebab(&field.name);
        let mut arg = Arg::new(id)
            .long(long.clone())
            .value_name(value_name(field))
            .help(help(field))
            .allow_hyphen_values(true);
        if long != field.name {
            arg = arg.alias(field.name.clone());
        }
        if field.value_type == ValueType::Array {
            arg = arg.action(ArgAction::Append);
        }
        all.push(arg);
    }
    if operation.parameters.iter().any(|p| p.location == Location::Path) {
        all.push(
            Arg::new("PATH")
                .num_args(0..)
                .help("The values of the path in their order, for those that have no flag"),
        );
    }
    if operation.body.is_some() {
        all.push(
            Arg::new("body")
                .long("body")
                .value_name("FILE")
                .help("The body, as JSON or YAML: @FILE, - for stdin, or the text itself"),
        );
        all.push(
            Arg::new("set")
                .long("set")
                .value_name("A.B=VALUE")
                .action(ArgAction::Append)
                .help("Set an attribute anywhere in the body"),
        );
    }
    if operation.paged {
        let all_pages = Arg::new("all").long("all").action(ArgAction::SetTrue);
        all.push(all_pages.help("Show all entries, and not --max at most"));
    }
    all.push(arguments::format_option());
    all.push(arguments::yes_option());
    all.push(arguments::verbose_option());
    all.push(arguments::quiet_option());
    all
}

/// What has a flag, with the id of its flag: a parameter wins over an attribute of the same name, and secrets have none.
fn fields(operation: &OperationDescription) -> Vec<(&FieldDescription, String)> {
    let parameters = operation.parameters.iter().filter(|field| !field.secret);
    let mut all: Vec<_> =
        parameters.map(|field| (field, format!("parameter {}", field.name))).collect();
    let attributes = operation.body.iter().flat_map(|body| &body.fields);
    for field in attributes.filter(|field| !field.secret) {
        let taken =
            |(known, _): &(&FieldDescription, String)| kebab(&known.name) == kebab(&field.name);
        if !all.iter().any(taken) && !OWN.contains(&kebab(&field.name).as_str()) {
            all.push((field, format!("attribute {}", field.name)));
        }
    }
    all
}

fn value_name(field: &FieldDescription) -> String {
    match field.values.is_empty() {
        false if field.values.len() <= 6 => field.values.join("|"),
        _ => field.value_type.to_string().to_uppercase(),
    }
}

fn help(field: &FieldDescription) -> String {
    let mut text = field.description.clone();
    if field.required {
        text.push_str(" (required)");
    }
    if let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) {
        text.push_str(&format!(" [default: {default}]"));
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_command_whose_flags_are_different() {
        let mut operations = 0;
        for service in dynamic::services() {
            let mut names = BTreeSet::new();
            for operation in dynamic::describe_all(service).unwrap() {
                operations += 1;
                assert!(names.insert(kebab(operation.id)), "{service} {}", operation.id);
                // clap's own checks: no two flags of one name.
                command(service, Some(&operation)).unwrap().debug_assert();
                for parameter in &operation.parameters {
                    let flag = kebab(&parameter.name);
                    let paged = flag == "all" && operation.paged;
                    assert!(
                        !(OWN[..3].contains(&flag.as_str()) || paged),
                        "{} --{flag}",
                        operation.id
                    );
                }
            }
        }
        assert_eq!(operations, 533);
    }
}
