//! Writes several files, all of them or none.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Writes each text to its path below `root`: first a temporary file, then a rename. After a
/// failure all changes are undone.
pub(crate) fn write_all(root: &Path, files: &[(&Path, &str)]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let stage = tempfile::Builder::new()
        .prefix(".regen-")
        .tempdir_in(root)
        .with_context(|| format!("cannot write {}", root.display()))?;
    for (index, (path, text)) in files.iter().enumerate() {
        std::fs::write(stage.path().join(format!("{index}.new")), text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        let target = root.join(path);
        if target.exists() {
            std::fs::copy(&target, stage.path().join(format!("{index}.old")))
                .with_context(|| format!("cannot keep a copy of {}", path.display()))?;
        }
    }
    let mut done = Vec::new();
    for (index, (path, _)) in files.iter().enumerate() {
        let (new, old) = (format!("{index}.new"), format!("{index}.old"));
        let (new, old) = (stage.path().join(new), stage.path().join(old));
        if let Err(error) = put(&new, &root.join(path), old, &mut done) {
            for step in done.into_iter().rev() {
                step.undo()?;
            }
            return Err(error).with_context(|| format!("cannot write {}", path.display()));
        }
    }
    Ok(())
}

fn put(new: &Path, target: &Path, old: PathBuf, done: &mut Vec<Step>) -> io::Result<()> {
    if let Some(folder) = target.parent().filter(|folder| !folder.is_dir()) {
        std::fs::create_dir(folder)?;
        done.push(Step::Folder(folder.to_owned()));
    }
    std::fs::rename(new, target)?;
    let target = target.to_owned();
    done.push(if old.exists() { Step::Replaced { target, old } } else { Step::Added(target) });
    Ok(())
}

/// A completed step that can be undone.
enum Step {
    Folder(PathBuf),
    Added(PathBuf),
    Replaced { target: PathBuf, old: PathBuf },
}

impl Step {
    fn undo(self) -> Result<()> {
        let (undone, place) = match self {
            Self::Folder(folder) => (std::fs::remove_dir(&folder), folder),
            Self::Added(target) => (std::fs::remove_file(&target), target),
            Self::Replaced { target, old } => (std::fs::rename(old, &target), target),
        };
        undone.with_context(|| format!("cannot restore {}", place.display()))
    }
}
