//! The temporary names of files that are not complete yet.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::regular;
use crate::error::Error;
use crate::error_kind::ErrorKind;

/// How long a name may be, in bytes, on all common file systems.
const LONGEST_NAME: usize = 255;
/// What the name of a file ends with that is not whole yet.
const PART: &str = ".part";

/// A name in the same folder, so that renaming is all that is left to do.
pub(super) fn beside(path: &Path, id: &str) -> Result<PathBuf, Error> {
    let Some(name) = path.file_name() else {
        let message = format!("{} names no file", path.display());
        return Err(Error::new(ErrorKind::Input, message));
    };
    Ok(path.with_file_name(format!("{}{id}{PART}", stem(name, id.len()))))
}

/// The common start of the temporary names of a file, short enough for an id of `id` bytes after it.
fn stem(name: &OsStr, id: usize) -> String {
    let mut name = name.to_string_lossy().into_owned();
    let room = LONGEST_NAME.saturating_sub(id + PART.len() + 2);
    while name.len() > room {
        name.pop();
    }
    format!(".{name}.")
}

/// Removes what earlier writers have left of other contents for the same place. What cannot be removed stays.
pub(super) fn remove_left(path: &Path) {
    const ID: usize = 16;
    let (Some(name), Some(folder)) = (path.file_name(), path.parent()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let stem = stem(name, ID);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let other = entry.file_name();
        let id = other.to_str().and_then(|other| other.strip_prefix(&stem)?.strip_suffix(PART));
        let is_id =
            |id: &str| id.len() == ID && id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        if id.is_some_and(is_id) && regular::open_own(&entry.path()).is_ok_and(|own| own.is_some())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives a file the permissions that a new one would have at `path`.
#[cfg(unix)]
pub(super) fn open_to_others(file: &File, path: &Path) -> io::Result<()> {
    let probe = path.with_file_name(format!(".{:x}{PART}", fastrand::u64(..)));
    let new = OpenOptions::new().write(true).create_new(true).open(&probe)?;
    let permissions = new.metadata().map(|metadata| metadata.permissions());
    let _ = fs::remove_file(&probe);
    file.set_permissions(permissions?)
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_file: &File, _path: &Path) -> io::Result<()> {
    Ok(())
}
