//! Waits for runs of pipelines.

use std::time::Duration;

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{PipelineRun, RunStatus, TaskExecution, TaskReply};

/// How long a run may be `submitted`. The engine starts a submitted run within seconds, or drops it.
const GRACE: Duration = Duration::from_secs(600);

impl Client {
    /// Waits for the end of a run and checks that its tasks succeeded: polls `GET
    /// /v3/workflows/groups/{group_id}/pipelines/{pipeline_id}/runs/{pipeline_run_uuid}`, and reads the
    /// executions of its tasks at the end.
    ///
    /// The service reports a run as `completed` when all of its tasks have ended, even if some of them
    /// failed. The wait then fails, unless other tasks depend on the failed task and all of them allow
    /// the failure (`can_fail`).
    ///
    /// With [`cancel_on_drop`](Waiter::cancel_on_drop), the run is terminated if the wait ends early.
    ///
    /// # Errors
    /// - [`ErrorKind::Failed`] if the run or one of its tasks failed, with the last line of the task's
    ///   output, or if the run was terminated.
    /// - [`ErrorKind::Timeout`] if the run is still `submitted` after ten minutes, or after the
    ///   [`grace_period`](Waiter::grace_period). The engine drops some submissions without an error, for
    ///   example if another run is active and the pipeline's policy is `deny`.
    /// - The kinds of `get_pipeline_run`, `list_task_executions` and `list_tasks`.
    ///
    /// ```no_run
    /// # async fn example(workflows: tapis_workflows::Client) -> Result<(), tapis_core::Error> {
    /// use tapis_workflows::types::ReqRunPipeline;
    ///
    /// let run = workflows.run_pipeline("lab", "nightly", ReqRunPipeline::new()).await?;
    /// workflows.wait_run("lab", "nightly", run.uuid).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "follow run")]
    #[doc(alias = "pipeline run")]
    pub fn wait_run(
        &self,
        group_id: impl Into<String>,
        pipeline_id: impl Into<String>,
        run_uuid: impl Into<String>,
    ) -> Waiter<PipelineRun> {
        let place = Place {
            client: self.clone(),
            group: group_id.into(),
            pipeline: pipeline_id.into(),
            run: run_uuid.into(),
        };
        let (id, canceller, judge) = (place.run.clone(), place.clone(), place.clone());
        let judge = move |run: &PipelineRun| judge.judge(run);
        Waiter::new(self.session(), format!("run {id}"), move || place.ask(), describe, judge)
            .with_id(id)
            .cancelled_by(move || canceller.terminate())
    }
}

#[derive(Clone)]
struct Place {
    client: Client,
    group: String,
    pipeline: String,
    run: String,
}

impl Place {
    fn names(&self) -> (&str, &str, &str) {
        (&self.group, &self.pipeline, &self.run)
    }

    #[inline]
    fn ask(&self) -> BoxFuture<'static, Result<PipelineRun, Error>> {
        let (group, pipeline, run) = self.names();
        self.client.get_pipeline_run(group, pipeline, run).into_future()
    }

    #[inline]
    fn terminate(&self) -> BoxFuture<'static, Result<(), Error>> {
        let (group, pipeline, run) = self.names();
        let call = self.client.terminate_pipeline(group, pipeline, run);
        Box::pin(async move { call.await.map(drop) })
    }

    fn judge(&self, run: &PipelineRun) -> State {
        let (place, state) = (self.clone(), describe(run));
        match run.status {
            Some(RunStatus::Completed) => State::Unclear(Box::pin(async move {
                let failed = place.failed_execution(true).await?;
                Ok(failed.map_or(State::Done, |task| place.failed(&state, Some(words(&task)))))
            })),
            Some(RunStatus::Failed) => {
                let logs = last_line(run.logs.as_deref()).map(str::to_owned);
                State::Unclear(Box::pin(async move {
                    let failed = place.failed_execution(false).await?;
                    Ok(place.failed(&state, failed.as_ref().map(words).or(logs)))
                }))
            }
            Some(RunStatus::Terminated) => {
                self.failed(&state, last_line(run.logs.as_deref()).map(str::to_owned))
            }
            Some(RunStatus::Submitted) => State::Doubtful(self.dropped(), GRACE),
            _ => State::Pending,
        }
    }

    /// Returns the execution of a failed task. With `allowed`, failures that the pipeline allows are
    /// ignored.
    async fn failed_execution(&self, allowed: bool) -> Result<Option<TaskExecution>, Error> {
        let (group, pipeline, run) = self.names();
        let executions = self.client.list_task_executions(group, pipeline, run).await?;
        let mut failed: Vec<TaskExecution> = executions
            .into_iter()
            .filter(|execution| execution.status == Some(RunStatus::Failed))
            .collect();
        if allowed && !failed.is_empty() {
            let tasks = self.client.list_tasks(group, pipeline).await?;
            failed.retain(|execution| !may_fail(&tasks, execution.task_id.as_deref()));
        }
        Ok(failed.into_iter().next())
    }

    fn failed(&self, state: &str, why: Option<String>) -> State {
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!("run {} is {state}{why}", self.run);
        State::Failed(Error::new(ErrorKind::Failed, message))
    }

    fn dropped(&self) -> Error {
        let message = format!(
            "run {} of pipeline {} is still submitted: the workflow engine has not started it, and may have \
             dropped it; check whether another run was active, and the pipeline's \
             duplicate_submission_policy",
            self.run, self.pipeline
        );
        Error::new(ErrorKind::Timeout, message)
    }
}

/// Whether a task may fail: other tasks depend on it, and all of them allow the failure.
fn may_fail(tasks: &[TaskReply], id: Option<&str>) -> bool {
    let Some(id) = id else { return false };
    let mut dependencies = tasks
        .iter()
        .flat_map(TaskReply::dependencies)
        .filter(|dependency| dependency.id.as_deref() == Some(id))
        .peekable();
    dependencies.peek().is_some() && dependencies.all(|it| it.can_fail == Some(true))
}

/// Describes the failure of a task, with the last line of its output.
fn words(execution: &TaskExecution) -> String {
    let said = last_line(execution.stderr.as_deref())
        .or_else(|| last_line(execution.last_message.as_deref()))
        .or_else(|| last_line(execution.stdout.as_deref()));
    let said = said.map(|line| format!(": {line}")).unwrap_or_default();
    format!("task {} failed{said}", execution.task_id.as_deref().unwrap_or_default())
}

/// The last line that is not blank.
fn last_line(text: Option<&str>) -> Option<&str> {
    text?.lines().map(str::trim).rfind(|line| !line.is_empty())
}

fn describe(run: &PipelineRun) -> String {
    run.status.as_ref().map_or("unknown", RunStatus::as_str).to_owned()
}
