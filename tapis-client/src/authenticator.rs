//! Logins, tokens, OAuth clients and user profiles: the Tapis v3 Authenticator service.
//!
//! [`Client`] has a method for each operation of the service. [`auth`](crate::auth) has the ways to
//! log in.

#[doc(inline)]
pub use tapis_authenticator::{Client, calls, operations, types};
