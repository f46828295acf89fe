//! Writing a file beside its place, in the background. Not `tempfile`, whose names are random: a
//! download that is resumed looks for what an earlier process has left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::beside::{beside, open_to_others, remove_left};
use super::blocking::{ENDED, blocking, fault};
use super::regular;
use super::target::Target;
use crate::error::Error;
use crate::task::{Task, spawn_blocking};

/// How much is gathered before it is written.
const GATHERED: usize = 1024 * 1024;

/// A file that is written under a temporary name in the same directory, and renamed when it is
/// complete and on the disk.
///
/// If it is dropped before [`finish`](Self::finish), the written data is removed, unless the file
/// was opened to be [`continued`](Self::continued). Chunks are written in the background. A
/// replaced file passes on its permissions; anything but a regular file is not replaced.
#[derive(Debug)]
pub struct FileWriter {
    target: Arc<Target>,
    beside: PathBuf,
    /// Whether what is written stays, to be continued.
    keep: bool,
    finished: bool,
    /// There while nothing is being written.
    file: Option<File>,
    writing: Option<Task<io::Result<File>>>,
    gathered: Vec<Bytes>,
    size: usize,
    length: u64,
}

impl FileWriter {
    /// Starts a file that will be at `path`, or at the target of a symbolic link there; missing
    /// directories are created.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) if the destination cannot be written, [`Input`](crate::ErrorKind::Input)
    /// if it is a directory, a device or a pipe.
    pub async fn create(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        blocking(move || Self::begin(Target::find(&path)?)).await
    }

    /// Starts a file in `folder`; neither `path` nor any directory on the way to it may be a
    /// symbolic link.
    ///
    /// # Errors
    /// The errors of [`create`](Self::create), and a symbolic link.
    pub async fn create_in(folder: &Path, path: &Path) -> Result<Self, Error> {
        let (folder, path) = (folder.to_owned(), path.to_owned());
        blocking(move || Self::begin(Target::find_in(&folder, &path)?)).await
    }

    /// Continues the unfinished file of an earlier writer with the same `id`, or starts a new
    /// one. The data is kept if this writer does not finish either; [`len`](Self::len) returns the
    /// number of bytes so far. Files of another user and files in use by another writer are not
    /// touched: then this writer uses a name of its own, and removes its data if it does not
    /// finish.
    ///
    /// # Errors
    /// The errors of [`create`](Self::create).
    pub async fn continued(path: &Path, id: &str) -> Result<Self, Error> {
        let (path, id) = (path.to_owned(), id.to_owned());
        blocking(move || {
            let target = Target::find(&path)?;
            let beside = beside(&target.path, &id)?;
            make_folder(&target)?;
            match regular::open_own(&beside).map_err(|error| fault(&path, "write", error))? {
                Some(file) => Self::on(target, beside, file, true),
                None => Self::begin(target),
            }
        })
        .await
    }

    fn begin(target: Target) -> Result<Self, Error> {
        let id = format!("{:x}-{:x}", std::process::id(), fastrand::u64(..));
        let beside = beside(&target.path, &id)?;
        make_folder(&target)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(permissions) = &target.permissions {
            use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
            options.mode(permissions.mode());
        }
        let file = options.open(&beside).map_err(|error| fault(&target.path, "write", error))?;
        Self::on(target, beside, file, false)
    }

    fn on(target: Target, beside: PathBuf, mut file: File, keep: bool) -> Result<Self, Error> {
        let length = file.seek(SeekFrom::End(0));
        let length = length.map_err(|error| fault(&target.path, "write", error))?;
        let (writing, gathered, target) = (None, Vec::new(), Arc::new(target));
        let (file, finished) = (Some(file), false);
        Ok(Self { target, beside, keep, finished, file, writing, gathered, size: 0, length })
    }

    /// The last bytes that an earlier writer has left, as many as `most`.
    ///
    /// # Errors
    /// A disk that fails.
    pub async fn tail(&mut self, most: u64) -> Result<Vec<u8>, Error> {
        let Some(mut file) = self.settled().await? else { return Ok(Vec::new()) };
        let (start, path) = (self.length.saturating_sub(most), self.target.path.clone());
        let read = blocking(move || {
            let mut tail = Vec::new();
            let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut tail));
            read.map(|_| (file, tail)).map_err(|error| fault(&path, "read", error))
        });
        let (file, tail) = read.await?;
        self.file = Some(file);
        Ok(tail)
    }

    /// The number of bytes, including those that are still being written.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the file is still empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends a chunk.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        self.length += u64::try_from(piece.len()).unwrap_or_default();
        self.size += piece.len();
        self.gathered.push(piece);
        if self.size >= GATHERED { self.pass_on().await } else { Ok(()) }
    }

    /// Discards all data and starts again.
    ///
    /// # Errors
    /// The errors of [`write`](Self::write).
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.gathered.clear();
        (self.size, self.length) = (0, 0);
        let Some(mut file) = self.settled().await? else { return Ok(()) };
        let path = self.target.path.clone();
        let emptied = blocking(move || {
            let emptied = file.set_len(0).and_then(|()| file.rewind());
            emptied.map(|()| file).map_err(|error| fault(&path, "write", error))
        });
        self.file = Some(emptied.await?);
        Ok(())
    }

    /// Moves the file to its final path and returns its length. `modified` becomes the modification
    /// time.
    ///
    /// # Errors
    /// The errors of [`write`](Self::write); an existing file at the path is unchanged.
    pub async fn finish(mut self, modified: Option<SystemTime>) -> Result<u64, Error> {
        self.pass_on().await?;
        let file = self.settled().await?;
        let (target, beside, keep) = (Arc::clone(&self.target), self.beside.clone(), self.keep);
        blocking(move || {
            let write = |error| fault(&target.path, "write", error);
            // The way may have changed in the meantime.
            let replaced = target.check()?;
            if let Some(file) = file {
                // Some file systems keep no times; the content is what counts.
                if let Some(modified) = modified {
                    let _ = file.set_modified(modified);
                }
                match replaced {
                    Some(permissions) => file.set_permissions(permissions).map_err(write)?,
                    // What was to be continued was nobody else's business.
                    None if keep => open_to_others(&file, &target.path).map_err(write)?,
                    None => {}
                }
                // A name must not be on the disk before the content is.
                file.sync_all().map_err(write)?;
            }
            fs::rename(&beside, &target.path).map_err(write)?;
            if keep {
                remove_left(&target.path);
            }
            Ok(())
        })
        .await?;
        self.finished = true;
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
        let written = writing.await.unwrap_or_else(|| Err(io::Error::other(ENDED)));
        written.map(Some).map_err(|error| fault(&self.target.path, "write", error))
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if !self.keep && !self.finished {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn make_folder(target: &Target) -> Result<(), Error> {
    let made = target.path.parent().map_or(Ok(()), fs::create_dir_all);
    made.map_err(|error| fault(&target.path, "write", error))?;
    target.check().map(drop)
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
    async fn another_id_is_another_file() {
        let folder = folder("ids");
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

    #[tokio::test]
    async fn a_name_of_the_greatest_length_is_written_and_continued() {
        let folder = folder("long");
        for name in ["x".repeat(255), "ä".repeat(127)] {
            let path = folder.join(&name);
            let mut writer = FileWriter::create(&path).await.unwrap();
            writer.write(Bytes::from_static(b"text")).await.unwrap();
            writer.finish(None).await.unwrap();
            let writer = FileWriter::continued(&path, "0123456789abcdef").await.unwrap();
            writer.finish(None).await.unwrap();
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn what_is_left_of_other_contents_goes_with_the_whole_file() {
        let folder = folder("stale");
        let path = folder.join("a.txt");
        for id in ["00000000000000aa", "00000000000000bb"] {
            drop(FileWriter::continued(&path, id).await.unwrap());
        }
        fs::write(folder.join(".a.txt.mine.part"), "mine").unwrap();
        let writer = FileWriter::continued(&path, "00000000000000cc").await.unwrap();
        writer.finish(None).await.unwrap();
        let mut left = names(&folder);
        left.sort();
        assert_eq!(left, [".a.txt.mine.part", "a.txt"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn the_last_bytes_that_are_left_can_be_compared() {
        let folder = folder("tail");
        let path = folder.join("a.txt");
        let mut writer = FileWriter::continued(&path, "v1").await.unwrap();
        writer.write(Bytes::from_static(b"0123456789")).await.unwrap();
        writer.pass_on().await.unwrap();
        drop(writer.settled().await.unwrap());
        drop(writer);
        let mut writer = FileWriter::continued(&path, "v1").await.unwrap();
        assert_eq!(writer.tail(4).await.unwrap(), b"6789");
        assert_eq!(writer.tail(100).await.unwrap(), b"0123456789");
        writer.write(Bytes::from_static(b"end")).await.unwrap();
        writer.finish(None).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"0123456789end");
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[tokio::test]
        async fn a_link_leads_to_the_file_that_is_replaced_and_a_folder_refuses_it() {
            let folder = folder("links");
            fs::create_dir_all(folder.join("elsewhere")).unwrap();
            fs::write(folder.join("elsewhere/a"), "old").unwrap();
            for (link, to) in [("a", "elsewhere/a"), ("new", "elsewhere/new")] {
                symlink(to, folder.join(link)).unwrap();
                let path = folder.join(link);
                let error = FileWriter::create_in(&folder, &path).await.unwrap_err();
                assert!(error.is_input() && error.message().contains("symbolic link"), "{error}");
                let mut writer = FileWriter::create(&path).await.unwrap();
                writer.write(Bytes::from_static(b"new")).await.unwrap();
                writer.finish(None).await.unwrap();
                assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
                assert_eq!(fs::read(folder.join(to)).unwrap(), b"new");
            }
            symlink("elsewhere", folder.join("way")).unwrap();
            assert!(FileWriter::create_in(&folder, &folder.join("way/b")).await.is_err());
            symlink("round", folder.join("round")).unwrap();
            let error = FileWriter::create(&folder.join("round")).await.unwrap_err();
            assert!(error.message().contains("circular"), "{error}");
            fs::remove_dir_all(folder).unwrap();
        }

        #[tokio::test]
        async fn a_link_that_appears_on_the_way_is_refused_at_the_end() {
            let folder = folder("late");
            let path = folder.join("sub/a");
            let mut writer = FileWriter::create_in(&folder, &path).await.unwrap();
            writer.write(Bytes::from_static(b"text")).await.unwrap();
            fs::rename(folder.join("sub"), folder.join("other")).unwrap();
            symlink("other", folder.join("sub")).unwrap();
            assert!(writer.finish(None).await.unwrap_err().is_input());
            assert!(!folder.join("other/a").exists());
            fs::remove_dir_all(folder).unwrap();
        }

        #[tokio::test]
        async fn a_file_keeps_its_permissions_when_it_is_replaced() {
            let folder = folder("modes");
            let path = folder.join("a");
            FileWriter::create(&path).await.unwrap().finish(None).await.unwrap();
            let usual = mode(&path);
            for wanted in [0o600, 0o755, 0o640] {
                fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
                for id in [None, Some("v1")] {
                    let writer = match id {
                        Some(id) => FileWriter::continued(&path, id).await.unwrap(),
                        None => FileWriter::create(&path).await.unwrap(),
                    };
                    assert_eq!(mode(&writer.beside) & !wanted, 0, "nobody sees more meanwhile");
                    writer.finish(None).await.unwrap();
                    assert_eq!(mode(&path), wanted, "{id:?}");
                }
            }
            fs::remove_file(&path).unwrap();
            let writer = FileWriter::continued(&path, "v1").await.unwrap();
            writer.finish(None).await.unwrap();
            assert_eq!((mode(&path), names(&folder)), (usual, vec!["a".to_owned()]));
            fs::remove_dir_all(folder).unwrap();
        }

        #[tokio::test]
        async fn what_is_no_regular_file_is_neither_replaced_nor_read() {
            let folder = folder("special");
            fs::create_dir_all(&folder).unwrap();
            let pipe = folder.join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            for path in [&pipe, Path::new("/dev/null")] {
                let error = FileWriter::create(path).await.unwrap_err();
                assert!(error.is_input() && error.message().contains("to_writer"), "{error}");
                let error = crate::local::LocalFile::open(path).await.unwrap_err();
                assert!(error.is_input() && error.message().contains("from_reader"), "{error}");
            }
            #[cfg(target_os = "linux")]
            {
                let error = crate::local::LocalFile::open("/proc/self/status").await.unwrap_err();
                assert!(error.is_input() && error.message().contains("longer than"), "{error}");
            }
            fs::remove_dir_all(folder).unwrap();
        }

        #[tokio::test]
        async fn what_others_have_put_beside_is_not_written_to() {
            let folder = folder("planted");
            fs::create_dir_all(&folder).unwrap();
            let (path, beside) = (folder.join("a"), folder.join(".a.v1.part"));
            let victim = folder.join("victim");
            let link = |target: &Path| symlink(target, &beside).unwrap();
            let plants: [&dyn Fn(); 4] = [
                &|| link(&victim),
                &|| link(&folder.join("nothing")),
                &|| fs::hard_link(&victim, &beside).unwrap(),
                &|| fs::create_dir(&beside).unwrap(),
            ];
            for plant in plants {
                fs::write(&victim, "precious").unwrap();
                plant();
                let mut writer = FileWriter::continued(&path, "v1").await.unwrap();
                assert!(writer.is_empty(), "nothing planted becomes a part of it");
                writer.write(Bytes::from_static(b"new")).await.unwrap();
                writer.finish(None).await.unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"new");
                assert!(fs::symlink_metadata(&path).unwrap().is_file());
                assert_eq!(fs::read(&victim).unwrap(), b"precious");
                assert!(!folder.join("nothing").exists());
                fs::remove_file(&beside).or_else(|_| fs::remove_dir(&beside)).unwrap();
            }
            fs::remove_dir_all(folder).unwrap();
        }

        #[tokio::test]
        async fn two_writers_do_not_continue_the_same_file() {
            let folder = folder("two");
            let path = folder.join("a");
            let mut first = FileWriter::continued(&path, "v1").await.unwrap();
            let mut second = FileWriter::continued(&path, "v1").await.unwrap();
            first.write(Bytes::from_static(b"first")).await.unwrap();
            second.write(Bytes::from_static(b"second")).await.unwrap();
            second.finish(None).await.unwrap();
            first.finish(None).await.unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"first");
            assert_eq!(names(&folder), ["a"]);
            fs::remove_dir_all(folder).unwrap();
        }
    }
}
