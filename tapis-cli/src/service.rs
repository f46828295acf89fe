//! The commands of a service: its verbs and its operations.

use clap::Command;
use tapis_client::dynamic::{self, OperationDescription};

use crate::failure::Failure;
use crate::flags::{after_help, flags, long_about, usage};
use crate::human;
use crate::spelling::kebab;

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
            one = one.long_about(long_about(operation)).override_usage(usage(operation));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::flags::OWN;

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
