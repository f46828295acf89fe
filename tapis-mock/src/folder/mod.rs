//! The files of the mock's systems: one directory for each, which no access leaves.

mod bucket;
mod disk;
mod within;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tempfile::TempDir;

pub(crate) use bucket::Bucket;
pub(crate) use disk::{Disk, Entry, Kind};
use within::LONGEST;
pub(crate) use within::Within;

/// The characters that are kept in the names of directories for tenants and systems.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');
/// The same below the directory of tenants and their systems.
const LONGEST_OF_ALL: usize = LONGEST + 2;

/// The item at a path.
#[derive(Debug)]
pub(crate) enum Content {
    Dir,
    File(Vec<u8>),
    /// A link, with its target.
    Link(PathBuf),
}

/// The directory that contains the directories of all systems.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Deletes the directory at the end, if it was created for this mock.
    _made: Option<TempDir>,
}

impl Folder {
    /// A temporary directory, deleted with the mock.
    pub(crate) fn temporary() -> io::Result<Self> {
        let made = tempfile::Builder::new().prefix("tapis-mock-").tempdir()?;
        Ok(Self { root: made.path().to_owned(), _made: Some(made) })
    }

    /// An existing directory, which is kept.
    pub(crate) fn at(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned(), _made: None })
    }

    /// The files of one system.
    pub(crate) fn system(&self, tenant: &str, system: &str) -> Disk {
        Disk { top: self.root.clone(), own: vec![encode(tenant), encode(system)] }
    }

    /// The objects of one system that is a bucket.
    pub(crate) fn bucket(&self, tenant: &str, system: &str) -> Bucket {
        // The names of the directories of systems have no dots.
        let beside = vec![encode(tenant), format!("{}.keys", encode(system))];
        let beside = Disk { top: self.root.clone(), own: beside };
        Bucket { tree: self.system(tenant, system), beside }
    }

    /// All items by their paths below the directory, separated by `/`.
    pub(crate) fn contents(&self) -> io::Result<Vec<(String, Content)>> {
        let disk = self.whole();
        let mut all = Vec::new();
        for entry in disk.walk(&Within::root(), LONGEST_OF_ALL)? {
            let content = match entry.kind {
                Kind::Dir => Content::Dir,
                Kind::File => Content::File(disk.read(&entry.path)?),
                Kind::Link => Content::Link(disk.link_target(&entry.path)?),
                Kind::Other => continue,
            };
            all.push((entry.path.to_string(), content));
        }
        Ok(all)
    }

    /// Deletes everything and writes the items that [`contents`](Self::contents) returned.
    pub(crate) fn replace(&self, all: Vec<(String, Content)>, now: SystemTime) -> io::Result<()> {
        let all = all.into_iter().map(|(path, content)| {
            let path = Within::no_longer_than(LONGEST_OF_ALL, &path);
            Ok((path.ok_or(io::ErrorKind::InvalidInput)?, content))
        });
        // Before anything is deleted.
        let all = all.collect::<io::Result<Vec<_>>>()?;
        let disk = self.whole();
        disk.delete(&Within::root())?;
        for (path, content) in all {
            match content {
                Content::Dir => disk.make_dir(&path)?,
                Content::File(bytes) => disk.write(&path, &bytes, now)?,
                Content::Link(target) => disk.link(&path, &target)?,
            }
        }
        Ok(())
    }

    fn whole(&self) -> Disk {
        Disk { top: self.root.clone(), own: Vec::new() }
    }
}

fn encode(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}
