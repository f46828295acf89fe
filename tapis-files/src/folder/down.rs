//! Downloads a directory of a system.

use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};
use tapis_core::{Error, ErrorKind, local};

use super::links::Links;
use super::meter::{self, Meter};
use super::names::{self, Folding};
use super::{FolderSummary, FolderTransfer, SkipReason, Symlinks};
use crate::download::system_time;
use crate::entry::is_directory;
use crate::remote::is_missing;
use crate::types::{FileInfo, FileType};
use crate::{Stat, TapisPath};

struct RemoteFile {
    path: String,
    local: PathBuf,
    stat: Stat,
}

pub(super) async fn run(transfer: FolderTransfer) -> Result<FolderSummary, Error> {
    let Plan { mut files, directories, mut summary, .. } = Plan::make(&transfer).await?;
    if transfer.keep_existing {
        let is_new = |file: &RemoteFile| file.local.symlink_metadata().is_err();
        let split = local::blocking(move || Ok(files.into_iter().partition(is_new)));
        let (new, existing): (Vec<RemoteFile>, Vec<RemoteFile>) = split.await?;
        files = new;
        existing.into_iter().for_each(|file| summary.skip(file.path, SkipReason::Exists));
    }
    if transfer.skip_unchanged {
        let before = files.len();
        files = local::blocking(move || Ok(changed(files))).await?;
        summary.unchanged = u64::try_from(before - files.len()).unwrap_or_default();
    }
    if transfer.dry_run {
        for file in files {
            summary.take(file.path, Ok(file.stat.size.unwrap_or_default()))?;
        }
        return Ok(summary);
    }
    let own = transfer.local.clone();
    let folding = local::blocking(move || {
        directories.iter().try_for_each(|path| make(&own, path))?;
        Ok(Folding::of(&own))
    });
    let files = without_twins(files, folding.await?, &mut summary);
    let total = meter::total(files.iter().filter_map(|file| file.stat.size));
    let meter = Meter::new(transfer.callback.clone(), files.len(), total);
    let mut coming = stream::iter(files)
        .map(|file| {
            let remote = transfer.remote.join(&file.path);
            let saving = remote.download().known(file.stat).reporting(meter.file());
            let saving = saving.to_path(file.local).within(transfer.local.clone()).into_future();
            async move { (file.path, saving.await.map(|saved| saved.bytes)) }
        })
        .buffer_unordered(transfer.parallel);
    while let Some((path, outcome)) = coming.next().await {
        meter.file_done();
        summary.take(path, outcome)?;
    }
    Ok(summary)
}

/// The files and directories to create on this machine.
struct Plan<'a> {
    transfer: &'a FolderTransfer,
    top: TapisPath,
    files: Vec<RemoteFile>,
    directories: Vec<PathBuf>,
    links: Links,
    summary: FolderSummary,
}

impl<'a> Plan<'a> {
    async fn make(transfer: &'a FolderTransfer) -> Result<Self, Error> {
        let top = transfer.remote.path()?.clone();
        if !transfer.remote.stat().await?.is_dir {
            let message = format!("{top} is a file, not a directory: download it as a file");
            return Err(Error::new(ErrorKind::Input, message));
        }
        let mut plan = Self {
            transfer,
            top: top.clone(),
            files: Vec::new(),
            directories: vec![transfer.local.clone()],
            links: Links::default(),
            summary: FolderSummary::default(),
        };
        let mut left = plan.list(&top).await?;
        while let Some(link) = left.pop() {
            let path = link.below(&top).unwrap_or_default().to_owned();
            match plan.follow(&link, &path).await {
                Ok(more) => left.extend(more),
                Err(error) if error.is_authentication() => return Err(error),
                Err(error) if is_missing(&error) => plan.summary.skip(path, SkipReason::BrokenLink),
                Err(error) => plan.summary.fail(path, error),
            }
        }
        Ok(plan)
    }

    /// Adds everything below a directory to the plan, and returns the links to follow.
    async fn list(&mut self, directory: &TapisPath) -> Result<Vec<TapisPath>, Error> {
        let mut entries = self.transfer.remote.client.at(directory).list().recursive();
        let mut links = Vec::new();
        while let Some(entry) = entries.next().await? {
            match self.place(&entry) {
                Ok((path, local)) => links.extend(self.take(entry, path, local)),
                Err(why) => self.summary.fail(entry.path, Error::new(ErrorKind::Input, why)),
            }
        }
        Ok(links)
    }

    /// Adds an entry to the plan; a link to follow is returned instead.
    fn take(&mut self, entry: FileInfo, path: String, local: PathBuf) -> Option<TapisPath> {
        let selection = &self.transfer.selection;
        let follow = self.transfer.symlinks == Symlinks::Follow;
        let remote = self.top.join(&path).ok()?;
        if follow {
            self.links.see(&remote, &entry);
        }
        match &entry.type_ {
            _ if is_directory(&entry) => {
                if selection.include.is_empty() && !selection.leaves_out(&path) {
                    self.directories.push(local);
                }
            }
            Some(FileType::SymbolicLink) if follow => {
                return Some(remote).filter(|_| !selection.leaves_out(&path));
            }
            _ if !selection.takes(&path) => {}
            Some(FileType::SymbolicLink) => self.summary.skip(path, SkipReason::Symlink),
            Some(FileType::Other) => self.summary.skip(path, SkipReason::Special),
            _ => {
                let stat = Stat::file(remote, &entry);
                self.files.push(RemoteFile { path, local, stat });
            }
        }
        None
    }

    /// Adds the target of a link to the plan, and returns the links in it.
    async fn follow(&mut self, link: &TapisPath, path: &str) -> Result<Vec<TapisPath>, Error> {
        let remote = self.transfer.remote.client.at(link);
        let stat = remote.stat().await?;
        let local = self.place_of(path).map_err(|why| Error::new(ErrorKind::Input, why))?;
        if !stat.is_dir {
            if self.transfer.selection.takes(path) {
                self.files.push(RemoteFile { path: path.to_owned(), local, stat });
            }
            return Ok(Vec::new());
        }
        let mut inside = remote.list();
        let mut seen = Links::default();
        while let Some(entry) = inside.next().await? {
            seen.see_in(link, &entry);
        }
        if self.links.lead_back(&self.top, link, &seen) {
            self.summary.skip(path, SkipReason::Circle);
            return Ok(Vec::new());
        }
        if self.transfer.selection.include.is_empty() {
            self.directories.push(local);
        }
        self.list(link).await
    }

    /// Returns the path of an entry relative to the directory, and its local path, which is always in the folder.
    fn place(&self, entry: &FileInfo) -> Result<(String, PathBuf), String> {
        let path =
            TapisPath::new(self.top.system(), &entry.path).map_err(|error| error.to_string())?;
        let seen = path.below(&self.top).filter(|seen| !seen.is_empty());
        let seen = seen.ok_or("the service lists this path, but it is not in the directory")?;
        Ok((seen.to_owned(), self.place_of(seen)?))
    }

    fn place_of(&self, path: &str) -> Result<PathBuf, String> {
        let mut local = self.transfer.local.clone();
        for segment in path.split('/') {
            // One file name on the system can be several path components here, such as `C:\a` on Windows.
            let mut parts = Path::new(segment).components();
            let plain = matches!(parts.next(), Some(Component::Normal(name)) if name == segment);
            let other = cfg!(windows) && names::means_something_else_on_windows(segment);
            if !plain || parts.next().is_some() || other {
                return Err(format!("{segment:?} is not a valid file name on this machine"));
            }
            local.push(segment);
        }
        Ok(local)
    }
}

/// Removes files that would overwrite each other, because the local file system treats their names as equal, and reports
/// them as failed.
fn without_twins(
    files: Vec<RemoteFile>,
    folding: Folding,
    summary: &mut FolderSummary,
) -> Vec<RemoteFile> {
    let twins = folding.twins(files.iter().map(|file| file.path.as_str()));
    let twins: Vec<Option<String>> =
        twins.into_iter().map(|twin| twin.map(str::to_owned)).collect();
    let mut alone = Vec::with_capacity(files.len());
    for (file, twin) in files.into_iter().zip(twins) {
        match twin {
            Some(twin) => {
                let message = format!(
                    "on this machine, its name and {twin} are the same file: rename one of them"
                );
                summary.fail(file.path, Error::new(ErrorKind::Input, message));
            }
            None => alone.push(file),
        }
    }
    alone
}

/// The files that do not exist locally, or are newer or of another size on the system.
fn changed(files: Vec<RemoteFile>) -> Vec<RemoteFile> {
    let is_same = |file: &RemoteFile| {
        let Ok(own) = std::fs::symlink_metadata(&file.local) else { return false };
        let newer = match (file.stat.modified.as_ref().and_then(system_time), own.modified()) {
            (Some(theirs), Ok(own)) => milliseconds(theirs) > milliseconds(own),
            _ => true,
        };
        own.is_file() && file.stat.size == Some(own.len()) && !newer
    };
    files.into_iter().filter(|file| !is_same(file)).collect()
}

/// Timestamps are compared in milliseconds, because file systems differ in precision.
fn milliseconds(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis()
}

fn make(top: &Path, path: &Path) -> Result<(), Error> {
    local::stays_within(top, path)?;
    std::fs::create_dir_all(path).map_err(|error| local::fault(path, "make", error))
}
