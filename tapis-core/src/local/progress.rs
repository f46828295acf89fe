//! How far a transfer has come.

use std::sync::Arc;

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that have come or gone so far.
    pub bytes: u64,
    /// Bytes in all, where that is known.
    pub total: Option<u64>,
}

impl Progress {
    /// So many bytes of so many.
    #[must_use]
    pub fn new(bytes: u64, total: Option<u64>) -> Self {
        Self { bytes, total }
    }
}

/// Who is told of progress. Called often, by the task that moves the bytes: it should be quick.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;
