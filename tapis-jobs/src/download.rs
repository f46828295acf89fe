//! Downloads the output of a job.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use serde_json::Value;
use tapis_core::chunks::{self, Chunks};
use tapis_core::local::{FileWriter, OnProgress, Progress};
use tapis_core::{BoxFuture, ByteStream, Error, ErrorKind};

use crate::Client;
use crate::location::explain;
use crate::types::FileType;
use crate::unpack::{Content, Unpacked, Unpacker, recognise};

/// The maximum length in bytes of an error message that the service sends in place of content.
const LONGEST_MESSAGE: usize = 64 * 1024;

impl Client {
    /// Downloads an output file of a job: `GET /v3/jobs/{jobUuid}/output/download/{outputPath}`. `path`
    /// is relative to the output directory, as [`outputs`](Self::outputs) lists it.
    ///
    /// A directory, or an empty path for the whole output, is downloaded as a zip archive. A file is
    /// returned unchanged: the service compresses files larger than 1,000,000 bytes, and the SDK
    /// decompresses them during the download.
    ///
    /// A broken connection is an error. To resume downloads, use `t.files.at(url).download()` with the
    /// job's [`output_url`](crate::types::Job::output_url), if you can read that system.
    ///
    /// ```no_run
    /// # async fn example(jobs: tapis_jobs::Client, uuid: &str) -> Result<(), tapis_core::Error> {
    /// let bytes = jobs.download_output(uuid, "tapisjob.out").to_path("tapisjob.out").await?;
    /// println!("{bytes} bytes");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "download output")]
    #[doc(alias = "job output")]
    #[doc(alias = "job results")]
    #[doc(alias = "collect output")]
    pub fn download_output(
        &self,
        uuid: impl Into<String>,
        path: impl Into<String>,
    ) -> OutputDownload {
        let (uuid, path) = (uuid.into(), path.into());
        OutputDownload { client: self.clone(), uuid, path, running: false, on_progress: None }
    }
}

/// A download of a job's output; created by [`Client::download_output`].
#[derive(Clone)]
#[must_use = "nothing is downloaded until `to_path`, `bytes` or `open` is awaited"]
pub struct OutputDownload {
    client: Client,
    uuid: String,
    path: String,
    running: bool,
    on_progress: Option<OnProgress>,
}

impl std::fmt::Debug for OutputDownload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputDownload")
            .field("uuid", &self.uuid)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl OutputDownload {
    /// Allows downloading before the job has ended.
    pub fn while_running(mut self) -> Self {
        self.running = true;
        self
    }

    /// [`to_path`](Self::to_path) calls `callback` after each chunk with the bytes so far. The total
    /// is unknown if the service compressed the file, or does not report its length.
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(callback));
        self
    }

    /// Opens the content as a stream of chunks.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the job or the path does not exist, or if it is an empty directory;
    /// [`ErrorKind::Request`] if the job has not ended and
    /// [`while_running`](Self::while_running) is not set; otherwise the kinds of
    /// [`get_job_output_download`](Client::get_job_output_download).
    pub fn open(self) -> BoxFuture<'static, Result<OutputStream, Error>> {
        Box::pin(async move {
            // Without `compress`, the service requests a directory with a single file as if it were a file.
            let whole = self.path.trim_matches('/').is_empty();
            match self.request(whole).await {
                Err(error) if !whole && is_directory(&error) => self.request(true).await,
                result => result,
            }
        })
    }

    /// Downloads everything into memory.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open), and [`ErrorKind::Connection`] if the connection breaks.
    pub fn bytes(self) -> BoxFuture<'static, Result<Bytes, Error>> {
        Box::pin(async move { self.open().await?.bytes().await })
    }

    /// Writes to a local file and returns its size in bytes. The data is written under a temporary
    /// name and renamed when the file is complete.
    ///
    /// # Errors
    /// The errors of [`bytes`](Self::bytes), and [`ErrorKind::Io`] if the file cannot be written.
    /// After an error an existing file at `path` is unchanged.
    pub fn to_path(self, path: impl Into<PathBuf>) -> BoxFuture<'static, Result<u64, Error>> {
        let (path, callback) = (path.into(), self.on_progress.clone());
        Box::pin(async move {
            let mut content = self.open().await?;
            let total = content.content_length();
            let mut file = FileWriter::create(&path).await?;
            while let Some(chunk) = content.chunk().await? {
                file.write(chunk).await?;
                if let Some(callback) = &callback {
                    callback(Progress::new(file.len(), total));
                }
            }
            file.finish(None).await
        })
    }

    async fn request(&self, compress: bool) -> Result<OutputStream, Error> {
        let call = self.client.get_job_output_download(self.uuid.as_str(), self.path.as_str());
        let call = call.maybe_allow_if_running(self.running.then_some(true));
        let call = call.maybe_compress(compress.then_some(true));
        let mut source = match call.await {
            Ok(source) => source,
            Err(error) => return Err(explain(&self.client, &self.uuid, &self.path, error).await),
        };
        let length = source.content_length();
        let name = Some(last_segment(&self.path)).filter(|_| !compress);
        let mut head = Bytes::new();
        let content = loop {
            match name.map_or(Content::Plain, |name| recognise(&head, name)) {
                Content::Plain if !may_be_message(&head) => break Content::Plain,
                Content::Packed(entry) => break Content::Packed(entry),
                _ => {}
            }
            match source.chunk().await {
                Ok(Some(chunk)) if head.is_empty() => head = chunk,
                Ok(Some(chunk)) => head = [head, chunk].concat().into(),
                Ok(None) => return self.complete(head).await,
                // The service sends a failure of Files with status 200, in place of the content.
                Err(error) if error.status().is_some_and(|status| status.is_success()) => {
                    let body = Bytes::copy_from_slice(error.body());
                    return match self.is_file_of(body.len()).await {
                        true => Ok(OutputStream::of(body)),
                        false => Err(explain(&self.client, &self.uuid, &self.path, error).await),
                    };
                }
                Err(error) => return Err(error),
            }
        };
        Ok(match content {
            Content::Packed(entry) => {
                let data = head.slice(entry.data.min(head.len())..);
                let unpacker = Some(Unpacker::new(entry, data));
                OutputStream { head: Bytes::new(), length: None, source: Some(source), unpacker }
            }
            _ => OutputStream { head, length, source: Some(source), unpacker: None },
        })
    }

    /// Handles a reply that has been received completely, and may be an error message of the service.
    async fn complete(&self, content: Bytes) -> Result<OutputStream, Error> {
        match service_message(&content) {
            Some(message) if !self.is_file_of(content.len()).await => {
                let what = match self.path.trim_matches('/') {
                    "" => format!("the output directory of job {}", self.uuid),
                    path => format!("the output directory {path} of job {}", self.uuid),
                };
                let message = match message.contains("EMPTY") {
                    true => format!("{what} is empty ({message})"),
                    false => format!("{what} cannot be downloaded: {message}"),
                };
                Err(Error::new(ErrorKind::NotFound, message))
            }
            _ => Ok(OutputStream::of(content)),
        }
    }

    /// Whether the path is a file of that size: a job's own output can look like a message of the service.
    async fn is_file_of(&self, size: usize) -> bool {
        let call = self.client.get_job_output_list(self.uuid.as_str(), self.path.as_str());
        let call = call.limit(2).maybe_allow_if_running(self.running.then_some(true));
        matches!(call.await.as_deref(), Ok([file]) if
            file.type_ == Some(FileType::File)
            && file.name == last_segment(&self.path)
            && file.size.and_then(|size| usize::try_from(size).ok()) == Some(size))
    }
}

/// The content of a download as chunks of bytes; created by [`OutputDownload::open`].
pub struct OutputStream {
    head: Bytes,
    length: Option<u64>,
    source: Option<ByteStream>,
    unpacker: Option<Unpacker>,
}

impl std::fmt::Debug for OutputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputStream")
            .field("source", &self.source)
            .field("unpacked", &self.unpacker.is_some())
            .finish_non_exhaustive()
    }
}

impl OutputStream {
    pub(crate) fn of(content: Bytes) -> Self {
        let length = u64::try_from(content.len()).ok();
        Self { head: content, length, source: None, unpacker: None }
    }

    /// The length in bytes; `None` if the service does not report it or compressed the file.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.length
    }

    /// Returns the next chunk; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Connection`] if the connection breaks, [`ErrorKind::Timeout`] if no data
    /// arrives within the idle limit, [`ErrorKind::Decoding`] for a damaged or incomplete archive.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(unpacker) = &mut self.unpacker else {
            if !self.head.is_empty() {
                return Ok(Some(std::mem::take(&mut self.head)));
            }
            let Some(source) = &mut self.source else { return Ok(None) };
            return source.chunk().await;
        };
        let damaged = |why: &str| {
            let message = format!(
                "the file, which the service sent compressed, cannot be decompressed: {why}; \
                 download it again"
            );
            Error::new(ErrorKind::Decoding, message)
        };
        loop {
            match unpacker.next().map_err(damaged)? {
                Unpacked::Piece(piece) => return Ok(Some(piece)),
                Unpacked::End => return Ok(None),
                Unpacked::Starved => {
                    let Some(source) = &mut self.source else { return Ok(None) };
                    let more = source.chunk().await?;
                    unpacker.feed(more.ok_or_else(|| damaged("the archive ends early"))?);
                }
            }
        }
    }

    /// Reads the rest into memory.
    ///
    /// # Errors
    /// The errors of [`chunk`](Self::chunk).
    pub async fn bytes(self) -> Result<Bytes, Error> {
        chunks::collect(self).await
    }

    /// Converts to a stream of the chunks.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        chunks::stream(self)
    }
}

impl Chunks for OutputStream {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        OutputStream::chunk(self).await
    }
}

pub(crate) fn last_segment(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Whether Files reports that a directory was requested as if it were a file.
fn is_directory(error: &Error) -> bool {
    ["FILES_CONT_DIR_NOZIP", "directory"].iter().any(|word| error.message().contains(word))
        && error.message().contains("FILES_")
}

/// Whether content that begins with `head` may be an error message of the service.
fn may_be_message(head: &[u8]) -> bool {
    head.len() <= LONGEST_MESSAGE
        && head.trim_ascii_start().first().is_none_or(|byte| *byte == b'{')
}

/// The error message, if `content` is exactly one envelope of the Jobs service.
fn service_message(content: &[u8]) -> Option<String> {
    const ENVELOPE: [&str; 7] =
        ["build", "commit", "message", "metadata", "result", "status", "version"];
    let Value::Object(envelope) = serde_json::from_slice(content).ok()? else { return None };
    let message = envelope.get("message")?.as_str()?;
    let is_envelope = envelope.contains_key("status")
        && envelope.keys().all(|key| ENVELOPE.contains(&key.as_str()));
    (is_envelope && message.starts_with("JOBS_")).then(|| message.to_owned())
}
