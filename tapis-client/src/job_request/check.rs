//! Checks a request against the systems that it names.

use tapis_core::{BoxFuture, Error};
use tapis_jobs::types::ReqSubmitJob;
use tapis_systems::types::{LogicalQueueReply, TapisSystem};

use super::JobRequest;
use super::merge::{Host, profiles};
use super::problem::{JobParameter, JobProblem};
use super::values::is_blank;
use super::variables::{Variable, definitions};
use crate::Tapis;

impl JobRequest {
    /// Returns the job as the service will create it on `system`: the same as
    /// [`merged`](Self::merged), with the variables, the queue and the scheduler profile of the system.
    /// Needs the feature `systems`.
    #[must_use]
    pub fn merged_on(&self, system: &TapisSystem) -> ReqSubmitJob {
        self.merge(Some(host(system))).0
    }

    /// Checks the request and the systems that it uses. Returns all [`problems`](Self::problems) of the
    /// request and all conflicts with the systems; empty if there are none. Reads the execution system
    /// and the archive system, `GET /v3/systems/{systemId}`, and the scheduler profiles in its options,
    /// `GET /v3/systems/schedulerProfile/{name}`. Needs the feature `systems`.
    ///
    /// The service can still refuse a job without problems: it also checks the caller's permissions on
    /// the app, and on systems that the caller can access only through a shared app.
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
    /// use tapis_client::jobs::JobRequest;
    ///
    /// let app = t.apps.get_app_latest_version("hello").await?;
    /// let request = JobRequest::for_app(&app)?.queue("normal").nodes(2).max_minutes(30);
    /// for problem in request.check(&t).await? {
    ///     println!("{problem}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The kinds of [`get_system`](tapis_systems::Client::get_system) and
    /// [`get_scheduler_profile`](tapis_systems::Client::get_scheduler_profile). `NotFound` and
    /// `Permission` are not errors here, but problems in the result.
    pub fn check(&self, t: &Tapis) -> BoxFuture<'static, Result<Vec<JobProblem>, Error>> {
        let (request, systems) = (self.clone(), t.systems.clone());
        Box::pin(async move {
            let (mut job, mut problems) = request.merge(None);
            let mut known = None;
            let exec_system_id = job.exec_system_id.clone();
            if let Some(id) = system_id(exec_system_id.as_ref())
                && job.dynamic_exec_system != Some(true)
            {
                match readable(&systems, id, "execSystemId", &mut problems).await? {
                    Some(system) => {
                        (job, problems) = request.merge(Some(host(&system)));
                        exec_system(&job, &system, &mut problems);
                        known = Some(system.id);
                    }
                    None => known = Some(id.to_owned()),
                }
            }
            if let Some(id) = system_id(job.archive_system_id.as_ref())
                && known.as_deref() != Some(id)
                && let Some(system) =
                    readable(&systems, id, "archiveSystemId", &mut problems).await?
            {
                enabled(&system, "archiveSystemId", &mut problems);
            }
            for (option, name) in profiles(&job) {
                let why = match systems.get_scheduler_profile(name).await {
                    Ok(_) => continue,
                    Err(error) if error.is_not_found() => "which does not exist",
                    Err(error) if error.is_permission() => "which you may not read",
                    Err(error) => return Err(error),
                };
                let why = format!("names the scheduler profile {name}, {why}");
                let option = option.name.as_deref().unwrap_or_default();
                let parameter = JobParameter::SchedulerOption;
                problems.push(JobProblem::unavailable(parameter, option, why));
            }
            Ok(problems)
        })
    }
}

fn system_id(id: Option<&String>) -> Option<&str> {
    id.map(String::as_str).filter(|id| !is_blank(Some(id)))
}

fn host(system: &TapisSystem) -> Host {
    Host {
        variables: definitions!(system.job_env_variables.as_ref()),
        can_run_batch: system.can_run_batch == Some(true),
        default_queue: system.batch_default_logical_queue.clone(),
        scheduler_profile: system.batch_scheduler_profile.clone(),
        mpi_cmd: system.mpi_cmd.clone(),
    }
}

/// Returns the system. If it does not exist or the caller may not read it, adds a problem and returns `None`.
async fn readable(
    systems: &tapis_systems::Client,
    id: &str,
    attribute: &str,
    problems: &mut Vec<JobProblem>,
) -> Result<Option<TapisSystem>, Error> {
    let why = match systems.get_system(id).await {
        Ok(system) => return Ok(Some(system)),
        Err(error) if error.is_not_found() => {
            format!("names the system {id}, which does not exist")
        }
        Err(error) if error.is_permission() => {
            format!("names the system {id}, which you may not read")
        }
        Err(error) => return Err(error),
    };
    problems.push(JobProblem::unavailable(JobParameter::Attribute, attribute, why));
    Ok(None)
}

fn enabled(system: &TapisSystem, attribute: &str, problems: &mut Vec<JobProblem>) {
    if system.enabled == Some(false) {
        let why = format!("names the system {}, which is disabled", system.id);
        problems.push(JobProblem::unavailable(JobParameter::Attribute, attribute, why));
    }
}

fn exec_system(job: &ReqSubmitJob, system: &TapisSystem, problems: &mut Vec<JobProblem>) {
    enabled(system, "execSystemId", problems);
    let has_prefix = !is_blank(job.cmd_prefix.as_deref());
    let runtimes = system.job_runtimes.as_ref().is_none_or(Vec::is_empty);
    for (is_wrong, why) in [
        (system.can_exec != Some(true), "does not run jobs (canExec is false)"),
        (is_blank(system.job_working_dir.as_deref()), "has no jobWorkingDir"),
        (runtimes, "has no jobRuntimes"),
        (has_prefix && system.enable_cmd_prefix != Some(true), "does not allow a cmdPrefix"),
    ] {
        if is_wrong {
            problems.push(JobProblem::unavailable(JobParameter::System, &system.id, why));
        }
    }
    if job.job_type.as_deref() == Some("BATCH") {
        queue(job, system, problems);
    }
}

fn queue(job: &ReqSubmitJob, system: &TapisSystem, problems: &mut Vec<JobProblem>) {
    const ATTRIBUTE: &str = "execSystemLogicalQueue";
    let queues = system.batch_logical_queues.as_deref().unwrap_or_default();
    let names: Vec<&str> = queues.iter().filter_map(|queue| queue.name.as_deref()).collect();
    let Some(name) = job.exec_system_logical_queue.as_deref().filter(|name| !is_blank(Some(name)))
    else {
        let why = format!("the queues of {} are {}", system.id, names.join(", "));
        problems.push(JobProblem::missing(JobParameter::Attribute, ATTRIBUTE, Some(&why)));
        return;
    };
    match queues.iter().find(|queue| queue.name.as_deref() == Some(name)) {
        Some(queue) => limits(job, queue, name, problems),
        None => {
            let why = format!(
                "is {name}, which is not a queue of {}; its queues are {}",
                system.id,
                names.join(", ")
            );
            problems.push(JobProblem::unavailable(JobParameter::Attribute, ATTRIBUTE, why));
        }
    }
}

fn limits(
    job: &ReqSubmitJob,
    queue: &LogicalQueueReply,
    name: &str,
    problems: &mut Vec<JobProblem>,
) {
    for (attribute, value, least, most) in [
        ("nodeCount", job.node_count, queue.min_node_count, queue.max_node_count),
        ("coresPerNode", job.cores_per_node, queue.min_cores_per_node, queue.max_cores_per_node),
        ("memoryMB", job.memory_mb, queue.min_memory_mb, queue.max_memory_mb),
        ("maxMinutes", job.max_minutes, queue.min_minutes, queue.max_minutes),
    ] {
        let Some(value) = value.map(i64::from) else { continue };
        let why = match (least, most) {
            (Some(least), _) if value < least => format!("at least {least}"),
            (_, Some(most)) if value > most => format!("at most {most}"),
            _ => continue,
        };
        let why = format!("is {value}, but the queue {name} allows {why}");
        problems.push(JobProblem::unavailable(JobParameter::Attribute, attribute, why));
    }
}
