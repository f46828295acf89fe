//! Symbolic links to directories, which may lead round in a circle.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::TapisPath;
use crate::types::FileInfo;

/// How many links a path may go through.
const MOST: usize = 20;

/// What is known of directories, so that one is known again that a link leads back to. The service does not say
/// where a link leads, but a directory holds the same entries whichever way it is listed.
#[derive(Default)]
pub(super) struct Links {
    /// The sum of what each directory holds, in any order.
    contents: HashMap<TapisPath, u64>,
    followed: Vec<TapisPath>,
}

impl Links {
    /// Takes note of an entry at `path`.
    pub(super) fn see(&mut self, path: &TapisPath, entry: &FileInfo) {
        if let Some(directory) = path.parent() {
            self.see_in(&directory, entry);
        }
    }

    /// Takes note of an entry in `directory`.
    pub(super) fn see_in(&mut self, directory: &TapisPath, entry: &FileInfo) {
        let mut hasher = DefaultHasher::new();
        let kind = entry.type_.as_ref().map(|kind| kind.as_str());
        let modified = entry.last_modified.as_ref().map(|time| time.as_str());
        (&entry.name, kind, entry.size, modified).hash(&mut hasher);
        let sum = self.contents.entry(directory.clone()).or_default();
        *sum = sum.wrapping_add(hasher.finish());
    }

    /// Whether `link`, which holds what `seen` says, is a directory on the way from `top` to it, or too many
    /// links lead there.
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
