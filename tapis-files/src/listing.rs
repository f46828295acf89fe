//! Listing a directory, or a whole tree.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tapis_core::Error;
use tapis_core::paging::{Items, Listing};

use crate::types::{FileInfo, FileType};
use crate::{RemotePath, TapisPath};

/// How many entries a page has, which is as many as the service gives.
const PAGE: i32 = 1000;
/// How deep the service goes at a time.
const DEPTH: usize = 20;

/// What is in a directory: a stream of entries, fetched as they are needed. Made by
/// [`RemotePath::list`]; its settings count until it is first polled.
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
    /// What is in a directory, as a stream: `GET /v3/files/ops/{systemId}/{path}`, as often as it
    /// takes. A file lists itself.
    pub fn list(&self) -> Entries {
        Entries::new(self.clone())
    }
}

impl Entries {
    fn new(remote: RemotePath) -> Self {
        Self { remote, recursive: false, pattern: None, found: None }
    }

    /// Lists what is in the directories within as well, at any depth.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Only names that match: a glob such as `*.txt`, or `regex:` and a regular expression. The
    /// service does the matching.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// Whatever keeps it from being listed; the stream ends there.
    pub async fn next(&mut self) -> Result<Option<FileInfo>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// All entries, in memory.
    ///
    /// # Errors
    /// Whatever keeps them from being listed, or more than `bound` of them, so that nobody takes a
    /// part for the whole.
    pub async fn collect_all(mut self, bound: usize) -> Result<Vec<FileInfo>, Error> {
        let found = self.found.take();
        found.unwrap_or_else(|| self.begin()).collect_all(bound).await
    }

    fn begin(&self) -> Listing<FileInfo> {
        let (remote, pattern) = (self.remote.clone(), self.pattern.clone());
        if self.recursive {
            return Listing::new(tree(remote, pattern));
        }
        Listing::new(futures_util::stream::try_unfold(None, move |state| {
            let (remote, pattern) = (remote.clone(), pattern.clone());
            async move {
                let mut items = match state {
                    Some(items) => items,
                    None => items(&remote, remote.path()?, pattern, false),
                };
                Ok(items.next().await?.map(|entry| (entry, Some(items))))
            }
        }))
    }
}

fn items(
    remote: &RemotePath,
    path: &TapisPath,
    pattern: Option<String>,
    recurse: bool,
) -> Items<FileInfo> {
    let call = remote.client.list_files(path.system(), path.path());
    call.limit(PAGE).maybe_pattern(pattern).maybe_recurse(recurse.then_some(true)).items()
}

struct Tree {
    remote: RemotePath,
    pattern: Option<String>,
    /// Directories that still have to be listed.
    left: Vec<TapisPath>,
    now: Option<(TapisPath, Items<FileInfo>)>,
    /// Directories at which the service has stopped, unless an entry below shows otherwise.
    ends: HashSet<TapisPath>,
}

/// Everything below a directory. The service goes down by itself, but only so far; what lies deeper
/// is asked for from there.
fn tree(
    remote: RemotePath,
    pattern: Option<String>,
) -> impl Stream<Item = Result<FileInfo, Error>> + Send {
    let (left, ends) = (Vec::new(), HashSet::new());
    let start = Tree { remote, pattern, left, now: None, ends };
    futures_util::stream::try_unfold((start, true), |(mut tree, first)| async move {
        if first {
            tree.left.push(tree.remote.path()?.clone());
        }
        let entry = tree.next().await?;
        Ok(entry.map(|entry| (entry, (tree, false))))
    })
}

impl Tree {
    async fn next(&mut self) -> Result<Option<FileInfo>, Error> {
        loop {
            let Some((top, found)) = &mut self.now else {
                let Some(top) = self.left.pop() else { return Ok(None) };
                // With a pattern the directories on the way are not listed.
                let items = items(&self.remote, &top, self.pattern.clone(), true);
                self.now = Some((top, items));
                continue;
            };
            let Some(entry) = found.next().await? else {
                self.left.extend(self.ends.drain());
                self.now = None;
                continue;
            };
            let Ok(path) = TapisPath::new(top.system(), &entry.path) else {
                return Ok(Some(entry));
            };
            let depth = path.below(top).map_or(0, |below| below.split('/').count());
            if depth > DEPTH
                && let Some(parent) = path.parent()
            {
                self.ends.remove(&parent);
            }
            if depth >= DEPTH && entry.type_ == Some(FileType::Dir) {
                self.ends.insert(path);
            }
            return Ok(Some(entry));
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
