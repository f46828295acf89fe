//! Counts the progress over all files of a folder.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tapis_core::local::OnProgress;

/// The progress of a folder transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderProgress {
    /// Number of completed files.
    pub files: u64,
    /// Number of files to transfer.
    pub total_files: u64,
    /// Number of bytes transferred so far. Bytes that are sent again after a failure count once.
    pub bytes: u64,
    /// Number of bytes to transfer.
    pub total_bytes: u64,
}

/// The sum of sizes; it saturates, because a server could report any size.
pub(super) fn total(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

/// The callback of the caller.
#[derive(Clone, Default)]
pub(super) struct Callback(pub(super) Option<Arc<dyn Fn(FolderProgress) + Send + Sync>>);

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(..)" } else { "None" })
    }
}

/// The progress that all files of a folder share.
pub(super) struct Meter {
    callback: Callback,
    total_files: u64,
    total_bytes: u64,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    pub(super) fn new(callback: Callback, files: usize, total_bytes: u64) -> Arc<Self> {
        let total_files = u64::try_from(files).unwrap_or_default();
        let (files, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { callback, total_files, total_bytes, files, bytes })
    }

    /// Returns the progress callback for one file; `None` if the caller has set none.
    pub(super) fn file(self: &Arc<Self>) -> Option<OnProgress> {
        self.callback.0.as_ref()?;
        let meter = Arc::clone(self);
        let furthest = AtomicU64::new(0);
        Some(Arc::new(move |progress| {
            let before = furthest.fetch_max(progress.bytes, Ordering::Relaxed);
            let new = progress.bytes.saturating_sub(before);
            meter.bytes.fetch_add(new, Ordering::Relaxed);
            meter.tell();
        }))
    }

    pub(super) fn file_done(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        if let Some(tell) = &self.callback.0 {
            tell(FolderProgress {
                files: self.files.load(Ordering::Relaxed),
                total_files: self.total_files,
                bytes: self.bytes.load(Ordering::Relaxed),
                total_bytes: self.total_bytes,
            });
        }
    }
}
