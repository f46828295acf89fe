//! Uploads a local folder.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tapis_core::{Error, ErrorKind, local};
use walkdir::WalkDir;

use super::meter::{self, Meter};
use super::select::Selection;
use super::{FolderSummary, FolderTransfer, SkipReason, Symlinks};
use crate::download::system_time;
use crate::remote::is_missing;
use crate::types::FileType;
use crate::{RemotePath, TapisPath};

struct LocalEntry {
    local: PathBuf,
    /// The path relative to the folder, with slashes.
    path: String,
    size: u64,
    modified: Option<SystemTime>,
}

#[derive(Default)]
struct Plan {
    files: Vec<LocalEntry>,
    /// The directories without a file, which uploads do not create.
    empty: BTreeSet<String>,
    summary: FolderSummary,
}

pub(super) async fn run(folder: FolderTransfer) -> Result<FolderSummary, Error> {
    folder.remote.path()?;
    let FolderTransfer { local: from, selection, symlinks, .. } = folder.clone();
    let Plan { mut files, empty, mut summary } =
        local::blocking(move || plan(&from, &selection, symlinks)).await?;
    if folder.skip_unchanged || folder.keep_existing {
        let there = copies(&folder.remote).await?;
        if folder.keep_existing {
            files.retain(|file| {
                let exists = there.contains_key(&file.path);
                if exists {
                    summary.skip(&file.path, SkipReason::Exists);
                }
                !exists
            });
        }
        let before = files.len();
        files.retain(|file| !is_same(file, there.get(&file.path)));
        summary.unchanged = u64::try_from(before - files.len()).unwrap_or_default();
    }
    if folder.dry_run {
        for file in files {
            summary.take(file.path, Ok(file.size))?;
        }
        return Ok(summary);
    }
    if files.is_empty() && summary.unchanged == 0 && !folder.remote.path()?.is_root() {
        // Otherwise the upload of the first file creates the directory.
        make(&folder, vec![String::new()], &mut summary).await?;
    }
    make(&folder, leaves(&empty), &mut summary).await?;
    let total = meter::total(files.iter().map(|file| file.size));
    let meter = Meter::new(folder.callback.clone(), files.len(), total);
    let mut sending = stream::iter(files)
        .map(|file| {
            let upload = folder.remote.join(&file.path).upload().reporting(meter.file());
            let sending = upload.from_path(file.local).into_future();
            async move { (file.path, sending.await.map(|sent| sent.bytes)) }
        })
        .buffer_unordered(folder.parallel);
    while let Some((path, outcome)) = sending.next().await {
        meter.file_done();
        summary.take(path, outcome)?;
    }
    Ok(summary)
}

/// Finds the files to upload.
fn plan(from: &Path, selection: &Selection, symlinks: Symlinks) -> Result<Plan, Error> {
    let top = std::fs::metadata(from).map_err(|error| local::fault(from, "read", error))?;
    if !top.is_dir() {
        let message = format!("{} is not a directory", from.display());
        return Err(Error::new(ErrorKind::Input, message));
    }
    let mut plan = Plan::default();
    let follow = symlinks == Symlinks::Follow;
    let walk = WalkDir::new(from).min_depth(1).follow_links(follow).sort_by_file_name();
    let mut walk = walk.into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(from).to_owned();
                let shown = path.strip_prefix(from).unwrap_or(&path).display().to_string();
                plan.summary.fail(shown, local::fault(&path, "read", error.into()));
                continue;
            }
        };
        let seen = entry.path().strip_prefix(from).unwrap_or(entry.path());
        let Some(path) = slashed(seen) else {
            let message = "its name is not valid in a Tapis path (UTF-8 without control characters, \
                           not only dots): rename it";
            let error = Error::new(ErrorKind::Input, message);
            plan.summary.fail(seen.display().to_string(), error);
            continue;
        };
        let kind = entry.file_type();
        if kind.is_dir() {
            if selection.leaves_out(&path) {
                walk.skip_current_dir();
            } else if selection.include.is_empty() {
                plan.empty.insert(path);
            }
        } else if !selection.takes(&path) {
        } else if kind.is_symlink() {
            plan.summary.skip(path, SkipReason::Symlink);
        } else if !kind.is_file() {
            plan.summary.skip(path, SkipReason::Special);
        } else {
            match entry.metadata() {
                Ok(metadata) => {
                    let (size, modified) = (metadata.len(), metadata.modified().ok());
                    for (end, _) in path.match_indices('/') {
                        plan.empty.remove(path.get(..end).unwrap_or_default());
                    }
                    plan.files.push(LocalEntry { local: entry.into_path(), path, size, modified });
                }
                Err(error) => {
                    plan.summary.fail(path, local::fault(entry.path(), "read", error.into()));
                }
            }
        }
    }
    Ok(plan)
}

/// Converts a relative path to one with slashes; `None` if a path on a system cannot contain it unchanged.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    let path = parts?.join("/");
    let clean = TapisPath::new("system", &path).ok()?;
    (clean.path() == path).then_some(path)
}

/// The directories without subdirectories: creating these creates the others.
fn leaves(directories: &BTreeSet<String>) -> Vec<String> {
    let is_leaf = |path: &&String| {
        let below = format!("{path}/");
        directories.range(below.clone()..).next().is_none_or(|next| !next.starts_with(&below))
    };
    directories.iter().filter(is_leaf).cloned().collect()
}

async fn make(
    folder: &FolderTransfer,
    paths: Vec<String>,
    summary: &mut FolderSummary,
) -> Result<(), Error> {
    let mut making = stream::iter(paths)
        .map(|path| {
            let made = folder.remote.join(&path).mkdir();
            async move { (path, made.await) }
        })
        .buffer_unordered(folder.parallel);
    while let Some((path, made)) = making.next().await {
        match made {
            Ok(()) => {}
            Err(error) if error.is_authentication() || error.is_configuration() => {
                return Err(error);
            }
            Err(error) if error.message().contains("FILES_CLIENT_S3_NO_SUPPORT") => {
                summary.skip(path, SkipReason::EmptyDirectory);
            }
            Err(error) => summary.fail(path, error),
        }
    }
    Ok(())
}

struct Copy {
    size: Option<u64>,
    modified: Option<SystemTime>,
}

/// The files that exist on the system; empty if the directory does not exist.
async fn copies(remote: &RemotePath) -> Result<HashMap<String, Copy>, Error> {
    let top = remote.path()?;
    let mut copies = HashMap::new();
    let mut entries = remote.list().recursive();
    loop {
        match entries.try_next().await {
            Ok(Some(entry)) => {
                let Ok(path) = TapisPath::new(top.system(), &entry.path) else { continue };
                let Some(seen) = path.below(top) else { continue };
                if entry.type_ != Some(FileType::Dir) {
                    let size = entry.size.and_then(|size| u64::try_from(size).ok());
                    let modified = entry.last_modified.as_ref().and_then(system_time);
                    copies.insert(seen.to_owned(), Copy { size, modified });
                }
            }
            Ok(None) => return Ok(copies),
            Err(error) if is_missing(&error) => return Ok(copies),
            Err(error) => return Err(error),
        }
    }
}

fn is_same(file: &LocalEntry, copy: Option<&Copy>) -> bool {
    let Some(copy) = copy else { return false };
    let newer = match (file.modified, copy.modified) {
        (Some(own), Some(copied)) => own > copied,
        _ => true,
    };
    copy.size == Some(file.size) && !newer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_deepest_directories_have_to_be_made() {
        let directories = ["a", "a/b", "a/b/c", "a-b", "d"].map(str::to_owned).into();
        assert_eq!(leaves(&directories), ["a-b", "a/b/c", "d"]);
    }
}
