//! Reading a file in pieces, one ahead.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{OnProgress, Progress, blocking, fault};
use crate::error::{Error, ErrorKind};

/// How much is read at once.
const PIECE: u64 = 256 * 1024;

/// A file on this machine, with the length that it had when it was looked at.
#[derive(Clone, Debug)]
pub struct LocalFile {
    path: PathBuf,
    length: u64,
}

impl LocalFile {
    /// Looks at a file, so that a missing one is noticed before anything is sent.
    ///
    /// # Errors
    /// Nothing there, or not a file, or one that may not be read.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        blocking(move || {
            let opened = File::open(&path).and_then(|file| file.metadata());
            let metadata = opened.map_err(|error| fault(&path, "read", error))?;
            if metadata.is_dir() {
                let message = format!("{} is a directory", path.display());
                return Err(Error::new(ErrorKind::Input, message));
            }
            Ok(Self { path, length: metadata.len() })
        })
        .await
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

struct Reading {
    /// The piece that is being read while the one before is on its way.
    ahead: Option<JoinHandle<io::Result<Ahead>>>,
    told: Progress,
    on_progress: Option<OnProgress>,
}

struct Ahead {
    file: File,
    piece: Vec<u8>,
    left: u64,
}

/// The content of a file in pieces: as many bytes as it had when it was looked at.
pub fn read(
    file: LocalFile,
    on_progress: Option<OnProgress>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let LocalFile { path, length } = file;
    let told = Progress::new(0, Some(length));
    let start = Reading { ahead: None, told, on_progress };
    futures_util::stream::try_unfold((start, Some(path)), move |(mut state, path)| async move {
        let task = match (state.ahead.take(), path) {
            (Some(task), _) => task,
            (None, Some(path)) => spawn_blocking(move || next(File::open(path)?, length)),
            (None, None) => return Ok(None),
        };
        let Ahead { file, piece, left } = task.await.map_err(io::Error::other)??;
        if piece.is_empty() {
            return Ok(None);
        }
        state.ahead = (left > 0).then(|| spawn_blocking(move || next(file, left)));
        state.told.bytes += u64::try_from(piece.len()).unwrap_or_default();
        if let Some(tell) = &state.on_progress {
            tell(state.told);
        }
        Ok(Some((Bytes::from(piece), (state, None))))
    })
}

fn next(file: File, left: u64) -> io::Result<Ahead> {
    let wanted = left.min(PIECE);
    let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
    let mut source = (&file).take(wanted);
    source.read_to_end(&mut piece)?;
    let count = u64::try_from(piece.len()).unwrap_or_default();
    if count < wanted {
        let at = (&file).stream_position().unwrap_or_default();
        let message = format!("the file has become shorter than it was: it ends at byte {at}");
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
    }
    Ok(Ahead { file, piece, left: left - count })
}
