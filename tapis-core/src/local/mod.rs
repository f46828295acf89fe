//! Local files: read and written in the background, and never visible while incomplete.

mod beside;
mod blocking;
mod progress;
mod reader;
mod regular;
mod target;
mod writer;

use std::path::Path;

use crate::body::Body;
use crate::byte_stream::ByteStream;
use crate::error::Error;

pub use blocking::{blocking, fault};
pub use progress::{OnProgress, Progress};
pub use reader::{LocalFile, read};
#[cfg(unix)]
pub(crate) use regular::effective_user;
pub use target::stays_within;
pub use writer::FileWriter;

/// Writes a stream to a file, which gets its final name only when it is complete. Returns the
/// number of bytes.
///
/// # Errors
/// The stream breaks off, or the file cannot be written; an existing file at `path` is unchanged.
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

/// A body that is read from a file, again for each attempt, and reports its progress.
#[must_use]
pub fn body(file: LocalFile, on_progress: Option<OnProgress>) -> Body {
    Body::retryable(move || read(file.clone(), on_progress.clone()))
}
