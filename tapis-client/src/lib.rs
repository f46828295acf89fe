//! Tapis v3 in Rust.
//!
//! [`Tapis`] logs in and has a field for each service, with a method for each of the service's
//! operations under the document's own name:
//!
//! ```no_run
//! # #[cfg(feature = "authenticator")]
//! # async fn example() -> Result<(), tapis_client::Error> {
//! use tapis_client::Tapis;
//!
//! let t = Tapis::builder("https://tacc.tapis.io").password("username", "password").build()?;
//! let me = t.authenticator.get_userinfo().await?;
//! println!("{}", me.username);
//! # Ok(())
//! # }
//! ```
//!
//! - **Logging in**: [`TapisBuilder`] takes a password, a token or any other [`TokenSource`]. The
//!   first call that needs a token logs in; the token is shared by everything that comes from one
//!   [`Tapis`] and renewed before it expires.
//! - **Calls**: `.await` on a call gives what the operation is for; `.send().await` gives the whole
//!   [`Response`], and `.send_as().await` the result as a type of the caller's own. Methods that
//!   start with `with_` set [`Options`] of the call, all others its parameters. A call is a value:
//!   it can be kept, cloned and spawned, and nothing is sent before it is awaited.
//! - **Failures**: every call fails with the one [`Error`], whose [`ErrorKind`] and predicates say
//!   what can be done about it. [`Retry`] says which failures are answered with another attempt.
//! - **What is read**: fields that the documents do not know are passed over, and only what
//!   identifies a resource has to be there; see [`Timestamp`] and [`OpenEnum`]. JSON without a type
//!   is a `serde_json::Value`, whose numbers are `i64`, `u64` or `f64`: whole numbers above 2^64 and
//!   fractions of more than 17 digits lose the last ones, which [`Response::bytes`] still has.
//! - **Secrets**: passwords, keys and tokens are of the type [`Secret`], which nothing prints.
//!
//! # Features
//! Each service has a feature of its name, which brings the field of [`Tapis`] and the module with
//! the service's types; `all-services`, which is on by default, brings them all. `rustls`, on by
//! default, or `native-tls` brings TLS; without either there is only plain http. `definitions`
//! brings systems and apps from files, `csv` tables of measurements, `verify` the checking of tokens
//! and `profiles`, on by default, settings from a file.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
#[cfg(feature = "definitions")]
pub mod definition;
#[cfg(feature = "tenants")]
mod directory;
mod env;
#[cfg(all(feature = "apps", feature = "jobs"))]
mod job_request;
mod pasted;
#[cfg(feature = "profiles")]
mod profile;
mod tapis;
#[cfg(feature = "verify")]
mod tenant_keys;
#[cfg(feature = "verify")]
mod verify;

pub use builder::TapisBuilder;
#[cfg(all(feature = "apps", feature = "jobs"))]
pub use job_request::{JobParameter, JobProblem, JobProblemKind, JobRequest};
#[cfg(all(feature = "apps", feature = "definitions", feature = "jobs"))]
pub use job_request::JobDefinition;
#[doc(inline)]
pub use tapis::*;
pub use tapis_authenticator::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, DevicePrompt,
    OAuthClient, Password, RefreshToken,
};
pub use tapis_core::{
    AccessToken, Body, BoxError, BoxFuture, ByteStream, Chain, Claims, Clock, Error, ErrorKind,
    FileTokenStore, GivenToken, Identity, IncomingReply, Is, MemoryTokenStore, Metadata, Method,
    Nullable, OpenEnum, Operation, Options, OutgoingRequest, Part, RawRequest, Response, Retry,
    Secret, Session, StoreLock, SystemClock, Timestamp, TokenKey, TokenSource, TokenStore, Tokens,
};
pub use tapis_core::{blocking, paging, search, wait};
#[cfg(feature = "tokens")]
pub use tapis_tokens::ServiceAccount;

/// What most programs need: `use tapis_client::prelude::*;`.
///
/// ```
/// use tapis_client::prelude::*;
///
/// async fn greet(t: &Tapis) -> Result<(), Error> {
///     println!("Hello, {}.", t.username().await?);
///     Ok(())
/// }
/// ```
pub mod prelude {
    pub use tapis_core::{Error, ErrorKind, Is, Secret};

    pub use crate::{Tapis, TapisBuilder};
}

/// The README's code, which has to compile, with all features that it speaks of.
#[cfg(all(doctest, feature = "all-services", feature = "csv", feature = "definitions"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// What an operation or a body cannot go without, the compiler asks for: each of these compiles with it
/// and not without it.
///
/// ```
/// async fn call(t: &tapis_client::Tapis) {
///     let _ = t.systems.get_system("frontera").await;
/// }
/// ```
/// ```compile_fail,E0061
/// async fn call(t: &tapis_client::Tapis) {
///     let _ = t.systems.get_system().await;
/// }
/// ```
/// ```
/// async fn call(t: &tapis_client::Tapis) {
///     let system = tapis_client::systems::types::ReqPatchSystem::new().description("A host.");
///     let _ = t.systems.patch_system("frontera", system).await;
/// }
/// ```
/// ```compile_fail,E0061
/// async fn call(t: &tapis_client::Tapis) {
///     let _ = t.systems.patch_system("frontera").await;
/// }
/// ```
/// ```
/// let request = tapis_client::jobs::types::ReqSubmitJob::new("run-1", "hello", "1.0");
/// assert_eq!(request.app_id, "hello");
/// ```
/// ```compile_fail,E0061
/// let request = tapis_client::jobs::types::ReqSubmitJob::new("run-1", "hello");
/// ```
/// ```
/// use tapis_client::sk::calls::DestroySecretArgs;
/// use tapis_client::sk::types::{ReqVersions, ReqVersionsFields};
/// fn arguments(body: ReqVersions) -> DestroySecretArgs {
///     DestroySecretArgs { secret_type: "user".into(), secret_name: "key".into(), body }
/// }
/// ```
/// ```compile_fail,E0063
/// use tapis_client::sk::calls::DestroySecretArgs;
/// use tapis_client::sk::types::{ReqVersions, ReqVersionsFields};
/// fn arguments(body: ReqVersions) -> DestroySecretArgs {
///     DestroySecretArgs { secret_type: "user".into(), body }
/// }
/// ```
/// ```compile_fail,E0639
/// let file = tapis_client::files::types::MkdirRequest { path: "new".into() };
/// ```
#[cfg(all(doctest, feature = "all-services"))]
struct Required;
