//! Waiting for jobs, and watching them.

use std::fmt;
use std::sync::Arc;

use tapis_core::wait::{Staged, State, Tolerance, Waiter, Watch};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{Job, JobHistoryEntry, JobRemoteOutcome, JobStatus, ReqSubmitJob};

/// How many entries of a history are asked for at once.
const EVENTS: i32 = 1000;

impl Client {
    /// Waits for the end of a job: `GET /v3/jobs/{jobUuid}` again and again.
    ///
    /// It fails with [`ErrorKind::Failed`] when the job fails or is cancelled; the error says why,
    /// and [`JobFailed::of`] finds the job in it. With [`cancel_on_drop`](Waiter::cancel_on_drop)
    /// the job is cancelled when nobody waits for it any more. With [`until`](Waiter::until) the wait
    /// ends earlier: `until(JobStatus::Running)` returns as soon as the job runs, or has run.
    /// A job that is blocked or paused, or has a status that this library does not know, goes on.
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
            client.get_job(id.as_str()).into_future()
        };
        let describe = |job: &Job| status(job).to_owned();
        Waiter::new(self.session(), format!("job {uuid}"), ask, describe, judge).cancelled_by(
            move || {
                let call = canceller.cancel_job(cancelled.as_str());
                Box::pin(async move { call.await.map(drop) })
            },
        )
    }

    /// The changes of a job, as a stream that ends with the job: each item has the job as it is, and
    /// the events since the last one: `GET /v3/jobs/{jobUuid}` and `GET
    /// /v3/jobs/{jobUuid}/history`. If the job fails, its last state and events come first and then
    /// the error. While the history cannot be fetched, its events come with a later change; after the
    /// last change they are missing.
    /// [`watching`](Self::watching) does it at another pace.
    pub fn watch(&self, uuid: impl Into<String>) -> Watch<JobChange> {
        self.watching(self.wait(uuid))
    }

    /// As [`watch`](Self::watch), with the settings of `waiter`.
    pub fn watching(&self, waiter: Waiter<Job>) -> Watch<JobChange> {
        let history = History { client: self.clone(), seen: 0, tolerance: Tolerance::default() };
        let start = (history, waiter.watch());
        let changes =
            futures_util::stream::try_unfold(start, |(mut history, mut jobs)| async move {
                let Some(job) = jobs.next().await? else { return Ok(None) };
                let events = history.news(&job).await?;
                Ok(Some((JobChange { job, events }, (history, jobs))))
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
        let (client, call) = (self.clone(), self.submit_job(request));
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
    pub events: Vec<JobHistoryEntry>,
}

/// How far the history of a job has been read.
struct History {
    client: Client,
    /// How many events have been returned.
    seen: i32,
    tolerance: Tolerance,
}

impl History {
    /// The events since the last time. They come later after a failure that is tolerated, and are
    /// missing if there is no later: the end of a job counts for more than its events.
    async fn news(&mut self, job: &Job) -> Result<Vec<JobHistoryEntry>, Error> {
        let call = self.client.get_job_history(job.uuid.as_str());
        let now = self.client.session().monotonic();
        match call.limit(EVENTS).skip(self.seen).await {
            Ok(events) => {
                self.tolerance.answered();
                let count = i32::try_from(events.len()).unwrap_or(i32::MAX);
                self.seen = self.seen.saturating_add(count);
                Ok(events)
            }
            Err(error) if has_ended(job) || self.tolerance.tolerates(&error, now) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The states of a job on its way, in their order.
const WAY: [JobStatus; 9] = [
    JobStatus::Pending,
    JobStatus::ProcessingInputs,
    JobStatus::StagingInputs,
    JobStatus::StagingJob,
    JobStatus::SubmittingJob,
    JobStatus::Queued,
    JobStatus::Running,
    JobStatus::Archiving,
    JobStatus::Finished,
];

impl Staged for Job {
    type Stage = JobStatus;

    /// A job that is blocked or paused has reached no stage of its way, because it may go back to
    /// any of them.
    fn has_reached(&self, stage: &JobStatus) -> bool {
        let position = |status: &JobStatus| WAY.iter().position(|known| known == status);
        let Some(status) = &self.status else { return false };
        match (position(status), position(stage)) {
            (Some(position), Some(stage)) => position >= stage,
            _ => status == stage,
        }
    }
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
