//! The requests to the mock, recorded for the assertions of tests.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use crate::document::{demand, names};

/// The maximum number of recorded requests; the oldest are dropped first.
const KEPT: usize = 10_000;
/// The maximum number of bytes of all recorded requests.
const KEPT_BYTES: usize = 64 << 20;
/// The maximum number of bytes that are recorded of each body.
const KEPT_OF_BODY: usize = 1 << 20;

/// A request as the mock received it.
///
/// `Debug` omits header values, query values and the body, which may contain secrets; the fields
/// have everything.
///
/// Its `Debug` form leaves out header values, query values and the body, which may hold secrets;
/// the fields give everything.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as received, percent-encoded, without the query.
    pub path: String,
    /// The query, decoded, in the order of the request.
    pub query: Vec<(String, String)>,
    /// The headers in the order of the request, with names in lower case. Bytes that are not UTF-8
    /// are replaced.
    pub headers: Vec<(String, String)>,
    /// The body, truncated to one mebibyte.
    pub body: Bytes,
    /// The service and the operation of the request, if there is one.
    pub operation: Option<(String, String)>,
    /// The status of the reply; `None` before the reply, and for a connection that a fault cut.
    pub status: Option<u16>,
    /// When the request arrived, by the mock's clock.
    pub received_at: SystemTime,
    pub(crate) number: u64,
}

impl RecordedRequest {
    /// The first header with this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first query value with this name.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// Whether the request is for this operation, given as `getSystem` or `get_system`, with or
    /// without the service, as in `systems.getSystem`.
    ///
    /// # Panics
    /// If there is no such operation.
    #[must_use]
    #[track_caller]
    pub fn is(&self, operation: &str) -> bool {
        demand(operation);
        self.is_called(operation)
    }

    pub(crate) fn is_called(&self, operation: &str) -> bool {
        self.operation.as_ref().is_some_and(|(service, id)| names(operation, service, id))
    }
}

impl RecordedRequest {
    /// The approximate size of the record in bytes.
    fn size(&self) -> usize {
        let pairs = self.headers.iter().chain(&self.query);
        let pairs: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
        size_of::<Self>() + self.path.len() + pairs + self.body.len()
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
    /// The number of bytes of all recorded requests.
    bytes: usize,
}

impl Journal {
    /// Adds a request and returns its number, with which its outcome is added later.
    pub(crate) fn add(&self, mut request: RecordedRequest) -> u64 {
        if let Some(start) = request.body.get(..KEPT_OF_BODY) {
            // A copy, because a slice of the body would keep the whole body in memory.
            request.body = Bytes::copy_from_slice(start);
        }
        let mut entries = self.lock();
        entries.next += 1;
        request.number = entries.next;
        entries.bytes += request.size();
        entries.kept.push_back(request);
        while entries.kept.len() > KEPT || entries.bytes > KEPT_BYTES {
            let Some(oldest) = entries.kept.pop_front() else { break };
            entries.bytes = entries.bytes.saturating_sub(oldest.size());
        }
        entries.next
    }

    /// Records the status of the reply to request `number`.
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

    /// The number of requests so far, including dropped ones.
    pub(crate) fn count(&self) -> u64 {
        self.lock().next
    }

    pub(crate) fn clear(&self) {
        let mut entries = self.lock();
        entries.kept.clear();
        entries.bytes = 0;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, body: usize) -> RecordedRequest {
        RecordedRequest {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: vec![0; body].into(),
            operation: None,
            status: None,
            received_at: SystemTime::UNIX_EPOCH,
            number: 0,
        }
    }

    #[test]
    fn the_oldest_requests_go_when_they_take_more_than_is_kept() {
        let journal = Journal::default();
        for number in 0..100 {
            journal.add(request(&number.to_string(), KEPT_OF_BODY));
        }
        let kept = journal.all();
        assert!(kept.len() < KEPT_BYTES / KEPT_OF_BODY + 1 && kept.len() > 60, "{}", kept.len());
        assert_eq!(kept.last().map(|request| request.path.as_str()), Some("99"));
        assert_eq!(journal.count(), 100);
        journal.clear();
        journal.add(request("/", 1));
        assert_eq!(journal.all().len(), 1);
    }

    #[test]
    fn long_queries_and_headers_count_as_well_as_bodies() {
        let journal = Journal::default();
        for _ in 0..100 {
            let mut request = request("/", 0);
            request.headers.push(("x".to_owned(), "a".repeat(1 << 20)));
            journal.add(request);
        }
        assert!(journal.all().len() < 65);
    }

    #[test]
    fn of_a_long_body_the_start_is_kept_and_not_the_memory_of_the_rest() {
        let journal = Journal::default();
        journal.add(request("/", 3 * KEPT_OF_BODY));
        let kept = journal.all();
        assert_eq!(kept.first().map(|request| request.body.len()), Some(KEPT_OF_BODY));
    }
}
