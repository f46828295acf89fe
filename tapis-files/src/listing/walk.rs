//! Lists a directory tree completely, in spite of the limits of the service.

use std::collections::{HashSet, VecDeque};

use tapis_core::Error;

use super::pages::{PAGE, Pages};
use super::pattern::Pattern;
use crate::entry::{self, Position};
use crate::types::FileInfo;
use crate::{RemotePath, TapisPath};

/// The maximum depth of the service's recursive listing.
const DEPTH: usize = 20;

/// The entries at a path, or of the tree below it.
pub(super) struct Walk {
    remote: RemotePath,
    recursive: bool,
    /// The pattern to send to the service. A tree is listed without it, because the service enters
    /// only directories that match.
    pattern: Pattern,
    left: Vec<Part>,
    pages: Option<Pages>,
    ready: VecDeque<FileInfo>,
    /// The directories that have been returned.
    directories: HashSet<TapisPath>,
}

/// A listing still to do.
enum Part {
    /// A directory with everything below it, in one call.
    Tree(TapisPath),
    /// A directory, and then each of its subdirectories.
    Directory(TapisPath),
}

impl Walk {
    pub(super) fn directory(remote: RemotePath, path: TapisPath, pattern: Pattern) -> Self {
        Self::new(remote, false, Part::Directory(path), pattern)
    }

    pub(super) fn tree(remote: RemotePath, path: TapisPath) -> Self {
        Self::new(remote, true, Part::Tree(path), Pattern::All)
    }

    fn new(remote: RemotePath, recursive: bool, part: Part, pattern: Pattern) -> Self {
        let (left, ready, directories) = (vec![part], VecDeque::new(), HashSet::new());
        Self { remote, recursive, pattern, left, pages: None, ready, directories }
    }

    /// Returns the next entry; `None` at the end.
    ///
    /// # Errors
    /// The error of the call that failed.
    pub(super) async fn next(&mut self) -> Result<Option<FileInfo>, Error> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Ok(Some(entry));
            }
            if let Some(pages) = &mut self.pages {
                match pages.next().await? {
                    Some(entry) => {
                        let listed = pages.path().clone();
                        self.take(&listed, entry, true);
                    }
                    None => self.pages = None,
                }
                continue;
            }
            match self.left.pop() {
                None => return Ok(None),
                Some(Part::Tree(path)) => self.ask_for_tree(path).await?,
                Some(Part::Directory(path)) => {
                    self.pages = Some(Pages::new(&self.remote, path, &self.pattern));
                }
            }
        }
    }

    /// Requests a whole tree at once. The service applies its limit to each directory and stops at
    /// a depth: directories with fewer entries than the limit are complete down to that depth, and
    /// all others are requested one by one.
    async fn ask_for_tree(&mut self, path: TapisPath) -> Result<(), Error> {
        let call = self.remote.client.list_files(path.system(), path.path());
        let entries = match call.limit(i32::from(PAGE)).recurse(true).await {
            Ok(entries) => entries,
            // The tree may be too large for one reply, or for the time limit.
            Err(error) if error.is_server() || error.is_timeout() || error.is_decoding() => {
                tracing::debug!(%path, %error, "a tree is listed directory by directory");
                self.left.push(Part::Directory(path));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if entries.len() >= usize::from(PAGE) {
            self.left.push(Part::Directory(path));
            return Ok(());
        }
        let below = |entry: &FileInfo| match Position::of(entry, &path) {
            Position::Below(below) => Some(below),
            _ => None,
        };
        let entered: HashSet<TapisPath> =
            entries.iter().filter_map(|entry| below(entry)?.parent()).collect();
        for entry in entries {
            if let Some(directory) = below(&entry).filter(|_| entry::is_directory(&entry))
                && depth(&directory, &path) >= DEPTH
                && !entered.contains(&directory)
            {
                self.left.push(Part::Tree(directory));
            }
            self.take(&path, entry, false);
        }
        Ok(())
    }

    /// Handles an entry from the listing of `listed`. Buckets have no directories: their listings
    /// contain everything below a prefix, and keys beside it with the same beginning.
    fn take(&mut self, listed: &TapisPath, entry: FileInfo, enter: bool) {
        let path = match Position::of(&entry, listed) {
            Position::SamePrefix | Position::Directory => return,
            Position::Own | Position::Elsewhere => return self.ready.push_back(entry),
            Position::Below(path) => path,
        };
        let mut above: Vec<TapisPath> = std::iter::successors(path.parent(), TapisPath::parent)
            .take_while(|up| up != listed)
            .collect();
        if !self.recursive
            && let Some(directory) = above.pop()
        {
            return self.take_directory(directory, None);
        }
        for directory in above.into_iter().rev() {
            self.take_directory(directory, None);
        }
        if !entry::is_directory(&entry) {
            return self.ready.push_back(entry);
        }
        let is_object = entry.path.ends_with('/');
        if self.recursive && enter && !is_object {
            self.left.push(Part::Directory(path.clone()));
        }
        self.take_directory(path, (!is_object).then_some(entry));
    }

    fn take_directory(&mut self, path: TapisPath, entry: Option<FileInfo>) {
        if !self.directories.contains(&path) {
            self.ready.push_back(entry.unwrap_or_else(|| entry::directory(&path)));
            self.directories.insert(path);
        }
    }
}

/// The number of levels between `top` and `path`.
fn depth(path: &TapisPath, top: &TapisPath) -> usize {
    path.below(top).map_or(0, |below| below.split('/').count())
}
