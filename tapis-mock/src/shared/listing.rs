//! The lists of directories in Files. Jobs uses them to list outputs.

use std::io;

use fancy_regex::Regex;

use crate::folder::{Disk, Entry, Within};

/// The maximum depth of a recursive list, below the root.
pub(crate) const DEPTH: usize = 20;

/// The listed part of *each* directory.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
    pub(crate) pattern: Option<Pattern>,
}

impl Page {
    /// A page of this length, from the first entry.
    pub(crate) fn first(limit: usize) -> Self {
        Self { limit, offset: 0, pattern: None }
    }

    /// Everything.
    pub(crate) fn whole() -> Self {
        Self::first(usize::MAX)
    }

    /// The page of a directory of a host, or of a single file.
    pub(crate) fn of(&self, disk: &Disk, path: &Within) -> io::Result<Vec<Entry>> {
        let top = disk.entry(path)?;
        let entries = if top.is_dir() { disk.list(path)? } else { vec![top] };
        Ok(self.cut(entries))
    }

    /// The page of these entries.
    pub(crate) fn cut(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let pattern = self.pattern.as_ref();
        let fits = |entry: &Entry| pattern.is_none_or(|pattern| pattern.fits(entry.path.name()));
        entries.into_iter().filter(fits).skip(self.offset).take(self.limit).collect()
    }
}

/// Lists a directory, then each directory in this list, and so on. So a page applies to each
/// directory separately, and directories that are not on a page are not listed
/// (`FileOpsService.listDirectoryRecurse`).
pub(crate) fn deep(
    path: &Within,
    depth: usize,
    list: &dyn Fn(&Within) -> io::Result<Vec<Entry>>,
) -> io::Result<Vec<Entry>> {
    let mut all = list(path)?;
    if depth > 0 {
        let dirs = all.iter().filter(|entry| entry.is_dir());
        for dir in dirs.map(|entry| entry.path.clone()).collect::<Vec<_>>() {
            all.extend(deep(&dir, depth - 1, list)?);
        }
    }
    Ok(all)
}

/// The pattern for the names in a list.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Parses `*` and `?`, or a regular expression after `regex:`, which may match any part of a
    /// name. Blank text is no pattern.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let regex = match text.split_at_checked("regex:".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("regex:") => rest.to_owned(),
            _ => wildcards(text),
        };
        Regex::new(&regex).map(|regex| Some(Self(regex))).map_err(|error| error.to_string())
    }

    fn fits(&self, name: &str) -> bool {
        self.0.is_match(name).unwrap_or(false)
    }
}

/// The regular expression for a text in which only `*` and `?` are special.
fn wildcards(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        other => fancy_regex::escape(other.encode_utf8(&mut [0; 4])).into_owned(),
    });
    format!("(?s)\\A{}\\z", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_letters_of_a_wildcard_are_special() {
        let fits = |pattern: &str, name: &str| Pattern::read(pattern).unwrap().unwrap().fits(name);
        assert!(fits("*.txt", "a.txt") && !fits("*.txt", "a.TXT") && !fits("*.txt", "a.txt2"));
        assert!(fits("?.t", "é.t") && !fits("?", ""));
        assert!(fits("{a,b}", "{a,b}") && !fits("{a,b}", "a"));
        assert!(fits("[ab]", "[ab]") && !fits("[ab]", "a"));
        assert!(Pattern::read("  ").unwrap().is_none());
    }

    #[test]
    fn a_regular_expression_may_fit_anywhere_and_look_around() {
        let fits = |pattern: &str, name: &str| Pattern::read(pattern).unwrap().unwrap().fits(name);
        assert!(fits("regex:b+", "abba") && fits("REGEX:^a", "abba") && !fits("regex:^b", "abba"));
        assert!(fits("regex:^(?!.*tmp).*$", "a.txt") && !fits("regex:^(?!.*tmp).*$", "a.tmp"));
        assert!(fits("regex:(?<=a)b", "ab") && fits(r"regex:(.)\1", "abba"));
        assert!(Pattern::read("regex:(").is_err());
    }
}
