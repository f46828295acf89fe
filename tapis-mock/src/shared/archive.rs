//! Directories as zip files.

use std::io::{self, Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::folder::{Disk, Within};

/// How deep an archive goes.
const DEPTH: usize = 100;

/// A file, or a directory with all it holds, as a zip file.
pub(crate) fn zip(disk: &Disk, path: &Within) -> io::Result<Vec<u8>> {
    let top = disk.entry(path)?;
    let entries = if top.is_dir { disk.walk(path, DEPTH)? } else { vec![top] };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
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
