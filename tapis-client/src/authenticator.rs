//! Logins, tokens, OAuth clients and user profiles: the Tapis v3 Authenticator service.
//!
//! [`Client`] has a method for each operation of the service. The logins are in
//! [`auth`](crate::auth).

#[doc(inline)]
pub use tapis_authenticator::{Client, calls, operations, types};
