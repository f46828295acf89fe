//! The bodies that the server sends, whole or spoiled on purpose.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A response body.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Whole(Option<Bytes>),
    /// Sends this much and then cuts the connection.
    Cut(Option<Bytes>),
    /// Sends this much and then nothing more, with the connection open.
    Stalled(Option<Bytes>),
}

/// Tells the server to cut the connection.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
pub(crate) struct Severed;

impl From<Infallible> for Severed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Outgoing {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let (bytes, then) = match &mut *self {
            Self::Whole(bytes) => (bytes.take(), Poll::Ready(None)),
            Self::Cut(bytes) => (bytes.take(), Poll::Ready(Some(Err(Severed)))),
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
            Self::Cut(_) | Self::Stalled(_) => SizeHint::new(),
        }
    }
}
