//! The problems of a job request.

use std::fmt;

/// A part of a job request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobParameter {
    /// The execution system: [`JobRequest::system`](super::JobRequest::system).
    System,
    /// An argument of the app: [`JobRequest::arg`](super::JobRequest::arg).
    Argument,
    /// An argument of the container: [`JobRequest::container_arg`](super::JobRequest::container_arg).
    ContainerArgument,
    /// An option of the batch scheduler:
    /// [`JobRequest::scheduler_option`](super::JobRequest::scheduler_option).
    SchedulerOption,
    /// An environment variable: [`JobRequest::variable`](super::JobRequest::variable).
    Variable,
    /// An input file or directory: [`JobRequest::input`](super::JobRequest::input).
    Input,
    /// A group of input files or directories: [`JobRequest::inputs`](super::JobRequest::inputs).
    InputArray,
    /// Any other attribute of the request.
    Attribute,
}

impl fmt::Display for JobParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "system",
            Self::Argument => "argument",
            Self::ContainerArgument => "container argument",
            Self::SchedulerOption => "scheduler option",
            Self::Variable => "environment variable",
            Self::Input => "input",
            Self::InputArray => "group of inputs",
            Self::Attribute => "attribute",
        })
    }
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobProblemKind {
    /// The app requires a value, and neither the app nor the request has one.
    Missing,
    /// The app or the system fixes the value, but the request has another one.
    Fixed,
    /// The app does not define the input and accepts no other inputs.
    Unknown,
    /// The same name is given twice.
    Duplicate,
    /// The value is not allowed: for example, it is too long or has characters that are not allowed.
    Invalid,
    /// The app, a system, a queue or a scheduler profile cannot be used for the job.
    Unavailable,
}

/// A reason why the service would refuse a job. `Display` writes one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobProblem {
    /// The kind of the problem.
    pub kind: JobProblemKind,
    /// The part of the request that has the problem.
    pub parameter: JobParameter,
    /// The name of that part, such as the name of an argument; empty if it has none.
    pub name: String,
    /// The problem, as a sentence without its subject, such as `is missing`.
    pub message: String,
}

impl JobProblem {
    pub(super) fn new(
        kind: JobProblemKind,
        parameter: JobParameter,
        name: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, parameter, name: name.into(), message: message.into() }
    }

    /// A required value that is missing, with its description in the app.
    pub(super) fn missing(
        parameter: JobParameter,
        name: impl Into<String>,
        description: Option<&str>,
    ) -> Self {
        let message = match description.filter(|text| !text.trim().is_empty()) {
            Some(text) => format!("is missing ({text})"),
            None => "is missing".to_owned(),
        };
        Self::new(JobProblemKind::Missing, parameter, name, message)
    }

    pub(super) fn fixed(parameter: JobParameter, name: impl Into<String>) -> Self {
        Self::new(JobProblemKind::Fixed, parameter, name, "is fixed and cannot be changed")
    }

    pub(super) fn duplicate(parameter: JobParameter, name: impl Into<String>) -> Self {
        Self::new(JobProblemKind::Duplicate, parameter, name, "is given twice")
    }

    pub(super) fn invalid(
        parameter: JobParameter,
        name: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(JobProblemKind::Invalid, parameter, name, message)
    }

    pub(super) fn unavailable(
        parameter: JobParameter,
        name: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(JobProblemKind::Unavailable, parameter, name, message)
    }
}

impl fmt::Display for JobProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.parameter, self.name.as_str()) {
            (JobParameter::Attribute, name) => write!(f, "{name} {}", self.message),
            (parameter, "") => write!(f, "unnamed {parameter} {}", self.message),
            (parameter, name) => write!(f, "{parameter} {name} {}", self.message),
        }
    }
}
