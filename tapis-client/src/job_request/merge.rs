//! Merges a request with its app and its system, by the rules of the service (tapis-jobs `SubmitContext.java` 345 to
//! 437, 563 to 630, 915 to 1100).

use tapis_apps::types::{JobAttributesReply, TapisApp};
use tapis_jobs::types::{
    IncludeExcludeFilter, JobArgSpec, JobParameterSet, KeyValuePair, LogConfig, ReqSubmitJob,
};

use super::problem::{JobParameter, JobProblem};
use super::values::is_blank;
use super::variables::{self, Variable, definitions};
use super::{arguments, inputs};

/// The scheduler option for a scheduler profile.
const PROFILE: &str = "--tapis-profile";
const OUTPUT: &str = "tapisjob.out";

/// The values of the execution system that become a part of the job.
#[derive(Default)]
pub(super) struct Host {
    pub(super) variables: Vec<Variable>,
    pub(super) can_run_batch: bool,
    pub(super) default_queue: Option<String>,
    pub(super) scheduler_profile: Option<String>,
    pub(super) mpi_cmd: Option<String>,
}

/// Returns the job as the service will create it, and its problems. Without a system, values that depend on the system
/// are not set.
pub(super) fn merge(
    app: &TapisApp,
    request: &ReqSubmitJob,
    host: Option<Host>,
) -> (ReqSubmitJob, Vec<JobProblem>) {
    let mut problems = Vec::new();
    let nothing = JobAttributesReply::default();
    let attributes = app.job_attributes.as_ref().unwrap_or(&nothing);
    let mut job = request.clone();
    let known = host.is_some();
    let host = host.unwrap_or_default();
    systems(&mut job, attributes, &mut problems);
    if is_blank(job.job_type.as_deref()) {
        // A reply to a request with selected attributes has the string `null` for this attribute.
        let of_app = app.job_type.as_ref().map(|of_app| of_app.as_str());
        job.job_type = of_app.filter(|text| *text != "null").map(str::to_owned);
    }
    if is_blank(job.job_type.as_deref()) && known {
        job.job_type = Some(if host.can_run_batch { "BATCH" } else { "FORK" }.to_owned());
    }
    parameters(&mut job, attributes, &host, &mut problems);
    directories(&mut job, attributes);
    commands(&mut job, attributes, &host, known, &mut problems);
    if job.job_type.as_deref() == Some("BATCH") {
        or(&mut job.exec_system_logical_queue, attributes.exec_system_logical_queue.as_ref());
        or(&mut job.exec_system_logical_queue, host.default_queue.as_ref());
    }
    or(&mut job.description, attributes.description.as_ref());
    job.archive_on_app_error =
        job.archive_on_app_error.or(attributes.archive_on_app_error).or(Some(true));
    if job.archive_mode.is_none() {
        job.archive_mode = attributes.archive_mode.as_ref().map(|mode| mode.as_str().into());
    }
    size(&mut job.node_count, attributes.node_count, 1);
    size(&mut job.cores_per_node, attributes.cores_per_node, 1);
    size(&mut job.memory_mb, attributes.memory_mb, 100);
    size(&mut job.max_minutes, attributes.max_minutes, 10);
    for tag in attributes.tags.iter().flatten() {
        let tags = job.tags.get_or_insert_default();
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    if job.notes.is_none() {
        job.notes.clone_from(&app.notes);
    }
    let strict = app.strict_file_inputs == Some(true);
    let of_app = attributes.file_inputs.as_deref().unwrap_or_default();
    let of_request = request.file_inputs.as_deref().unwrap_or_default();
    let mut single = inputs::merge(of_app, of_request, strict, &mut problems);
    let of_app = attributes.file_input_arrays.as_deref().unwrap_or_default();
    let of_request = request.file_input_arrays.as_deref().unwrap_or_default();
    let groups = inputs::merge(of_app, of_request, strict, &mut problems);
    single.extend(inputs::take_apart(&groups));
    (job.file_inputs, job.file_input_arrays) = (some(single), None);
    variables_of_inputs(&mut job, &mut problems);
    (job, problems)
}

fn systems(
    job: &mut ReqSubmitJob,
    attributes: &JobAttributesReply,
    problems: &mut Vec<JobProblem>,
) {
    job.dynamic_exec_system =
        job.dynamic_exec_system.or(attributes.dynamic_exec_system).or(Some(false));
    if job.dynamic_exec_system == Some(false) {
        or(&mut job.exec_system_id, attributes.exec_system_id.as_ref());
        if is_blank(job.exec_system_id.as_deref()) {
            let why = Some("neither the app nor the request sets it");
            problems.push(JobProblem::missing(JobParameter::System, "execSystemId", why));
        }
    }
    add(&mut job.exec_system_constraints, attributes.exec_system_constraints.as_ref());
    or(&mut job.archive_system_id, attributes.archive_system_id.as_ref());
    let exec_system = job.exec_system_id.clone();
    or(&mut job.archive_system_id, exec_system.as_ref());
}

fn parameters(
    job: &mut ReqSubmitJob,
    attributes: &JobAttributesReply,
    host: &Host,
    problems: &mut Vec<JobProblem>,
) {
    let of_app = attributes.parameter_set.as_ref();
    let given = job.parameter_set.clone().unwrap_or_default();
    let app_arguments = [
        (JobParameter::Argument, of_app.and_then(|set| set.app_args.as_deref()), &given.app_args),
        (
            JobParameter::ContainerArgument,
            of_app.and_then(|set| set.container_args.as_deref()),
            &given.container_args,
        ),
        (
            JobParameter::SchedulerOption,
            of_app.and_then(|set| set.scheduler_options.as_deref()),
            &given.scheduler_options,
        ),
    ];
    let [app_args, container_args, mut scheduler_options] =
        app_arguments.map(|(parameter, of_app, of_request)| {
            let of_request = of_request.as_deref().unwrap_or_default();
            arguments::merge(parameter, of_app.unwrap_or_default(), of_request, problems)
        });
    if let Some(profile) = host.scheduler_profile.as_deref().filter(|text| !is_blank(Some(text)))
        && !scheduler_options.iter().any(|one| one.arg.starts_with(&format!("{PROFILE} ")))
    {
        let option = JobArgSpec::new(format!("{PROFILE} {profile}"));
        scheduler_options.push(option.name("synthetic_tapis_profile").include(true));
    }
    for option in scheduler_options.iter().filter(|option| option.arg.trim() == PROFILE) {
        let name = option.name.as_deref().unwrap_or_default();
        let message = format!("is {PROFILE} without a profile name");
        problems.push(JobProblem::invalid(JobParameter::SchedulerOption, name, message));
    }
    let of_app_variables = definitions!(of_app.and_then(|set| set.env_variables.as_ref()));
    let variables = variables::merge(
        host.variables.clone(),
        of_app_variables,
        given.env_variables.as_deref().unwrap_or_default(),
        problems,
    );
    let mut set = JobParameterSet::new();
    set.app_args = some(app_args);
    set.container_args = some(container_args);
    set.scheduler_options = some(scheduler_options);
    set.env_variables = some(variables);
    let filter = of_app.and_then(|set| set.archive_filter.as_ref());
    let mut merged = given.archive_filter.unwrap_or_default();
    if let Some(filter) = filter {
        add(&mut merged.includes, filter.includes.as_ref());
        add(&mut merged.excludes, filter.excludes.as_ref());
        merged.include_launch_files = merged.include_launch_files.or(filter.include_launch_files);
    }
    merged.include_launch_files = merged.include_launch_files.or(Some(true));
    set.archive_filter = Some::<IncludeExcludeFilter>(merged);
    let log = of_app.and_then(|set| set.log_config.as_ref());
    let log =
        log.and_then(|log| Some((log.stdout_filename.clone()?, log.stderr_filename.clone()?)));
    let log = log.filter(|(stdout, _)| !is_blank(Some(stdout)));
    let (stdout, stderr) = log.unwrap_or((OUTPUT.to_owned(), OUTPUT.to_owned()));
    set.log_config = given.log_config.or(Some(LogConfig::new(stdout, stderr)));
    job.parameter_set = Some(set);
}

/// The scheduler profiles in the options, each with its option.
#[cfg(feature = "systems")]
pub(super) fn profiles(job: &ReqSubmitJob) -> impl Iterator<Item = (&JobArgSpec, &str)> {
    let set = job.parameter_set.as_ref();
    let options = set.and_then(|set| set.scheduler_options.as_deref()).unwrap_or_default();
    options.iter().filter_map(|option| {
        let name = option.arg.trim().strip_prefix(PROFILE)?.strip_prefix(' ')?;
        Some((option, name.trim()))
    })
}

fn directories(job: &mut ReqSubmitJob, attributes: &JobAttributesReply) {
    let working = "/${JobWorkingDir}/jobs/${JobUUID}";
    for (own, of_app, default) in [
        (&mut job.exec_system_input_dir, &attributes.exec_system_input_dir, working),
        (&mut job.exec_system_exec_dir, &attributes.exec_system_exec_dir, working),
        (
            &mut job.exec_system_output_dir,
            &attributes.exec_system_output_dir,
            "/${JobWorkingDir}/jobs/${JobUUID}/output",
        ),
    ] {
        or(own, of_app.as_ref());
        or(own, Some(&default.to_owned()));
    }
    or(&mut job.archive_system_dir, attributes.archive_system_dir.as_ref());
    let default = match job.archive_system_id == job.exec_system_id {
        true => job.exec_system_output_dir.clone(),
        false => Some("/jobs/${JobUUID}/archive".to_owned()),
    };
    or(&mut job.archive_system_dir, default.as_ref());
    or(&mut job.dtn_system_input_dir, attributes.dtn_system_input_dir.as_ref());
    or(&mut job.dtn_system_output_dir, attributes.dtn_system_output_dir.as_ref());
}

fn commands(
    job: &mut ReqSubmitJob,
    attributes: &JobAttributesReply,
    host: &Host,
    known: bool,
    problems: &mut Vec<JobProblem>,
) {
    job.is_mpi = job.is_mpi.or(attributes.is_mpi).or(Some(false));
    or(&mut job.mpi_cmd, attributes.mpi_cmd.as_ref());
    or(&mut job.mpi_cmd, host.mpi_cmd.as_ref());
    or(&mut job.cmd_prefix, attributes.cmd_prefix.as_ref());
    if job.is_mpi != Some(true) {
        return;
    }
    if known && is_blank(job.mpi_cmd.as_deref()) {
        let why = Some("isMpi is true, but neither the request, the app nor the system sets it");
        problems.push(JobProblem::missing(JobParameter::Attribute, "mpiCmd", why));
    }
    if !is_blank(job.mpi_cmd.as_deref()) && !is_blank(job.cmd_prefix.as_deref()) {
        let message = "and cmdPrefix cannot both be set in an MPI job";
        problems.push(JobProblem::invalid(JobParameter::Attribute, "mpiCmd", message));
    }
}

/// Adds an environment variable with the target path for each input with an `envKey`.
fn variables_of_inputs(job: &mut ReqSubmitJob, problems: &mut Vec<JobProblem>) {
    let inputs = job.file_inputs.iter().flatten();
    let keys = inputs.filter_map(|input| {
        let key = input.env_key.as_deref().filter(|key| !is_blank(Some(key)))?;
        Some((key.to_owned(), input.target_path.clone().unwrap_or_default()))
    });
    let keys: Vec<(String, String)> = keys.collect();
    for (key, target) in keys {
        let set = job.parameter_set.get_or_insert_default();
        let variables = set.env_variables.get_or_insert_default();
        if variables.iter().any(|known| known.key.as_deref() == Some(&key)) {
            problems.push(JobProblem::duplicate(JobParameter::Variable, key));
        } else {
            variables.push(KeyValuePair::new().key(key).value(target));
            variables.sort_by_key(|one| one.key.as_deref().unwrap_or_default().to_lowercase());
        }
    }
}

/// Sets a number that is not set from the app, or to the default. Numbers below 1 count as not set.
fn size(own: &mut Option<i32>, of_app: Option<i64>, default: i32) {
    let of_app = of_app.and_then(|size| i32::try_from(size).ok());
    *own = own.or(of_app).filter(|size| *size > 0).or(Some(default));
}

fn or(own: &mut Option<String>, other: Option<&String>) {
    if is_blank(own.as_deref()) {
        *own = other.filter(|text| !is_blank(Some(text))).cloned();
    }
}

fn add(own: &mut Option<Vec<String>>, other: Option<&Vec<String>>) {
    if let Some(other) = other.filter(|other| !other.is_empty()) {
        own.get_or_insert_default().extend(other.iter().cloned());
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
