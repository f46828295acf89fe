//! Downloading one file.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
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

/// Downloads a file: `GET /v3/files/content/{systemId}/{path}`, streamed, whatever its size.
///
/// The file is looked at first (`GET /v3/files/ops/{systemId}/{path}`), since the service does not
/// say how long it is. A connection that breaks is gone on from where it broke.
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// files.download("my-system", "data/out.txt").to_path("out.txt").await?;
/// let start = files.download("my-system", "data/out.txt").range(0..100).bytes().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "say where to, with `to_path` or one of its siblings"]
pub struct Download {
    remote: RemotePath,
    range: Option<Range<u64>>,
    zip: bool,
    on_progress: Progressing,
    known: Option<Stat>,
}

/// What a download has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// How many bytes there are now.
    pub bytes: u64,
    /// How many of them an earlier download had left.
    pub resumed_from: u64,
}

impl Client {
    /// Downloads from `path` on `system`; short for [`at`](Self::at) and [`RemotePath::download`].
    pub fn download(&self, system: &str, path: &str) -> Download {
        self.at((system, path)).download()
    }
}

impl RemotePath {
    /// Downloads the file that is here.
    pub fn download(&self) -> Download {
        Download::new(self.clone())
    }
}

impl Download {
    fn new(remote: RemotePath) -> Self {
        let on_progress = Progressing::default();
        Self { remote, range: None, zip: false, on_progress, known: None }
    }

    /// Takes what has been found out about the file already.
    pub(crate) fn known(mut self, stat: Stat) -> Self {
        self.known = Some(stat);
        self
    }

    /// Only the bytes from the first number up to, and without, the second.
    pub fn range(mut self, bytes: Range<u64>) -> Self {
        self.range = Some(bytes);
        self
    }

    /// Packed as a zip archive while it comes, which makes it possible to download a directory. A
    /// connection that breaks is an error then.
    pub fn zip(mut self) -> Self {
        self.zip = true;
        self
    }

    /// Calls `tell` with each piece that has come.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Progressing(Some(Arc::new(tell)));
        self
    }

    pub(crate) fn telling(mut self, tell: Option<OnProgress>) -> Self {
        self.on_progress = Progressing(tell);
        self
    }

    /// Writes to a file of this machine, whose folder is made if need be. It is written beside and
    /// renamed at the end: until then what was there before stays.
    pub fn to_path(self, path: impl Into<PathBuf>) -> Save {
        Save { download: self, path: path.into(), resume: false }
    }

    /// Writes to anything that can be written to, and flushes it at the end.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`Content::chunk`]; or a writer that fails.
    pub fn to_writer(
        self,
        mut writer: impl AsyncWrite + Unpin + Send + 'static,
    ) -> BoxFuture<'static, Result<Downloaded, Error>> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write what came: {error}")).with_source(error)
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

    /// All of it, in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`Content::chunk`].
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

    /// Looks at the file and gives its content in pieces.
    ///
    /// # Errors
    /// Whatever keeps it from being looked at; a directory, or a range outside of the file.
    pub fn open(self) -> BoxFuture<'static, Result<Content, Error>> {
        Box::pin(async move {
            let path = self.remote.path()?;
            if self.zip {
                if self.range.is_some() {
                    let message = "an archive that is packed on the way has no range";
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

/// A download to a file of this machine; awaiting it does it.
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until it is awaited"]
pub struct Save {
    download: Download,
    path: PathBuf,
    resume: bool,
}

impl Save {
    /// Keeps what has come when the download fails or the process ends, beside the place of the
    /// file under a name that ends in `.part`, and goes on from what an earlier download of the same
    /// file has left. Two such downloads of one file must not run at the same time.
    ///
    /// What belongs together is told by size and time of the last change; without both it begins
    /// anew.
    pub fn resume(mut self) -> Self {
        self.resume = true;
        self
    }

    async fn run(mut self) -> Result<Downloaded, Error> {
        let tell = self.download.on_progress.0.clone();
        if !self.download.zip && self.download.known.is_none() {
            self.download.known = Some(self.download.remote.stat().await?);
        }
        let modified = self.download.known.as_ref().and_then(|stat| stat.modified.clone());
        let mark = self.resume.then(|| self.mark()).flatten();
        let mut content = self.download.open().await?;
        let mut writer = match mark {
            Some(mark) => FileWriter::continued(&self.path, &mark).await?,
            None => FileWriter::create(&self.path).await?,
        };
        if content.len().is_none_or(|len| writer.len() > len) {
            writer.restart().await?;
        }
        let resumed_from = writer.len();
        content.skip_to(content.start() + resumed_from);
        while let Some(piece) = content.chunk().await? {
            writer.write(piece).await?;
            report(tell.as_ref(), writer.len(), &content);
        }
        let bytes = writer.finish(modified.as_ref().and_then(system_time)).await?;
        Ok(Downloaded { bytes, resumed_from })
    }

    /// A name for the very content that is downloaded, so that parts of two are never mixed.
    fn mark(&self) -> Option<String> {
        let stat = self.download.known.as_ref()?;
        let (size, modified) = (stat.size?, stat.modified.as_ref()?);
        let mut hasher = DefaultHasher::new();
        (&stat.path, size, modified.as_str(), &self.download.range).hash(&mut hasher);
        Some(format!("{:016x}", hasher.finish()))
    }
}

/// The moment as the file system takes it.
pub(crate) fn system_time(moment: &Timestamp) -> Option<SystemTime> {
    moment.parsed().map(SystemTime::from)
}

impl IntoFuture for Save {
    type Output = Result<Downloaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
