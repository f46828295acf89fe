//! Makes a pipeline of one task, runs it, and shows what became of the task.
//!
//! On a real tenant, `TAPIS_GROUP` is the id of the group that is made, and removed again.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::workflows::types::{
    PipelineRun, ReqFunctionTask, ReqGroup, ReqPipeline, ReqRunPipeline, RunStatus,
};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let group = shared::setting("TAPIS_GROUP", "lab")?;

    t.workflows.create_group(ReqGroup::new(&group)).await?;
    let task = ReqFunctionTask::new("greet", "pip", "python:3.9")
        // What it runs is in base64: print("hello").
        .code("cHJpbnQoImhlbGxvIik=");
    let pipeline = ReqPipeline::new("nightly", "workflow").tasks([task]);
    t.workflows.create_pipeline(&group, pipeline).await?;

    let request = ReqRunPipeline::new().name("by hand");
    let run = t.workflows.run_pipeline(&group, "nightly", request).await?;
    let show = |run: &PipelineRun| println!("the run is {}", text(run.status.as_ref()));
    let run = t.workflows.wait_run(&group, "nightly", run.uuid).on_change(show).await?;

    for execution in t.workflows.list_task_executions(&group, "nightly", run.uuid).await? {
        let status = text(execution.status.as_ref());
        print!("the task is {status}: {}", execution.stdout.unwrap_or_default());
    }
    t.workflows.delete_group(&group).await?;
    Ok(())
}

fn text(status: Option<&RunStatus>) -> &str {
    status.map_or("not known", RunStatus::as_str)
}
