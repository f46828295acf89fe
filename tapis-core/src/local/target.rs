//! The destination of a written file, and the file that it replaces.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::blocking::fault;
use crate::error::Error;
use crate::error_kind::ErrorKind;

/// The maximum number of symbolic links to a file, as on Linux.
const LINKS: usize = 40;

/// A destination for a file: either nothing exists there, or a regular file that will be replaced.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    /// The permissions of the existing file.
    pub(super) permissions: Option<Permissions>,
    /// The folder that the file must not leave.
    folder: Option<PathBuf>,
}

impl Target {
    /// The file at `path`, or at the target of a symbolic link there.
    ///
    /// # Errors
    /// The destination is a directory, or not a regular file.
    pub(super) fn find(path: &Path) -> Result<Self, Error> {
        Self::at(resolved(path)?, None)
    }

    /// The file at `path`, with no symbolic link between `folder` and it.
    ///
    /// # Errors
    /// The errors of [`find`](Self::find), and a symbolic link.
    pub(super) fn find_in(folder: &Path, path: &Path) -> Result<Self, Error> {
        Self::at(path.to_owned(), Some(folder.to_owned()))
    }

    fn at(path: PathBuf, folder: Option<PathBuf>) -> Result<Self, Error> {
        let mut target = Self { path, permissions: None, folder };
        target.permissions = target.check()?;
        Ok(target)
    }

    /// Checks the destination and returns the permissions of an existing file.
    ///
    /// # Errors
    /// The destination must not be replaced, or a link on the way leads out of the folder.
    pub(super) fn check(&self) -> Result<Option<Permissions>, Error> {
        let path = &self.path;
        if let Some(folder) = &self.folder {
            stays_within(folder, path)?;
        }
        let input =
            |what: &str| Err(Error::new(ErrorKind::Input, format!("{} is {what}", path.display())));
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() => Ok(Some(found.permissions())),
            Ok(found) if found.is_dir() => input("a directory"),
            Ok(found) if found.is_symlink() => {
                input("a symbolic link, which could lead out of the folder")
            }
            Ok(_) => {
                input("not a regular file, so it is not replaced; write to it with `to_writer`")
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fault(path, "look at", error)),
        }
    }
}

/// The path that symbolic links at `path` lead to; it need not exist.
fn resolved(path: &Path) -> Result<PathBuf, Error> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let link = fs::read_link(&path).map_err(|error| fault(&path, "read", error))?;
                path = path.parent().map_or(link.clone(), |folder| folder.join(link));
            }
            _ => return Ok(path),
        }
    }
    let message = format!("{} is a circular symbolic link", path.display());
    Err(Error::new(ErrorKind::Input, message))
}

/// Refuses a path that leaves `folder` through a symbolic link before its last segment.
///
/// # Errors
/// [`ErrorKind::Input`] for a link, [`ErrorKind::Io`] if a path cannot be checked.
pub fn stays_within(folder: &Path, path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent().filter(|parent| parent.starts_with(folder)) else {
        return Ok(());
    };
    for way in parent.ancestors().take_while(|way| *way != folder) {
        match fs::symlink_metadata(way) {
            Ok(found) if found.is_symlink() => {
                let message = format!(
                    "{} is a symbolic link, which could lead out of the folder",
                    way.display()
                );
                return Err(Error::new(ErrorKind::Input, message));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(fault(way, "look at", error));
            }
            _ => {}
        }
    }
    Ok(())
}
