//! What every Tapis service client builds on: the session with its tokens, the request pipeline,
//! the one error, secrets, and tolerant reading of replies.
//!
//! Applications use the `tapis-client` crate, which re-exports what they need from here.

mod background;
mod base_url;
pub mod blocking;
mod body;
mod byte_stream;
mod call;
mod choices;
#[doc(hidden)]
pub mod chunks;
mod clock;
mod decode;
mod envelope;
mod error;
mod error_kind;
mod exec;
mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hint;
mod hooks;
mod http_clients;
mod http_setup;
pub mod local;
mod metadata;
mod object;
mod operation;
mod options;
pub mod paging;
mod parameter;
mod path;
mod progress;
#[doc(hidden)]
pub mod range;
mod raw;
mod refusal;
mod reply;
mod retry;
#[doc(hidden)]
pub mod rt;
pub mod search;
mod secret;
mod server_clock;
mod session;
mod task;
mod text;
mod timestamp;
mod token;
mod tolerant;
pub mod wait;

pub use body::{Body, BoxError, FormPart};
pub use byte_stream::ByteStream;
pub use choices::Is;
#[doc(hidden)]
pub use choices::OpenEnum;
pub use clock::{BoxFuture, Clock, SystemClock};
pub use error::Error;
pub use error_kind::ErrorKind;
pub use hooks::{IncomingReply, OutgoingRequest};
pub use metadata::Metadata;
pub use operation::{Method, Operation};
#[doc(hidden)]
pub use operation::{Paging, PathParameter, ReplyKind, Required, Slash, TokenUse};
pub use options::Options;
pub use parameter::ParameterError;
pub use raw::RawRequest;
pub use reply::Response;
pub use retry::Retry;
pub use secret::Secret;
pub use session::{Session, SessionBuilder};
pub use timestamp::Timestamp;
pub use token::{
    AccessToken, Claims, FileTokenStore, Identity, MemoryTokenStore, StaticToken, StoreLock,
    TokenInfo, TokenKey, TokenSource, TokenSourceChain, TokenStore, Tokens,
};
pub use tolerant::Nullable;

#[doc(hidden)]
pub use reply::{output, send, send_as};
