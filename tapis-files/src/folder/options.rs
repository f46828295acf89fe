//! How a folder is to be transferred.

use std::path::PathBuf;
use std::sync::Arc;

use super::meter::{Callback, FolderProgress};
use super::select::Selection;
use crate::RemotePath;

/// How many files are on their way at once, by default.
const PARALLEL: usize = 8;

/// How symbolic links are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symlinks {
    /// They are skipped, and the summary lists them.
    #[default]
    Skip,
    /// The file or directory that they lead to is transferred in their place. Links that lead nowhere, or back to a
    /// directory above them, are skipped.
    Follow,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Up,
    Down,
}

/// The upload or download of a whole folder; awaiting it does it. Made by
/// [`RemotePath::upload_folder`] and [`RemotePath::download_folder`].
///
/// Existing files are replaced, others are left alone. On this machine, nothing is written through a symbolic link
/// below the folder. A file that fails does not keep the others from being transferred: the [`FolderSummary`](super::FolderSummary) tells of it.
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// let there = files.at("tapis://my-system/results");
/// let done = there.upload_folder("results").exclude("*.tmp").skip_unchanged().await?;
/// println!("{} sent, {} unchanged", done.transferred.len(), done.unchanged);
/// done.into_result()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is transferred until it is awaited"]
pub struct FolderTransfer {
    pub(super) direction: Direction,
    pub(super) local: PathBuf,
    pub(super) remote: RemotePath,
    pub(super) selection: Selection,
    pub(super) symlinks: Symlinks,
    pub(super) parallel: usize,
    pub(super) skip_unchanged: bool,
    pub(super) keep_existing: bool,
    pub(super) dry_run: bool,
    pub(super) callback: Callback,
}

impl RemotePath {
    /// Uploads the content of the folder `from` of this machine into this directory, which is created if need be.
    pub fn upload_folder(&self, from: impl Into<PathBuf>) -> FolderTransfer {
        FolderTransfer::up(from.into(), self.clone())
    }

    /// Downloads the content of this directory into the folder `to` of this machine, which is created if need be.
    pub fn download_folder(&self, to: impl Into<PathBuf>) -> FolderTransfer {
        FolderTransfer::down(self.clone(), to.into())
    }
}

impl FolderTransfer {
    fn up(from: PathBuf, to: RemotePath) -> Self {
        Self::new(Direction::Up, from, to)
    }

    fn down(from: RemotePath, to: PathBuf) -> Self {
        Self::new(Direction::Down, to, from)
    }

    fn new(direction: Direction, local: PathBuf, remote: RemotePath) -> Self {
        Self {
            direction,
            local,
            remote,
            selection: Selection::default(),
            symlinks: Symlinks::default(),
            parallel: PARALLEL,
            skip_unchanged: false,
            keep_existing: false,
            dry_run: false,
            callback: Callback::default(),
        }
    }

    /// Takes only files that match a glob: `*`, `?`, `[ab]`, `{a,b}` within a name and `**` for any
    /// directories. A glob without a slash is about names in any directory, one with a slash about
    /// paths as seen from the folder. Several globs add up.
    pub fn include(mut self, glob: impl Into<String>) -> Self {
        self.selection.include.push(glob.into());
        self
    }

    /// Leaves out files and directories that match a glob, also where they are included.
    pub fn exclude(mut self, glob: impl Into<String>) -> Self {
        self.selection.exclude.push(glob.into());
        self
    }

    /// Sets how symbolic links are treated; they are skipped by default.
    pub fn symlinks(mut self, policy: Symlinks) -> Self {
        self.symlinks = policy;
        self
    }

    /// Sets how many files are transferred at once; 8 by default, and at least one.
    pub fn parallel(mut self, files: usize) -> Self {
        self.parallel = files.max(1);
        self
    }

    /// Leaves out files whose copy has the same size and is not older. Downloaded files get the time
    /// of the last change that they have on the system.
    pub fn skip_unchanged(mut self) -> Self {
        self.skip_unchanged = true;
        self
    }

    /// Replaces no file: those that exist at the destination are skipped, and the summary lists them.
    pub fn keep_existing(mut self) -> Self {
        self.keep_existing = true;
        self
    }

    /// Changes nothing, and returns the summary of what would be done.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Calls `callback` after each chunk and each file with the bytes and files so far.
    pub fn on_progress(
        mut self,
        callback: impl Fn(FolderProgress) + Send + Sync + 'static,
    ) -> Self {
        self.callback = Callback(Some(Arc::new(callback)));
        self
    }
}
