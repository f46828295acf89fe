//! Files that only their owner can read and write, replaced as a whole.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

#[cfg(unix)]
use crate::local;

/// The suffix of the temporary file that replaces the token file.
const BESIDE: &str = ".tmp";
/// The time limit for writing: an older temporary file was left by a process that was killed.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// Writes a temporary file and renames it, so that a reader sees either the old or the new file.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    make_folder(path)?;
    let mark = format!(".{:x}-{:x}{BESIDE}", std::process::id(), fastrand::u64(..));
    let new = beside(path, mark)?;
    let written =
        open(OpenOptions::new().create_new(true).write(true), &new).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            file.metadata()?.modified()
        });
    match written {
        Ok(now) => remove_left(path, now),
        Err(_) => drop(fs::remove_file(&new)),
    }
    written.map(drop)
}

/// Removes temporary files of processes that were killed; `now` is by the clock of the file system.
/// Files that cannot be removed are ignored.
fn remove_left(path: &Path, now: SystemTime) {
    let (Some(name), Some(folder)) = (path.file_name().and_then(OsStr::to_str), folder(path))
    else {
        return;
    };
    let is_left = |entry: &fs::DirEntry| {
        let other = entry.file_name();
        let mark = other.to_str().and_then(|other| other.strip_prefix(name)?.strip_prefix('.'));
        let is_ours = mark.and_then(|mark| mark.strip_suffix(BESIDE)?.split_once('-')).is_some_and(
            |(process, random)| {
                [process, random].iter().all(|part| u64::from_str_radix(part, 16).is_ok())
            },
        );
        let age = || now.duration_since(entry.metadata().ok()?.modified().ok()?).ok();
        is_ours && age().is_some_and(|age| age > LEFT_AFTER)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        let _ = fs::remove_file(entry.path());
    }
}

pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = folder(path) else { return Ok(()) };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn folder(path: &Path) -> Option<&Path> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The path with `end` appended to the whole file name, so that it differs for each name.
pub(super) fn beside(path: &Path, end: impl AsRef<OsStr>) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or_else(|| refused("the path names no file"))?.to_owned();
    name.push(end);
    Ok(path.with_file_name(name))
}

/// Opens a file that only its owner may read and write, and that is a regular file: not a link, and
/// nothing that could block.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    // The flag has the same effect, but its message depends on the system, and not all systems have
    // it.
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(refused("it is a symbolic link"));
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(refused("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        owned(metadata.uid(), metadata.mode(), local::effective_user()?).map_err(refused)?;
    }
    Ok(file)
}

/// Whether only the user `ours` and root can have written the file.
#[cfg(unix)]
fn owned(owner: u32, mode: u32, ours: u32) -> Result<(), String> {
    if owner != ours && owner != 0 {
        return Err(format!("it belongs to another user, with the id {owner}"));
    }
    match mode & 0o777 {
        mode if mode & 0o022 != 0 => Err(format!(
            "other users can write to it (mode {mode:04o}); check it, then `chmod 600` it or \
             remove it"
        )),
        _ => Ok(()),
    }
}

pub(super) fn refused(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn files_of_ours_and_of_root_are_trusted_where_others_may_not_write() {
        for (owner, mode, trusted) in [
            (1000, 0o100_600, true),
            (1000, 0o100_644, true),
            (1000, 0o100_400, true),
            (0, 0o100_600, true),
            (1001, 0o100_600, false),
            (1000, 0o100_620, false),
            (1000, 0o100_602, false),
            (0, 0o100_666, false),
        ] {
            assert_eq!(owned(owner, mode, 1000).is_ok(), trusted, "{owner} {mode:o}");
        }
        assert!(owned(1000, 0o600, 0).is_err(), "root trusts nobody else either");
    }

    #[test]
    fn we_are_the_owner_of_what_we_make() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(local::effective_user().unwrap(), file.metadata().unwrap().uid());
    }
}
