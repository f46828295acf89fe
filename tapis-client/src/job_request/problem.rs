//! What is wrong with a request for a job.

use std::fmt;

/// A part of a job that an app or a request can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobParameter {
    /// The system that the job runs on: [`JobRequest::system`](super::JobRequest::system).
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
    /// A file or directory: [`JobRequest::input`](super::JobRequest::input).
    Input,
    /// A group of files or directories: [`JobRequest::inputs`](super::JobRequest::inputs).
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

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobProblemKind {
    /// The app requires a value, and neither the app nor the request has one.
    Missing,
    /// The app or the system fixes the value, and the request has another one.
    Fixed,
    /// The app takes the inputs that it defines and no others.
    Unknown,
    /// The same name is given twice.
    Duplicate,
    /// The value is too long, too small, or holds characters that are not allowed.
    Invalid,
    /// The queue or the system cannot take the job.
    Unavailable,
}

/// A reason why the service would refuse a job. Printed, it is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobProblem {
    /// What kind of problem it is.
    pub kind: JobProblemKind,
    /// The part of the job that it is about.
    pub parameter: JobParameter,
    /// The name of that part; empty for one without a name.
    pub name: String,
    /// What is wrong with it.
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

    /// A value that is required, with what the app says of it.
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
