//! A mock Tapis server on your own machine, to develop and test against.
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
//! The guide of the project has a chapter *Testing with the mock*. All features are on by default:
//!
//! | feature | what it adds |
//! |---|---|
//! | `cli` | The program `tapis-mock`, with all that follows. |
//! | `tls` | HTTPS. |
//! | `validation` | JSON bodies that do not fit the schemas of the documents are refused. |
//! | `yaml` | [`Builder::state`] takes YAML besides JSON. |
//! | `zip` | Downloads as zip files, which are answered with 501 otherwise. |
//!
//! Tests depend on this crate with `default-features = false`, `validation` and what else they use.
//!
//! The tokens are real RS256 tokens, signed with a key that is compiled in, public and therefore
//! worthless: nothing but a mock may ever trust it.

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
