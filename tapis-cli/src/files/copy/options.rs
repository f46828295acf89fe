//! How files and folders are copied.

use clap::ArgMatches;
use tapis_client::files::{FolderTransfer, Symlinks};

/// How files and folders are copied.
pub(super) struct Options {
    pub(super) recursive: bool,
    pub(super) keep_existing: bool,
    pub(super) target_as_it_is: bool,
    pub(super) wait: bool,
    include: Vec<String>,
    exclude: Vec<String>,
    skip_unchanged: bool,
    dereference: bool,
}

impl Options {
    pub(super) fn read(matches: &ArgMatches) -> Self {
        let globs = |name: &str| matches.get_many(name).into_iter().flatten().cloned().collect();
        Self {
            recursive: matches.get_flag("recursive"),
            keep_existing: matches.get_flag("no-clobber"),
            target_as_it_is: matches.get_flag("no-target-directory"),
            wait: !matches.get_flag("no-wait"),
            include: globs("include"),
            exclude: globs("exclude"),
            skip_unchanged: matches.get_flag("skip-unchanged"),
            dereference: matches.get_flag("dereference"),
        }
    }

    /// Whether they choose among the files of a folder, which the service cannot do when it copies one.
    pub(super) fn choose_files(&self) -> bool {
        let globs = !self.include.is_empty() || !self.exclude.is_empty();
        globs || self.keep_existing || self.skip_unchanged || self.dereference
    }

    pub(super) fn apply(&self, mut folder: FolderTransfer) -> FolderTransfer {
        for glob in &self.include {
            folder = folder.include(glob);
        }
        for glob in &self.exclude {
            folder = folder.exclude(glob);
        }
        if self.dereference {
            folder = folder.symlinks(Symlinks::Follow);
        }
        if self.keep_existing {
            folder = folder.keep_existing();
        }
        if self.skip_unchanged {
            folder = folder.skip_unchanged();
        }
        folder
    }
}
