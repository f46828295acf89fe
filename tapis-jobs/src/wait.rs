//! Submits, cancels and waits for jobs.

use std::fmt;
use std::time::Duration;

use tapis_core::wait::{PollInterval, Staged, State, Waiter};
use tapis_core::{BoxFuture, Error};

use crate::Client;
use crate::failed::{JobFailed, status};
use crate::types::{Job, JobStatus, ReqSubmitJob};

/// For how long a job is looked for whose submission got no reply.
const LOST_REPLY: Duration = Duration::from_secs(120);

impl Client {
    /// Waits for the end of a job: polls `GET /v3/jobs/{jobUuid}`.
    ///
    /// Returns the job when it is `FINISHED`. Fails with [`ErrorKind::Failed`] if the job fails or
    /// is cancelled; the error and its hint say why, and [`JobFailed::of`] returns the job. The
    /// wait continues while the job is `BLOCKED` or `PAUSED`, because it continues by itself or
    /// fails in the end. With [`cancel_on_drop`](Waiter::cancel_on_drop) the job is cancelled when
    /// the wait ends early. With [`until`](Waiter::until) the wait ends at a state:
    /// `until(JobStatus::Running)` returns as soon as the job runs, or has run.
    ///
    /// [`ErrorKind::Failed`]: tapis_core::ErrorKind::Failed
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
    #[doc(alias = "poll job")]
    #[doc(alias = "wait for job")]
    pub fn wait(&self, uuid: impl Into<String>) -> Waiter<Job> {
        self.waiter(uuid.into(), |job| match job.status {
            Some(JobStatus::Finished) => State::Done,
            Some(JobStatus::Failed | JobStatus::Cancelled) => {
                State::Failed(JobFailed::error(job.clone()))
            }
            _ => State::Pending,
        })
    }

    /// Cancels a job: `POST /v3/jobs/{jobUuid}/cancel`. Returns a waiter for the job's end.
    ///
    /// The service accepts the request at once and stops the job later, so the job can still finish
    /// or fail. The waiter returns the job in its final state, whichever it is; see
    /// [`Job::status`](Job#structfield.status). A job that has already ended is not an error.
    ///
    /// ```no_run
    /// # async fn example(jobs: tapis_jobs::Client, uuid: &str) -> Result<(), tapis_core::Error> {
    /// let job = jobs.cancel(uuid).await?.await?;
    /// println!("{:?}", job.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](tapis_core::ErrorKind::NotFound) if there is no such job,
    /// [`Permission`](tapis_core::ErrorKind::Permission) if it belongs to another user, and the
    /// other kinds of [`cancel_job`](Self::cancel_job).
    #[doc(alias = "kill")]
    #[doc(alias = "stop job")]
    pub fn cancel(
        &self,
        uuid: impl Into<String>,
    ) -> BoxFuture<'static, Result<Waiter<Job>, Error>> {
        let (client, uuid) = (self.clone(), uuid.into());
        Box::pin(async move {
            client.request_cancellation(uuid.clone()).await?;
            Ok(client.waiter(uuid, |job| match has_ended(job) {
                true => State::Done,
                false => State::Pending,
            }))
        })
    }

    /// Submits a job: `POST /v3/jobs/submit`. Returns a waiter for its end.
    ///
    /// The job gets an additional tag, `submission-…`, by which it can be found: if the reply to
    /// the submission is lost, the job is searched for up to two minutes, because submitting it
    /// again would run it twice.
    ///
    /// # Errors
    /// [`Input`](tapis_core::ErrorKind::Input) for an invalid request, and the kinds of
    /// [`submit_job`](Self::submit_job). If [`Error::maybe_sent`] is true, the job may have been
    /// submitted; the hint names its tag.
    #[doc(alias = "submit")]
    #[doc(alias = "submit job")]
    pub fn run(
        &self,
        request: impl TryInto<ReqSubmitJob, Error: fmt::Display>,
    ) -> BoxFuture<'static, Result<Waiter<Job>, Error>> {
        let client = self.clone();
        let tag = format!("submission-{:016x}", fastrand::u64(..));
        let request = request.try_into().map_err(|error| error.to_string());
        let request = request.map(|mut request: ReqSubmitJob| {
            request.tags.get_or_insert_default().push(tag.clone());
            request
        });
        let call = self.submit_job(Prepared(request));
        Box::pin(async move {
            match call.await {
                Ok(job) => Ok(client.wait(job.uuid)),
                Err(error) if reply_was_lost(&error) => match client.find_tagged(&tag).await {
                    Some(uuid) => Ok(client.wait(uuid)),
                    None => Err(error.with_hint(format!(
                        "the job may have been submitted; look for the tag {tag} with \
                         t.jobs.get_job_search_list().with_query(\"tags.contains\", \"{tag}\") before \
                         you submit it again"
                    ))),
                },
                Err(error) => Err(error),
            }
        })
    }

    fn waiter(
        &self,
        uuid: String,
        judge: impl Fn(&Job) -> State + Send + Sync + 'static,
    ) -> Waiter<Job> {
        let (client, id) = (self.clone(), uuid.clone());
        let (canceller, cancelled) = (self.clone(), uuid.clone());
        let ask = move || -> BoxFuture<'static, Result<Job, Error>> {
            client.get_job(id.as_str()).into_future()
        };
        Waiter::new(self.session(), format!("job {uuid}"), ask, describe, judge)
            .with_id(uuid)
            .cancelled_by(move || canceller.request_cancellation(cancelled.clone()))
    }

    fn request_cancellation(&self, uuid: String) -> BoxFuture<'static, Result<(), Error>> {
        let call = self.cancel_job(uuid);
        Box::pin(async move {
            match call.await {
                // It has ended already.
                Err(error) if error.is_conflict() => Ok(()),
                result => result.map(drop),
            }
        })
    }

    /// The job with a tag, which may be stored only after a while.
    async fn find_tagged(&self, tag: &str) -> Option<String> {
        let (session, pace) = (self.session(), PollInterval::default());
        let end = session.monotonic().saturating_add(LOST_REPLY);
        let mut pause = None;
        while session.monotonic() < end {
            let pausing = pace.after(pause);
            session.sleep(pausing).await;
            pause = Some(pausing);
            let search = self.get_job_search_list().with_query("tags.contains", tag);
            match search.await {
                Ok(jobs) => match jobs.into_iter().next() {
                    Some(job) => return Some(job.uuid),
                    None => continue,
                },
                Err(error) if error.is_retryable() => continue,
                Err(_) => return None,
            }
        }
        None
    }
}

/// A request that may not be one; the call says so before anything is sent.
struct Prepared(Result<ReqSubmitJob, String>);

impl TryFrom<Prepared> for ReqSubmitJob {
    type Error = String;

    fn try_from(request: Prepared) -> Result<Self, String> {
        request.0
    }
}

/// Whether the service may have got the submission, and nobody knows what became of it.
fn reply_was_lost(error: &Error) -> bool {
    let gateway = error.status().is_some_and(|status| matches!(status.as_u16(), 502 | 504));
    error.maybe_sent() && (error.is_connection() || error.is_timeout() || gateway)
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

/// The status; of a job that is held up, also why.
fn describe(job: &Job) -> String {
    let held_up = matches!(job.status, Some(JobStatus::Blocked | JobStatus::Paused));
    match job.last_message.as_deref().filter(|message| held_up && !message.is_empty()) {
        Some(message) => format!("{} ({message})", status(job)),
        None => status(job).to_owned(),
    }
}
