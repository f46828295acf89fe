//! The bodies that the server sends, complete or damaged on purpose.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long the bytes before a cut have to leave: bytes that are still buffered then are lost.
const LINGER: Duration = Duration::from_millis(20);

/// A response body.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Whole(Option<Bytes>),
    /// Sends this content and then cuts the connection, after a delay in which the content can
    /// leave.
    Cut(Option<Bytes>, Option<Pin<Box<Sleep>>>),
    /// Sends this content and then nothing more, while the connection stays open.
    Stalled(Option<Bytes>),
}

/// Makes the server cut the connection.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
pub(crate) struct Severed;

impl From<Infallible> for Severed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Outgoing {
    pub(crate) fn cut(bytes: Option<Bytes>) -> Self {
        Self::Cut(bytes, None)
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let (bytes, then) = match &mut *self {
            Self::Whole(bytes) => (bytes.take(), Poll::Ready(None)),
            Self::Cut(bytes, linger) => match bytes.take() {
                Some(bytes) => (Some(bytes), Poll::Pending),
                None => {
                    let linger = linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
                    (None, linger.as_mut().poll(context).map(|()| Some(Err(Severed))))
                }
            },
            Self::Stalled(bytes) => (bytes.take(), Poll::Pending),
        };
        match bytes {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => then,
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len()) as u64)
            }
            Self::Cut(..) | Self::Stalled(_) => SizeHint::new(),
        }
    }
}
