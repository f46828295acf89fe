//! Logins, tokens, OAuth clients and user profiles: the Tapis v3 Authenticator service.
//!
//! [`Client`] has a method for each operation of the service. To log in, use
//! [`TapisBuilder`](crate::TapisBuilder) and the module [`auth`](crate::auth) instead.

#[doc(inline)]
pub use tapis_authenticator::{Client, calls, operations, types};
