//! What a copy has done.

use std::time::Instant;

use indicatif::HumanBytes;
use serde_json::{Value, json};
use tapis_client::files::{FolderSummary, SkipReason, TapisPath};

use super::super::parts::failed_at;
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::format::Format;

/// What a copy has done.
pub(super) struct Tally {
    began: Instant,
    pub(super) files: u64,
    /// Directories that the service has copied as wholes.
    pub(super) directories: u64,
    pub(super) bytes: u64,
    unchanged: u64,
    skipped: Vec<(String, SkipReason)>,
    /// The id of the transfer that the service does.
    pub(super) transfer: Option<String>,
    pub(super) failures: Failures,
}

impl Tally {
    pub(super) fn begin() -> Self {
        Self {
            began: Instant::now(),
            files: 0,
            directories: 0,
            bytes: 0,
            unchanged: 0,
            skipped: Vec::new(),
            transfer: None,
            failures: Failures::default(),
        }
    }

    pub(super) fn add_file(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(super) fn skip(&mut self, path: String, reason: SkipReason) {
        self.skipped.push((path, reason));
    }

    /// Takes in what was done with the folder `name`, which is copied from or to `on_system`.
    ///
    /// # Errors
    /// A failure that everything else would have, too.
    pub(super) fn add_folder(
        &mut self,
        name: &str,
        on_system: &TapisPath,
        summary: FolderSummary,
    ) -> Result<(), Failure> {
        let within = |path: &str| format!("{}/{path}", name.trim_end_matches('/'));
        self.files += u64::try_from(summary.transferred.len()).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(summary.bytes);
        self.unchanged = self.unchanged.saturating_add(summary.unchanged);
        let skipped = summary.skipped.into_iter();
        self.skipped.extend(skipped.map(|skipped| (within(&skipped.path), skipped.reason)));
        for (path, error) in summary.failed {
            let mut failure = failed_at(on_system, error);
            if failure.exit == Exit::Usage {
                // A name that was found, and not one of the command line.
                failure.exit = Exit::Failed;
            }
            self.failures.push(within(&path), failure)?;
        }
        Ok(())
    }

    /// Says on stderr what was done, and on stdout where a format for programs was asked for.
    pub(super) fn show(&self, globals: &Globals) -> Result<(), Failure> {
        let seconds = self.began.elapsed().as_secs_f64();
        for (path, reason) in &self.skipped {
            // What was asked for needs not be said file by file.
            if *reason != SkipReason::Exists {
                globals.note(&format!("skipped {path}: {}", words(*reason)));
            }
        }
        // Nothing is known yet of a transfer that continues in the background.
        if self.transfer.is_none() || self.total() > 0 {
            globals.note(&self.sentence(seconds));
        }
        match globals.format {
            Some(Format::Json | Format::Yaml) => {
                globals.output().show(&self.for_programs(seconds), &[])
            }
            _ => Ok(()),
        }
    }

    fn sentence(&self, seconds: f64) -> String {
        let count = |number: u64, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {many}"),
        };
        let files = format!("{} ({})", count(self.files, "file", "files"), HumanBytes(self.bytes));
        let directories = count(self.directories, "directory", "directories");
        let mut text = match (self.files, self.directories) {
            (_, 0) => format!("Copied {files} in {seconds:.1} s"),
            (0, _) => format!("Copied {directories} in {seconds:.1} s"),
            _ => format!("Copied {files} and {directories} in {seconds:.1} s"),
        };
        for (number, what) in [
            (self.unchanged, "unchanged"),
            (u64::try_from(self.skipped.len()).unwrap_or_default(), "skipped"),
            (u64::try_from(self.failures.len()).unwrap_or_default(), "failed"),
        ] {
            if number > 0 {
                text += &format!("; {number} {what}");
            }
        }
        text + "."
    }

    fn for_programs(&self, seconds: f64) -> Value {
        let skipped = self.skipped.iter();
        let skipped = skipped.map(|(path, reason)| json!({"path": path, "reason": words(*reason)}));
        json!({
            "files": self.files,
            "directories": self.directories,
            "bytes": self.bytes,
            "seconds": seconds,
            "unchanged": self.unchanged,
            "skipped": skipped.collect::<Vec<_>>(),
            "failed": self.failures.len(),
            "transfer": self.transfer,
        })
    }

    /// The failures, if there are any.
    pub(super) fn into_result(self) -> Result<(), Failure> {
        let total = self.total();
        self.failures.into_result(total, "files")
    }

    fn total(&self) -> usize {
        let done = self.files.saturating_add(self.directories).saturating_add(self.unchanged);
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        done.saturating_add(self.skipped.len()).saturating_add(self.failures.len())
    }
}

fn words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Symlink => "it is a symbolic link, which -L copies",
        SkipReason::Special => "it is neither a file nor a directory",
        SkipReason::BrokenLink => "it is a symbolic link that leads nowhere",
        SkipReason::Circle => "it is a symbolic link that leads back to a directory above it",
        SkipReason::EmptyDirectory => {
            "it is an empty directory, and the storage has no directories"
        }
        SkipReason::Exists => "it exists at the target",
        _ => "it cannot be copied",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_there_was() {
        let mut tally = Tally::begin();
        assert_eq!(tally.sentence(0.04), "Copied 0 files (0 B) in 0.0 s.");
        tally.add_file(1536);
        assert_eq!(tally.sentence(1.25), "Copied 1 file (1.50 KiB) in 1.2 s.");
        tally.add_file(0);
        tally.directories = 1;
        tally.skip("a".into(), SkipReason::Exists);
        assert_eq!(
            tally.sentence(2.0),
            "Copied 2 files (1.50 KiB) and 1 directory in 2.0 s; 1 skipped."
        );
    }
}
