//! What a call is answered with.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;

use crate::token::Tokens;

/// A reply whose body has been read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// The tokens that the request carried.
    pub(crate) sent: Option<Arc<Tokens>>,
}

/// The reply to a call, as much of it as was asked for.
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

    /// Takes note of the tokens that the request carried.
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

/// A reply whose body is still to be read.
pub(crate) struct Open {
    pub(crate) response: reqwest::Response,
    /// How long it may be silent between two pieces.
    pub(crate) idle: Option<Duration>,
    pub(crate) attempts: u32,
    /// The tokens that the request carried.
    pub(crate) sent: Option<Arc<Tokens>>,
    /// The call is in flight until the body has been read or dropped.
    pub(super) _permit: Option<OwnedSemaphorePermit>,
}
