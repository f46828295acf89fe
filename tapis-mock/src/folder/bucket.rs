//! The objects of a system that is a bucket: keys without directories.

use std::io;
use std::time::SystemTime;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::disk::{Disk, Entry, Kind};
use super::within::{LONGEST, Within};

/// An object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
}

/// In a list, an object is a file, even if its key ends in a slash.
impl From<Object> for Entry {
    fn from(object: Object) -> Self {
        Self {
            path: Within::key(&object.key),
            kind: Kind::File,
            size: object.size,
            modified: object.modified,
            mode: 0,
        }
    }
}

/// The objects of one system. Keys are stored as paths where possible, so that they are readable in
/// the directory. A key that cannot be a path beside the others (`a` beside `a/b`, `a/`) has its
/// own file elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(super) tree: Disk,
    pub(super) beside: Disk,
}

impl Bucket {
    /// The objects whose keys start with a text, in the order of S3.
    pub(crate) fn objects(&self, prefix: &str) -> io::Result<Vec<Object>> {
        let in_tree = self.tree.walk(&Within::root(), LONGEST)?;
        let in_tree = in_tree.into_iter().map(|entry| (entry.path.to_string(), entry));
        let beside = self.beside.list(&Within::root())?.into_iter();
        let beside = beside.map(|entry| {
            let key = percent_decode_str(entry.path.name()).decode_utf8_lossy().into_owned();
            (key, entry)
        });
        let mut objects: Vec<Object> = in_tree
            .chain(beside)
            .filter(|(key, entry)| entry.kind == Kind::File && key.starts_with(prefix))
            .map(|(key, entry)| Object { key, size: entry.size, modified: entry.modified })
            .collect();
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(objects)
    }

    /// The content of the object with exactly this key.
    pub(crate) fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        let kept = self.beside.read(&self.aside(key));
        match (kept, plain(key)) {
            (Err(_), Some(path)) if self.tree.own_entry(&path)?.kind == Kind::File => {
                self.tree.read(&path)
            }
            (kept, _) => kept,
        }
    }

    pub(crate) fn write(&self, key: &str, bytes: &[u8], now: SystemTime) -> io::Result<()> {
        if let Some(path) = plain(key)
            && self.tree.write(&path, bytes, now).is_ok()
        {
            return gone(self.beside.delete(&self.aside(key)));
        }
        self.beside.write(&self.aside(key), bytes, now)
    }

    /// Deletes the object with exactly this key; a missing object is not an error.
    pub(crate) fn delete(&self, key: &str) -> io::Result<()> {
        gone(self.beside.delete(&self.aside(key)))?;
        match plain(key) {
            Some(path) if self.tree.own_entry(&path).is_ok_and(|e| e.kind == Kind::File) => {
                self.tree.delete(&path)
            }
            _ => Ok(()),
        }
    }

    /// Deletes all objects.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.tree.delete(&Within::root())?;
        self.beside.delete(&Within::root())
    }

    fn aside(&self, key: &str) -> Within {
        Within(vec![utf8_percent_encode(key, NON_ALPHANUMERIC).to_string()])
    }
}

/// A missing file is not an error.
fn gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The path of a key, if it is one.
fn plain(key: &str) -> Option<Within> {
    Within::no_longer_than(LONGEST, key).filter(|path| !path.is_root() && path.to_string() == key)
}

#[cfg(test)]
mod tests {
    use super::super::Folder;
    use super::*;

    #[test]
    fn keys_are_texts_and_no_paths() {
        let folder = Folder::temporary().unwrap();
        let bucket = folder.bucket("dev", "b");
        for key in ["a/b", "a", "a/", "ab", "a/b/c"] {
            bucket.write(key, key.as_bytes(), SystemTime::now()).unwrap();
        }
        let keys = |prefix| -> Vec<String> {
            bucket.objects(prefix).unwrap().into_iter().map(|object| object.key).collect()
        };
        assert_eq!(keys(""), ["a", "a/", "a/b", "a/b/c", "ab"]);
        assert_eq!(keys("a/b"), ["a/b", "a/b/c"]);
        for key in keys("") {
            assert_eq!(bucket.read(&key).unwrap(), key.as_bytes());
        }
        bucket.delete("a").unwrap();
        bucket.delete("none").unwrap();
        assert_eq!(keys(""), ["a/", "a/b", "a/b/c", "ab"]);
        bucket.clear().unwrap();
        assert!(keys("").is_empty());
    }
}
