//! A directory of a system, to this machine.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};
use tapis_core::{Error, ErrorKind, local};

use super::meter::{self, Meter};
use super::{Folder, Summary, Symlinks, Why};
use crate::download::system_time;
use crate::types::{FileInfo, FileTypeEnum};
use crate::{Stat, TapisPath};

struct RemoteEntry {
    path: String,
    local: PathBuf,
    stat: Stat,
}

pub(super) async fn run(folder: Folder) -> Result<Summary, Error> {
    let top = folder.remote.path()?.clone();
    if !folder.remote.stat().await?.is_dir {
        let message = format!("{top} is a file, not a directory");
        return Err(Error::new(ErrorKind::Input, message));
    }
    let mut summary = Summary::default();
    let mut files = Vec::new();
    let mut directories = vec![folder.local.clone()];
    let mut seen = HashSet::new();
    let mut entries = folder.remote.list().recursive();
    while let Some(entry) = entries.next().await? {
        match place(&folder, &top, &entry) {
            // A directory that lies at the edge of two listings comes with both.
            Ok((path, _)) if !seen.insert(path.clone()) => {}
            Ok((path, local)) => {
                sort(&folder, entry, path, local, &mut files, &mut directories, &mut summary)
            }
            Err((path, error)) => summary.fail(path, error),
        }
    }
    if folder.skip_unchanged {
        let before = files.len();
        files = local::blocking(move || Ok(changed(files))).await?;
        summary.unchanged = u64::try_from(before - files.len()).unwrap_or_default();
    }
    if folder.dry_run {
        for file in files {
            summary.take(file.path, Ok(file.stat.size.unwrap_or_default()))?;
        }
        return Ok(summary);
    }
    let own = folder.local.clone();
    local::blocking(move || directories.iter().try_for_each(|path| make(&own, path))).await?;
    let total = meter::total(files.iter().filter_map(|file| file.stat.size));
    let meter = Meter::new(folder.told.clone(), files.len(), total);
    let mut coming = stream::iter(files)
        .map(|file| {
            let remote = folder.remote.join(&file.path);
            let saving = remote.download().known(file.stat).telling(meter.file());
            let saving = saving.to_path(file.local).within(folder.local.clone()).into_future();
            async move { (file.path, saving.await.map(|saved| saved.bytes)) }
        })
        .buffer_unordered(folder.parallel);
    while let Some((path, outcome)) = coming.next().await {
        meter.file_done();
        summary.take(path, outcome)?;
    }
    Ok(summary)
}

/// Puts an entry where it belongs.
fn sort(
    folder: &Folder,
    entry: FileInfo,
    path: String,
    local: PathBuf,
    files: &mut Vec<RemoteEntry>,
    directories: &mut Vec<PathBuf>,
    summary: &mut Summary,
) {
    match &entry.type_ {
        Some(FileTypeEnum::Dir) => {
            if folder.selection.include.is_empty() && !folder.selection.leaves_out(&path) {
                directories.push(local);
            }
        }
        _ if !folder.selection.takes(&path) => {}
        Some(FileTypeEnum::SymbolicLink) if folder.symlinks == Symlinks::Skip => {
            summary.skip(path, Why::Symlink);
        }
        Some(FileTypeEnum::Other) => summary.skip(path, Why::Special),
        _ => {
            let stat = folder.remote.path().cloned().map(|top| Stat {
                path: top.join(&path).unwrap_or(top),
                is_dir: false,
                // The size of a link is not that of what it leads to.
                size: entry
                    .size
                    .filter(|_| entry.type_ != Some(FileTypeEnum::SymbolicLink))
                    .and_then(|size| u64::try_from(size).ok()),
                modified: entry.last_modified,
            });
            match stat {
                Ok(stat) => files.push(RemoteEntry { path, local, stat }),
                Err(error) => summary.fail(path, error),
            }
        }
    }
}

/// Where an entry belongs on this machine: always within the folder.
fn place(
    folder: &Folder,
    top: &TapisPath,
    entry: &FileInfo,
) -> Result<(String, PathBuf), (String, Error)> {
    let refuse = |why: &str| (entry.path.clone(), Error::new(ErrorKind::Input, why));
    let path =
        TapisPath::new(top.system(), &entry.path).map_err(|error| refuse(&error.to_string()))?;
    let seen = path.below(top).filter(|seen| !seen.is_empty());
    let seen =
        seen.ok_or_else(|| refuse("the service lists it, and it is not in the directory"))?;
    let mut local = folder.local.clone();
    for segment in seen.split('/') {
        // What is one name there may be a way elsewhere here.
        let mut parts = Path::new(segment).components();
        let plain = matches!(parts.next(), Some(Component::Normal(name)) if name == segment);
        if !plain || parts.next().is_some() || (cfg!(windows) && segment.contains(':')) {
            return Err(refuse("its name means something else on this machine"));
        }
        local.push(segment);
    }
    Ok((seen.to_owned(), local))
}

/// The files that are not here yet, or have changed since.
fn changed(files: Vec<RemoteEntry>) -> Vec<RemoteEntry> {
    let is_same = |file: &RemoteEntry| {
        let Ok(own) = std::fs::symlink_metadata(&file.local) else { return false };
        let newer = match (file.stat.modified.as_ref().and_then(system_time), own.modified()) {
            (Some(theirs), Ok(own)) => seconds(theirs) > seconds(own),
            _ => true,
        };
        own.is_file() && file.stat.size == Some(own.len()) && !newer
    };
    files.into_iter().filter(|file| !is_same(file)).collect()
}

/// File systems cut off fractions that their clocks do not have; this keeps a millisecond.
fn seconds(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis()
}

fn make(top: &Path, path: &Path) -> Result<(), Error> {
    local::stays_within(top, path)?;
    std::fs::create_dir_all(path).map_err(|error| local::fault(path, "make", error))
}
