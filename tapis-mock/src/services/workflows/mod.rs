//! Groups, their pipelines of tasks, and runs, which progress with the clock.
//!
//! A task whose id contains `fail` fails.
//!
//! A task whose id has `fail` in it fails.

mod groups;
mod pipelines;
mod records;
mod runs;
mod schedule;
mod tasks;

use crate::call::Handler;
pub(crate) use groups::admit;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("createGroup", groups::create),
    ("getGroup", groups::read),
    ("listGroups", groups::list),
    ("deleteGroup", groups::delete),
    ("addGroupUser", groups::add_user),
    ("removeGroupUser", groups::remove_user),
    ("createPipeline", pipelines::create),
    ("getPipeline", pipelines::read),
    ("listPipelines", pipelines::list),
    ("deletePipeline", pipelines::delete),
    ("changePipelineOwner", pipelines::change_owner),
    ("createTask", tasks::create),
    ("listTasks", tasks::list),
    ("getTask", tasks::read),
    ("patchTask", tasks::patch),
    ("deleteTask", tasks::delete),
    ("runPipeline", runs::run),
    ("listPipelineRuns", runs::list),
    ("getPipelineRun", runs::read),
    ("terminatePipeline", runs::terminate),
    ("listTaskExecutions", runs::executions),
    ("getTaskExecution", runs::execution),
];
