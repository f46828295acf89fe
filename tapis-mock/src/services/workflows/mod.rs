//! Groups, their pipelines of tasks, and runs of these, which go on with the clock.
//!
//! A task whose id has `fail` in it fails.

mod groups;
mod pipelines;
mod runs;
mod schedule;
mod tasks;

use jiff::Timestamp;
use serde_json::Value;

use crate::call::{Call, Handler};
use crate::dates::{self, Style};
use crate::reply::{Failure, Reply};
use crate::store::{Store, in_tenant};
pub(crate) use groups::admit;

/// What the service does for each of its operations.
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

fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, &format!("/v3/workflows/groups/{}/pipelines", call.path("group_id")))
}

/// Where what belongs to a pipeline is kept.
fn below(call: &Call<'_>, pipeline: &str, what: &str) -> String {
    format!("{}/{pipeline}/{what}", collection(call))
}

/// The pipeline of the path. What the service says of one that is not there depends on the operation.
fn pipeline<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    missing: impl Fn(&str) -> Failure,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("pipeline_id");
    store.get_mut(&collection(call), id).ok_or_else(|| missing(id))
}

/// A record without what is nobody's business, and without `null` where only what is deployed sends it.
fn shown(call: &Call<'_>, mut record: Value) -> Value {
    if let Some(fields) = record.as_object_mut() {
        let deployed = call.world.settings.deployed();
        fields.retain(|name, value| !name.starts_with('_') && (deployed || !value.is_null()));
    }
    record
}

/// The reply to what was made, which names its address.
fn created(call: &Call<'_>, path: &str) -> Reply {
    let url = format!("{}{path}", call.base_url);
    Reply::result(serde_json::json!({ "url": url }), "created").with_status(call.operation.success)
}

/// A time as records hold it; with a `T` and milliseconds, as the service writes most of them.
fn now(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Millis).into()
}

/// The same with a blank and without a fraction, as runs that are read have it.
fn with_blank(time: &Value) -> Value {
    let time = time.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(Value::Null, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string().into())
}
