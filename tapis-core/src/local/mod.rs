//! Files on this machine: read and written in the background, and never seen half written.

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
    Body::retryable(move || read(file.clone(), on_progress.clone()))
}
