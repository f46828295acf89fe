//! File operations, which can block.

use std::io;
use std::path::Path;

use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::task::spawn_blocking;

pub(super) const ENDED: &str = "the runtime ended during a file operation";

/// The error for a local file that cannot be read or written.
#[must_use]
pub fn fault(path: &Path, doing: &str, error: io::Error) -> Error {
    let message = format!("cannot {doing} {}: {error}", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

/// Runs `work` on a thread that may block.
///
/// # Errors
/// What `work` fails with, or a runtime that has ended.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|| Err(Error::new(ErrorKind::Cancelled, ENDED)))
}
