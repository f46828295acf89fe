//! Job requests, built from the definition of an app.
//!
//! `merge`, `arguments`, `variables` and `inputs` have the service's rules for merging a request with its app and its
//! system; `limits` and `check` have its other checks.

mod arguments;
#[cfg(feature = "systems")]
mod check;
#[cfg(feature = "definitions")]
mod definition;
mod inputs;
mod limits;
mod merge;
mod problem;
mod values;
mod variables;

use std::sync::Arc;

use tapis_apps::types::TapisApp;
use tapis_core::{Error, ErrorKind};
use tapis_jobs::types::{
    JobArgSpec, JobFileInput, JobFileInputArray, JobParameterSet, KeyValuePair, ReqSubmitJob,
};

#[cfg(feature = "definitions")]
pub use definition::JobDefinition;
use merge::Host;
pub use problem::{JobParameter, JobProblem, JobProblemKind};
use values::NOT_SET;

/// A job request, built from the definition of an app. Pass it to `t.jobs.run(request)`. Needs the
/// features `apps` and `jobs`.
///
/// The app, its version and a name are set. Values that you do not set are not sent: the service takes
/// them from the app.
///
/// | method | returns |
/// |---|---|
/// | [`missing`](Self::missing) | the required values that neither the app nor the request sets |
/// | [`problems`](Self::problems) | all problems that can be found without a call |
/// | [`check`](Self::check) | all problems, after reading the systems |
/// | [`merged`](Self::merged) | the job as the service will create it |
///
/// A call with a request that has problems fails with [`ErrorKind::Input`] before anything is sent.
///
/// ```no_run
/// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
/// use tapis_client::jobs::JobRequest;
///
/// let app = t.apps.get_app_latest_version("hello").await?;
/// let request = JobRequest::for_app(&app)?
///     .arg("word", "world")
///     .input("data", "tapis://s/in.txt")
///     .queue("normal")
///     .max_minutes(5)
///     .allocation("MY-PROJECT");
/// let job = t.jobs.run(request).await?.await?;
/// println!("{:?}", job.status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is submitted until it is the body of a call"]
pub struct JobRequest {
    app: Arc<TapisApp>,
    request: ReqSubmitJob,
    /// The problems of settings that a request cannot express.
    problems: Vec<JobProblem>,
}

/// The app's id and version, cut to the maximum length of a job's name.
fn name_for(id: &str, version: &str) -> String {
    const LONGEST: usize = 64;
    format!("{id}-{version}").chars().take(LONGEST).collect()
}

impl JobRequest {
    /// Creates a request for a job of `app`, which comes from `get_app` or `get_app_latest_version`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for an app without all of its attributes, such as an entry of a list of
    /// apps.
    pub fn for_app(app: &TapisApp) -> Result<Self, Error> {
        let partial = || {
            let message = format!("the app {} is incomplete: fetch it with t.apps.get_app", app.id);
            Error::new(ErrorKind::Input, message)
        };
        let version = app.version.as_deref().filter(|_| app.container_image.is_some());
        let version = version.ok_or_else(partial)?;
        let request = ReqSubmitJob::new(name_for(&app.id, version), &app.id, version);
        Ok(Self { app: Arc::new(app.clone()), request, problems: Vec::new() })
    }

    /// Starts from an existing request, such as one from a file
    /// ([`JobDefinition`](crate::jobs::JobDefinition)) or from an earlier job
    /// (`t.jobs.resubmit_request`).
    ///
    /// # Errors
    /// [`ErrorKind::Input`] as for [`for_app`](Self::for_app), and if the request is for another app or
    /// version.
    pub fn with_request(app: &TapisApp, request: impl Into<ReqSubmitJob>) -> Result<Self, Error> {
        let (request, own) = (request.into(), Self::for_app(app)?);
        if (&request.app_id, &request.app_version)
            != (&own.request.app_id, &own.request.app_version)
        {
            let message = format!(
                "the request is for the app {} {}, not for {} {}",
                request.app_id, request.app_version, own.request.app_id, own.request.app_version
            );
            return Err(Error::new(ErrorKind::Input, message));
        }
        Ok(Self { request, ..own })
    }

    /// Sets the name of the job, up to 64 characters. Default: the app's id and version.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.request.name = name.into();
        self
    }

    /// Sets the execution system. Default: the system of the app. If the app is shared with you and
    /// its definition does not name the system that you set here, you need your own permissions on
    /// that system.
    pub fn system(mut self, id: impl Into<String>) -> Self {
        self.request.exec_system_id = Some(id.into());
        self
    }

    /// Sets the queue of a batch job, by its name in the definition of the system. Default: the queue
    /// of the app, or the default queue of the system.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.request.exec_system_logical_queue = Some(name.into());
        self
    }

    /// Sets the number of nodes. Default: the app's number, or 1.
    pub fn nodes(mut self, count: i32) -> Self {
        self.request.node_count = Some(count);
        self
    }

    /// Sets the number of cores on each node. Default: the app's number, or 1.
    pub fn cores(mut self, per_node: i32) -> Self {
        self.request.cores_per_node = Some(per_node);
        self
    }

    /// Sets the memory on each node in megabytes. Default: the app's number, or 100.
    pub fn memory_mb(mut self, per_node: i32) -> Self {
        self.request.memory_mb = Some(per_node);
        self
    }

    /// Sets the maximum run time in minutes. Default: the app's number, or 10.
    pub fn max_minutes(mut self, minutes: i32) -> Self {
        self.request.max_minutes = Some(minutes);
        self
    }

    /// Adds a tag by which the job can be found, up to 126 characters.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        let (tag, tags) = (tag.into(), self.request.tags.get_or_insert_default());
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        self
    }

    /// Sets the system and the directory to which the output is archived. The directory is relative to
    /// the `rootDir` of the system, and can contain macros such as `${JobUUID}`.
    pub fn archive_to(mut self, system: impl Into<String>, directory: impl Into<String>) -> Self {
        self.request.archive_system_id = Some(system.into());
        self.request.archive_system_dir = Some(directory.into());
        self
    }

    /// Sets the project to which a batch job is charged: the scheduler option `-A`. It replaces an
    /// option of the app whose text begins with `-A` or whose name contains `allocation`.
    pub fn allocation(self, project: impl AsRef<str>) -> Self {
        let set = self.app.job_attributes.as_ref().and_then(|app| app.parameter_set.as_ref());
        let mut options = set.into_iter().flat_map(|set| set.scheduler_options.iter().flatten());
        let of_app = options.find(|one| {
            let name = one.name.as_deref().unwrap_or_default().to_lowercase();
            let is_flag = one.arg.as_deref().is_some_and(|arg| arg.trim_start().starts_with("-A"));
            is_flag || name.contains("allocation")
        });
        let name = of_app.and_then(|one| one.name.clone());
        let name = name.unwrap_or_else(|| "allocation".to_owned());
        self.scheduler_option(name, format!("-A {}", project.as_ref()))
    }

    /// Sets an argument of the app by its name. `text` is passed to the command line as it is. If the
    /// app does not define the argument, it is added after those of the app.
    pub fn arg(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        put(&mut self.parameters().app_args, JobArgSpec::new(text).name(name));
        self
    }

    /// Adds an argument without a name after the others.
    pub fn extra_arg(mut self, text: impl Into<String>) -> Self {
        self.parameters().app_args.get_or_insert_default().push(JobArgSpec::new(text));
        self
    }

    /// Sets an argument of the container runtime by its name; see [`arg`](Self::arg).
    pub fn container_arg(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        put(&mut self.parameters().container_args, JobArgSpec::new(text).name(name));
        self
    }

    /// Adds an argument of the container runtime without a name.
    pub fn extra_container_arg(mut self, text: impl Into<String>) -> Self {
        self.parameters().container_args.get_or_insert_default().push(JobArgSpec::new(text));
        self
    }

    /// Sets an option of the batch scheduler by its name, such as `-A project`; see
    /// [`arg`](Self::arg).
    pub fn scheduler_option(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        put(&mut self.parameters().scheduler_options, JobArgSpec::new(text).name(name));
        self
    }

    /// Adds an option of the batch scheduler without a name.
    pub fn extra_scheduler_option(mut self, text: impl Into<String>) -> Self {
        self.parameters().scheduler_options.get_or_insert_default().push(JobArgSpec::new(text));
        self
    }

    /// Sets an environment variable, whether the app defines it or not. An empty string is a value.
    pub fn variable(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let variable = KeyValuePair::new().key(key).value(value);
        put(&mut self.parameters().env_variables, variable);
        self
    }

    /// Sets the source of an input by its name, such as `tapis://system/path`. If the app does not
    /// define the input, it is added; an app with `strictFileInputs` does not allow that.
    pub fn input(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        put(&mut self.request.file_inputs, JobFileInput::new().name(name).source_url(source));
        self
    }

    /// Adds an input without a name. It is copied to the path `target` in the job's input directory.
    pub fn extra_input(mut self, source: impl Into<String>, target: impl Into<String>) -> Self {
        let input = JobFileInput::new().source_url(source).target_path(target);
        self.request.file_inputs.get_or_insert_default().push(input);
        self
    }

    /// Sets the sources of a group of inputs by its name; see [`input`](Self::input).
    pub fn inputs<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        let inputs = JobFileInputArray::new().name(name).source_urls(sources);
        put(&mut self.request.file_input_arrays, inputs);
        self
    }

    /// Includes an argument, scheduler option or variable that the app passes only on demand, with the
    /// app's value.
    pub fn include(mut self, parameter: JobParameter, name: impl Into<String>) -> Self {
        self.switch(parameter, name.into(), true);
        self
    }

    /// Excludes an argument or scheduler option that the app passes by default. Variables cannot be
    /// excluded.
    pub fn exclude(mut self, parameter: JobParameter, name: impl Into<String>) -> Self {
        self.switch(parameter, name.into(), false);
        self
    }

    /// Changes any other attribute of the request.
    pub fn change(mut self, change: impl FnOnce(&mut ReqSubmitJob)) -> Self {
        change(&mut self.request);
        self
    }

    /// Returns the required values that neither the app nor the request sets, for example to ask the
    /// user for them. They are also in [`problems`](Self::problems).
    #[must_use]
    pub fn missing(&self) -> Vec<JobProblem> {
        let mut problems = self.problems();
        problems.retain(|problem| problem.kind == JobProblemKind::Missing);
        problems
    }

    /// Returns all problems that can be found without a call, including [`missing`](Self::missing)
    /// values. [`check`](Self::check) also reads the systems.
    #[must_use]
    pub fn problems(&self) -> Vec<JobProblem> {
        self.merge(None).1
    }

    /// Returns the job as the service will create it: the request, completed from the app and with the
    /// service's defaults. Groups of inputs become single inputs. Macros such as `${JobUUID}` are not
    /// replaced, and the subscriptions of the app are not included. Values that depend on the system are
    /// not set; see [`merged_on`](Self::merged_on).
    #[must_use]
    pub fn merged(&self) -> ReqSubmitJob {
        self.merge(None).0
    }

    fn merge(&self, host: Option<Host>) -> (ReqSubmitJob, Vec<JobProblem>) {
        let mut problems = self.problems.clone();
        if self.app.enabled == Some(false) || self.app.version_enabled == Some(false) {
            let why = format!("names the app {}, which is disabled", self.app.id);
            problems.push(JobProblem::unavailable(JobParameter::Attribute, "appId", why));
        }
        limits::check(&self.request, &mut problems);
        let (job, found) = merge::merge(&self.app, &self.request, host);
        problems.extend(found);
        (job, problems)
    }

    /// Includes or excludes an argument or variable of the app. The request must repeat its text, which
    /// is copied from the app.
    fn switch(&mut self, parameter: JobParameter, name: String, include: bool) {
        let set = self.app.job_attributes.as_ref().and_then(|app| app.parameter_set.as_ref());
        let of_app = match parameter {
            JobParameter::Argument => set.and_then(|set| set.app_args.as_ref()),
            JobParameter::ContainerArgument => set.and_then(|set| set.container_args.as_ref()),
            JobParameter::SchedulerOption => set.and_then(|set| set.scheduler_options.as_ref()),
            JobParameter::Variable if include => {
                let variable = KeyValuePair::new().key(name).value(NOT_SET).include(true);
                put(&mut self.parameters().env_variables, variable);
                return;
            }
            _ => {
                let message = if include { "cannot be included" } else { "cannot be excluded" };
                self.problems.push(JobProblem::invalid(parameter, name, message));
                return;
            }
        };
        let definition = of_app.into_iter().flatten().find(|one| one.name.as_ref() == Some(&name));
        let text =
            definition.and_then(|one| one.arg.clone()).filter(|text| !text.trim().is_empty());
        let argument = match (text, include) {
            (Some(text), _) => JobArgSpec::new(text),
            // The service ignores the text of an excluded argument.
            (None, false) if definition.is_some() => JobArgSpec::new(name.as_str()),
            (None, _) => {
                let message = "has no value in the app that could be used";
                self.problems.push(JobProblem::invalid(parameter, name, message));
                return;
            }
        };
        let argument = argument.name(name).include(include);
        let set = self.parameters();
        let list = match parameter {
            JobParameter::ContainerArgument => &mut set.container_args,
            JobParameter::SchedulerOption => &mut set.scheduler_options,
            _ => &mut set.app_args,
        };
        put(list, argument);
    }

    fn parameters(&mut self) -> &mut JobParameterSet {
        self.request.parameter_set.get_or_insert_default()
    }
}

/// An entry of a list with a name.
trait Named {
    fn name(&self) -> Option<&str>;
}

impl Named for JobArgSpec {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Named for KeyValuePair {
    fn name(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl Named for JobFileInput {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Named for JobFileInputArray {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// Adds an item to a list, or replaces the item with the same name.
fn put<T: Named>(list: &mut Option<Vec<T>>, item: T) {
    let list = list.get_or_insert_default();
    match list.iter_mut().find(|known| known.name() == item.name()) {
        Some(known) => *known = item,
        None => list.push(item),
    }
}

impl TryFrom<JobRequest> for ReqSubmitJob {
    type Error = Error;

    /// Fails with [`ErrorKind::Input`] if the request has problems.
    fn try_from(request: JobRequest) -> Result<Self, Error> {
        let problems = request.problems();
        if problems.is_empty() {
            return Ok(request.request);
        }
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let message = format!("app {}: {}", request.request.app_id, problems.join("; "));
        Err(Error::new(ErrorKind::Input, message))
    }
}
