//! How a folder is to be transferred.

use std::path::PathBuf;
use std::sync::Arc;

use super::meter::{FolderProgress, Told};
use super::select::Selection;
use crate::RemotePath;

/// How many files are on their way at once, unless told otherwise.
const PARALLEL: usize = 8;

/// What is done about symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symlinks {
    /// They are left out, and the summary says so.
    #[default]
    Skip,
    /// What they lead to is taken in their place.
    Follow,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Up,
    Down,
}

/// A folder that is to be uploaded or downloaded; awaiting it does it. Made by
/// [`RemotePath::upload_folder`] and [`RemotePath::download_folder`].
///
/// Files that are there already are replaced, others are left alone. A file that fails does not keep
/// the others from being transferred: the [`Summary`](super::Summary) tells of it.
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
pub struct Folder {
    pub(super) direction: Direction,
    pub(super) local: PathBuf,
    pub(super) remote: RemotePath,
    pub(super) selection: Selection,
    pub(super) symlinks: Symlinks,
    pub(super) parallel: usize,
    pub(super) skip_unchanged: bool,
    pub(super) dry_run: bool,
    pub(super) told: Told,
}

impl RemotePath {
    /// Uploads what is in the folder `from` of this machine into the directory that is here.
    pub fn upload_folder(&self, from: impl Into<PathBuf>) -> Folder {
        Folder::up(from.into(), self.clone())
    }

    /// Downloads what is in the directory that is here into the folder `to` of this machine.
    pub fn download_folder(&self, to: impl Into<PathBuf>) -> Folder {
        Folder::down(self.clone(), to.into())
    }
}

impl Folder {
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
            dry_run: false,
            told: Told::default(),
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

    /// What is done about symbolic links; they are skipped by default.
    pub fn symlinks(mut self, policy: Symlinks) -> Self {
        self.symlinks = policy;
        self
    }

    /// How many files are on their way at once; 8 by default, and at least one.
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

    /// Changes nothing, and gives the summary of what would be done.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Calls `tell` with each piece that has moved and each file that is done.
    pub fn on_progress(mut self, tell: impl Fn(FolderProgress) + Send + Sync + 'static) -> Self {
        self.told = Told(Some(Arc::new(tell)));
        self
    }
}
