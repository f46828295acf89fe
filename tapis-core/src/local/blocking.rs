//! Work on files, which may block.

use std::any::Any;
use std::io;
use std::path::Path;

use crate::error::Error;
use crate::error_kind::ErrorKind;

/// What keeps a file of this machine from being read or written.
#[must_use]
pub fn fault(path: &Path, doing: &str, error: io::Error) -> Error {
    let message = format!("cannot {doing} {}: {error}", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
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
