//! The content of a file, resumed after a broken connection.

use std::fmt;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tapis_core::range::{Request, Tail};
use tapis_core::{ByteStream, Error, ErrorKind, Retry};

use crate::range::suits;
use crate::system::SystemKind;
use crate::{RemotePath, Stat};

/// How many times in a row a reply may break off without new data.
const BREAKS: u32 = 5;

/// The bytes of a file, as a stream of chunks.
///
/// After a broken connection, the stream checks the file and continues if it is unchanged. The
/// service can send ranges only for some paths and systems, and slowly. Therefore the rest is
/// requested as a range if that is safe and the rest is short; otherwise the file is read from its
/// start, and the known part is skipped. The last bytes before the break are compared, and the
/// total length must match the file.
pub struct Content {
    remote: RemotePath,
    /// The properties of the file when it was checked; `None` for a zip archive that the service creates.
    stat: Option<Stat>,
    /// The bytes to return; the end is `u64::MAX` if the size is unknown.
    wanted: Range<u64>,
    /// The position in the file of the next byte to return.
    at: u64,
    /// The last known bytes before that position.
    tail: Tail,
    open: Option<Open>,
    /// Whether the service cannot send ranges of this file.
    without_ranges: bool,
    breaks: u32,
}

/// A reply that is being read.
enum Open {
    /// The whole file or archive, and the position of the next byte in it.
    Whole(Box<ByteStream>, u64),
    /// A range that has been verified.
    Part(Bytes),
}

impl Content {
    /// Reads `wanted`, or everything, of the file that `stat` describes.
    pub(crate) fn of(
        remote: RemotePath,
        stat: Stat,
        wanted: Option<Range<u64>>,
    ) -> Result<Self, Error> {
        let size = stat.size.unwrap_or(u64::MAX);
        let wanted = wanted.unwrap_or(0..size);
        let Range { start, end } = wanted;
        if start > end || start > size {
            let message = match start > end {
                true => {
                    format!("the range {start}..{end} is reversed: it must end after its start")
                }
                false => {
                    format!(
                        "the range {start}..{end} is outside of the file, which has {size} bytes"
                    )
                }
            };
            return Err(Error::new(ErrorKind::Input, message));
        }
        Ok(Self::new(remote, Some(stat), start..end.min(size), None))
    }

    /// Reads a zip archive that the service creates while it sends it, which cannot be resumed.
    pub(crate) fn packed(remote: RemotePath, archive: ByteStream) -> Self {
        Self::new(remote, None, 0..u64::MAX, Some(Open::Whole(Box::new(archive), 0)))
    }

    fn new(remote: RemotePath, stat: Option<Stat>, wanted: Range<u64>, open: Option<Open>) -> Self {
        let (at, tail) = (wanted.start, Tail::default());
        Self { remote, stat, wanted, at, tail, open, without_ranges: false, breaks: 0 }
    }

    /// The number of bytes to return; `None` if unknown.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        self.stat.as_ref().and_then(|stat| stat.size)?;
        Some(self.wanted.end - self.wanted.start)
    }

    /// Whether the length is known and 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The position in the file of the first byte to return.
    pub(crate) fn start(&self) -> u64 {
        self.wanted.start
    }

    /// Skips the bytes up to `at`, which the caller has; `tail` are the last of them.
    pub(crate) fn skip_to(&mut self, at: u64, tail: &[u8]) {
        self.at = at.clamp(self.wanted.start, self.wanted.end);
        self.tail.push(tail);
    }

    /// Returns the next chunk; `None` at the end. The end is the length of the file when it was
    /// checked.
    ///
    /// # Errors
    /// `Connection` if the connection breaks repeatedly or an archive ends early, `Timeout` if no
    /// data arrives within the idle limit, `Conflict` if the file changed in the meantime, and
    /// `NotFound` or `Permission` if the file can no longer be read.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.at >= self.wanted.end {
                self.end().await;
                return Ok(None);
            }
            if self.open.is_none() {
                // The call has its own retries, so its error is final.
                self.open = Some(self.ask().await?);
            }
            let broken = match self.piece().await {
                Ok(Some(piece)) => return Ok(Some(piece)),
                Ok(None) => match self.cut() {
                    None => {
                        self.wanted.end = self.at;
                        continue;
                    }
                    Some(message) => Error::new(ErrorKind::Connection, message),
                },
                Err(error) => error,
            };
            self.open = None;
            self.pause_after(broken).await?;
        }
    }

    /// Drops the reply. It is read to its end first, so that its connection can be reused.
    async fn end(&mut self) {
        let size = self.stat.as_ref().and_then(|stat| stat.size);
        if let Some(Open::Whole(stream, _)) = &mut self.open
            && size == Some(self.wanted.end)
        {
            let _ = stream.chunk().await;
        }
        self.open = None;
    }

    /// Converts to a stream of the chunks.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        futures_util::stream::try_unfold(self, |mut content| async move {
            Ok(content.chunk().await?.map(|piece| (piece, content)))
        })
    }

    /// The reason why the end of a reply is not the end of the content; `None` if it is the end.
    fn cut(&self) -> Option<String> {
        match (&self.stat, self.len()) {
            (Some(_), Some(_)) => {
                Some(format!("the file ended at byte {} of {}", self.at, self.wanted.end))
            }
            // The size is unknown, so the end of the reply is the end of the file.
            (Some(_), None) => None,
            (None, _) if self.tail.ends_an_archive() => None,
            (None, _) => Some(format!("the archive ended early, after {} bytes", self.at)),
        }
    }

    /// Returns the next bytes; `None` at the end of a reply.
    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let mut piece = match &mut self.open {
                None => return Ok(None),
                Some(Open::Part(part)) => std::mem::take(part),
                Some(Open::Whole(stream, at)) => {
                    let Some(piece) = stream.chunk().await? else { return Ok(None) };
                    let from = *at;
                    *at = at.saturating_add(length(&piece));
                    match self.unseen(piece, from)? {
                        Some(piece) => piece,
                        None => continue,
                    }
                }
            };
            if piece.is_empty() {
                return Ok(None);
            }
            piece.truncate(usize::try_from(self.wanted.end - self.at).unwrap_or(usize::MAX));
            self.at += length(&piece);
            self.tail.push(&piece);
            self.breaks = 0;
            return Ok(Some(piece));
        }
    }

    /// Returns the new part of the bytes that begin at `at`.
    ///
    /// # Errors
    /// `Conflict` if the known part differs from the bytes that were returned before.
    fn unseen(&self, mut piece: Bytes, at: u64) -> Result<Option<Bytes>, Error> {
        let seen = usize::try_from(self.at.saturating_sub(at)).unwrap_or(usize::MAX);
        let seen = piece.split_to(seen.min(piece.len()));
        if !self.tail.agrees(self.at, at, &seen) {
            return Err(self.changed());
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    fn changed(&self) -> Error {
        let path = self.stat.as_ref().map(|stat| stat.path.to_string()).unwrap_or_default();
        let message = format!("{path} changed while it was read; download it again");
        Error::new(ErrorKind::Conflict, message)
    }

    async fn ask(&mut self) -> Result<Open, Error> {
        if self.stat.is_none() {
            return Err(Error::new(ErrorKind::Connection, "an archive cannot be resumed"));
        }
        if let Some(part) = self.ask_for_part().await? {
            return Ok(Open::Part(part));
        }
        let path = self.remote.path()?;
        let whole = self.remote.client.get_contents(path.system(), path.path()).await?;
        Ok(Open::Whole(Box::new(whole), 0))
    }

    /// Requests the rest as a range, if that is safe and the rest is short. `None` if the file must be read from its
    /// start.
    ///
    /// # Errors
    /// A retryable error, such as a service that cannot be reached.
    async fn ask_for_part(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(size) = self.stat.as_ref().and_then(|stat| stat.size) else { return Ok(None) };
        let path = self.remote.path()?;
        // The last known bytes are requested again, to check that the file is the same.
        let overlap = self.tail.length();
        let from = self.at.saturating_sub(overlap);
        if self.without_ranges || (from, self.wanted.end) == (0, size) {
            return Ok(None);
        }
        let Some(request) = Request::new(from..self.wanted.end, size) else {
            return Ok(None);
        };
        let kind = self.remote.client.system_kind(path.system()).await;
        if !suits(&request, kind, path.path()) {
            return Ok(None);
        }
        // After any error that is not retryable, the whole file is requested instead.
        self.without_ranges = true;
        let call = self.remote.client.get_contents(path.system(), path.path());
        let mut reply = match call.range(request.header()).await {
            Ok(reply) if request.is_answered_by(reply.status(), reply.headers()) => reply,
            Err(error) if error.is_retryable() => {
                self.without_ranges = false;
                return Err(error);
            }
            Ok(_) | Err(_) => return Ok(None),
        };
        let mut part = BytesMut::new();
        loop {
            match reply.chunk().await {
                Ok(Some(piece)) => part.extend_from_slice(&piece),
                Ok(None) => break,
                Err(_) => return Ok(None),
            }
            if length(&part) > request.longest() {
                return Ok(None);
            }
        }
        let mut part = part.freeze();
        if !request.is_whole(length(&part)) {
            return Ok(None);
        }
        let known =
            part.split_to(usize::try_from(self.at - from).unwrap_or_default().min(part.len()));
        if !self.tail.agrees(self.at, from, &known) {
            return Ok(None);
        }
        self.without_ranges = false;
        Ok(Some(part).filter(|part| !part.is_empty()))
    }

    /// Waits after a reply that broke off, and checks that the file is unchanged. Returns the error if the download
    /// cannot be resumed.
    async fn pause_after(&mut self, broken: Error) -> Result<(), Error> {
        let Some(stat) = &self.stat else { return Err(broken) };
        if !broken.is_retryable() || stat.size.is_none() || self.breaks >= BREAKS {
            return Err(broken);
        }
        self.breaks += 1;
        tracing::debug!(at = self.at, error = %broken, "a download resumes after a broken connection");
        let pause = Retry::default().delay(self.breaks + 1, broken.retry_after());
        self.remote.client.session().sleep(pause).await;
        let now = match self.remote.stat().await {
            Ok(now) => now,
            Err(error) if error.is_retryable() => return Ok(()),
            Err(error) => return Err(error),
        };
        let is_same = now.size == stat.size
            && (now.modified == stat.modified || self.has_two_times(stat).await);
        if is_same { Ok(()) } else { Err(self.changed()) }
    }

    /// Whether the service reports different modification times for a file and for its entry in the directory.
    async fn has_two_times(&self, stat: &Stat) -> bool {
        self.remote.client.system_kind(stat.path.system()).await == SystemKind::Irods
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or_default()
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("remote", &self.remote)
            .field("wanted", &self.wanted)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
