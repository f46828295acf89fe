//! Reads a file in chunks, one ahead. tokio's `File` with `ReaderStream` uploads at a third of the
//! speed: it reads no chunk ahead, and allocates memory for each.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_core::Stream;

use super::blocking::{ENDED, blocking, fault};
use super::progress::{OnProgress, Progress};
use super::regular;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::task::{Task, spawn_blocking};

/// The size of the chunks that are passed on and reported as progress.
const HANDED_ON: usize = 256 * 1024;
/// The size of one read, since each read switches threads.
const PIECE: usize = 1024 * 1024;
/// The size of a page, in which the system caches a file. Reading a gibibyte takes 60 ms into
/// memory that starts at a page, and 130 ms into memory 16 bytes after it, which is where an
/// allocator puts large buffers.
const PAGE: usize = 4096;

/// A local file with its length, before it is opened.
#[derive(Clone, Debug)]
pub struct LocalFile {
    path: PathBuf,
    length: u64,
}

impl LocalFile {
    /// Checks a file, so that a missing file is noticed before anything is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file does not exist or cannot be read; [`ErrorKind::Input`] if it
    /// is not a regular file, or its content is longer than its length says, such as a pipe, a
    /// device or a file in `/proc`.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        blocking(move || {
            let read = |error| fault(&path, "read", error);
            let refused = |what: &str| {
                let message = format!("{} is {what}", path.display());
                Err(Error::new(ErrorKind::Input, message))
            };
            let found = fs::metadata(&path).map_err(read)?;
            if found.is_dir() {
                return refused("a directory");
            }
            if !found.is_file() {
                return refused("not a regular file; upload its content with `from_reader`");
            }
            let mut file = regular::open(&path).map_err(read)?;
            let length = file.metadata().map_err(read)?.len();
            if length == 0 && file.read(&mut [0]).map_err(read)? > 0 {
                return refused(
                    "longer than its metadata says; upload its content with `from_reader`",
                );
            }
            Ok(Self { path, length })
        })
        .await
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The length of the file in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the file is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

struct Reading {
    /// The path of the file, until it is opened.
    path: Option<PathBuf>,
    /// The chunk that is being read while the previous one is sent.
    ahead: Option<Task<io::Result<Ahead>>>,
    /// Bytes that were read and not yet passed on.
    rest: Bytes,
    buffers: Buffers,
    progress: Progress,
    on_progress: Option<OnProgress>,
}

struct Ahead {
    file: File,
    piece: Bytes,
    left: u64,
}

/// The content of a file in chunks, up to the length at the time of the check.
pub fn read(
    file: LocalFile,
    on_progress: Option<OnProgress>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let LocalFile { path, length } = file;
    let start = Reading {
        path: Some(path),
        ahead: None,
        rest: Bytes::new(),
        buffers: Buffers::default(),
        progress: Progress::new(0, Some(length)),
        on_progress,
    };
    futures_util::stream::try_unfold(start, move |mut state| async move {
        if state.rest.is_empty() && !state.read_on().await? {
            return Ok(None);
        }
        let piece = state.rest.split_to(state.rest.len().min(HANDED_ON));
        state.progress.bytes += u64::try_from(piece.len()).unwrap_or_default();
        if let Some(callback) = &state.on_progress {
            callback(state.progress);
        }
        Ok(Some((piece, state)))
    })
}

impl Reading {
    /// Whether there was another chunk.
    async fn read_on(&mut self) -> io::Result<bool> {
        let task = match (self.ahead.take(), self.path.take()) {
            (Some(task), _) => task,
            (None, Some(path)) => {
                let (length, buffers) =
                    (self.progress.total.unwrap_or_default(), self.buffers.clone());
                spawn_blocking(move || next(regular::open(&path)?, length, buffers))
            }
            (None, None) => return Ok(false),
        };
        let Ahead { file, piece, left } = task.await.ok_or_else(|| io::Error::other(ENDED))??;
        if left > 0 {
            let buffers = self.buffers.clone();
            self.ahead = Some(spawn_blocking(move || next(file, left, buffers)));
        }
        self.rest = piece;
        Ok(!self.rest.is_empty())
    }
}

fn next(mut file: File, left: u64, buffers: Buffers) -> io::Result<Ahead> {
    let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
    let mut buffer = buffers.take(wanted);
    let start = buffer.as_ptr().align_offset(PAGE).min(PAGE);
    let place = start..start + wanted;
    file.read_exact(&mut buffer[place.clone()]).map_err(|error| {
        if error.kind() != io::ErrorKind::UnexpectedEof {
            return error;
        }
        let at = file.stream_position().unwrap_or_default();
        let message = format!("the file became shorter while it was read: it ends at byte {at}");
        io::Error::new(error.kind(), message)
    })?;
    let piece = Bytes::from_owner(Piece { buffer, place, home: buffers });
    let left = left - u64::try_from(wanted).unwrap_or(left);
    Ok(Ahead { file, piece, left })
}

/// Buffers whose content has been sent and that can be reused: allocating new memory for each chunk
/// would cost more than reading it.
#[derive(Clone, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// Returns a buffer for `length` bytes that start at a page. No earlier chunk was shorter.
    fn take(&self, length: usize) -> Vec<u8> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_else(|| vec![0; length + PAGE])
    }

    fn put(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// A chunk of the file. Its buffer is returned when the chunk is dropped everywhere.
struct Piece {
    buffer: Vec<u8>,
    place: Range<usize>,
    home: Buffers,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[self.place.clone()]
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.home.put(std::mem::take(&mut self.buffer));
    }
}
