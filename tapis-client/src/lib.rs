//! A client for [Tapis v3](https://tapis-project.org), the API for computing and data at research centers: files,
//! jobs, systems, apps, pods, workflows and more.
//!
//! [`Tapis`] logs in and has a field for each service. A service has a method for each operation of its OpenAPI
//! document, with the name of the operation in snake case:
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
//! | task | see |
//! |---|---|
//! | log in | [`TapisBuilder`], [`auth`] |
//! | upload, download and list files | [`files`] |
//! | submit jobs and wait for them | [`jobs`] |
//! | create systems and apps | [`systems`], [`apps`], `definitions` |
//! | read long lists, search | [`paging`], [`search`] |
//! | wait for jobs, pods and runs | [`wait`] |
//! | work without async | [`blocking`] |
//! | set timeouts, retries, headers, hooks | [`http`] |
//!
//! - **Logging in**: [`TapisBuilder`] takes a password, a token or any other login in [`auth`]. The
//!   first call that needs a token logs in. All clones and views of one [`Tapis`] share the token,
//!   which is renewed before it expires.
//! - **Calls**: `.await` on a call returns its result; `.send().await` returns the whole
//!   [`Response`](http::Response), and `.send_as().await` the result as a type of your own. Methods
//!   that start with `with_` set [`Options`](http::Options) of the call, all others its parameters.
//!   A call is a value: it can be stored and cloned, and nothing is sent before it is awaited.
//! - **Errors**: every call fails with the type [`Error`]. Its [`ErrorKind`] and predicates, such as
//!   `is_not_found()`, help to decide what to do. [`Retry`](http::Retry) defines which failures are
//!   retried.
//! - **Replies**: unknown fields are ignored, and only identifiers are required; see
//!   [`Timestamp`](time::Timestamp) and [`Is`].
//! - **Secrets**: passwords, keys and tokens have the type [`Secret`], which is never printed.
//!
//! # The guide
//! The folder `guide` of the repository has a chapter for each of these topics, and a chapter each for users of
//! tapipy and of `tapis-sdk`. The modules name their chapter.
//!
//! # Serde
//! The types of the services can be deserialised only from maps: a format that writes structs as sequences, such as
//! MessagePack's default, can write them but not read them back. Untyped JSON is a `serde_json::Value`, whose numbers
//! are `i64`, `u64` or `f64`: whole numbers above 2^64 and fractions with more than 17 digits lose precision.
//! [`Response::bytes`](http::Response::bytes) returns the reply with all digits.
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
//! | feature | default | adds |
//! |---|---|---|
//! | the name of a service, such as `jobs` | | its field of [`Tapis`], and the module with its types |
//! | `all-services` | yes | all services |
//! | `rustls` or `native-tls` | `rustls` | TLS; without either, only plain http works |
//! | `profiles` | yes | settings from a file: `TapisBuilder::from_profile` |
//! | `definitions` | | systems, apps and jobs from files: the module `definitions` |
//! | `dynamic` | | operations by name: the module `dynamic` |
//! | `verify` | | verification of tokens: `Tapis::validate_token` |
//! | `csv` | | measurements of `streams` from and to CSV |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod auth;
#[cfg(feature = "authenticator")]
pub mod authenticator;
pub mod blocking;
mod builder;
#[cfg(feature = "definitions")]
pub mod definitions;
#[cfg(feature = "dynamic")]
pub mod dynamic;
mod env;
#[cfg(feature = "files")]
pub mod files;
pub mod http;
#[cfg(all(feature = "apps", feature = "jobs"))]
mod job_request;
#[cfg(feature = "jobs")]
pub mod jobs;
pub mod paging;
#[cfg(feature = "profiles")]
mod profile;
pub mod search;
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
pub mod wait;

pub use builder::TapisBuilder;
#[doc(inline)]
pub use tapis::*;
#[doc(inline)]
pub use tapis_core::{BoxFuture, Error, ErrorKind, Is, Nullable, Secret};

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

/// The compiler checks that required values are given: each first example compiles, and each second one, without a
/// required value, does not.
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
