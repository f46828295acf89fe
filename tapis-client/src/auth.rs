//! Logins, tokens and token stores.
//!
//! [`TapisBuilder`](crate::TapisBuilder) has a method for each common login; its
//! [`token_source`](crate::TapisBuilder::token_source) takes any other [`TokenSource`].
//!
//! | to log in with | use |
//! |---|---|
//! | a username and a password | [`TapisBuilder::password`](crate::TapisBuilder::password), or [`Password`] |
//! | an access token | [`TapisBuilder::access_token`](crate::TapisBuilder::access_token), or [`StaticToken`] |
//! | a refresh token | [`TapisBuilder::refresh_token`](crate::TapisBuilder::refresh_token), or [`RefreshToken`] |
//! | a browser on this machine | [`AuthorizationCode`] |
//! | a browser elsewhere | [`DeviceCode`] |
//! | the password of a Tapis service | `ServiceAccount` (feature `tokens`) |
//! | the first of several that works | [`TokenSourceChain`] |
//!
//! A [`TokenStore`] keeps tokens for the next process: [`FileTokenStore`], [`MemoryTokenStore`], or
//! your own.

#[doc(inline)]
pub use tapis_authenticator::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, DevicePrompt,
    OAuthClient, Password, RefreshToken,
};
#[doc(inline)]
pub use tapis_core::{
    AccessToken, Claims, FileTokenStore, Identity, MemoryTokenStore, Session, SessionBuilder,
    StaticToken, StoreLock, TokenInfo, TokenKey, TokenSource, TokenSourceChain, TokenStore, Tokens,
};
#[cfg(feature = "tokens")]
#[doc(inline)]
pub use tapis_tokens::ServiceAccount;
