//! Uploads one file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream;
use tapis_core::local::{self, LocalFile, OnProgress, Progress};
use tapis_core::{Body, BoxError, BoxFuture, Error, ErrorKind, FormPart};
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use crate::{Client, RemotePath};

/// The size of a chunk in bytes.
const PIECE: usize = 256 * 1024;

/// Uploads a file: `POST /v3/files/ops/{systemId}/{path}`, as a streamed form. An existing file at
/// the path is replaced; missing directories are created.
///
/// If the connection breaks, a local file or bytes are sent again from the start. A reader or a
/// stream is sent only once, so a broken connection is an error.
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// files.upload("my-system", "data/in.txt").from_path("in.txt").await?;
/// files.upload("my-system", "data/note.txt").from_bytes("some text").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is uploaded until `from_path`, `from_bytes`, `from_reader` or `from_stream` is awaited"]
pub struct Upload {
    remote: RemotePath,
    on_progress: Progressing,
}

/// A progress callback with an implementation of `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Progressing(pub(crate) Option<OnProgress>);

impl std::fmt::Debug for Progressing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Some(..)" } else { "None" })
    }
}

/// The result of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The size of the file in bytes.
    pub bytes: u64,
}

impl Client {
    /// Uploads to `path` on `system`; short for [`at`](Self::at) and [`RemotePath::upload`].
    pub fn upload(&self, system: &str, path: &str) -> Upload {
        self.at((system, path)).upload()
    }
}

impl RemotePath {
    /// Uploads a file to this path.
    #[doc(alias = "upload file")]
    pub fn upload(&self) -> Upload {
        Upload::new(self.clone())
    }
}

impl Upload {
    fn new(remote: RemotePath) -> Self {
        Self { remote, on_progress: Progressing::default() }
    }

    /// Calls `callback` after each sent chunk with the bytes so far. If the upload starts again
    /// after a broken connection, the count restarts at 0.
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Progressing(Some(Arc::new(callback)));
        self
    }

    pub(crate) fn reporting(mut self, callback: Option<OnProgress>) -> Self {
        self.on_progress = Progressing(callback);
        self
    }

    /// Uploads a regular local file. A pipe, a device or a file in `/proc` has no length and is an
    /// error of kind `Input`: open it and use [`from_reader`](Self::from_reader).
    pub fn from_path(self, path: impl Into<PathBuf>) -> UploadFrom {
        self.source(Source::Path(path.into()))
    }

    /// Uploads bytes in memory.
    pub fn from_bytes(self, bytes: impl Into<Bytes>) -> UploadFrom {
        self.source(Source::Bytes(bytes.into()))
    }

    /// Uploads all data from `reader`.
    pub fn from_reader(self, reader: impl AsyncRead + Send + 'static) -> UploadFrom {
        self.from_stream(ReaderStream::with_capacity(reader, PIECE))
    }

    /// Uploads all data from `stream`.
    pub fn from_stream<S, E>(self, stream: S) -> UploadFrom
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        let sent = Arc::new(AtomicU64::new(0));
        let (counter, tell) = (Arc::clone(&sent), self.on_progress.0.clone());
        let counted = stream.inspect(move |piece| {
            let Ok(piece) = piece else { return };
            let length = u64::try_from(piece.len()).unwrap_or_default();
            let before = counter.fetch_add(length, Ordering::Relaxed);
            if let Some(tell) = &tell {
                tell(Progress::new(before + length, None));
            }
        });
        self.source(Source::Stream(Body::stream(counted), sent))
    }

    fn source(self, source: Source) -> UploadFrom {
        UploadFrom { upload: self, source, length: None }
    }
}

#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    Stream(Body, Arc<AtomicU64>),
}

/// An upload with its content; it starts when awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct UploadFrom {
    upload: Upload,
    source: Source,
    length: Option<u64>,
}

impl UploadFrom {
    /// Sets the length of a reader or stream in bytes, so that it is sent to the service. The length
    /// of files and bytes is known.
    pub fn with_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    async fn run(self) -> Result<Uploaded, Error> {
        let remote = &self.upload.remote;
        let path = remote.named("uploaded to")?;
        let tell = self.upload.on_progress.0;
        // The service turns a backslash into a slash on Linux hosts, and a leading colon into an empty path.
        if path.path().contains('\\') || path.path().starts_with(':') {
            let message = format!(
                "{path} contains a backslash or starts with a colon, which the service would store \
                 under another path: choose another name"
            );
            return Err(Error::new(ErrorKind::Input, message));
        }
        // The service ignores the name. A local name could have characters that a header must not have.
        let name = path.file_name().unwrap_or("file").to_owned();
        let (body, length, sent) = match self.source {
            Source::Path(local) => {
                let file = LocalFile::open(local).await?;
                let length = file.len();
                (local::body(file, tell), Some(length), None)
            }
            Source::Bytes(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or_default();
                (pieces(bytes, tell), Some(length), None)
            }
            Source::Stream(body, sent) => (body, self.length, Some(sent)),
        };
        let mut part = FormPart::new(body).with_file_name(name);
        if let Some(length) = length {
            part = part.with_length(length);
        }
        remote.client.insert(path.system(), path.path(), part).await.map_err(explained)?;
        let bytes = sent.map_or(length, |sent| Some(sent.load(Ordering::Relaxed)));
        Ok(Uploaded { bytes: bytes.unwrap_or_default() })
    }
}

/// Adds a hint to the service's message for a file that it could not open on the host.
fn explained(error: Error) -> Error {
    if !error.message().contains("\"outputStream\" is null") {
        return error;
    }
    error.with_hint(
        "the host could not open the file for writing; check that the effective user of the system may write to \
         this path, or try again later",
    )
}

/// Converts bytes to a stream of chunks, so that their progress can be reported.
fn pieces(bytes: Bytes, tell: Option<OnProgress>) -> Body {
    let Some(tell) = tell else { return Body::from(bytes) };
    let total = u64::try_from(bytes.len()).ok();
    Body::retryable(move || {
        let tell = Arc::clone(&tell);
        let (mut left, mut told) = (bytes.clone(), 0);
        let pieces = std::iter::from_fn(move || {
            let piece = left.split_to(left.len().min(PIECE));
            if piece.is_empty() {
                return None;
            }
            told += u64::try_from(piece.len()).unwrap_or_default();
            tell(Progress::new(told, total));
            Some(Ok::<_, Error>(piece))
        });
        stream::iter(pieces)
    })
}

impl IntoFuture for UploadFrom {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl IntoFuture for Upload {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// Fails with `Input`, because the upload has no content.
    fn into_future(self) -> Self::IntoFuture {
        let message =
            "the upload has no content: use from_path, from_bytes, from_reader or from_stream";
        Box::pin(async move { Err(Error::new(ErrorKind::Input, message)) })
    }
}
