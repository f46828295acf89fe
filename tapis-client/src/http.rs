//! Requests and replies: options, retries, hooks, bodies, streams.
//!
//! - [`Options`] of a call, a view or the whole client: time limits, headers, [`Retry`], hooks.
//! - [`Response`]: the result of `.send()`, with status, headers and [`Metadata`].
//! - [`RawRequest`]: a request for a path that the documents do not describe.
//! - [`Body`], [`FormPart`] and [`ByteStream`]: uploaded and downloaded bytes.
//! - [`OutgoingRequest`] and [`IncomingReply`]: the arguments of hooks.
//!
//! [`reqwest`] is re-exported in the version whose types are in signatures of this crate, such as
//! [`TapisBuilder::http`](crate::TapisBuilder::http) and [`Error::status`](crate::Error::status).

pub use reqwest;
#[doc(inline)]
pub use tapis_core::{
    Body, BoxError, ByteStream, FormPart, IncomingReply, Metadata, Method, Operation, Options,
    OutgoingRequest, RawRequest, Response, Retry,
};
