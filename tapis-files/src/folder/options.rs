//! The options of a folder transfer.

use std::path::PathBuf;
use std::sync::Arc;

use super::meter::{Callback, FolderProgress};
use super::select::Selection;
use crate::RemotePath;

/// The default number of concurrent file transfers.
const PARALLEL: usize = 8;

/// The treatment of symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symlinks {
    /// Links are skipped, and the summary lists them.
    #[default]
    Skip,
    /// The target of a link is transferred in place of the link. A download skips links without a
    /// target and links to a directory above them, and the summary lists them as skipped. An upload
    /// lists them as failed.
    Follow,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Up,
    Down,
}

/// The upload or download of a whole folder; it starts when awaited. Created by
/// [`RemotePath::upload_folder`] and [`RemotePath::download_folder`].
///
/// Existing files are replaced; files that exist only at the destination are kept. A download never
/// writes through a symbolic link below the local folder. If one file fails, the others are still
/// transferred: check the [`FolderSummary`](super::FolderSummary), or call its
/// [`into_result`](super::FolderSummary::into_result).
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
    /// Uploads the content of the local folder `from` to this directory, which is created if
    /// needed.
    #[doc(alias = "sync")]
    #[doc(alias = "rsync")]
    #[doc(alias = "upload directory")]
    pub fn upload_folder(&self, from: impl Into<PathBuf>) -> FolderTransfer {
        FolderTransfer::up(from.into(), self.clone())
    }

    /// Downloads the content of this directory to the local folder `to`, which is created if
    /// needed.
    #[doc(alias = "download directory")]
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

    /// Includes only files that match a glob: `*`, `?`, `[ab]` and `{a,b}` within a name, and `**`
    /// for any number of directories. A glob without a slash matches names in any directory; a glob
    /// with a slash matches paths relative to the folder. Several calls add up: a file is included
    /// if any of the globs matches. An invalid glob fails with `Input` when awaited.
    #[doc(alias = "glob")]
    #[doc(alias = "filter")]
    #[doc(alias = "pattern")]
    pub fn include(mut self, glob: impl Into<String>) -> Self {
        self.selection.include.push(glob.into());
        self
    }

    /// Excludes files and directories that match a glob, even if they are included.
    #[doc(alias = "ignore")]
    pub fn exclude(mut self, glob: impl Into<String>) -> Self {
        self.selection.exclude.push(glob.into());
        self
    }

    /// Sets the treatment of symbolic links. Default: they are skipped.
    pub fn symlinks(mut self, policy: Symlinks) -> Self {
        self.symlinks = policy;
        self
    }

    /// Sets the number of concurrent file transfers. Default: 8; at least one.
    pub fn parallel(mut self, files: usize) -> Self {
        self.parallel = files.max(1);
        self
    }

    /// Skips files whose copy at the destination has the same size and is not older. This works
    /// after downloads too, because downloaded files keep their modification time.
    pub fn skip_unchanged(mut self) -> Self {
        self.skip_unchanged = true;
        self
    }

    /// Skips files that exist at the destination, so no file is replaced. The summary lists them.
    pub fn keep_existing(mut self) -> Self {
        self.keep_existing = true;
        self
    }

    /// Transfers nothing, and returns a summary of the files that would be transferred.
    #[doc(alias = "preview")]
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
