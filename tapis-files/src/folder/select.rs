//! Selects files of a folder by globs.

use tapis_core::{Error, ErrorKind};

/// Globs over paths relative to the folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
}

impl Selection {
    /// Checks the syntax of all globs.
    pub(super) fn check(&self) -> Result<(), Error> {
        let globs = self.include.iter().chain(&self.exclude);
        globs.map(|glob| (glob, fast_glob::validate(glob))).try_for_each(|(glob, valid)| {
            valid.map_err(|error| {
                Error::new(ErrorKind::Input, format!("{glob:?} is not a glob: {error}"))
            })
        })
    }

    /// Whether a file is selected.
    pub(super) fn takes(&self, path: &str) -> bool {
        let included = self.include.is_empty() || self.include.iter().any(|glob| fits(glob, path));
        included && !self.leaves_out(path)
    }

    /// Whether a path or one of its parent directories is excluded.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.filter_map(|end| path.get(..end))
            .any(|part| self.exclude.iter().any(|glob| fits(glob, part)))
    }
}

fn fits(glob: &str, path: &str) -> bool {
    // A glob without a slash matches names alone.
    let subject = if glob.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) };
    fast_glob::glob_match(glob.trim_start_matches('/'), subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_say_which_files_are_meant() {
        let cases: [(&[&str], &[&str], &str, bool); 13] = [
            (&[], &[], "a/b.txt", true),
            (&["*.txt"], &[], "a/b.txt", true),
            (&["*.txt"], &[], "a/b.csv", false),
            (&["*.txt", "*.csv"], &[], "a/b.csv", true),
            (&["a/*.txt"], &[], "a/b.txt", true),
            (&["a/*.txt"], &[], "c/a/b.txt", false),
            (&["**/a/*.txt"], &[], "c/a/b.txt", true),
            (&["/b.txt"], &[], "b.txt", true),
            (&[], &["target"], "target/debug/x", false),
            (&[], &["target"], "a/target/x", false),
            (&[], &["a/target"], "b/target/x", true),
            (&["*.txt"], &["b.*"], "a/b.txt", false),
            (&[], &["*.{tmp,bak}"], "a/b.bak", false),
        ];
        for (include, exclude, path, meant) in cases {
            let own = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
            let selection = Selection { include: own(include), exclude: own(exclude) };
            selection.check().unwrap();
            assert_eq!(selection.takes(path), meant, "{include:?} {exclude:?} {path}");
        }
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for glob in ["a[", "{a,b"] {
            let selection = Selection { include: vec![glob.to_owned()], exclude: Vec::new() };
            assert!(selection.check().unwrap_err().to_string().contains("not a glob"), "{glob}");
        }
    }
}
