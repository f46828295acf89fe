//! Waiting for jobs, and watching them.

use std::fmt;
use std::sync::Arc;

use tapis_core::wait::{State, Waiter, Watch};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{Job, JobHistoryDisplayDto, JobRemoteOutcome, JobStatus, ReqSubmitJob};

/// How many entries of a history are asked for at once.
const EVENTS: i32 = 1000;

impl Client {
    /// Waits for the end of a job: `GET /v3/jobs/{jobUuid}` again and again.
    ///
    /// It fails with [`ErrorKind::Failed`] when the job fails or is cancelled; the error says why,
    /// and [`JobFailed::of`] finds the job in it. With [`cancel_on_drop`](Waiter::cancel_on_drop)
    /// the job is cancelled when nobody waits for it any more.
    ///
    /// ```no_run
    /// # async fn example(jobs: tapis_jobs::Client, uuid: &str) -> Result<(), tapis_core::Error> {
    /// use std::time::Duration;
    ///
    /// let job = jobs.wait(uuid).timeout(Duration::from_secs(7200)).await?;
    /// println!("{:?}", job.ended);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&self, uuid: impl Into<String>) -> Waiter<Job> {
        let uuid = uuid.into();
        let (client, id) = (self.clone(), uuid.clone());
        let (canceller, cancelled) = (self.clone(), uuid.clone());
        let ask = move || -> BoxFuture<'static, Result<Job, Error>> {
            client.get_job().job_uuid(id.as_str()).into_future()
        };
        let describe = |job: &Job| status(job).to_owned();
        Waiter::new(self.session(), format!("job {uuid}"), ask, describe, judge).cancelled_by(
            move || {
                let call = canceller.cancel_job().job_uuid(cancelled.as_str());
                Box::pin(async move { call.await.map(drop) })
            },
        )
    }

    /// How a job changes, as a stream that ends with the job: each item has the job as it is, and
    /// what has happened to it since the last one: `GET /v3/jobs/{jobUuid}` and `GET
    /// /v3/jobs/{jobUuid}/history`. When the history cannot be had for the moment, what has happened
    /// comes with a later change. [`watching`](Self::watching) does it at another pace.
    pub fn watch(&self, uuid: impl Into<String>) -> Watch<JobChange> {
        self.watching(self.wait(uuid))
    }

    /// As [`watch`](Self::watch), with the pace and the time limit of `waiter`.
    pub fn watching(&self, waiter: Waiter<Job>) -> Watch<JobChange> {
        let client = self.clone();
        let start = (client, waiter.watch(), 0_i32);
        let changes =
            futures_util::stream::try_unfold(start, |(client, mut jobs, seen)| async move {
                let Some(job) = jobs.next().await? else { return Ok(None) };
                let history = client.get_job_history().job_uuid(job.uuid.as_str());
                let events = match history.limit(EVENTS).skip(seen).await {
                    Err(error) if error.is_retryable() && !has_ended(&job) => Vec::new(),
                    outcome => outcome?,
                };
                let seen = seen.saturating_add(i32::try_from(events.len()).unwrap_or(i32::MAX));
                Ok(Some((JobChange { job, events }, (client, jobs, seen))))
            });
        Watch::new(changes)
    }

    /// Submits a job, and gives what waits for its end: `POST /v3/jobs/submit`.
    ///
    /// A job that was submitted twice runs twice, so that a submission whose reply got lost is not
    /// sent again. When [`Error::maybe_sent`] says that it may have arrived, look for it before you
    /// submit again, by its name or a tag: `jobs.get_job_search_list()`.
    ///
    /// # Errors
    /// Whatever keeps it from being submitted.
    pub fn run(
        &self,
        request: impl TryInto<ReqSubmitJob, Error: fmt::Display>,
    ) -> BoxFuture<'static, Result<Waiter<Job>, Error>> {
        let (client, call) = (self.clone(), self.submit_job().body(request));
        Box::pin(async move { Ok(client.wait(call.await?.uuid)) })
    }
}

/// A job that has changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobChange {
    /// The job as it is now.
    pub job: Job,
    /// What has happened since the last change.
    pub events: Vec<JobHistoryDisplayDto>,
}

pub(crate) fn has_ended(job: &Job) -> bool {
    matches!(job.status, Some(JobStatus::Finished | JobStatus::Failed | JobStatus::Cancelled))
}

fn status(job: &Job) -> &str {
    job.status.as_ref().map_or("UNKNOWN", JobStatus::as_str)
}

fn judge(job: &Job) -> State {
    match job.status {
        Some(JobStatus::Finished) => State::Done,
        Some(JobStatus::Failed | JobStatus::Cancelled) => {
            let failed = JobFailed(Arc::new(job.clone()));
            State::Failed(Error::new(ErrorKind::Failed, failed.to_string()).with_source(failed))
        }
        _ => State::Pending,
    }
}

/// The job that failed or was cancelled while it was waited for; the cause of the error.
#[derive(Clone, Debug)]
pub struct JobFailed(Arc<Job>);

impl JobFailed {
    /// The job that an error is about, if it is about one that came to a bad end.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// The job as it ended.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.0
    }
}

impl fmt::Display for JobFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let job = &self.0;
        write!(f, "job {} is {}", job.uuid, status(job))?;
        if let Some(message) = job.last_message.as_deref().filter(|text| !text.is_empty()) {
            write!(f, ": {message}")?;
        }
        let condition = job.condition.as_ref().map(|condition| condition.as_str());
        let outcome = job.remote_outcome.as_ref().map(JobRemoteOutcome::as_str);
        let facts = [
            ("condition", condition),
            ("remote outcome", outcome),
            ("remote result", job.remote_result_info.as_deref()),
        ];
        let facts: Vec<String> = facts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
            .collect();
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        if job.remote_started.is_some() {
            write!(f, "; see its output with jobs.outputs({:?})", job.uuid)?;
        }
        Ok(())
    }
}

impl std::error::Error for JobFailed {}
