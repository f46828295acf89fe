//! Values that tasks of all types have.

use crate::types::{TaskDependency, TaskExecutionProfile, TaskReply};

/// Evaluates an expression for a task of any type; `$unknown` if the type is unknown.
macro_rules! common {
    ($task:expr, $it:ident => $common:expr, $unknown:expr) => {
        match $task {
            TaskReply::ImageBuildTaskReply($it) => $common,
            TaskReply::RequestTaskReply($it) => $common,
            TaskReply::ApplicationTaskReply($it) => $common,
            TaskReply::TapisJobTaskReply($it) => $common,
            TaskReply::TapisActorTaskReply($it) => $common,
            TaskReply::FunctionTaskReply($it) => $common,
            TaskReply::TemplateTaskReply($it) => $common,
            _ => $unknown,
        }
    };
}

impl TaskReply {
    /// Returns the execution profile of the task. `list_tasks` and `get_pipeline` return it as an
    /// object, `get_task` and `patch_task` return its attributes separately; this method reads both
    /// forms. `None` if the service sent neither, or if the type of the task is unknown.
    #[must_use]
    pub fn profile(&self) -> Option<TaskExecutionProfile> {
        common!(self, task => {
            if task.execution_profile.is_some() {
                return task.execution_profile.clone();
            }
            let mut profile = TaskExecutionProfile::new();
            profile.flavor.clone_from(&task.flavor);
            profile.invocation_mode.clone_from(&task.invocation_mode);
            profile.max_exec_time = task.max_exec_time;
            profile.max_retries = task.max_retries;
            profile.retry_policy.clone_from(&task.retry_policy);
            (profile != TaskExecutionProfile::new()).then_some(profile)
        }, None)
    }

    /// Returns the tasks that must end before this task starts; empty if the type of the task is
    /// unknown.
    #[must_use]
    pub fn dependencies(&self) -> &[TaskDependency] {
        common!(self, task => task.depends_on.as_deref().unwrap_or_default(), &[])
    }
}
