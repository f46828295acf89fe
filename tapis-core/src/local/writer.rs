//! Writing a file beside its place, in the background. Not `tempfile`, whose names are random: a
//! download that is resumed looks for what an earlier process has left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::blocking::{blocking, fault};
use crate::error::Error;
use crate::error_kind::ErrorKind;

/// How much is gathered before it is written.
const GATHERED: usize = 1024 * 1024;

/// A file that is written under another name beside its place, and renamed when it is whole.
///
/// Dropping it before [`finish`](Self::finish) removes what was written, unless it was opened to be
/// [`continued`](Self::continued). Pieces are written while the next ones come.
#[derive(Debug)]
pub struct FileWriter {
    path: PathBuf,
    beside: PathBuf,
    keep: bool,
    /// There while nothing is being written.
    file: Option<File>,
    writing: Option<JoinHandle<io::Result<File>>>,
    gathered: Vec<Bytes>,
    size: usize,
    length: u64,
}

impl FileWriter {
    /// Begins a file that will be at `path`; folders on the way are made.
    ///
    /// # Errors
    /// A place that cannot be written to, or that is a directory.
    pub async fn create(path: &Path) -> Result<Self, Error> {
        let beside = beside(path, &format!("{:x}-{:x}", std::process::id(), fastrand::u64(..)))?;
        Self::open(path.to_owned(), beside, false).await
    }

    /// Goes on with what an earlier writer with the same `mark` has left, or begins. What is written
    /// stays when this one does not finish either; [`len`](Self::len) says how much is there.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn continued(path: &Path, mark: &str) -> Result<Self, Error> {
        Self::open(path.to_owned(), beside(path, mark)?, true).await
    }

    async fn open(path: PathBuf, beside: PathBuf, keep: bool) -> Result<Self, Error> {
        blocking(move || {
            if path.is_dir() {
                let message = format!("{} is a directory", path.display());
                return Err(Error::new(ErrorKind::Input, message));
            }
            let mut options = OpenOptions::new();
            options.write(true);
            if keep {
                options.create(true)
            } else {
                options.create_new(true)
            };
            let opened = beside.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
                let mut file = options.open(&beside)?;
                let length = file.seek(SeekFrom::End(0))?;
                Ok((file, length))
            });
            let (file, length) = opened.map_err(|error| fault(&path, "write", error))?;
            let file = Some(file);
            let (writing, gathered) = (None, Vec::new());
            Ok(Self { path, beside, keep, file, writing, gathered, size: 0, length })
        })
        .await
    }

    /// How many bytes it holds, those included that are still on their way to the disk.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it holds nothing yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// A disk that is full, or fails.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        self.length += u64::try_from(piece.len()).unwrap_or_default();
        self.size += piece.len();
        self.gathered.push(piece);
        if self.size >= GATHERED { self.pass_on().await } else { Ok(()) }
    }

    /// Throws away what is there and begins again.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.gathered.clear();
        (self.size, self.length) = (0, 0);
        let Some(mut file) = self.settled().await? else { return Ok(()) };
        let path = self.path.clone();
        let emptied = blocking(move || {
            let emptied = file.set_len(0).and_then(|()| file.rewind());
            emptied.map(|()| file).map_err(|error| fault(&path, "write", error))
        });
        self.file = Some(emptied.await?);
        Ok(())
    }

    /// Puts the file into its place, and says how long it is. `modified` becomes the time of its
    /// last change.
    ///
    /// # Errors
    /// As [`write`](Self::write); what was in the place before is still there.
    pub async fn finish(mut self, modified: Option<SystemTime>) -> Result<u64, Error> {
        self.pass_on().await?;
        let file = self.settled().await?;
        let (path, beside) = (self.path.clone(), self.beside.clone());
        blocking(move || {
            // Some file systems keep no times; the content is what counts.
            if let (Some(file), Some(modified)) = (&file, modified) {
                let _ = file.set_modified(modified);
            }
            drop(file);
            fs::rename(&beside, &path).map_err(|error| fault(&path, "write", error))
        })
        .await?;
        self.keep = true;
        Ok(self.length)
    }

    /// Gives what is gathered to a thread that may block, once that has written what came before.
    async fn pass_on(&mut self) -> Result<(), Error> {
        let Some(mut file) = self.settled().await? else { return Ok(()) };
        let pieces = std::mem::take(&mut self.gathered);
        self.size = 0;
        self.writing = Some(spawn_blocking(move || {
            pieces.iter().try_for_each(|piece| file.write_all(piece))?;
            Ok(file)
        }));
        Ok(())
    }

    /// The file, when nothing is being written any more.
    async fn settled(&mut self) -> Result<Option<File>, Error> {
        let Some(writing) = self.writing.take() else { return Ok(self.file.take()) };
        let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map(Some).map_err(|error| fault(&self.path, "write", error))
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// A name in the same folder, so that renaming is all that is left to do.
fn beside(path: &Path, mark: &str) -> Result<PathBuf, Error> {
    let name = path.file_name().ok_or_else(|| {
        let message = format!("{} names no file", path.display());
        Error::new(ErrorKind::Input, message)
    })?;
    Ok(path.with_file_name(format!(".{}.{mark}.part", name.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let unique = format!("tapis-core-{name}-{:x}", fastrand::u64(..));
        std::env::temp_dir().join(unique)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[tokio::test]
    async fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = folder("whole");
        let path = folder.join("deep/a.txt");
        let mut writer = FileWriter::create(&path).await.unwrap();
        writer.write(Bytes::from_static(b"some ")).await.unwrap();
        assert!(!path.exists());
        writer.write(Bytes::from_static(b"text")).await.unwrap();
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        assert_eq!(writer.finish(Some(at)).await.unwrap(), 9);
        assert_eq!(fs::read(&path).unwrap(), b"some text");
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), at);
        assert_eq!(names(&folder.join("deep")), ["a.txt"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn what_is_not_finished_leaves_the_old_file_and_nothing_else() {
        let folder = folder("left");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.txt");
        fs::write(&path, "old").unwrap();
        let mut writer = FileWriter::create(&path).await.unwrap();
        writer.write(Bytes::from(vec![b'x'; 3 * GATHERED])).await.unwrap();
        drop(writer);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(&folder), ["a.txt"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn what_is_to_be_continued_stays() {
        let folder = folder("continued");
        let path = folder.join("a.txt");
        let mut writer = FileWriter::continued(&path, "v1").await.unwrap();
        writer.write(Bytes::from(vec![b'x'; 2 * GATHERED])).await.unwrap();
        // What has not reached the disk is lost with the writer, and asked for again.
        drop(writer.settled().await.unwrap());
        drop(writer);
        assert!(!path.exists());
        let mut writer = FileWriter::continued(&path, "v1").await.unwrap();
        assert_eq!(writer.len(), 2 * GATHERED as u64);
        writer.write(Bytes::from_static(b"end")).await.unwrap();
        writer.finish(None).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 2 * GATHERED as u64 + 3);
        assert_eq!(names(&folder), ["a.txt"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn another_mark_is_another_file() {
        let folder = folder("marks");
        let path = folder.join("a.txt");
        let mut first = FileWriter::continued(&path, "v1").await.unwrap();
        first.write(Bytes::from(vec![b'x'; GATHERED])).await.unwrap();
        drop(first.settled().await.unwrap());
        let second = FileWriter::continued(&path, "v2").await.unwrap();
        assert!(second.is_empty());
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn beginning_again_forgets_what_was_there() {
        let folder = folder("again");
        let path = folder.join("a.txt");
        let mut writer = FileWriter::create(&path).await.unwrap();
        writer.write(Bytes::from(vec![b'x'; 2 * GATHERED])).await.unwrap();
        writer.restart().await.unwrap();
        writer.write(Bytes::from_static(b"new")).await.unwrap();
        writer.finish(None).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_directory_or_no_name_is_refused() {
        let folder = folder("refused");
        fs::create_dir_all(&folder).unwrap();
        assert!(FileWriter::create(&folder).await.unwrap_err().is_input());
        assert!(FileWriter::create(Path::new("..")).await.is_err());
        assert_eq!(names(&folder), [""; 0]);
        fs::remove_dir_all(folder).unwrap();
    }
}
