//! File names that are invalid on this machine, or denote a device or another file.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::path::Path;

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The differences between names that a file system ignores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Folding {
    /// Upper and lower case.
    case: bool,
    /// Composed and decomposed Unicode, such as `é` and `e` with a combining accent.
    unicode: bool,
}

impl Folding {
    /// Tests the file system of a folder with an empty file that is removed again.
    pub(super) fn of(folder: &Path) -> Self {
        let named = |rest: &str| folder.join(format!(".{:x}-{rest}", std::process::id()));
        let probe = named("tapis-\u{e9}.part");
        if OpenOptions::new().write(true).create_new(true).open(&probe).is_err() {
            return Self::default();
        }
        let exists = |rest: &str| fs::symlink_metadata(named(rest)).is_ok();
        let case = exists("TAPIS-\u{e9}.part");
        let unicode = exists("tapis-e\u{301}.part");
        let _ = fs::remove_file(&probe);
        Self { case, unicode }
    }

    /// For each path, an earlier path that is the same file on this file system, if there is one.
    pub(super) fn twins<'a>(self, paths: impl Iterator<Item = &'a str>) -> Vec<Option<&'a str>> {
        if self == Self::default() {
            return paths.map(|_| None).collect();
        }
        let mut first = HashMap::new();
        paths.map(|path| first.insert(self.key(path), path)).collect()
    }

    fn key(self, path: &str) -> String {
        let nfd = DecomposingNormalizerBorrowed::new_nfd();
        let path = if self.unicode { nfd.normalize(path) } else { path.into() };
        if self.case { path.to_lowercase() } else { path.into_owned() }
    }
}

/// Whether Windows treats a name as a device or as another name, or does not allow it.
pub(super) fn means_something_else_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_device = match stem.strip_prefix("COM").or(stem.strip_prefix("LPT")) {
        Some(number) => {
            matches!(number.chars().next(), Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
                && number.chars().count() == 1
        }
        None => matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"),
    };
    is_device
        || name.ends_with(['.', ' '])
        || name.contains(['<', '>', ':', '"', '|', '?', '*', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_one_file_here_are_found() {
        let paths = ["a/B.txt", "a/b.txt", "\u{e9}", "e\u{301}", "E\u{301}", "c"];
        let twins = |case, unicode| Folding { case, unicode }.twins(paths.into_iter());
        assert_eq!(twins(false, false), [None; 6]);
        assert_eq!(twins(true, false), [None, Some("a/B.txt"), None, None, Some("e\u{301}"), None]);
        assert_eq!(twins(false, true), [None, None, None, Some("\u{e9}"), None, None]);
        let both = [None, Some("a/B.txt"), None, Some("\u{e9}"), Some("e\u{301}"), None];
        assert_eq!(twins(true, true), both);
    }

    #[test]
    fn a_folder_is_asked_and_left_as_it_was() {
        let folder = std::env::temp_dir().join(format!("tapis-names-{:x}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let folding = Folding::of(&folder);
        if cfg!(target_os = "linux") {
            assert_eq!(folding, Folding::default());
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn names_that_windows_reads_otherwise_are_known() {
        for name in [
            "NUL",
            "nul.txt",
            "aux",
            "Com1.log",
            "lpt\u{b2}",
            "con .txt",
            "a.",
            "a ",
            "a:b",
            "a?",
            "b\\c",
        ] {
            assert!(means_something_else_on_windows(name), "{name}");
        }
        for name in ["null", "com", "com10", "comb", "a.nul", ".a", "a b", "console"] {
            assert!(!means_something_else_on_windows(name), "{name}");
        }
    }
}
