//! Tapis v3 in Rust.
//!
//! [`Tapis`] logs in and has a field for each service, with a method for each of the service's
//! operations under the document's own name:
//!
//! ```no_run
//! use tapis_client::Tapis;
//!
//! # async fn example() -> Result<(), tapis_client::Error> {
//! let t = Tapis::builder("https://tacc.tapis.io").password("username", "password").build()?;
//! let me = t.authenticator.get_userinfo().await?;
//! println!("{}", me.username);
//! # Ok(())
//! # }
//! ```
//!
//! `.await` on a call gives what the operation is for; `.send().await` gives the whole
//! [`Response`]. Methods that start with `with_` set options of the call, all others its
//! parameters. Every call fails with the one [`Error`].

mod builder;
mod tapis;

pub use builder::TapisBuilder;
#[doc(inline)]
pub use tapis::*;
pub use tapis_authenticator::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, DevicePrompt,
    OAuthClient, Password, RefreshToken,
};
pub use tapis_core::{
    AccessToken, Body, BoxError, BoxFuture, ByteStream, Chain, Claims, Clock, Error, ErrorKind,
    FileTokenStore, GivenToken, MemoryTokenStore, Metadata, Method, Nullable, OpenEnum, Operation,
    Options, Part, RawRequest, Response, Retry, Secret, Session, StoreLock, SystemClock, Timestamp,
    TokenSource, TokenStore, Tokens,
};
#[cfg(feature = "tokens")]
pub use tapis_tokens::ServiceAccount;
