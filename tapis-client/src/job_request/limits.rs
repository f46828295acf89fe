//! The checks of a request that need no app (tapis-jobs `SubmitJobRequest.json`, `SubmitContext.java` 2283 to 2480;
//! tapis-shared-java `PathSanitizer.java`).

use tapis_jobs::types::{JobArgSpec, ReqSubmitJob};

use super::problem::{JobParameter, JobProblem};

/// Characters with a special meaning in a shell, which the service refuses.
const DANGEROUS: [char; 6] = ['&', '>', '<', '|', ';', '`'];

/// Adds the problems of the strings and numbers of a request.
pub(super) fn check(request: &ReqSubmitJob, problems: &mut Vec<JobProblem>) {
    for (name, value, least, most) in [
        ("name", Some(&request.name), 1, 64),
        ("owner", request.owner.as_ref(), 0, 64),
        ("tenant", request.tenant.as_ref(), 0, 24),
        ("description", request.description.as_ref(), 1, 2048),
        ("appId", Some(&request.app_id), 1, 80),
        ("appVersion", Some(&request.app_version), 1, 64),
        ("execSystemId", request.exec_system_id.as_ref(), 0, 80),
        ("execSystemExecDir", request.exec_system_exec_dir.as_ref(), 0, 4096),
        ("execSystemInputDir", request.exec_system_input_dir.as_ref(), 0, 4096),
        ("execSystemOutputDir", request.exec_system_output_dir.as_ref(), 0, 4096),
        ("execSystemLogicalQueue", request.exec_system_logical_queue.as_ref(), 0, 80),
        ("archiveSystemId", request.archive_system_id.as_ref(), 0, 80),
        ("archiveSystemDir", request.archive_system_dir.as_ref(), 0, 4096),
        ("mpiCmd", request.mpi_cmd.as_ref(), 1, 126),
        ("cmdPrefix", request.cmd_prefix.as_ref(), 1, 1024),
    ] {
        if let Some(value) = value {
            length(JobParameter::Attribute, name, value, least, most, problems);
        }
    }
    for (name, value) in [
        ("owner", request.owner.as_ref()),
        ("appId", Some(&request.app_id)),
        ("appVersion", Some(&request.app_version)),
        ("execSystemId", request.exec_system_id.as_ref()),
        ("execSystemLogicalQueue", request.exec_system_logical_queue.as_ref()),
        ("archiveSystemId", request.archive_system_id.as_ref()),
        ("mpiCmd", request.mpi_cmd.as_ref()),
    ] {
        characters(JobParameter::Attribute, name, value.map_or("", String::as_str), problems);
    }
    for (name, value) in [
        ("execSystemExecDir", &request.exec_system_exec_dir),
        ("execSystemInputDir", &request.exec_system_input_dir),
        ("execSystemOutputDir", &request.exec_system_output_dir),
        ("archiveSystemDir", &request.archive_system_dir),
    ] {
        let value = value.as_deref().unwrap_or_default();
        controls(JobParameter::Attribute, name, value, problems);
        if value.split('/').any(|segment| segment == "..") {
            problems.push(JobProblem::invalid(JobParameter::Attribute, name, "contains `..`"));
        }
    }
    controls(JobParameter::Attribute, "name", &request.name, problems);
    for (name, value) in [("memoryMB", request.memory_mb), ("maxMinutes", request.max_minutes)] {
        if value.is_some_and(|value| value < 1) {
            problems.push(JobProblem::invalid(JobParameter::Attribute, name, "is less than 1"));
        }
    }
    if !matches!(request.job_type.as_deref(), None | Some("" | "FORK" | "BATCH")) {
        let message = "must be FORK or BATCH";
        problems.push(JobProblem::invalid(JobParameter::Attribute, "jobType", message));
    }
    tags(request, problems);
    if let Some(set) = &request.parameter_set {
        let lists = [
            (JobParameter::Argument, &set.app_args),
            (JobParameter::ContainerArgument, &set.container_args),
            (JobParameter::SchedulerOption, &set.scheduler_options),
        ];
        for (parameter, list) in lists {
            arguments(parameter, list.as_deref().unwrap_or_default(), problems);
        }
        for variable in set.env_variables.iter().flatten() {
            let key = variable.key.as_deref().unwrap_or_default();
            let value = variable.value.as_deref().unwrap_or_default();
            controls(JobParameter::Variable, key, value, problems);
        }
    }
    let names = request.file_inputs.iter().flatten().map(|one| (JobParameter::Input, &one.name));
    let groups = request.file_input_arrays.iter().flatten();
    let names = names.chain(groups.map(|one| (JobParameter::InputArray, &one.name)));
    for (parameter, name) in names {
        if let Some(name) = name {
            length(parameter, name, name, 1, 80, problems);
        }
    }
}

fn tags(request: &ReqSubmitJob, problems: &mut Vec<JobProblem>) {
    let tags = request.tags.as_deref().unwrap_or_default();
    for (place, tag) in tags.iter().enumerate() {
        length(JobParameter::Attribute, "tags", tag, 1, 126, problems);
        if tags.iter().take(place).any(|other| other == tag) {
            let message = format!("contain {tag} twice");
            problems.push(JobProblem::invalid(JobParameter::Attribute, "tags", message));
        }
    }
}

fn arguments(parameter: JobParameter, list: &[JobArgSpec], problems: &mut Vec<JobProblem>) {
    for (place, one) in list.iter().enumerate() {
        let name = one.name.as_deref().unwrap_or_default();
        if one.name.is_some() {
            length(parameter, name, name, 1, 80, problems);
        }
        controls(parameter, name, &one.arg, problems);
        // For containers and schedulers, the service checks the flag but not its value.
        let checked = match parameter {
            JobParameter::Argument => one.arg.as_str(),
            _ => one.arg.split([' ', '=']).next().unwrap_or_default(),
        };
        characters(parameter, name, checked, problems);
        // The service refuses a list with equal entries.
        if list.iter().take(place).any(|other| other == one) {
            let message = format!("{:?} is given twice", one.arg);
            problems.push(JobProblem::invalid(parameter, name, message));
        }
    }
}

fn length(
    parameter: JobParameter,
    name: &str,
    value: &str,
    least: usize,
    most: usize,
    problems: &mut Vec<JobProblem>,
) {
    let length = value.chars().count();
    if length < least {
        problems.push(JobProblem::invalid(parameter, name, "is empty"));
    } else if length > most {
        let message = format!("has {length} characters; at most {most} are allowed");
        problems.push(JobProblem::invalid(parameter, name, message));
    }
}

fn characters(parameter: JobParameter, name: &str, value: &str, problems: &mut Vec<JobProblem>) {
    if let Some(found) = value.chars().find(|c| DANGEROUS.contains(c)) {
        let message = format!("contains the character {found}, which is not allowed");
        problems.push(JobProblem::invalid(parameter, name, message));
    }
}

fn controls(parameter: JobParameter, name: &str, value: &str, problems: &mut Vec<JobProblem>) {
    if value.chars().any(char::is_control) {
        problems.push(JobProblem::invalid(parameter, name, "contains a control character"));
    }
}
