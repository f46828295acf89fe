//! A mock Tapis server on your own machine, to develop and test against.
//!
//! [`MockTapis`] is an HTTP server that behaves like the services of Tapis v3: it logs users in,
//! signs real tokens, stores what it receives, and replies with the same messages and statuses. It
//! keeps everything in memory and listens on the loopback interface.
//!
//! [`MockTapis`] is an HTTP server that behaves like the services of Tapis v3: it logs users in,
//! signs real tokens, remembers what it is given and answers in the same words and statuses. It
//! keeps everything in memory and listens on the loopback interface.
//!
//! ```
//! use tapis_mock::{Fault, MockTapis};
//!
//! # fn main() -> Result<(), tapis_mock::Error> {
//! let mock = MockTapis::builder().user("testuser", "secret").start_blocking()?;
//! mock.inject(Fault::status(503).on("getSystem").times(2));
//! // … point a client at `mock.base_url()` …
//! assert!(mock.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The project's guide has a chapter *Testing with the mock*. All features are enabled by default:
//!
//! | feature | adds |
//! |---|---|
//! | `cli` | The program `tapis-mock`, with all other features. |
//! | `tls` | HTTPS. |
//! | `validation` | JSON bodies that do not match the schemas of the documents are refused. |
//! | `yaml` | [`Builder::state`] accepts YAML besides JSON. |
//! | `zip` | Downloads as zip files, which are a 501 otherwise. |
//!
//! Tests depend on this crate with `default-features = false`, `validation` and the other features that
//! they use.
//!
//! The tokens are real RS256 tokens. Their key is compiled in and public, so nothing but a mock may ever
//! trust it.

mod behaviour;
mod body;
mod builder;
mod call;
mod clock;
mod connection;
mod control;
mod coverage;
mod dates;
mod document;
mod engine;
mod error;
mod family;
mod fault;
mod folder;
mod http;
mod inspect;
mod journal;
mod log;
mod mock;
mod pipeline;
mod query;
mod random;
mod reply;
mod roles;
mod schema;
mod seed;
mod server;
mod services;
mod shared;
mod snapshot;
mod steer;
mod store;
#[cfg(test)]
mod sweep;
mod tls;
mod tokens;
mod world;

pub use builder::Builder;
pub use clock::Clock;
pub use coverage::{OperationInfo, operations};
pub use error::Error;
pub use fault::{Effect, Fault};
pub use journal::RecordedRequest;
pub use mock::MockTapis;
pub use tokens::mint::Mint;
pub use world::Strictness;
