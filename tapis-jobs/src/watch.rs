//! Watches jobs: their changes and their history events.

use tapis_core::Error;
use tapis_core::wait::{Waiter, Watch};

use crate::Client;
use crate::types::{Job, JobHistoryEntry};

/// The number of events per request.
const EVENTS: i32 = 1000;
/// The number of unreadable events in a row after which the search stops. A job has at most three transfers.
const UNREADABLE: i32 = 4;

impl Client {
    /// Returns the changes of a job as a stream that ends when the job ends. Each item has the job
    /// and the history events since the last item. Polls `GET /v3/jobs/{jobUuid}`, and after each
    /// change `GET /v3/jobs/{jobUuid}/history`. If the job fails, the stream returns its last state
    /// and events, and then the error.
    ///
    /// The stream continues if the history cannot be fetched; see [`JobChange::history_error`]. For
    /// other settings, such as a timeout, use [`watch_with`](Self::watch_with).
    #[doc(alias = "follow job")]
    #[doc(alias = "job events")]
    pub fn watch(&self, uuid: impl Into<String>) -> Watch<JobChange> {
        self.watch_with(self.wait(uuid))
    }

    /// The same as [`watch`](Self::watch), with the polling interval, the timeout and the other
    /// settings of `waiter`.
    pub fn watch_with(&self, waiter: Waiter<Job>) -> Watch<JobChange> {
        let history = History { client: self.clone(), seen: 0 };
        let start = (history, waiter.watch());
        let changes =
            futures_util::stream::try_unfold(start, |(mut history, mut jobs)| async move {
                let Some(job) = jobs.next().await? else { return Ok(None) };
                let (events, error) = history.new_events(&job).await;
                let history_error = error.map(|error| error.to_string());
                Ok(Some((JobChange { job, events, history_error }, (history, jobs))))
            });
        Watch::new(changes)
    }
}

/// A change of a job.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobChange {
    /// The job after the change.
    pub job: Job,
    /// The events since the last change.
    pub events: Vec<JobHistoryEntry>,
    /// The error that prevented some events from being fetched; `None` if `events` is complete.
    /// After an outage, a later change returns the missing events. An event about a transfer that
    /// the Files service cannot show is never returned; later events are.
    pub history_error: Option<String>,
}

/// How far the history of a job has been read.
struct History {
    client: Client,
    /// The number of events that have been returned or are unreadable.
    seen: i32,
}

impl History {
    /// Returns the events since the last call, and the error that prevented fetching the others.
    async fn new_events(&mut self, job: &Job) -> (Vec<JobHistoryEntry>, Option<Error>) {
        match self.fetch(job, self.seen, EVENTS).await {
            Ok(events) => {
                let count = i32::try_from(events.len()).unwrap_or(i32::MAX);
                self.seen = self.seen.saturating_add(count);
                (events, None)
            }
            // For an event about a transfer, the service requests the task from Files; if that fails,
            // the whole request fails (tapis-jobs `JobHistoryDisplayDTO.java` 55 to 62).
            Err(error) if error.message().contains("FILES_") => {
                (self.one_by_one(job).await, Some(error))
            }
            Err(error) => (Vec::new(), Some(error)),
        }
    }

    /// Fetches events one by one and skips those that make the service fail.
    async fn one_by_one(&mut self, job: &Job) -> Vec<JobHistoryEntry> {
        let (mut events, mut unreadable) = (Vec::new(), 0);
        while unreadable < UNREADABLE {
            let next = self.seen.saturating_add(unreadable);
            match self.fetch(job, next, 1).await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => {
                    events.extend(page);
                    self.seen = next.saturating_add(1);
                    unreadable = 0;
                }
                Err(error) if error.message().contains("FILES_") => unreadable += 1,
                Err(_) => break,
            }
        }
        events
    }

    async fn fetch(&self, job: &Job, skip: i32, limit: i32) -> Result<Vec<JobHistoryEntry>, Error> {
        self.client.get_job_history(job.uuid.as_str()).limit(limit).skip(skip).await
    }
}
