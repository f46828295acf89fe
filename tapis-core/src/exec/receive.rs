//! Reading replies, and what the HTTP client has to say when there is none.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body as _;

use super::{Reply, within};
use crate::call::Call;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::failure::{self, Failure};
use crate::secret::{Secret, scrub};

/// The largest reply that is held in memory; longer ones have to be streamed.
const REPLY_LIMIT: usize = 256 * 1024 * 1024;

/// The text of an error that came with a success.
pub(crate) fn failed_success(call: &Call, reply: &Reply) -> Error {
    let present = call.session.tokens().present();
    let token = present.as_ref().map(|tokens| tokens.access.secret().clone());
    let secrets: Vec<Secret> = call.secrets.iter().cloned().chain(token).collect();
    let failure = Failure::read(&reply.body, &|text| scrub(text, &secrets));
    Error::new(failure::classify(reply.status, &failure.message), failure.message)
        .with_operation(call.operation)
        .with_reply(reply.status, &reply.headers, &reply.body)
        .with_version(failure.version)
        .with_attempts(reply.attempts)
}

/// The whole of a reply, had after so many attempts, no longer than the limit and never silent for long.
pub(super) fn read(
    response: reqwest::Response,
    attempts: u32,
    clock: &dyn Clock,
    idle: Option<Duration>,
) -> impl Future<Output = Result<Box<Reply>, Error>> + Send {
    let (head, mut body) = http::Response::from(response).into_parts();
    let (status, headers) = (head.status, head.headers);
    // A block and not a function, whose arguments the future would hold twice.
    async move {
        let mut read = Pieces::default();
        loop {
            let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
            let piece = match within(clock, idle, frame).await {
                Some(None) => {
                    let body = read.into_whole();
                    return Ok(Box::new(Reply { status, headers, body, attempts }));
                }
                Some(Some(frame)) => {
                    frame.map_err(|error| transport(error).with_maybe_sent(true))?.into_data()
                }
                None => {
                    let why = "the reply stopped in the middle";
                    let error = Error::new(ErrorKind::Timeout, why);
                    return Err(error.with_reply(status, &headers, &Bytes::new()));
                }
            };
            // What is no data is a trailer.
            let Ok(piece) = piece else { continue };
            if !read.add(piece) {
                let why = "the reply is too long to be held in memory";
                let error = Error::new(ErrorKind::Decoding, why);
                return Err(error.with_reply(status, &headers, &Bytes::new()));
            }
        }
    }
}

/// A body as far as it has come. Most come in one piece, which is not copied.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    /// The first and all others, once there is another.
    all: BytesMut,
}

impl Pieces {
    /// Whether there was room for it.
    fn add(&mut self, piece: Bytes) -> bool {
        if self.first.is_empty() {
            self.first = piece;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&self.first);
            }
            self.all.extend_from_slice(&piece);
        }
        self.all.len() <= REPLY_LIMIT
    }

    fn into_whole(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

/// The service may have got the request, and is silent.
pub(super) fn stalled(why: &str) -> Error {
    Error::new(ErrorKind::Timeout, why).with_maybe_sent(true)
}

/// An error of the HTTP client, without the URL, which may hold secrets.
pub(crate) fn transport(error: reqwest::Error) -> Error {
    let (kind, why) = if error.is_timeout() {
        (ErrorKind::Timeout, "connecting took too long")
    } else if error.is_connect() {
        (ErrorKind::Connection, "cannot connect")
    } else if error.is_builder() {
        (ErrorKind::Input, "the request cannot be built")
    } else if error.is_decode() || error.is_body() {
        (ErrorKind::Connection, "the connection broke while the reply was coming")
    } else {
        (ErrorKind::Connection, "the connection broke before the reply came")
    };
    let before_sending = error.is_connect() || error.is_builder();
    let deepest = deepest(&error);
    Error::new(kind, format!("{why}{deepest}"))
        .with_maybe_sent(!before_sending)
        .with_source(error.without_url())
}

/// What the operating system or the TLS library says, which is what a reader needs.
fn deepest(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut text = None;
    while let Some(inner) = source {
        text = Some(inner.to_string());
        source = inner.source();
    }
    text.map(|text| format!(": {text}")).unwrap_or_default()
}
