//! The result of a folder transfer.

use std::fmt;

use tapis_core::{Error, ErrorKind};

/// The result of a folder transfer; paths are relative to the folder. Its `Display` is one line with the
/// numbers of files, such as `3 transferred (1024 bytes), 2 unchanged, 0 skipped, 1 failed`.
#[derive(Debug, Default)]
#[must_use = "it lists the files that failed"]
#[non_exhaustive]
pub struct FolderSummary {
    /// The transferred files, or in a dry run the files to transfer; in no particular order.
    pub transferred: Vec<String>,
    /// The total size of these files in bytes.
    pub bytes: u64,
    /// The number of files that were skipped because their copy is the same; see
    /// [`FolderTransfer::skip_unchanged`](super::FolderTransfer::skip_unchanged).
    pub unchanged: u64,
    /// The paths that were skipped, except by a glob or as unchanged.
    pub skipped: Vec<Skipped>,
    /// The paths that failed, each with its error.
    pub failed: Vec<(String, Error)>,
}

/// A file, link or directory that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its path, relative to the folder.
    pub path: String,
    /// The reason why it was skipped.
    pub reason: SkipReason,
}

/// The reason why a path was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a symbolic link.
    Symlink,
    /// It is neither a file nor a directory.
    Special,
    /// It is a symbolic link whose target does not exist.
    BrokenLink,
    /// It is a symbolic link to a directory above it, or its path has more than 20 links.
    Circle,
    /// It is an empty directory, and the storage does not support directories.
    EmptyDirectory,
    /// It exists at the destination, and `keep_existing` is set.
    Exists,
}

impl fmt::Display for FolderSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transferred, bytes, unchanged, skipped, failed } = self;
        let [transferred, skipped, failed] = [transferred.len(), skipped.len(), failed.len()];
        write!(
            f,
            "{transferred} transferred ({bytes} bytes), {unchanged} unchanged, {skipped} skipped, \
             {failed} failed"
        )
    }
}

impl FolderSummary {
    /// Returns an error if any path failed.
    ///
    /// # Errors
    /// `Failed`, with the number of failures and the first of them.
    pub fn into_result(mut self) -> Result<(), Error> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let count = self.failed.len();
        let (path, error) = self.failed.swap_remove(0);
        let message = match count {
            1 => format!("{path} failed: {error}"),
            _ => format!("{count} paths failed; the first is {path}: {error}"),
        };
        Err(Error::new(ErrorKind::Failed, message).with_source(error))
    }

    pub(super) fn skip(&mut self, path: impl Into<String>, reason: SkipReason) {
        self.skipped.push(Skipped { path: path.into(), reason });
    }

    pub(super) fn fail(&mut self, path: impl Into<String>, error: Error) {
        self.failed.push((path.into(), error));
    }

    /// Records the outcome of one file.
    ///
    /// # Errors
    /// Returns the error if all other files would fail in the same way, such as a refused login.
    pub(super) fn take(&mut self, path: String, outcome: Result<u64, Error>) -> Result<(), Error> {
        match outcome {
            Ok(bytes) => {
                self.transferred.push(path);
                self.bytes = self.bytes.saturating_add(bytes);
            }
            Err(error) if error.is_authentication() || error.is_configuration() => {
                return Err(error);
            }
            Err(error) => self.fail(path, error),
        }
        Ok(())
    }
}
