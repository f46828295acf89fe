//! Logins, tokens, OAuth clients and user profiles: the Tapis v3 Authenticator service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. The logins of users are here too: [`Password`], [`RefreshToken`],
//! [`AuthorizationCode`] and [`DeviceCode`].

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

mod grant;

pub use generated::{Client, calls, operations, types};
pub use grant::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, DevicePrompt,
    OAuthClient, Password, RefreshToken,
};
