//! The result of a call in the pipeline.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;

use crate::token::Tokens;

/// A reply with its whole body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// The tokens of the request.
    pub(crate) sent: Option<Arc<Tokens>>,
}

/// The reply to a call, as far as it was requested.
pub(super) enum Answer {
    Whole(Reply),
    Open(Open),
}

impl Answer {
    pub(super) fn attempts(&self) -> u32 {
        match self {
            Self::Whole(reply) => reply.attempts,
            Self::Open(open) => open.attempts,
        }
    }

    /// Records the tokens of the request.
    pub(super) fn carried(&mut self, tokens: Option<Arc<Tokens>>) {
        match self {
            Self::Whole(reply) => reply.sent = tokens,
            Self::Open(open) => open.sent = tokens,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Whole(reply) => reply.status,
            Self::Open(open) => open.response.status(),
        }
    }
}

/// A reply whose body has not been read yet.
pub(crate) struct Open {
    pub(crate) response: reqwest::Response,
    /// The maximum pause between two chunks.
    pub(crate) idle: Option<Duration>,
    pub(crate) attempts: u32,
    /// The tokens of the request.
    pub(crate) sent: Option<Arc<Tokens>>,
    /// The concurrency permit, held until the body has been read or dropped.
    pub(super) _permit: Option<OwnedSemaphorePermit>,
}
