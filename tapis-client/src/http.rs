//! Requests and replies: timeouts, retries, headers, hooks, bodies, streams.
//!
//! Options can be set for one call (methods that start with `with_`), for a view of the client
//! ([`Tapis::with_options`](crate::Tapis::with_options)), or for all calls
//! ([`TapisBuilder::options`](crate::TapisBuilder::options)). The most specific value is used; headers, query
//! parameters and hooks are combined.
//!
//! ```no_run
//! # #[cfg(feature = "systems")]
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! use std::time::Duration;
//!
//! use tapis_client::http::{Options, Retry};
//!
//! // One call: at most 10 seconds, all attempts included, and no retries.
//! let system = t
//!     .systems
//!     .get_system("frontera")
//!     .with_timeout(Duration::from_secs(10))
//!     .with_retry(Retry::never())
//!     .await?;
//!
//! // The whole response, with its status and headers.
//! let response = t.systems.get_system("frontera").send().await?;
//! println!("{} {}", response.status(), response.result().id);
//!
//! // A view: all its calls send a tracking id.
//! let view = t.with_options(Options::new().with_tracking_id("nightly.1"));
//! # Ok(())
//! # }
//! ```
//!
//! - [`Options`]: time limits, headers, [`Retry`], hooks.
//! - [`Response`]: the result of `.send()`, with status, headers and [`Metadata`].
//! - [`RawRequest`]: a request for a path that no OpenAPI document describes.
//! - [`Body`], [`FormPart`] and [`ByteStream`]: uploaded and downloaded bytes.
//! - [`OutgoingRequest`] and [`IncomingReply`]: the arguments of hooks.
//!
//! [`reqwest`] is re-exported, because its types appear in this crate, for example in
//! [`TapisBuilder::http`](crate::TapisBuilder::http) and [`Error::status`](crate::Error::status).
//!
//! The guide has chapters *Calls and options* and *Errors, hints and retries*.

pub use reqwest;
#[doc(inline)]
pub use tapis_core::{
    Body, BoxError, ByteStream, FormPart, IncomingReply, Metadata, Method, Operation, Options,
    OutgoingRequest, RawRequest, Response, Retry,
};
