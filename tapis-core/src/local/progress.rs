//! The progress of a transfer.

use std::sync::Arc;

/// The progress of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes transferred so far.
    pub bytes: u64,
    /// Total number of bytes, if known.
    pub total: Option<u64>,
}

impl Progress {
    /// Progress of `bytes` out of `total`.
    #[must_use]
    pub fn new(bytes: u64, total: Option<u64>) -> Self {
        Self { bytes, total }
    }
}

/// The callback for progress. The task that moves the bytes calls it often, so it should return
/// quickly.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;
