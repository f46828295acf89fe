//! Detects cycles of symbolic links to directories.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::TapisPath;
use crate::types::FileInfo;

/// The maximum number of links in a path.
const MOST: usize = 20;

/// The directories that have been listed, by a hash of their content. The service does not report the target of a link,
/// but a directory has the same entries by every path, so an equal hash shows that a link leads back to it.
#[derive(Default)]
pub(super) struct Links {
    /// The sum of the hashes of each directory's entries, which does not depend on their order.
    contents: HashMap<TapisPath, u64>,
    followed: Vec<TapisPath>,
}

impl Links {
    /// Records an entry at `path`.
    pub(super) fn see(&mut self, path: &TapisPath, entry: &FileInfo) {
        if let Some(directory) = path.parent() {
            self.see_in(&directory, entry);
        }
    }

    /// Records an entry in `directory`.
    pub(super) fn see_in(&mut self, directory: &TapisPath, entry: &FileInfo) {
        let mut hasher = DefaultHasher::new();
        let kind = entry.type_.as_ref().map(|kind| kind.as_str());
        let modified = entry.last_modified.as_ref().map(|time| time.as_str());
        (&entry.name, kind, entry.size, modified).hash(&mut hasher);
        let sum = self.contents.entry(directory.clone()).or_default();
        *sum = sum.wrapping_add(hasher.finish());
    }

    /// Whether the target of `link`, whose entries are in `seen`, is one of the directories between `top` and
    /// `link`, or whether its path has too many links.
    pub(super) fn lead_back(&mut self, top: &TapisPath, link: &TapisPath, seen: &Self) -> bool {
        let on_the_way = self.followed.iter().filter(|other| link.below(other).is_some());
        if on_the_way.count() >= MOST {
            return true;
        }
        self.followed.push(link.clone());
        let Some(own) = seen.contents.get(link) else { return false };
        let above = std::iter::successors(link.parent(), TapisPath::parent);
        above
            .take_while(|directory| directory.below(top).is_some())
            .any(|directory| self.contents.get(&directory) == Some(own))
    }
}
