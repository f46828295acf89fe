//! Submits, cancels and waits for jobs.

use std::fmt;
use std::time::Duration;

use tapis_core::wait::{PollInterval, Staged, State, Waiter};
use tapis_core::{BoxFuture, Error};

use crate::Client;
use crate::failed::{JobFailed, status};
use crate::types::{Job, JobStatus, ReqSubmitJob};

/// How long a job is searched for after the reply to its submission was lost.
const LOST_REPLY: Duration = Duration::from_secs(120);

impl Client {
    /// Waits for the end of a job: polls `GET /v3/jobs/{jobUuid}`.
    ///
    /// Returns the job when it is `FINISHED`. Fails with [`ErrorKind::Failed`] if the job fails or
    /// is cancelled; the message and the hint state the reason, and [`JobFailed::of`] returns the
    /// job. `BLOCKED` and `PAUSED` jobs are waited for too, because the service resumes them or
    /// lets them fail. With [`cancel_on_drop`](Waiter::cancel_on_drop), the job is cancelled if the
    /// wait ends early. With [`until`](Waiter::until), the wait ends at an earlier status:
    /// `until(JobStatus::Running)` returns as soon as the job is `RUNNING`, or past it.
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
    /// or fail. The waiter therefore succeeds for any final state; read it in
    /// [`Job::status`](Job#structfield.status). Cancelling a job that has already ended succeeds.
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
    /// Adds a tag, `submission-…`, to the job. If the reply to the submission is lost, this method
    /// searches for the tag for up to two minutes, because submitting the job again would run it
    /// twice.
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
                        "the job may have been submitted; before you submit it again, look for the \
                         tag {tag}: t.jobs.get_job_search_list().with_query(\"tags.contains\", \
                         \"{tag}\")"
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
                // The job has already ended.
                Err(error) if error.is_conflict() => Ok(()),
                result => result.map(drop),
            }
        })
    }

    /// Searches for the job with `tag`, repeatedly, because the service may store it late.
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

/// A request, or the reason why it is invalid, which the call reports before anything is sent.
struct Prepared(Result<ReqSubmitJob, String>);

impl TryFrom<Prepared> for ReqSubmitJob {
    type Error = String;

    fn try_from(request: Prepared) -> Result<Self, String> {
        request.0
    }
}

/// Whether the service may have received the submission although its reply did not arrive.
fn reply_was_lost(error: &Error) -> bool {
    let gateway = error.status().is_some_and(|status| matches!(status.as_u16(), 502 | 504));
    error.maybe_sent() && (error.is_connection() || error.is_timeout() || gateway)
}

/// The states of a successful job, in order.
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

    /// A blocked or paused job has reached no stage, because it can resume at any of them.
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

/// The status, and for a blocked or paused job the reason.
fn describe(job: &Job) -> String {
    let held_up = matches!(job.status, Some(JobStatus::Blocked | JobStatus::Paused));
    match job.last_message.as_deref().filter(|message| held_up && !message.is_empty()) {
        Some(message) => format!("{} ({message})", status(job)),
        None => status(job).to_owned(),
    }
}
