//! Opens only regular files and, where that matters, only files of this user.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file for reading; does not wait if the path is a pipe.
///
/// # Errors
/// What is no regular file, and what cannot be read.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// Opens a file that this process or an earlier one of the same user created, or creates it, and
/// locks it; `None` if it belongs to another user or is in use. Links are not followed.
///
/// # Errors
/// What cannot be opened for other reasons.
pub(super) fn open_own(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    // A newly created file cannot come from another user.
    let file = match options.clone().create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
                return Ok(None);
            }
            let Ok(file) = options.open(path) else { return Ok(None) };
            file
        }
        Err(error) => return Err(error),
    };
    Ok((is_own(&file)? && file.try_lock().is_ok()).then_some(file))
}

/// Whether a file is a regular file of this user without other hard links.
fn is_own(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(metadata.is_file() && metadata.nlink() == 1 && metadata.uid() == effective_user()?)
    }
    #[cfg(not(unix))]
    Ok(metadata.is_file())
}

/// The user as which this process creates files. It is read from a pipe, which leaves no file
/// behind.
#[cfg(unix)]
pub(crate) fn effective_user() -> io::Result<u32> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;
    let (reader, _) = io::pipe()?;
    Ok(File::from(OwnedFd::from(reader)).metadata()?.uid())
}
