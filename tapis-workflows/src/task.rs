//! What tasks of every type have in common.

use crate::types::{TaskDependency, TaskExecutionProfile, TaskReply};

/// Evaluates an expression for the task of any type; `$unknown` where the type is not known.
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
    /// The execution profile of the task. `list_tasks` and `get_pipeline` send it as an object,
    /// `get_task` and `patch_task` its attributes one by one; this reads both. `None` if the service sent
    /// neither, or the type of the task is not known.
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

    /// The tasks that must end before this one starts.
    #[must_use]
    pub fn dependencies(&self) -> &[TaskDependency] {
        common!(self, task => task.depends_on.as_deref().unwrap_or_default(), &[])
    }
}
