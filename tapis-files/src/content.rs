//! The content of a file, which goes on where a connection has broken.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use futures_core::Stream;
use tapis_core::{ByteStream, Error, ErrorKind, Retry};

use crate::{RemotePath, Stat};

/// How many times in a row a reply may break off without having brought anything.
const BREAKS: u32 = 5;

/// The bytes of a file, as they come.
///
/// When the connection breaks, the rest is asked for by a range, after a look at whether the file
/// is still the same; at its end the number of bytes is compared with the size of the file.
pub struct Content {
    remote: RemotePath,
    /// What the file was when it was looked at; `None` where it is packed on the way.
    stat: Option<Stat>,
    /// The bytes that are wanted.
    wanted: Range<u64>,
    /// Whether that is the whole file, which may have grown since it was looked at.
    whole: bool,
    /// Where the next byte belongs.
    at: u64,
    open: Option<ByteStream>,
    breaks: u32,
}

impl Content {
    /// The bytes of `wanted`, or all, of the file that `stat` tells of.
    pub(crate) fn of(
        remote: RemotePath,
        stat: Stat,
        wanted: Option<Range<u64>>,
    ) -> Result<Self, Error> {
        let size = stat.size.unwrap_or(u64::MAX);
        let whole = wanted.is_none();
        let wanted = wanted.unwrap_or(0..size);
        if wanted.start > wanted.end || wanted.start > size {
            let message = format!(
                "the range {}..{} lies outside of the file, which has {size} bytes",
                wanted.start, wanted.end
            );
            return Err(Error::new(ErrorKind::Input, message));
        }
        let wanted = wanted.start..wanted.end.min(size);
        let at = wanted.start;
        Ok(Self { remote, stat: Some(stat), wanted, whole, at, open: None, breaks: 0 })
    }

    /// A directory or file that is packed while it comes, which cannot be gone on with.
    pub(crate) fn packed(remote: RemotePath, open: ByteStream) -> Self {
        let (stat, wanted) = (None, 0..u64::MAX);
        Self { remote, stat, wanted, whole: true, at: 0, open: Some(open), breaks: 0 }
    }

    /// How many bytes there will be, where that is known.
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

    /// Where the first byte that is wanted has its place in the file.
    pub(crate) fn start(&self) -> u64 {
        self.wanted.start
    }

    /// Leaves out the bytes up to `at`, which somebody has already.
    pub(crate) fn skip_to(&mut self, at: u64) {
        self.at = at.clamp(self.wanted.start, self.wanted.end);
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// A connection that breaks again and again, a file that has changed meanwhile (of kind
    /// [`ErrorKind::Conflict`]), or whatever keeps it from being read.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.is_complete() {
                return Ok(None);
            }
            if self.open.is_none() {
                // This has been tried as often as the session's retries allow.
                self.open = Some(self.ask().await?);
            }
            let broken = match self.piece().await {
                Ok(Some(piece)) => return Ok(Some(piece)),
                Ok(None) if self.is_all() => {
                    self.wanted.end = self.at;
                    self.open = None;
                    return Ok(None);
                }
                Ok(None) => Error::new(
                    ErrorKind::Connection,
                    format!("the file ended at byte {} of {}", self.at, self.wanted.end),
                ),
                Err(error) => error,
            };
            self.open = None;
            self.pause_after(broken).await?;
        }
    }

    /// The pieces as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        futures_util::stream::try_unfold(self, |mut content| async move {
            Ok(content.chunk().await?.map(|piece| (piece, content)))
        })
    }

    /// Whether nothing more has to be read. A whole file is read to the end of the reply, since it
    /// may have grown.
    fn is_complete(&self) -> bool {
        self.at >= self.wanted.end && (self.open.is_none() || !self.whole)
    }

    /// Whether the end of the reply is the end of what is wanted, as far as that is known.
    fn is_all(&self) -> bool {
        self.at >= self.wanted.end || self.len().is_none()
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(stream) = &mut self.open else { return Ok(None) };
        let Some(mut piece) = stream.chunk().await? else { return Ok(None) };
        self.breaks = 0;
        if !self.whole {
            // Services differ in whether a range ends with a count or with a place.
            let left = usize::try_from(self.wanted.end - self.at).unwrap_or(usize::MAX);
            piece.truncate(left);
        }
        self.at += u64::try_from(piece.len()).unwrap_or_default();
        Ok(Some(piece))
    }

    async fn ask(&mut self) -> Result<ByteStream, Error> {
        let path = self.remote.path()?;
        let call = self.remote.client.get_contents(path.system(), path.path());
        if self.at == 0 && self.whole {
            return call.await;
        }
        // From here on it is the file as it was looked at.
        self.whole = false;
        // The second number is a count to services that run, and the last place in their document.
        // As it is, both give at least what is wanted, and the count is not less than the first.
        call.range(format!("{},{}", self.at, self.wanted.end)).await
    }

    /// Waits a little after a reply that broke off, if it may be asked for again.
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
        if (now.size, &now.modified) != (stat.size, &stat.modified) {
            let message = format!("{} has changed while it was read", stat.path);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(())
    }
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
