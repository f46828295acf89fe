//! Waiting for runs of pipelines.

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{PipelineRun, RunStatus};

impl Client {
    /// Waits for the end of a run: `GET
    /// /v3/workflows/groups/{group_id}/pipelines/{pipeline_id}/runs/{pipeline_run_uuid}` again and
    /// again. It fails with [`ErrorKind::Failed`] when the run fails or is terminated; with
    /// [`cancel_on_drop`](Waiter::cancel_on_drop) it is terminated when nobody waits any more.
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
        let (what, canceller) = (format!("run {}", place.run), place.clone());
        Waiter::new(self.session(), what, move || place.ask(), describe, judge)
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
}

fn describe(run: &PipelineRun) -> String {
    run.status.as_ref().map_or("unknown", RunStatus::as_str).to_owned()
}

fn judge(run: &PipelineRun) -> State {
    match run.status {
        Some(RunStatus::Completed) => State::Done,
        Some(RunStatus::Failed | RunStatus::Terminated) => {
            let logs = run.logs.as_deref().filter(|logs| !logs.trim().is_empty());
            let last = logs.and_then(|logs| logs.trim_end().lines().last());
            let why = last.map(|line| format!(": {line}")).unwrap_or_default();
            let message = format!("run {} is {}{why}", run.uuid, describe(run));
            State::Failed(Error::new(ErrorKind::Failed, message))
        }
        _ => State::Pending,
    }
}
