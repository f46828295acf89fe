//! What the mock was asked, kept for a test's assertions.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use crate::document::names;

/// How many requests are kept; the oldest are forgotten first.
const KEPT: usize = 10_000;
/// How much of each body is kept.
const KEPT_OF_BODY: usize = 1 << 20;

/// A request as the mock received it.
///
/// Its `Debug` form leaves out header values, query values and the body, which may hold secrets;
/// the fields give everything.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as it was sent, still percent-encoded, without the query.
    pub path: String,
    /// The query, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// The headers in the order sent, names in lower case. Bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body, cut after one mebibyte.
    pub body: Bytes,
    /// The service and the operation that the request was meant for, where there is one.
    pub operation: Option<(String, String)>,
    /// The status it was answered with; `None` while unanswered, and for a connection cut on purpose.
    pub status: Option<u16>,
    /// When it arrived, by the mock's clock.
    pub received_at: SystemTime,
    pub(crate) number: u64,
}

impl RecordedRequest {
    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first query value of that name.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// Whether the request was meant for this operation, given as `getSystem` or
    /// `systems.getSystem`.
    #[must_use]
    pub fn is(&self, operation: &str) -> bool {
        self.operation.as_ref().is_some_and(|(service, id)| names(operation, service, id))
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &query)
            .field("headers", &headers)
            .field("body_length", &self.body.len())
            .field("operation", &self.operation)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The requests received so far.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    next: u64,
    kept: VecDeque<RecordedRequest>,
}

impl Journal {
    /// Adds a request and gives its number, under which its outcome can be added.
    pub(crate) fn add(&self, mut request: RecordedRequest) -> u64 {
        request.body.truncate(KEPT_OF_BODY);
        let mut entries = self.lock();
        entries.next += 1;
        request.number = entries.next;
        if entries.kept.len() == KEPT {
            entries.kept.pop_front();
        }
        entries.kept.push_back(request);
        entries.next
    }

    /// Notes how request `number` was answered.
    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut entries = self.lock();
        if let Ok(at) = entries.kept.binary_search_by_key(&number, |entry| entry.number)
            && let Some(entry) = entries.kept.get_mut(at)
        {
            entry.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().kept.iter().cloned().collect()
    }

    /// How many requests there were, forgotten ones included.
    pub(crate) fn count(&self) -> u64 {
        self.lock().next
    }

    pub(crate) fn clear(&self) {
        self.lock().kept.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
