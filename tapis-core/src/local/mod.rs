//! Files on this machine: read and written in the background, and never seen half written.

mod reader;
mod writer;

use std::any::Any;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::body::Body;
use crate::byte_stream::ByteStream;
use crate::error::Error;
use crate::error_kind::ErrorKind;

pub use reader::{LocalFile, read};
pub use writer::FileWriter;

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

/// What keeps a file of this machine from being read or written.
#[must_use]
pub fn fault(path: &Path, doing: &str, error: io::Error) -> Error {
    let message = format!("cannot {doing} {}: {error}", path.display());
    Error::new(ErrorKind::Local, message).with_source(error)
}

/// Runs `work` where it may block.
///
/// # Errors
/// What `work` fails with, or a runtime that has ended.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ended = || Error::new(ErrorKind::Cancelled, "the runtime that worked on a file has ended");
    // In boxes, so that a task of the runtime is compiled once and not for each kind of work.
    let work: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send> = Box::new(move || Box::new(work()));
    let outcome = tokio::task::spawn_blocking(work).await.map_err(|_| ended())?;
    *outcome.downcast().unwrap_or_else(|_| Box::new(Err(ended())))
}

/// Writes what comes to a file that has its name only once it is whole, and says how many bytes
/// they were.
///
/// # Errors
/// A reply that breaks off, or a file that cannot be written; what was at `path` is still there.
pub async fn save(
    mut content: ByteStream,
    path: &Path,
    on_progress: Option<OnProgress>,
) -> Result<u64, Error> {
    let total = content.content_length();
    let mut writer = FileWriter::create(path).await?;
    while let Some(piece) = content.chunk().await? {
        writer.write(piece).await?;
        if let Some(tell) = &on_progress {
            tell(Progress::new(writer.len(), total));
        }
    }
    writer.finish(None).await
}

/// A body that is read from a file, anew for each attempt, and tells how far it has come.
#[must_use]
pub fn body(file: LocalFile, on_progress: Option<OnProgress>) -> Body {
    Body::rebuilt(move || read(file.clone(), on_progress.clone()))
}
