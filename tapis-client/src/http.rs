//! Requests and replies, and how they are sent: options, retries, hooks, bodies, streams.
//!
//! - [`Options`] of a call, a view or the whole client: time limits, headers, [`Retry`], hooks.
//! - [`Response`]: what `.send()` returns, with status, headers and [`Metadata`].
//! - [`RawRequest`]: a request for a path that the documents do not know.
//! - [`Body`], [`FormPart`] and [`ByteStream`]: bytes up and down.
//! - [`OutgoingRequest`] and [`IncomingReply`]: what hooks see.
//!
//! [`reqwest`] is the version whose types are in signatures of this crate, such as
//! [`TapisBuilder::http`](crate::TapisBuilder::http) and [`Error::status`](crate::Error::status).

pub use reqwest;
#[doc(inline)]
pub use tapis_core::{
    Body, BoxError, ByteStream, FormPart, IncomingReply, Metadata, Method, Operation, Options,
    OutgoingRequest, RawRequest, Response, Retry,
};
