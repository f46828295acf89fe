//! Directories as zip archives.

use std::io;

use crate::folder::{Disk, Within};
use crate::reply::Failure;

/// A file, or a directory with its content, as a zip archive whose entries have names relative to
/// `base`.
#[cfg(feature = "zip")]
pub(crate) fn zip(
    disk: &Disk,
    path: &Within,
    base: &Within,
    failed: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    write::disk(disk, path, base).map_err(failed)
}

/// The same for content that is not a file of a host, by name.
#[cfg(feature = "zip")]
pub(crate) fn zip_files(
    files: Vec<(String, Vec<u8>)>,
    failed: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    write::files(files).map_err(failed)
}

/// Without the feature: 501.
#[cfg(not(feature = "zip"))]
pub(crate) fn zip(
    _: &Disk,
    _: &Within,
    _: &Within,
    _: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    Err(unavailable())
}

/// Without the feature: 501.
#[cfg(not(feature = "zip"))]
pub(crate) fn zip_files(
    _: Vec<(String, Vec<u8>)>,
    _: impl FnOnce(io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    Err(unavailable())
}

#[cfg(not(feature = "zip"))]
fn unavailable() -> Failure {
    let message = "MOCK_NO_ZIP This tapis-mock is built without its feature `zip`.";
    Failure::new(crate::reply::Kind::MediaType, message)
}

#[cfg(feature = "zip")]
mod write {
    use std::io::{self, Write as _};

    use zip::ZipWriter;
    use zip::write::{SimpleFileOptions, StreamWriter};

    use crate::folder::{Disk, Entry, Kind, Within};
    use crate::shared::listing::{DEPTH, Page, deep};

    /// Links are followed. Broken links and special files are omitted, and so is everything below
    /// the maximum depth of a list. Directories below the first have entries.
    pub(super) fn disk(disk: &Disk, path: &Within, base: &Within) -> io::Result<Vec<u8>> {
        let through = |entry: Entry| match entry.kind {
            Kind::Link => disk.entry(&entry.path).ok(),
            _ => Some(entry),
        };
        let list = |path: &Within| -> io::Result<Vec<Entry>> {
            Ok(Page::whole().of(disk, path)?.into_iter().filter_map(through).collect())
        };
        let mut archive = stream();
        for entry in deep(path, DEPTH, &list)? {
            let name = entry.path.relative_to(base);
            match entry.kind {
                Kind::Dir => archive.add_directory(name, SimpleFileOptions::default())?,
                Kind::File => add(&mut archive, name, &disk.read(&entry.path)?)?,
                Kind::Link | Kind::Other => {}
            }
        }
        Ok(archive.finish()?.into_inner())
    }

    pub(super) fn files(files: Vec<(String, Vec<u8>)>) -> io::Result<Vec<u8>> {
        let mut archive = stream();
        for (name, bytes) in files {
            add(&mut archive, name, &bytes)?;
        }
        Ok(archive.finish()?.into_inner())
    }

    /// Sizes are after the data, as in an archive that is sent while it is created.
    fn stream() -> ZipWriter<StreamWriter<Vec<u8>>> {
        ZipWriter::new_stream(Vec::new())
    }

    fn add(
        archive: &mut ZipWriter<StreamWriter<Vec<u8>>>,
        name: String,
        bytes: &[u8],
    ) -> io::Result<()> {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)
    }
}
