//! Detects stalled uploads by the number of bytes that have left.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::call::Payload;
use crate::clock::{Clock, within};

/// A body is sent in chunks of this size, so that its progress can be observed: a connection with a
/// few hundred bytes per second is slow, but has not stalled.
const PIECE: usize = 16 * 1024;
/// How long a service may process a complete upload: the router allows no more.
const ANSWER_LIMIT: Duration = Duration::from_secs(3600);

/// The progress of a body that is being sent.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<Counts>);

#[derive(Default)]
struct Counts {
    pieces: AtomicU64,
    ended: AtomicBool,
}

impl Progress {
    /// Watches the body of `request`, if it can take long.
    pub(crate) fn watch(request: &mut reqwest::Request, payload: &Payload) -> Option<Self> {
        if !matches!(payload, Payload::Raw(_) | Payload::Multipart(_)) {
            return None;
        }
        let inner = request.body_mut().take()?;
        let progress = Self::default();
        let watched = Watched { inner, left: Bytes::new(), progress: progress.clone() };
        *request.body_mut() = Some(reqwest::Body::wrap(watched));
        Some(progress)
    }

    /// Returns the output of `sending`, as long as a chunk is sent within each `idle`.
    ///
    /// # Errors
    /// The error of a stalled upload.
    pub(crate) async fn moving<F: Future>(
        &self,
        clock: &dyn Clock,
        idle: Option<Duration>,
        sending: F,
    ) -> Result<F::Output, &'static str> {
        let mut sending = std::pin::pin!(sending);
        loop {
            let before = self.0.pieces.load(Ordering::Relaxed);
            let ended = self.0.ended.load(Ordering::Relaxed);
            // A caller who disabled the idle limit wants no other limit instead.
            let limit = idle.map(|idle| if ended { idle.max(ANSWER_LIMIT) } else { idle });
            match within(clock, limit, sending.as_mut()).await {
                Some(output) => return Ok(output),
                None if ended => return Err("the reply did not start"),
                None if self.0.ended.load(Ordering::Relaxed) => {}
                None if self.0.pieces.load(Ordering::Relaxed) == before => {
                    return Err("the upload stalled");
                }
                None => {}
            }
        }
    }
}

struct Watched {
    inner: reqwest::Body,
    /// The rest of a chunk that was too large.
    left: Bytes,
    progress: Progress,
}

impl Watched {
    fn piece(&mut self, mut data: Bytes) -> Frame<Bytes> {
        self.left = data.split_off(data.len().min(PIECE));
        Frame::data(data)
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = &mut *self;
        let frame = if this.left.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(this.piece(data))),
                    Err(frame) => Some(Ok(frame)),
                },
                other => other,
            }
        } else {
            let left = std::mem::take(&mut this.left);
            Some(Ok(this.piece(left)))
        };
        this.progress.0.pieces.fetch_add(1, Ordering::Relaxed);
        if frame.is_none() || this.is_end_stream() {
            this.progress.0.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.size_hint();
        let left = self.left.len() as u64;
        match inner.exact() {
            Some(exact) => SizeHint::with_exact(exact + left),
            None => SizeHint::default(),
        }
    }
}
