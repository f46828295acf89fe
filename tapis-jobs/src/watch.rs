//! Watches jobs: their changes and the events of their history.

use tapis_core::Error;
use tapis_core::wait::{Waiter, Watch};

use crate::Client;
use crate::types::{Job, JobHistoryEntry};

/// How many events are fetched at once.
const EVENTS: i32 = 1000;
/// How many events in a row may be unreadable. A job has three transfers at most.
const UNREADABLE: i32 = 4;

impl Client {
    /// The changes of a job, as a stream that ends with the job. Each item has the present job and
    /// the events since the last item. Polls `GET /v3/jobs/{jobUuid}`, and after each change `GET
    /// /v3/jobs/{jobUuid}/history`. If the job fails, its last state and events come first and then
    /// the error.
    ///
    /// A history that cannot be fetched does not end the stream; see [`JobChange::history_error`].
    /// [`watch_with`](Self::watch_with) takes a waiter with your own settings.
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
    /// The present job.
    pub job: Job,
    /// The events since the last change.
    pub events: Vec<JobHistoryEntry>,
    /// Why events are missing; `None` if none are. After an outage they are returned with a later
    /// change. An event about a transfer that the Files service does not show is never returned;
    /// later events are.
    pub history_error: Option<String>,
}

/// How far the history of a job has been read.
struct History {
    client: Client,
    /// How many events have been returned, or are unreadable.
    seen: i32,
}

impl History {
    /// The events since the last time, and the error that keeps some of them back.
    async fn new_events(&mut self, job: &Job) -> (Vec<JobHistoryEntry>, Option<Error>) {
        match self.fetch(job, self.seen, EVENTS).await {
            Ok(events) => {
                let count = i32::try_from(events.len()).unwrap_or(i32::MAX);
                self.seen = self.seen.saturating_add(count);
                (events, None)
            }
            // For an event about a transfer, the service asks Files for the task, and fails as Files
            // does (tapis-jobs `JobHistoryDisplayDTO.java` 55 to 62).
            Err(error) if error.message().contains("FILES_") => {
                (self.one_by_one(job).await, Some(error))
            }
            Err(error) => (Vec::new(), Some(error)),
        }
    }

    /// Fetches events one by one, without those that make the service fail.
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
