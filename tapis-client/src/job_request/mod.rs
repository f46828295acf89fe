//! Requests for jobs that are made from the app which they run.

mod slots;

use std::fmt;

use tapis_apps::types::{JobAttributesReply, TapisApp};
use tapis_core::{Error, ErrorKind};
use tapis_jobs::types::{
    JobArgSpec, JobFileInput, JobFileInputArray, JobParameterSet, KeyValuePair, ReqSubmitJob,
};

use slots::slots;

pub use slots::Asked;

/// A request for a job of an app, made from what the app says of itself. Needs the features `apps`
/// and `jobs`.
///
/// The app, its version, a name and a description are filled in. For what the app has a value of its
/// own nothing is sent, because the service takes it from there. What the app asks for and nobody
/// has given yet is [`missing`](Self::missing); a call with such a request fails before anything is
/// sent, and so does one with an argument that the app does not have or does not let be changed.
///
/// ```no_run
/// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
/// use tapis_client::jobs::JobRequest;
///
/// let app = t.apps.get_app_latest_version("hello").await?;
/// let request = JobRequest::for_app(&app)?.arg("word", "world").input("data", "tapis://s/in.txt");
/// let job = t.jobs.run(request.change(|request| request.max_minutes = Some(5))).await?.await?;
/// println!("{:?}", job.status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is submitted until it is the body of a call"]
pub struct JobRequest {
    attributes: JobAttributesReply,
    request: ReqSubmitJob,
    wrong: Vec<String>,
}

/// Something that an app cannot run without, and that nobody has given. Printed, it says what the
/// app says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// What it is.
    pub kind: Asked,
    /// Its name in the app.
    pub name: String,
    /// What the app says of it.
    pub description: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.words(), self.name)?;
        match self.description.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => write!(f, " ({text})"),
            None => Ok(()),
        }
    }
}

/// The app's id and version, as far as they fit into a job's name.
fn name_for(id: &str, version: &str) -> String {
    const LONGEST: usize = 64;
    format!("{id}-{version}").chars().take(LONGEST).collect()
}

impl JobRequest {
    /// Begins with an app, as `get_app` or `get_app_latest_version` give it.
    ///
    /// # Errors
    /// An app that is known in part only, as the lists of apps give it; of kind
    /// [`ErrorKind::Input`].
    pub fn for_app(app: &TapisApp) -> Result<Self, Error> {
        let partial = || {
            let message =
                format!("the app {} is known in part only: fetch it with get_app", app.id);
            Error::new(ErrorKind::Input, message)
        };
        let version = app.version.as_deref().filter(|_| app.container_image.is_some());
        let version = version.ok_or_else(partial)?;
        let attributes = app.job_attributes.clone().unwrap_or_default();
        let description = attributes.description.clone().or_else(|| app.description.clone());
        let mut request = ReqSubmitJob::new(name_for(&app.id, version), &app.id, version);
        request.description = description.filter(|text| !text.is_empty());
        Ok(Self { attributes, request, wrong: Vec::new() })
    }

    /// What the job is called; the app's id and version unless told otherwise.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.request.name = name.into();
        self
    }

    /// The system to run on, instead of that of the app.
    pub fn system(mut self, id: impl Into<String>) -> Self {
        self.request.exec_system_id = Some(id.into());
        self
    }

    /// An argument of the app, by its name there.
    pub fn arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let argument = self.argument(Asked::Argument, name.into(), value.into());
        put(&mut self.parameters().app_args, argument, |one| one.name.as_deref());
        self
    }

    /// An argument of the container, by its name in the app.
    pub fn container_arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let argument = self.argument(Asked::ContainerArgument, name.into(), value.into());
        put(&mut self.parameters().container_args, argument, |one| one.name.as_deref());
        self
    }

    /// An option of the batch scheduler, by its name in the app.
    pub fn scheduler_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let argument = self.argument(Asked::SchedulerOption, name.into(), value.into());
        put(&mut self.parameters().scheduler_options, argument, |one| one.name.as_deref());
        self
    }

    /// An environment variable. It may be one that the app does not speak of.
    pub fn variable(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let key = key.into();
        if slots(&self.attributes, Asked::Variable).iter().any(|slot| slot.name == key) {
            self.check(Asked::Variable, &key);
        }
        let variable = KeyValuePair::new().key(key).value(value);
        put(&mut self.parameters().env_variables, variable, |one| one.key.as_deref());
        self
    }

    /// Where an input of the app comes from, such as `tapis://system/path`.
    pub fn input(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        let name = name.into();
        self.check(Asked::Input, &name);
        let input = JobFileInput::new().name(name).source_url(source);
        put(&mut self.request.file_inputs, input, |one| one.name.as_deref());
        self
    }

    /// Where a group of inputs of the app comes from.
    pub fn inputs<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        let name = name.into();
        self.check(Asked::Inputs, &name);
        let inputs = JobFileInputArray::new().name(name).source_urls(sources);
        put(&mut self.request.file_input_arrays, inputs, |one| one.name.as_deref());
        self
    }

    /// Changes anything else in the request.
    pub fn change(mut self, change: impl FnOnce(&mut ReqSubmitJob)) -> Self {
        change(&mut self.request);
        self
    }

    /// What the app cannot run without, and nobody has given yet.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if !self.has_system() {
            let description = Some("the app names none".to_owned());
            let name = "execSystemId".to_owned();
            missing.push(Missing { kind: Asked::System, name, description });
        }
        for kind in [
            Asked::Argument,
            Asked::ContainerArgument,
            Asked::SchedulerOption,
            Asked::Variable,
            Asked::Input,
            Asked::Inputs,
        ] {
            let known = slots(&self.attributes, kind);
            let open = known.iter().filter(|slot| slot.required && !slot.has_value);
            missing.extend(open.filter(|slot| !self.gives(kind, slot.name)).map(|slot| Missing {
                kind,
                name: slot.name.to_owned(),
                description: slot.description.map(str::to_owned),
            }));
        }
        missing
    }

    fn has_system(&self) -> bool {
        let named =
            self.request.exec_system_id.as_ref().or(self.attributes.exec_system_id.as_ref());
        let dynamic = self.request.dynamic_exec_system.or(self.attributes.dynamic_exec_system);
        named.is_some() || dynamic == Some(true)
    }

    /// Whether the request itself has a value for something.
    fn gives(&self, kind: Asked, name: &str) -> bool {
        let set = self.request.parameter_set.as_ref();
        let argument = |list: Option<&Vec<JobArgSpec>>| {
            list.into_iter().flatten().any(|one| one.name.as_deref() == Some(name))
        };
        match kind {
            Asked::System => self.has_system(),
            Asked::Argument => argument(set.and_then(|set| set.app_args.as_ref())),
            Asked::ContainerArgument => argument(set.and_then(|set| set.container_args.as_ref())),
            Asked::SchedulerOption => argument(set.and_then(|set| set.scheduler_options.as_ref())),
            Asked::Variable => {
                let variables = set.and_then(|set| set.env_variables.as_ref());
                variables.into_iter().flatten().any(|one| one.key.as_deref() == Some(name))
            }
            Asked::Input => self
                .request
                .file_inputs
                .iter()
                .flatten()
                .any(|one| one.name.as_deref() == Some(name) && one.source_url.is_some()),
            Asked::Inputs => self.request.file_input_arrays.iter().flatten().any(|one| {
                let some = one.source_urls.as_ref().is_some_and(|urls| !urls.is_empty());
                one.name.as_deref() == Some(name) && some
            }),
        }
    }

    fn argument(&mut self, kind: Asked, name: String, arg: String) -> JobArgSpec {
        self.check(kind, &name);
        JobArgSpec::new(arg).name(name)
    }

    /// Notes what cannot be given: something that the app does not have, or does not let be changed.
    fn check(&mut self, kind: Asked, name: &str) {
        let known = slots(&self.attributes, kind);
        let words = kind.words();
        let wrong = match known.iter().find(|slot| slot.name == name) {
            Some(slot) if slot.fixed => format!("the {words} {name} cannot be changed"),
            Some(_) => return,
            None if known.is_empty() => format!("there is no {words} {name}, nor any other"),
            None => {
                let names: Vec<&str> = known.iter().map(|slot| slot.name).collect();
                format!("there is no {words} {name}; there is {}", names.join(", "))
            }
        };
        self.wrong.push(wrong);
    }

    fn parameters(&mut self) -> &mut JobParameterSet {
        self.request.parameter_set.get_or_insert_default()
    }
}

/// Adds to a list, or replaces what has the same name there.
fn put<T>(list: &mut Option<Vec<T>>, item: T, name: fn(&T) -> Option<&str>) {
    let list = list.get_or_insert_default();
    match list.iter_mut().find(|known| name(known) == name(&item)) {
        Some(known) => *known = item,
        None => list.push(item),
    }
}

impl TryFrom<JobRequest> for ReqSubmitJob {
    type Error = Error;

    /// The request, if nothing is missing or wrong.
    fn try_from(request: JobRequest) -> Result<Self, Error> {
        let missing = request.missing();
        let mut faults = request.wrong;
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
            faults.push(format!("missing: {}", names.join(", ")));
        }
        if faults.is_empty() {
            return Ok(request.request);
        }
        let message = format!("app {}: {}", request.request.app_id, faults.join("; "));
        Err(Error::new(ErrorKind::Input, message))
    }
}
