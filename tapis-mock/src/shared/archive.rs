//! Directories as zip files.

use std::io;

use crate::folder::{Disk, Within};
use crate::reply::Failure;

/// A file, or a directory with all it holds, as a zip file.
#[cfg(feature = "zip")]
pub(crate) fn zip(
    disk: &Disk,
    path: &Within,
    failed: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    write(disk, path).map_err(failed)
}

/// As with the feature, which is off: 501.
#[cfg(not(feature = "zip"))]
pub(crate) fn zip(
    _: &Disk,
    _: &Within,
    _: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    let message = "MOCK_NO_ZIP This tapis-mock is built without its feature `zip`.";
    Err(Failure::new(crate::reply::Kind::MediaType, message))
}

#[cfg(feature = "zip")]
fn write(disk: &Disk, path: &Within) -> io::Result<Vec<u8>> {
    use std::io::{Cursor, Write as _};

    /// How deep an archive goes.
    const DEPTH: usize = 100;

    let top = disk.entry(path)?;
    let entries = if top.is_dir { disk.walk(path, DEPTH)? } else { vec![top] };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let prefix = path.to_string();
    for entry in entries {
        let whole = entry.path.to_string();
        // Names begin below the directory that was asked for.
        let name = match whole.strip_prefix(&prefix).map(|rest| rest.trim_start_matches('/')) {
            Some("") | None => entry.path.name().to_owned(),
            Some(rest) => rest.to_owned(),
        };
        if entry.is_dir {
            archive.add_directory(name, options)?;
        } else {
            archive.start_file(name, options)?;
            archive.write_all(&disk.read(&entry.path)?)?;
        }
    }
    Ok(archive.finish()?.into_inner())
}
