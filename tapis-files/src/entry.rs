//! Compares the path of a listing's entry with the path that was listed.

use crate::TapisPath;
use crate::types::{FileInfo, FileType};

/// The position of an entry relative to the path that was listed.
#[derive(Debug, PartialEq)]
pub(crate) enum Position {
    /// It is the file or object at the path.
    Own,
    /// It is the directory at the path itself: buckets can have an object for a directory.
    Directory,
    Below(TapisPath),
    /// It is next to the path and only begins with the same letters: buckets list by prefix.
    SamePrefix,
    Elsewhere,
}

impl Position {
    pub(crate) fn of(entry: &FileInfo, listed: &TapisPath) -> Self {
        let Ok(path) = TapisPath::new(listed.system(), &entry.path) else { return Self::Elsewhere };
        match path.below(listed) {
            Some("") if is_directory(entry) => Self::Directory,
            Some("") => Self::Own,
            Some(_) => Self::Below(path),
            None if path.path().starts_with(listed.path()) => Self::SamePrefix,
            None => Self::Elsewhere,
        }
    }
}

/// Whether the entry is a directory, or an object that represents one.
pub(crate) fn is_directory(entry: &FileInfo) -> bool {
    entry.type_ == Some(FileType::Dir) || entry.path.ends_with('/')
}

/// Creates an entry for a directory that is known only from the paths of its files.
pub(crate) fn directory(path: &TapisPath) -> FileInfo {
    FileInfo {
        name: path.file_name().unwrap_or_default().to_owned(),
        path: path.path().to_owned(),
        type_: Some(FileType::Dir),
        url: Some(path.to_string()),
        mime_type: None,
        owner: None,
        group: None,
        native_permissions: None,
        last_modified: None,
        size: None,
    }
}
