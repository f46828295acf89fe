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

/// How many times in a row a reply may break off without a new byte.
const BREAKS: u32 = 5;

/// The bytes of a file, as a stream of chunks.
///
/// After a broken connection the file is checked, and reading continues if it is unchanged. The
/// service can send ranges only for some paths and systems, and slowly. So the rest is requested as
/// a range if that is safe and short; otherwise the file is read from its start and the known part
/// is skipped. The last bytes before the break are compared, and the total length must match the
/// file.
pub struct Content {
    remote: RemotePath,
    /// What the file was when it was looked at; `None` for an archive that is packed on the way.
    stat: Option<Stat>,
    /// The bytes to return; without an end where the size is unknown.
    wanted: Range<u64>,
    /// The position in the file of the next byte to return.
    at: u64,
    /// The last bytes before that position, as far as they are known.
    tail: Tail,
    open: Option<Open>,
    /// Whether the service is known to send no ranges of this file.
    without_ranges: bool,
    breaks: u32,
}

/// A reply that is being read.
enum Open {
    /// The file from its beginning, or an archive; with the position of the next byte in it.
    Whole(Box<ByteStream>, u64),
    /// A range, which has been checked.
    Part(Bytes),
}

impl Content {
    /// The bytes of `wanted`, or all, of the file that `stat` describes.
    pub(crate) fn of(
        remote: RemotePath,
        stat: Stat,
        wanted: Option<Range<u64>>,
    ) -> Result<Self, Error> {
        let size = stat.size.unwrap_or(u64::MAX);
        let wanted = wanted.unwrap_or(0..size);
        if wanted.start > wanted.end || wanted.start > size {
            let message = format!(
                "the range {}..{} lies outside of the file, which has {size} bytes",
                wanted.start, wanted.end
            );
            return Err(Error::new(ErrorKind::Input, message));
        }
        Ok(Self::new(remote, Some(stat), wanted.start..wanted.end.min(size), None))
    }

    /// A directory or file that is packed on the way, which cannot be resumed.
    pub(crate) fn packed(remote: RemotePath, archive: ByteStream) -> Self {
        Self::new(remote, None, 0..u64::MAX, Some(Open::Whole(Box::new(archive), 0)))
    }

    fn new(remote: RemotePath, stat: Option<Stat>, wanted: Range<u64>, open: Option<Open>) -> Self {
        let (at, tail) = (wanted.start, Tail::default());
        Self { remote, stat, wanted, at, tail, open, without_ranges: false, breaks: 0 }
    }

    /// The number of bytes, if known.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        self.stat.as_ref().and_then(|stat| stat.size)?;
        Some(self.wanted.end - self.wanted.start)
    }

    /// Whether it is known that there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The position in the file of the first byte to return.
    pub(crate) fn start(&self) -> u64 {
        self.wanted.start
    }

    /// Leaves out the bytes up to `at`, of which the caller has `tail` as the last.
    pub(crate) fn skip_to(&mut self, at: u64, tail: &[u8]) {
        self.at = at.clamp(self.wanted.start, self.wanted.end);
        self.tail.push(tail);
    }

    /// Returns the next chunk; `None` at the end, which is the end of the file when it was checked.
    ///
    /// # Errors
    /// `Connection` if the connection breaks again and again or an archive ends early, `Timeout` if
    /// it stalls, `Conflict` if the file changed in the meantime, and `NotFound` or `Permission` as
    /// for any call.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.at >= self.wanted.end {
                self.end().await;
                return Ok(None);
            }
            if self.open.is_none() {
                // This has been tried as often as the session's retries allow.
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

    /// Lets go of the reply. Only one that has been read to its end leaves its connection to the next call.
    async fn end(&mut self) {
        let size = self.stat.as_ref().and_then(|stat| stat.size);
        if let Some(Open::Whole(stream, _)) = &mut self.open
            && size == Some(self.wanted.end)
        {
            let _ = stream.chunk().await;
        }
        self.open = None;
    }

    /// The chunks, as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        futures_util::stream::try_unfold(self, |mut content| async move {
            Ok(content.chunk().await?.map(|piece| (piece, content)))
        })
    }

    /// Why the reply ended before the content, as far as it is known.
    fn cut(&self) -> Option<String> {
        match (&self.stat, self.len()) {
            (Some(_), Some(_)) => {
                Some(format!("the file ended at byte {} of {}", self.at, self.wanted.end))
            }
            // A file of unknown size: what HTTP says of the end has to do.
            (Some(_), None) => None,
            (None, _) if self.tail.ends_an_archive() => None,
            (None, _) => Some(format!("the archive ended early, after {} bytes", self.at)),
        }
    }

    /// The next bytes; `None` at the end of a reply.
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

    /// What is new in the bytes that begin at `at`.
    ///
    /// # Errors
    /// Bytes that have been returned already and were others then.
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
        Error::new(ErrorKind::Conflict, format!("{path} changed while it was read"))
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

    /// The rest as a range, where that is safe and short; `None` where the file is to be read from its beginning.
    ///
    /// # Errors
    /// A service that cannot be reached.
    async fn ask_for_part(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(size) = self.stat.as_ref().and_then(|stat| stat.size) else { return Ok(None) };
        let path = self.remote.path()?;
        // A part of the known content is requested again, for comparison.
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
        // All else that goes wrong with a range need not go wrong without one.
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

    /// Waits a little after a reply that broke off, if it may be requested again.
    async fn pause_after(&mut self, broken: Error) -> Result<(), Error> {
        let Some(stat) = &self.stat else { return Err(broken) };
        if !broken.is_retryable() || stat.size.is_none() || self.breaks >= BREAKS {
            return Err(broken);
        }
        self.breaks += 1;
        tracing::debug!(at = self.at, error = %broken, "a download goes on where it broke off");
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

    /// Whether the service reports another timestamp for a file than the list of its directory
    /// does.
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
