//! Downloads one file.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use tapis_core::local::{FileWriter, OnProgress, Progress};
use tapis_core::{BoxFuture, Error, ErrorKind, Timestamp};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::upload::Progressing;
use crate::{Client, Content, RemotePath, Stat};
use tapis_core::range::TAIL;

/// Downloads a file: `GET /v3/files/content/{systemId}/{path}`, streamed.
///
/// The size of the file is requested first (`GET /v3/files/ops/{systemId}/{path}`), because the
/// download itself does not report it. A file that grows during the download is returned up to that
/// size. After a broken connection the download resumes; see [`Content`].
///
/// Choose the destination with [`to_path`](Self::to_path), [`to_writer`](Self::to_writer),
/// [`bytes`](Self::bytes) or [`open`](Self::open).
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// files.download("my-system", "data/out.txt").to_path("out.txt").await?;
/// let start = files.download("my-system", "data/out.txt").range(0..100).bytes().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until `to_path`, `to_writer`, `bytes` or `open` is awaited"]
pub struct Download {
    remote: RemotePath,
    range: Option<Range<u64>>,
    zip: bool,
    on_progress: Progressing,
    known: Option<Stat>,
}

/// The result of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The number of bytes of the result, including those of an earlier download.
    pub bytes: u64,
    /// The number of bytes that an earlier download had received; see [`DownloadToPath::resume`].
    pub resumed_from: u64,
}

impl Client {
    /// Downloads from `path` on `system`; short for [`at`](Self::at) and [`RemotePath::download`].
    pub fn download(&self, system: &str, path: &str) -> Download {
        self.at((system, path)).download()
    }
}

impl RemotePath {
    /// Downloads this file.
    #[doc(alias = "download file")]
    pub fn download(&self) -> Download {
        Download::new(self.clone())
    }
}

impl Download {
    fn new(remote: RemotePath) -> Self {
        let on_progress = Progressing::default();
        Self { remote, range: None, zip: false, on_progress, known: None }
    }

    /// Uses properties of the file that are already known, which saves a request.
    pub(crate) fn known(mut self, stat: Stat) -> Self {
        self.known = Some(stat);
        self
    }

    /// Downloads only these bytes; a range that ends after the end of the file is cut there. If the
    /// service cannot send a range of the file, the file is read from its start, and the bytes
    /// before the range are discarded.
    pub fn range(mut self, bytes: Range<u64>) -> Self {
        self.range = Some(bytes);
        self
    }

    /// Downloads the file or directory as a zip archive. The names in the archive start with the
    /// name of the directory. The service follows symbolic links, and omits directories that are
    /// more than 20 levels deep. A broken connection is an error, because the service cannot resume
    /// an archive.
    pub fn zip(mut self) -> Self {
        self.zip = true;
        self
    }

    /// Calls `callback` after each chunk with the bytes so far.
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Progressing(Some(Arc::new(callback)));
        self
    }

    pub(crate) fn reporting(mut self, callback: Option<OnProgress>) -> Self {
        self.on_progress = Progressing(callback);
        self
    }

    /// Writes to a local file; missing directories are created. The data is written under a
    /// temporary name in the same directory and renamed at the end, so an existing file is unchanged
    /// until then. Its permissions are kept. If the path is a symbolic link, its target is
    /// replaced. A directory, a device or a pipe is an error of kind `Input`.
    pub fn to_path(self, path: impl Into<PathBuf>) -> DownloadToPath {
        DownloadToPath { download: self, path: path.into(), folder: None, resume: false }
    }

    /// Writes to any async writer, and flushes it at the end.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open) and [`Content::chunk`], and [`ErrorKind::Io`] if the writer
    /// fails.
    pub fn to_writer(
        self,
        mut writer: impl AsyncWrite + Unpin + Send + 'static,
    ) -> BoxFuture<'static, Result<Downloaded, Error>> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write the downloaded data: {error}"))
                .with_source(error)
        };
        Box::pin(async move {
            let tell = self.on_progress.0.clone();
            let mut content = self.open().await?;
            let mut bytes = 0;
            while let Some(piece) = content.chunk().await? {
                writer.write_all(&piece).await.map_err(failed)?;
                bytes += u64::try_from(piece.len()).unwrap_or_default();
                report(tell.as_ref(), bytes, &content);
            }
            writer.flush().await.map_err(failed)?;
            Ok(Downloaded { bytes, resumed_from: 0 })
        })
    }

    /// Reads the whole content into memory.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open) and [`Content::chunk`].
    pub fn bytes(self) -> BoxFuture<'static, Result<Bytes, Error>> {
        Box::pin(async move {
            let tell = self.on_progress.0.clone();
            let mut content = self.open().await?;
            let mut all = BytesMut::new();
            while let Some(piece) = content.chunk().await? {
                all.extend_from_slice(&piece);
                report(tell.as_ref(), u64::try_from(all.len()).unwrap_or_default(), &content);
            }
            Ok(all.freeze())
        })
    }

    /// Checks the file and returns its content as a stream of chunks.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for a directory without [`zip`](Self::zip) and for a range that begins after the end of
    /// the file; otherwise the kinds of [`RemotePath::stat`] and `get_contents`.
    pub fn open(self) -> BoxFuture<'static, Result<Content, Error>> {
        Box::pin(async move {
            let path = self.remote.path()?;
            if self.zip {
                if self.range.is_some() {
                    let message = "a range of a zip archive cannot be downloaded: \
                                   use either `range` or `zip`";
                    return Err(Error::new(ErrorKind::Input, message));
                }
                let call = self.remote.client.get_contents(path.system(), path.path());
                let open = call.zip(true).await?;
                return Ok(Content::packed(self.remote, open));
            }
            let stat = match self.known {
                Some(stat) => stat,
                None => self.remote.stat().await?,
            };
            if stat.is_dir {
                let message = format!(
                    "{} is a directory: download it as a folder or as a zip archive",
                    stat.path
                );
                return Err(Error::new(ErrorKind::Input, message));
            }
            Content::of(self.remote, stat, self.range)
        })
    }
}

fn report(tell: Option<&OnProgress>, bytes: u64, content: &Content) {
    if let Some(tell) = tell {
        tell(Progress::new(bytes, content.len()));
    }
}

/// A download to a local file; it starts when awaited. Created by [`Download::to_path`].
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until it is awaited"]
pub struct DownloadToPath {
    download: Download,
    path: PathBuf,
    /// The folder that the file must not leave by a symbolic link.
    folder: Option<PathBuf>,
    resume: bool,
}

impl DownloadToPath {
    /// Makes the download resumable in a later process. If it fails or the process ends, the
    /// received part stays in the same directory with the extension `.part`. The next download of
    /// the file with `resume` continues that part, if the path, size and modification time of the
    /// file are the same and the last bytes match; otherwise it starts again. If two such downloads
    /// of a file run at the same time, one of them starts again.
    pub fn resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// Refuses symbolic links between the folder and the file.
    pub(crate) fn within(mut self, folder: PathBuf) -> Self {
        self.folder = Some(folder);
        self
    }

    async fn run(mut self) -> Result<Downloaded, Error> {
        if !self.download.zip && self.download.known.is_none() {
            self.download.known = Some(self.download.remote.stat().await?);
        }
        let mut content = self.download.clone().open().await?;
        let mut writer = self.writer().await?;
        if content.len().is_none_or(|len| writer.len() > len) {
            writer.restart().await?;
        }
        let resumed_from = writer.len();
        if resumed_from > 0 {
            let tail = writer.tail(u64::from(TAIL)).await?;
            content.skip_to(content.start().saturating_add(resumed_from), &tail);
        }
        let outcome = self.receive(content, &mut writer).await;
        match outcome {
            // The part does not match the file, for example because a power failure damaged it.
            Err(error)
                if error.is_conflict() && resumed_from > 0 && writer.len() == resumed_from =>
            {
                writer.restart().await?;
                let content = self.download.clone().open().await?;
                self.receive(content, &mut writer).await?;
                self.finish(writer, 0).await
            }
            Err(error) => Err(error),
            Ok(()) => self.finish(writer, resumed_from).await,
        }
    }

    async fn writer(&self) -> Result<FileWriter, Error> {
        match (&self.folder, self.resume.then(|| self.mark()).flatten()) {
            (Some(folder), _) => FileWriter::create_in(folder, &self.path).await,
            (None, Some(mark)) => FileWriter::continued(&self.path, &mark).await,
            (None, None) => FileWriter::create(&self.path).await,
        }
    }

    async fn receive(&self, mut content: Content, writer: &mut FileWriter) -> Result<(), Error> {
        let callback = self.download.on_progress.0.as_ref();
        while let Some(piece) = content.chunk().await? {
            writer.write(piece).await?;
            report(callback, writer.len(), &content);
        }
        Ok(())
    }

    async fn finish(self, writer: FileWriter, resumed_from: u64) -> Result<Downloaded, Error> {
        let modified = self.download.known.as_ref().and_then(|stat| stat.modified.as_ref());
        let bytes = writer.finish(modified.and_then(system_time)).await?;
        Ok(Downloaded { bytes, resumed_from })
    }

    /// An identifier for this exact content, so that parts of different contents are never
    /// combined.
    fn mark(&self) -> Option<String> {
        let stat = self.download.known.as_ref()?;
        let (size, modified) = (stat.size?, stat.modified.as_ref()?);
        let range = self.download.range.clone().unwrap_or(0..size);
        let content =
            format!("{} {size} {} {}..{}", stat.path, modified.as_str(), range.start, range.end);
        Some(format!("{:016x}", fnv1a(content.as_bytes())))
    }
}

/// A hash that is the same in all versions and programs: FNV-1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Converts a timestamp; `None` if it is not a valid date.
pub(crate) fn system_time(timestamp: &Timestamp) -> Option<SystemTime> {
    timestamp.parsed().map(SystemTime::from)
}

impl IntoFuture for DownloadToPath {
    type Output = Result<Downloaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
