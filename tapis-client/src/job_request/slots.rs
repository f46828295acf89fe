//! What an app says of the things that a job may give it.

use tapis_apps::types::{
    AppArgSpecReply, AppFileInputArrayReply, AppFileInputReply, JobAttributesReply,
    KeyValuePairReply,
};

/// How an app says that it has no value for a variable.
const NOT_SET: &str = "!tapis_not_set";

/// What kind of thing an app asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// A system to run on, which [`JobRequest::system`](super::JobRequest::system) gives.
    System,
    /// An argument of the app, which [`JobRequest::arg`](super::JobRequest::arg) gives.
    Argument,
    /// An argument of the container, which [`JobRequest::container_arg`](super::JobRequest::container_arg) gives.
    ContainerArgument,
    /// An option of the batch scheduler, which [`JobRequest::scheduler_option`](super::JobRequest::scheduler_option) gives.
    SchedulerOption,
    /// An environment variable, which [`JobRequest::variable`](super::JobRequest::variable) gives.
    Variable,
    /// A file or directory, which [`JobRequest::input`](super::JobRequest::input) gives.
    Input,
    /// Several of them, which [`JobRequest::inputs`](super::JobRequest::inputs) gives.
    Inputs,
}

impl Asked {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Argument => "argument",
            Self::ContainerArgument => "container argument",
            Self::SchedulerOption => "scheduler option",
            Self::Variable => "environment variable",
            Self::Input => "input",
            Self::Inputs => "group of inputs",
        }
    }
}

/// What an app says of one thing that a job may give it.
pub(super) struct Slot<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) required: bool,
    pub(super) fixed: bool,
    pub(super) has_value: bool,
}

/// What the app says of all things of one kind.
pub(super) fn slots(attributes: &JobAttributesReply, kind: Asked) -> Vec<Slot<'_>> {
    let set = attributes.parameter_set.as_ref();
    match kind {
        Asked::System => Vec::new(),
        Asked::Argument => Slot::of_arguments(set.and_then(|set| set.app_args.as_ref())),
        Asked::ContainerArgument => {
            Slot::of_arguments(set.and_then(|set| set.container_args.as_ref()))
        }
        Asked::SchedulerOption => {
            Slot::of_arguments(set.and_then(|set| set.scheduler_options.as_ref()))
        }
        Asked::Variable => {
            let variables = set.and_then(|set| set.env_variables.as_ref());
            variables.into_iter().flatten().filter_map(Slot::of_variable).collect()
        }
        Asked::Input => {
            let inputs = attributes.file_inputs.as_ref();
            inputs.into_iter().flatten().filter_map(Slot::of_input).collect()
        }
        Asked::Inputs => {
            let inputs = attributes.file_input_arrays.as_ref();
            inputs.into_iter().flatten().filter_map(Slot::of_inputs).collect()
        }
    }
}

impl<'a> Slot<'a> {
    fn new(
        name: Option<&'a String>,
        description: Option<&'a String>,
        mode: Option<&str>,
        has_value: bool,
    ) -> Option<Self> {
        Some(Self {
            name: name?,
            description: description.map(String::as_str),
            required: mode == Some("REQUIRED"),
            fixed: mode == Some("FIXED"),
            has_value,
        })
    }

    fn of_arguments(list: Option<&'a Vec<AppArgSpecReply>>) -> Vec<Self> {
        list.into_iter().flatten().filter_map(Self::of_argument).collect()
    }

    fn of_argument(one: &'a AppArgSpecReply) -> Option<Self> {
        let mode = one.input_mode.as_ref().map(|mode| mode.as_str());
        let has_value = one.arg.as_ref().is_some_and(|arg| !arg.is_empty());
        Self::new(one.name.as_ref(), one.description.as_ref(), mode, has_value)
    }

    fn of_variable(one: &'a KeyValuePairReply) -> Option<Self> {
        let mode = one.input_mode.as_ref().map(|mode| mode.as_str());
        let has_value = one.value.as_ref().is_some_and(|text| !text.is_empty() && text != NOT_SET);
        Self::new(one.key.as_ref(), one.description.as_ref(), mode, has_value)
    }

    fn of_input(one: &'a AppFileInputReply) -> Option<Self> {
        let mode = one.input_mode.as_ref().map(|mode| mode.as_str());
        let has_value = one.source_url.as_ref().is_some_and(|url| !url.is_empty());
        Self::new(one.name.as_ref(), one.description.as_ref(), mode, has_value)
    }

    fn of_inputs(one: &'a AppFileInputArrayReply) -> Option<Self> {
        let mode = one.input_mode.as_ref().map(|mode| mode.as_str());
        let has_value = one.source_urls.as_ref().is_some_and(|urls| !urls.is_empty());
        Self::new(one.name.as_ref(), one.description.as_ref(), mode, has_value)
    }
}
