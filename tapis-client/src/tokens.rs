//! Tokens for services: the Tapis v3 Tokens service.
//!
//! [`Client`] has a method for each operation of the service. A Tapis service logs in with
//! [`ServiceAccount`](crate::auth::ServiceAccount).

#[doc(inline)]
pub use tapis_tokens::{Client, calls, operations, types};
