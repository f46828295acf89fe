//! The files of a system that is a host.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::within::{LONGEST, Within};

/// The maximum number of links that lead to each other.
const HOPS: usize = 40;
/// The permissions of the owner, as whom Tapis logs in to the host.
const READ: u32 = 0o400;
const WRITE: u32 = 0o200;
const SEARCH: u32 = 0o100;
/// The size of a directory.
const DIRECTORY_SIZE: u64 = 4096;

/// The properties of the item at a path.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: Within,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    /// The permission bits of Linux.
    pub(crate) mode: u32,
}

/// The kind of the item at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dir,
    File,
    Link,
    /// A pipe, a socket or a device.
    Other,
}

impl Entry {
    fn new(path: &Within, found: &Metadata) -> Self {
        let kind = match found.file_type() {
            kind if kind.is_dir() => Kind::Dir,
            kind if kind.is_file() => Kind::File,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        };
        Self {
            path: path.clone(),
            kind,
            size: if kind == Kind::Dir { DIRECTORY_SIZE } else { found.len() },
            modified: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            mode: mode(found, kind),
        }
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind == Kind::Dir
    }
}

#[cfg(unix)]
fn mode(found: &Metadata, _: Kind) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &Metadata, kind: Kind) -> u32 {
    if kind == Kind::File { 0o644 } else { 0o755 }
}

/// The files of one system.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    /// The directory of all systems.
    pub(super) top: PathBuf,
    /// The path from there to the system's own directory.
    pub(super) own: Vec<String>,
}

/// Whether a link in the last segment of a path is followed.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Followed,
    Itself,
}

impl Disk {
    /// The directory of the system on this machine. It must not be reached through a link, which
    /// could lead elsewhere.
    fn home(&self) -> io::Result<PathBuf> {
        let mut place = self.top.clone();
        for segment in &self.own {
            place.push(segment);
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => return Err(io::Error::new(io::ErrorKind::PermissionDenied, "a link")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// The location of a path on this machine. Links are resolved here and not by the machine, with
    /// the system's directory as their root, so that none leads out of it.
    fn locate(&self, path: &Within, last: Last) -> io::Result<PathBuf> {
        let home = self.home()?;
        let mut found: Vec<OsString> = Vec::new();
        let mut ahead: VecDeque<OsString> = path.0.iter().map(OsString::from).collect();
        let mut hops = 0;
        while let Some(segment) = ahead.pop_front() {
            if segment == ".." {
                found.pop();
                continue;
            }
            let mut place = home.clone();
            place.extend(&found);
            place.push(&segment);
            let linked = match fs::symlink_metadata(&place) {
                Ok(there) => {
                    if there.is_dir() && !ahead.is_empty() {
                        require(&there, SEARCH)?;
                    }
                    there.is_symlink() && (last == Last::Followed || !ahead.is_empty())
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(error) => return Err(error),
            };
            if !linked {
                found.push(segment);
                continue;
            }
            hops += 1;
            if hops > HOPS {
                return Err(io::ErrorKind::NotFound.into());
            }
            let target = fs::read_link(&place)?;
            if target.is_absolute() {
                found.clear();
            }
            let target = target.strip_prefix(&home).unwrap_or(&target);
            for part in segments(target).into_iter().rev() {
                ahead.push_front(part);
            }
        }
        let mut place = home;
        place.extend(found);
        Ok(place)
    }

    /// The item at a path, or at the target of the link there.
    pub(crate) fn entry(&self, path: &Within) -> io::Result<Entry> {
        let found = fs::symlink_metadata(self.locate(path, Last::Followed)?)?;
        Ok(Entry::new(path, &found))
    }

    /// The item at a path; a link is not followed.
    pub(crate) fn own_entry(&self, path: &Within) -> io::Result<Entry> {
        let found = fs::symlink_metadata(self.locate(path, Last::Itself)?)?;
        Ok(Entry::new(path, &found))
    }

    /// The entries of a directory, sorted as in the services: case-insensitively.
    pub(crate) fn list(&self, path: &Within) -> io::Result<Vec<Entry>> {
        let place = self.locate(path, Last::Followed)?;
        require(&fs::metadata(&place)?, READ)?;
        let mut entries = Vec::new();
        for found in fs::read_dir(place)? {
            let found = found?;
            if let Ok(name) = found.file_name().into_string() {
                entries.push(Entry::new(&path.join(&name), &found.metadata()?));
            }
        }
        entries.sort_by_cached_key(|entry| (folded(entry.path.name()), entry.path.clone()));
        Ok(entries)
    }

    /// The entries of a directory and, recursively, of its directories.
    pub(crate) fn walk(&self, path: &Within, depth: usize) -> io::Result<Vec<Entry>> {
        let mut all = self.list(path)?;
        if depth > 0 {
            let dirs = all.iter().filter(|entry| entry.is_dir());
            for dir in dirs.map(|entry| entry.path.clone()).collect::<Vec<_>>() {
                all.extend(self.walk(&dir, depth - 1)?);
            }
        }
        Ok(all)
    }

    /// The content of a file. Pipes are not read, because they might never end.
    pub(crate) fn read(&self, path: &Within) -> io::Result<Vec<u8>> {
        let place = self.locate(path, Last::Followed)?;
        refuse_special(&place)?;
        require(&fs::metadata(&place)?, READ)?;
        fs::read(place)
    }

    pub(crate) fn make_dir(&self, path: &Within) -> io::Result<()> {
        let place = self.locate(path, Last::Followed)?;
        if !place.is_dir() {
            require_parent(&place)?;
        }
        fs::create_dir_all(place)
    }

    /// Writes a file, and creates its parent directories.
    pub(crate) fn write(&self, path: &Within, bytes: &[u8], now: SystemTime) -> io::Result<()> {
        let place = self.locate(path, Last::Followed)?;
        refuse_special(&place)?;
        match fs::metadata(&place) {
            Ok(there) => require(&there, WRITE)?,
            Err(_) => require_parent(&place)?,
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&place, bytes)?;
        File::options().write(true).open(&place)?.set_modified(now)
    }

    /// Deletes a file, a link, or a directory with its content.
    pub(crate) fn delete(&self, path: &Within) -> io::Result<()> {
        let place = self.locate(path, Last::Itself)?;
        if !path.is_root() {
            require_parent(&place)?;
        }
        if fs::symlink_metadata(&place)?.is_dir() {
            fs::remove_dir_all(&place)?;
            // The root is emptied, not deleted.
            if path.is_root() { fs::create_dir_all(place) } else { Ok(()) }
        } else {
            fs::remove_file(place)
        }
    }

    /// Moves an item to another path, and replaces the item there.
    pub(crate) fn rename(&self, from: &Within, to: &Within) -> io::Result<()> {
        let (from, to) = (self.locate(from, Last::Itself)?, self.locate(to, Last::Itself)?);
        require_parent(&from)?;
        require_parent(&to)?;
        fs::rename(from, to)
    }

    /// Copies a file or a directory to another system, and returns the number of bytes. Links are
    /// copied as links.
    pub(crate) fn copy(
        &self,
        from: &Within,
        to_disk: &Self,
        to: &Within,
        now: SystemTime,
    ) -> io::Result<u64> {
        let source = self.entry(from)?;
        if !source.is_dir() {
            return self.copy_one(&source, to_disk, to, now);
        }
        // Everything is read before anything is written, so that a copy into itself ends.
        let entries = self.walk(from, LONGEST)?;
        if entries.iter().any(|entry| to.0.len() + entry.path.after(from).len() > LONGEST) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        to_disk.make_dir(to)?;
        let mut total = 0_u64;
        for entry in entries {
            let mut target = to.clone();
            target.0.extend_from_slice(entry.path.after(from));
            total = total.saturating_add(self.copy_one(&entry, to_disk, &target, now)?);
        }
        Ok(total)
    }

    fn copy_one(
        &self,
        entry: &Entry,
        to_disk: &Self,
        to: &Within,
        now: SystemTime,
    ) -> io::Result<u64> {
        match entry.kind {
            Kind::Dir => to_disk.make_dir(to).map(|()| 0),
            Kind::Link => to_disk.link(to, &self.link_target(&entry.path)?).map(|()| 0),
            Kind::File | Kind::Other => {
                to_disk.write(to, &self.read(&entry.path)?, now)?;
                to_disk.set_mode(to, entry.mode)?;
                Ok(entry.size)
            }
        }
    }

    /// The target of a link, as it is written.
    pub(crate) fn link_target(&self, path: &Within) -> io::Result<PathBuf> {
        fs::read_link(self.locate(path, Last::Itself)?)
    }

    /// Creates a link, and replaces a file or another link.
    pub(crate) fn link(&self, path: &Within, target: &Path) -> io::Result<()> {
        let place = self.locate(path, Last::Itself)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => symlink(target, &place),
        }
    }

    /// Changes the permission bits, if the machine has them.
    #[cfg(unix)]
    pub(crate) fn set_mode(&self, path: &Within, mode: u32) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let place = self.locate(path, Last::Followed)?;
        fs::set_permissions(place, fs::Permissions::from_mode(mode & 0o777))
    }

    /// Changes the permission bits, if the machine has them.
    #[cfg(not(unix))]
    pub(crate) fn set_mode(&self, _: &Within, _: u32) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn symlink(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The segments of a link's target, with `..` for a parent.
fn segments(target: &Path) -> Vec<OsString> {
    let parts = target
        .components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| OsStr::to_owned(part.as_os_str())).collect()
}

/// A name as Java compares it case-insensitively: character by character, in UTF-16.
fn folded(name: &str) -> Vec<u16> {
    let fold = |letter: char| {
        let upper = only(letter.to_uppercase()).unwrap_or(letter);
        only(upper.to_lowercase()).unwrap_or(upper)
    };
    name.chars().map(fold).collect::<String>().encode_utf16().collect()
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// Refuses a pipe, a socket or a device.
fn refuse_special(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() || found.is_file() => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::PermissionDenied, "a special file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses access that the owner's permission bits do not allow. The machine does not refuse it if
/// the mock runs as root.
fn require(found: &Metadata, bit: u32) -> io::Result<()> {
    if mode(found, Kind::Dir) & bit == bit {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "Permission denied"))
}

/// Refuses a change in the parent directory of a path.
fn require_parent(place: &Path) -> io::Result<()> {
    let there = place.ancestors().skip(1).find_map(|above| fs::metadata(above).ok());
    there.map_or(Ok(()), |there| require(&there, WRITE))
}

#[cfg(test)]
mod tests {
    use super::super::Folder;
    use super::*;

    fn path(text: &str) -> Within {
        Within::clean(text).unwrap()
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.name()).collect()
    }

    #[test]
    fn names_of_systems_cannot_lead_out() {
        let folder = Folder::temporary().unwrap();
        for name in ["..", ".", "a/../../b", ""] {
            let disk = folder.system("dev", name);
            let root = disk.home().unwrap();
            assert!(root.starts_with(&disk.top));
            assert!(!root.components().any(|part| part.as_os_str() == ".."));
        }
    }

    #[test]
    fn a_list_has_no_regard_to_case() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        for name in ["b", "A", "a.txt", "B2", ".hidden"] {
            disk.write(&path(name), b"", SystemTime::now()).unwrap();
        }
        let listed = disk.list(&Within::root()).unwrap();
        assert_eq!(names(&listed), [".hidden", "A", "a.txt", "b", "B2"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_within_a_system_and_never_out() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        disk.write(&path("a/f"), b"1", SystemTime::now()).unwrap();
        for (link, target) in [
            ("a/out", "/etc"),
            ("up", "../../../../etc"),
            ("in", "a"),
            ("abs", "/a/f"),
            ("self", "self"),
        ] {
            disk.link(&path(link), Path::new(target)).unwrap();
        }
        for out in ["a/out/passwd", "up/passwd", "self", "self/x"] {
            assert!(disk.read(&path(out)).is_err(), "{out}");
        }
        assert_eq!(disk.read(&path("in/f")).unwrap(), b"1");
        assert_eq!(disk.read(&path("abs")).unwrap(), b"1");
        assert_eq!(disk.entry(&path("in")).unwrap().kind, Kind::Dir);
        assert_eq!(disk.own_entry(&path("in")).unwrap().kind, Kind::Link);
        let listed = disk.list(&path("a")).unwrap();
        assert_eq!(listed[1].kind, Kind::Link);
        assert_eq!(listed[1].size, 4);
    }

    #[test]
    fn a_directory_can_be_copied_into_itself() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        disk.write(&path("a/f"), b"12", SystemTime::now()).unwrap();
        let copied = disk.copy(&path("a"), &disk, &path("a/b"), SystemTime::now()).unwrap();
        assert_eq!(copied, 2);
        assert_eq!(disk.read(&path("a/b/f")).unwrap(), b"12");
    }

    #[cfg(unix)]
    #[test]
    fn permission_bits_count_even_for_root() {
        let folder = Folder::temporary().unwrap();
        let disk = folder.system("dev", "s");
        disk.write(&path("d/f"), b"12", SystemTime::now()).unwrap();
        let denied = |done: io::Result<()>| {
            assert_eq!(done.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        };
        disk.set_mode(&path("d"), 0o555).unwrap();
        denied(disk.write(&path("d/g"), b"", SystemTime::now()));
        denied(disk.make_dir(&path("d/e")));
        denied(disk.delete(&path("d/f")));
        disk.set_mode(&path("d"), 0o300).unwrap();
        denied(disk.list(&path("d")).map(drop));
        disk.set_mode(&path("d"), 0o755).unwrap();
        disk.set_mode(&path("d/f"), 0o200).unwrap();
        denied(disk.read(&path("d/f")).map(drop));
    }
}
