//! A reply whose body is read as a stream.

use std::fmt;
use std::pin::pin;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::call::Call;
use crate::chunks::{self, Chunks};
use crate::clock::within;
use crate::envelope;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::exec;

/// The bytes of a reply, as a stream.
///
/// A stream of [`Bytes`]; if the reply stops early, the stream returns an error instead of ending.
pub struct ByteStream {
    open: exec::Open,
    call: Call,
    /// Received data that may still turn out to be an error reply. It is kept here so that dropping
    /// a future loses nothing.
    beginning: Option<Bytes>,
}

/// Omits the URL, which may contain secrets.
impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("call", &self.call)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl ByteStream {
    pub(crate) fn new(call: Call, open: exec::Open) -> Self {
        Self { open, call, beginning: Some(Bytes::new()) }
    }

    /// The status of the reply.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.open.response.status()
    }

    /// The headers of the reply.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.open.response.headers()
    }

    /// The length of the body in bytes, if the service sent it.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.open.response.content_length()
    }

    /// Returns the next chunk; `None` at the end.
    ///
    /// # Errors
    /// A broken connection, a pause longer than the idle limit, or, instead of the first chunk, a
    /// failure that the service reports with a success status (a JSON envelope, which is never
    /// returned as content).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        while self.beginning.is_some() {
            let piece = self.received().await?;
            if let Some(content) = self.begin(piece)? {
                return Ok(content);
            }
        }
        self.received().await
    }

    /// Takes a chunk, or the end, of a reply that may be a failure. Returns the content once it
    /// cannot be a failure any more.
    fn begin(&mut self, piece: Option<Bytes>) -> Result<Option<Option<Bytes>>, Error> {
        let held = self.beginning.take().unwrap_or_default();
        let Some(piece) = piece else {
            if envelope::says_bare_failure(&held) {
                return Err(self.failed(held));
            }
            return Ok(Some(Some(held).filter(|held| !held.is_empty())));
        };
        let held = if held.is_empty() { piece } else { [held, piece].concat().into() };
        // A longer body is not an envelope.
        let long = self.content_length().is_some_and(|length| length > envelope::HELD);
        if long || !envelope::may_be_failure(&held) {
            return Ok(Some(Some(held)));
        }
        self.beginning = Some(held);
        Ok(None)
    }

    fn failed(&self, body: Bytes) -> Error {
        let (status, headers) = (self.status(), self.headers().clone());
        let reply = exec::Reply {
            status,
            headers,
            body,
            attempts: self.open.attempts,
            sent: self.open.sent.clone(),
        };
        exec::failed_success(&self.call, &reply)
    }

    async fn received(&mut self) -> Result<Option<Bytes>, Error> {
        let clock = self.call.session.clock();
        match within(clock, self.open.idle, pin!(self.open.response.chunk())).await {
            Some(chunk) => chunk.map_err(|error| {
                exec::transport(error, true)
                    .with_maybe_sent(true)
                    .with_operation(self.call.operation)
            }),
            None => Err(Error::new(ErrorKind::Timeout, "the reply stopped in the middle")
                .with_maybe_sent(true)
                .with_operation(self.call.operation)),
        }
    }

    /// Reads the rest into memory.
    ///
    /// # Errors
    /// The errors of [`chunk`](Self::chunk).
    pub async fn bytes(self) -> Result<Bytes, Error> {
        chunks::collect(self).await
    }

    /// The chunks, as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        chunks::stream(self)
    }
}

impl Chunks for ByteStream {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        ByteStream::chunk(self).await
    }
}
