//! The files of the mock's systems: a folder for each, which nothing gets out of.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tempfile::TempDir;

/// What stays as it is in the names of folders for tenants and systems.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');
/// How many segments a path may have.
const LONGEST: usize = 100;
/// The same below the folder that holds tenants and their systems.
const LONGEST_OF_ALL: usize = LONGEST + 2;

/// A path within a system: clean segments, none of which leads up or out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Within(Vec<String>);

impl Within {
    /// Cleans a path the way the services do: slashes and dots fold up, and `..` stops at the
    /// top. What no file system should be asked for is refused.
    pub(crate) fn clean(path: &str) -> Option<Self> {
        Self::no_longer_than(LONGEST, path)
    }

    fn no_longer_than(longest: usize, path: &str) -> Option<Self> {
        let mut segments: Vec<String> = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop();
                }
                _ if is_risky(segment) => return None,
                _ => segments.push(segment.to_owned()),
            }
        }
        (segments.len() <= longest).then_some(Self(segments))
    }

    /// The top.
    pub(crate) fn root() -> Self {
        Self(Vec::new())
    }

    /// `path` as seen from this one.
    pub(crate) fn below(&self, path: &Self) -> Self {
        Self(self.0.iter().chain(&path.0).cloned().collect())
    }

    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last segment; empty for the top.
    pub(crate) fn name(&self) -> &str {
        self.0.last().map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(name.to_owned());
        Self(segments)
    }

    /// Whether this path is `other` or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What comes after `other`, where this path lies below it.
    fn after(&self, other: &Self) -> &[String] {
        self.0.get(other.0.len()..).unwrap_or_default()
    }
}

impl std::fmt::Display for Within {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// Whether a segment could mean something else to some file system.
fn is_risky(segment: &str) -> bool {
    let odd = |c: char| c.is_control() || (cfg!(windows) && matches!(c, '\\' | ':'));
    segment.len() > 255 || segment.chars().any(odd)
}

/// What there is at a path.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: Within,
    pub(crate) is_dir: bool,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
}

/// The folder that holds the folders of all systems.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Deletes the folder in the end, where it was made for this mock only.
    _made: Option<TempDir>,
}

impl Folder {
    /// A folder of its own, gone when the mock is.
    pub(crate) fn temporary() -> io::Result<Self> {
        let made = tempfile::Builder::new().prefix("tapis-mock-").tempdir()?;
        Ok(Self { root: made.path().to_owned(), _made: Some(made) })
    }

    /// A folder that was there before and stays.
    pub(crate) fn at(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned(), _made: None })
    }

    /// The files of one system.
    pub(crate) fn system(&self, tenant: &str, system: &str) -> Disk {
        let encode = |name: &str| utf8_percent_encode(name, PLAIN).to_string();
        Disk { top: self.root.clone(), own: vec![encode(tenant), encode(system)] }
    }

    /// All files by their paths below the folder, with `/` in between; no content for a directory.
    pub(crate) fn contents(&self) -> io::Result<Vec<(String, Option<Vec<u8>>)>> {
        let disk = self.whole();
        let mut all = Vec::new();
        for entry in disk.walk(&Within::root(), LONGEST_OF_ALL)? {
            let bytes = if entry.is_dir { None } else { Some(disk.read(&entry.path)?) };
            all.push((entry.path.to_string(), bytes));
        }
        Ok(all)
    }

    /// Deletes everything and writes what [`contents`](Self::contents) gave.
    pub(crate) fn replace(
        &self,
        contents: Vec<(String, Option<Vec<u8>>)>,
        now: SystemTime,
    ) -> io::Result<()> {
        let contents = contents.into_iter().map(|(path, bytes)| {
            let path = Within::no_longer_than(LONGEST_OF_ALL, &path);
            Ok((path.ok_or(io::ErrorKind::InvalidInput)?, bytes))
        });
        // Before anything is gone.
        let contents = contents.collect::<io::Result<Vec<_>>>()?;
        let disk = self.whole();
        disk.delete(&Within::root())?;
        for (path, bytes) in contents {
            match bytes {
                Some(bytes) => disk.write(&path, &bytes, now)?,
                None => disk.make_dir(&path)?,
            }
        }
        Ok(())
    }

    fn whole(&self) -> Disk {
        Disk { top: self.root.clone(), own: Vec::new() }
    }
}

/// The files of one system.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    /// The folder of all systems.
    top: PathBuf,
    /// The way from there to the system's own.
    own: Vec<String>,
}

impl Disk {
    /// Where a path is on this machine. Links are not followed: somebody may have put one into
    /// the folder that leads out of it. Pipes and the like are left alone, since they may never
    /// end.
    fn locate(&self, path: &Within) -> io::Result<PathBuf> {
        let mut place = self.top.clone();
        for segment in &self.own {
            place.push(segment);
            refuse_odd(&place)?;
        }
        fs::create_dir_all(&place)?;
        for segment in &path.0 {
            place.push(segment);
            refuse_odd(&place)?;
        }
        Ok(place)
    }

    pub(crate) fn entry(&self, path: &Within) -> io::Result<Entry> {
        let found = fs::metadata(self.locate(path)?)?;
        Ok(Entry {
            path: path.clone(),
            is_dir: found.is_dir(),
            size: if found.is_dir() { 0 } else { found.len() },
            modified: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        })
    }

    /// What a directory holds, by name. What is neither a file nor a directory is left out.
    pub(crate) fn list(&self, path: &Within) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in fs::read_dir(self.locate(path)?)? {
            let found = found?;
            let kind = found.file_type()?;
            if !kind.is_dir() && !kind.is_file() {
                continue;
            }
            if let Ok(name) = found.file_name().into_string() {
                entries.push(self.entry(&path.join(&name))?);
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// What a directory holds, and what its directories hold, and so on.
    pub(crate) fn walk(&self, path: &Within, depth: usize) -> io::Result<Vec<Entry>> {
        let mut all = Vec::new();
        for entry in self.list(path)? {
            let below = (entry.is_dir && depth > 0).then(|| entry.path.clone());
            all.push(entry);
            if let Some(below) = below {
                all.extend(self.walk(&below, depth - 1)?);
            }
        }
        Ok(all)
    }

    pub(crate) fn read(&self, path: &Within) -> io::Result<Vec<u8>> {
        fs::read(self.locate(path)?)
    }

    pub(crate) fn make_dir(&self, path: &Within) -> io::Result<()> {
        fs::create_dir_all(self.locate(path)?)
    }

    /// Writes a file, and the directories it is in.
    pub(crate) fn write(&self, path: &Within, bytes: &[u8], now: SystemTime) -> io::Result<()> {
        let place = self.locate(path)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&place, bytes)?;
        File::options().write(true).open(&place)?.set_modified(now)
    }

    /// Deletes a file, or a directory with all it holds.
    pub(crate) fn delete(&self, path: &Within) -> io::Result<()> {
        let place = self.locate(path)?;
        if fs::metadata(&place)?.is_dir() {
            fs::remove_dir_all(&place)?;
            // The top goes on existing, empty.
            if path.is_root() { fs::create_dir_all(place) } else { Ok(()) }
        } else {
            fs::remove_file(place)
        }
    }

    pub(crate) fn rename(&self, from: &Within, to: &Within) -> io::Result<()> {
        let place = self.locate(to)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(self.locate(from)?, place)
    }

    /// Copies a file or a directory to another system, and tells how many bytes that were.
    pub(crate) fn copy(
        &self,
        from: &Within,
        to_disk: &Self,
        to: &Within,
        now: SystemTime,
    ) -> io::Result<u64> {
        let source = self.entry(from)?;
        if !source.is_dir {
            let bytes = self.read(from)?;
            to_disk.write(to, &bytes, now)?;
            return Ok(source.size);
        }
        // Read before anything is written, so that a copy into itself ends.
        let entries = self.walk(from, LONGEST)?;
        if entries.iter().any(|entry| to.0.len() + entry.path.after(from).len() > LONGEST) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        to_disk.make_dir(to)?;
        let mut total = 0;
        for entry in entries {
            let mut target = to.clone();
            target.0.extend_from_slice(entry.path.after(from));
            if entry.is_dir {
                to_disk.make_dir(&target)?;
            } else {
                to_disk.write(&target, &self.read(&entry.path)?, now)?;
                total += entry.size;
            }
        }
        Ok(total)
    }
}

/// Refuses what is there and is neither a file nor a directory.
fn refuse_odd(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() || found.is_file() => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::PermissionDenied, "no file and no directory")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
    use super::*;

    fn clean(path: &str) -> Option<String> {
        Within::clean(path).map(|path| path.to_string())
    }

    #[test]
    fn paths_fold_up_and_stay_below_the_top() {
        assert_eq!(clean("//a/./b//c/").unwrap(), "a/b/c");
        assert_eq!(clean("../../etc/passwd").unwrap(), "etc/passwd");
        assert_eq!(clean("a/../../b").unwrap(), "b");
        assert_eq!(clean("/").unwrap(), "");
        assert_eq!(clean("a\0b"), None);
        assert_eq!(clean(&"x".repeat(256)), None);
        assert_eq!(clean(&"x/".repeat(101)), None);
    }

    #[test]
    fn names_of_systems_cannot_lead_out() {
        let folder = Folder::temporary().unwrap();
        for name in ["..", ".", "a/../../b", ""] {
            let disk = folder.system("dev", name);
            let root = disk.locate(&Within::root()).unwrap();
            assert!(root.starts_with(&folder.root));
            assert!(!root.components().any(|part| part.as_os_str() == ".."));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        disk.make_dir(&Within::clean("a").unwrap()).unwrap();
        let root = disk.locate(&Within::root()).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("a/out")).unwrap();
        let out = Within::clean("a/out/passwd").unwrap();
        assert!(disk.read(&out).is_err());
        assert!(disk.write(&out, b"x", SystemTime::now()).is_err());
        assert!(disk.list(&Within::clean("a").unwrap()).unwrap().is_empty());
    }

    #[test]
    fn a_directory_can_be_copied_into_itself() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        let path = |text| Within::clean(text).unwrap();
        disk.write(&path("a/f"), b"12", SystemTime::now()).unwrap();
        let copied = disk.copy(&path("a"), &disk, &path("a/b"), SystemTime::now()).unwrap();
        assert_eq!(copied, 2);
        assert_eq!(disk.read(&path("a/b/f")).unwrap(), b"12");
    }
}
