//! What a job has written.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use tapis_core::local::{self, OnProgress, Progress};
use tapis_core::paging::{Items, Listing};
use tapis_core::{BoxFuture, ByteStream, Error};

use crate::Client;
use crate::types::{FileInfo, FileType};

impl Client {
    /// What a job has written, in all directories: `GET
    /// /v3/jobs/{jobUuid}/output/list/{outputPath}`, as often as it takes. Before the job has ended
    /// it is an error, unless [`while_running`](Outputs::while_running) says otherwise.
    pub fn outputs(&self, uuid: impl Into<String>) -> Outputs {
        Outputs { client: self.clone(), uuid: uuid.into(), running: false }
    }

    /// One of the files that a job has written, by its path below the output directory, as
    /// [`outputs`](Self::outputs) gives it: `GET
    /// /v3/jobs/{jobUuid}/output/download/{outputPath}`. A directory, or an empty path for all of
    /// it, comes packed as a zip archive.
    pub fn download_output(
        &self,
        uuid: impl Into<String>,
        path: impl Into<String>,
    ) -> OutputDownload {
        let (uuid, path) = (uuid.into(), path.into());
        OutputDownload { client: self.clone(), uuid, path, running: false, on_progress: None }
    }
}

/// A file or directory that a job has written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Output {
    /// Its path below the output directory.
    pub path: String,
    /// What is known of it.
    pub info: FileInfo,
}

impl Output {
    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.info.type_ == Some(FileType::Dir)
    }
}

/// The listing of what a job has written; made by [`Client::outputs`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until its stream is polled"]
pub struct Outputs {
    client: Client,
    uuid: String,
    running: bool,
}

impl Outputs {
    /// Lists what is there while the job goes on.
    pub fn while_running(mut self) -> Self {
        self.running = true;
        self
    }

    /// The entries, as a stream.
    pub fn entries(self) -> Listing<Output> {
        struct Tree {
            outputs: Outputs,
            left: Vec<String>,
            now: Option<(String, Items<FileInfo>)>,
        }
        let start = Tree { outputs: self, left: vec![String::new()], now: None };
        Listing::new(stream::try_unfold(start, |mut tree| async move {
            loop {
                let Some((directory, items)) = &mut tree.now else {
                    let Some(directory) = tree.left.pop() else { return Ok(None) };
                    let (client, uuid) = (&tree.outputs.client, &tree.outputs.uuid);
                    let call = client.get_job_output_list(uuid, &directory);
                    let call = call.maybe_allow_if_running(tree.outputs.running.then_some(true));
                    tree.now = Some((directory, call.items()));
                    continue;
                };
                let Some(info) = items.next().await? else {
                    tree.now = None;
                    continue;
                };
                let path = if directory.is_empty() {
                    info.name.clone()
                } else {
                    format!("{directory}/{}", info.name)
                };
                let output = Output { path, info };
                if output.is_dir() {
                    tree.left.push(output.path.clone());
                }
                return Ok(Some((output, tree)));
            }
        }))
    }
}

impl IntoFuture for Outputs {
    type Output = Result<Vec<Output>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// All entries, in memory.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.entries().collect_all(usize::MAX))
    }
}

/// A download of what a job has written; made by [`Client::download_output`].
#[derive(Clone)]
#[must_use = "say where to, with `to_path` or one of its siblings"]
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
    /// Downloads what is there while the job goes on.
    pub fn while_running(mut self) -> Self {
        self.running = true;
        self
    }

    /// Calls `tell` with each piece that has come.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(tell));
        self
    }

    /// The content in pieces.
    ///
    /// # Errors
    /// Whatever keeps it from being had.
    pub fn open(self) -> BoxFuture<'static, Result<ByteStream, Error>> {
        let call = self.client.get_job_output_download(self.uuid, self.path);
        call.maybe_allow_if_running(self.running.then_some(true)).into_future()
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// Whatever keeps it from being had.
    pub fn bytes(self) -> BoxFuture<'static, Result<Bytes, Error>> {
        Box::pin(async move { self.open().await?.bytes().await })
    }

    /// Writes to a file of this machine, which gets its name when it is whole, and says how many
    /// bytes it has.
    ///
    /// # Errors
    /// Whatever keeps it from being had or written; what was at `path` is still there then.
    pub fn to_path(self, path: impl Into<PathBuf>) -> BoxFuture<'static, Result<u64, Error>> {
        let (path, tell) = (path.into(), self.on_progress.clone());
        Box::pin(async move { local::save(self.open().await?, &path, tell).await })
    }
}
