//! Lists a directory, or a whole tree.

mod pages;
mod pattern;
mod walk;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tapis_core::paging::Listing;
use tapis_core::{Error, ErrorKind};

use crate::RemotePath;
use crate::entry::{Position, is_directory};
use crate::system::SystemKind;
use crate::types::FileInfo;
use pattern::Pattern;
use walk::Walk;

/// The content of a directory: a stream of entries, fetched when needed. Created by
/// [`RemotePath::list`]; its settings apply until it is first polled.
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// let mut entries = files.at("tapis://my-system/data").list().recursive();
/// while let Some(entry) = entries.next().await? {
///     println!("{} {:?}", entry.path, entry.size);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct Entries {
    remote: RemotePath,
    recursive: bool,
    pattern: Option<String>,
    found: Option<Listing<FileInfo>>,
}

impl RemotePath {
    /// Lists a directory, as a stream: `GET /v3/files/ops/{systemId}/{path}`, one call per 1000
    /// entries. For a file the list has only that file. In a bucket, the directories are derived
    /// from the keys.
    #[doc(alias = "ls")]
    #[doc(alias = "list files")]
    pub fn list(&self) -> Entries {
        Entries::new(self.clone())
    }
}

impl Entries {
    fn new(remote: RemotePath) -> Self {
        Self { remote, recursive: false, pattern: None, found: None }
    }

    /// Lists all subdirectories too, at any depth. One call returns a tree of fewer than 1000
    /// entries; a larger one takes a call for each directory and for each 1000 entries in it.
    /// Symbolic links are not followed.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Returns only entries whose names match. In a glob such as `*.txt`, `*` stands for any text
    /// and `?` for one character; case-sensitive. The prefix `regex:` starts a Java regular
    /// expression, which can match any part of a name unless it has `^` and `$`; it works on Linux
    /// systems only. Directories are always entered, even if their names do not match.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// Returns the next entry; `None` at the end.
    ///
    /// # Errors
    /// `NotFound` if the path or the system does not exist, `Permission` if the caller may not read
    /// it, `Failed` for a directory with 1000 or more entries on a Globus collection, where the
    /// service lists no more, `Input` for an invalid path; the stream then ends.
    pub async fn next(&mut self) -> Result<Option<FileInfo>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Reads all entries into memory.
    ///
    /// # Errors
    /// The errors of [`next`](Self::next); `Input` if there are more than `bound` entries, so that
    /// an incomplete list is never returned as complete.
    pub async fn collect_all(mut self, bound: usize) -> Result<Vec<FileInfo>, Error> {
        let found = self.found.take();
        found.unwrap_or_else(|| self.begin()).collect_all(bound).await
    }

    fn begin(&self) -> Listing<FileInfo> {
        let (remote, pattern) = (self.remote.clone(), Pattern::new(self.pattern.as_deref()));
        match (self.recursive, pattern) {
            (true, pattern @ Pattern::Regex(_)) => selected_by_service(remote, pattern),
            (recursive, pattern) => selected_here(remote, recursive, pattern),
        }
    }
}

/// Lists a directory or a tree, and selects the names here.
fn selected_here(remote: RemotePath, recursive: bool, pattern: Pattern) -> Listing<FileInfo> {
    let start = (remote, pattern, None);
    Listing::new(futures_util::stream::try_unfold(
        start,
        move |(remote, pattern, walk)| async move {
            let mut walk = match walk {
                Some(walk) => walk,
                None => {
                    let path = remote.path()?.clone();
                    if recursive {
                        Walk::tree(remote.clone(), path)
                    } else {
                        require_regex(&remote, &pattern).await?;
                        Walk::directory(remote.clone(), path, pattern.clone())
                    }
                }
            };
            while let Some(entry) = walk.next().await? {
                if pattern.takes(&entry.name) {
                    return Ok(Some((entry, (remote, pattern, Some(walk)))));
                }
            }
            Ok(None)
        },
    ))
}

/// Finds the directories of a tree, and has the names in each selected by the service, which alone can.
fn selected_by_service(remote: RemotePath, pattern: Pattern) -> Listing<FileInfo> {
    let start = (remote, pattern, None::<(Walk, Walk)>);
    Listing::new(futures_util::stream::try_unfold(start, |(remote, pattern, walks)| async move {
        let select = |path| Walk::directory(remote.clone(), path, pattern.clone());
        let (mut tree, mut names) = match walks {
            Some(walks) => walks,
            None => {
                let path = remote.path()?.clone();
                require_regex(&remote, &pattern).await?;
                (Walk::tree(remote.clone(), path.clone()), select(path))
            }
        };
        loop {
            if let Some(entry) = names.next().await? {
                return Ok(Some((entry, (remote, pattern, Some((tree, names))))));
            }
            let Some(entry) = tree.next().await? else { return Ok(None) };
            if let (Position::Below(path), true) =
                (Position::of(&entry, remote.path()?), is_directory(&entry))
            {
                names = select(path);
            }
        }
    }))
}

/// Refuses a regular expression where the service would ignore it and return everything.
async fn require_regex(remote: &RemotePath, pattern: &Pattern) -> Result<(), Error> {
    if !matches!(pattern, Pattern::Regex(_)) {
        return Ok(());
    }
    let path = remote.path()?;
    match remote.client.system_kind(path.system()).await {
        SystemKind::Linux | SystemKind::Unknown => Ok(()),
        SystemKind::S3 | SystemKind::Irods | SystemKind::Globus => {
            let message = format!(
                "{path} is not on a Linux system, and elsewhere the service ignores regular \
                 expressions; use a glob"
            );
            Err(Error::new(ErrorKind::Input, message))
        }
    }
}

impl Stream for Entries {
    type Item = Result<FileInfo, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let found = match this.found.take() {
            Some(found) => found,
            None => this.begin(),
        };
        Pin::new(this.found.insert(found)).poll_next(context)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("remote", &self.remote)
            .field("recursive", &self.recursive)
            .field("pattern", &self.pattern)
            .finish_non_exhaustive()
    }
}
