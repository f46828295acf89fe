//! Tapis v3 in Rust.
//!
//! [`Tapis`] logs in and has a field for each service, with a method for each of the service's
//! operations under its name in the documents:
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
//! - **Logging in**: [`TapisBuilder`] takes a password, a token or any other login in [`auth`]. The
//!   first call that needs a token logs in. All clones and views of one [`Tapis`] share the token,
//!   which is renewed before it expires.
//! - **Calls**: `.await` on a call returns its result; `.send().await` returns the whole
//!   [`Response`](http::Response), and `.send_as().await` the result as a type of your own. Methods
//!   that start with `with_` set [`Options`](http::Options) of the call, all others its parameters.
//!   A call is a value: it can be stored, cloned and spawned, and nothing is sent before it is
//!   awaited.
//! - **Long lists** are [paged](paging) and can be [searched](search). Jobs, pods and runs can be
//!   [waited for](wait). Programs without a runtime use [`blocking`].
//! - **Errors**: every call fails with the type [`Error`], whose [`ErrorKind`] and predicates tell
//!   how to react. [`Retry`](http::Retry) defines which failures are retried.
//! - **Replies**: unknown fields are ignored, and only identifiers are required; see
//!   [`Timestamp`](time::Timestamp) and [`Is`]. The types of the services can be deserialised only
//!   from maps: a format that writes structs as sequences, such as MessagePack's default, can write
//!   them but not read them back. Untyped JSON is a `serde_json::Value`, whose numbers are `i64`,
//!   `u64` or `f64`: whole numbers above 2^64 and fractions with more than 17 digits lose
//!   precision; [`Response::bytes`](http::Response::bytes) has all digits.
//! - **Secrets**: passwords, keys and tokens have the type [`Secret`], which is never printed.
//!
//! # The guide
//! The guide in the folder `guide` of the repository has chapters on logging in, calls, lists, files, jobs, definitions,
//! errors and retries, service accounts and testing, and one each for those who come from tapipy and from `tapis-sdk`.
//!
//! # Spawning a call
//! A call is not a future itself; `.await` converts it. `tokio::spawn`, `join!` and the combinators
//! of `futures` take `call.into_future()`:
//!
//! ```no_run
//! # #[cfg(feature = "systems")]
//! # async fn example(t: &tapis_client::Tapis) -> Result<(), Box<dyn std::error::Error>> {
//! let task = tokio::spawn(t.systems.get_system("frontera").into_future());
//! let system = task.await??;
//! println!("{}", system.id);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! Each service has a feature with its name, which adds the field of [`Tapis`] and the module with
//! the service's types; `all-services`, enabled by default, adds all of them. `rustls` (default) or
//! `native-tls` adds TLS; without either only plain http works. `definitions` adds systems and apps
//! from files, `dynamic` operations by name, `csv` tables of measurements, `verify` the
//! verification of tokens and `profiles` (default) settings from a file.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod auth;
#[cfg(feature = "authenticator")]
pub mod authenticator;
mod builder;
#[cfg(feature = "definitions")]
pub mod definitions;
#[cfg(feature = "dynamic")]
pub mod dynamic;
mod env;
pub mod http;
#[cfg(all(feature = "apps", feature = "jobs"))]
mod job_request;
#[cfg(feature = "jobs")]
pub mod jobs;
#[cfg(feature = "profiles")]
mod profile;
mod tapis;
#[cfg(feature = "tenants")]
mod tenant_cache;
#[cfg(feature = "verify")]
mod tenant_keys;
pub mod time;
mod token_text;
#[cfg(feature = "tokens")]
pub mod tokens;
#[cfg(feature = "verify")]
mod verify;

pub use builder::TapisBuilder;
#[doc(inline)]
pub use tapis::*;
#[doc(inline)]
pub use tapis_core::{BoxFuture, Error, ErrorKind, Is, Nullable, Secret};
#[doc(inline)]
pub use tapis_core::{blocking, paging, search, wait};

/// The imports that most programs need: `use tapis_client::prelude::*;`.
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
    pub use crate::{Error, ErrorKind, Is, Secret, Tapis, TapisBuilder};
}

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

#[cfg(all(doctest, feature = "systems"))]
#[doc = include_str!("../README.md")]
struct Readme;
