//! Logins, tokens and token stores.
//!
//! The first call that needs a token logs in. The token is renewed before it expires: with a refresh token, or by
//! another login.
//!
//! [`TapisBuilder`](crate::TapisBuilder) has a method for each common login; its
//! [`token_source`](crate::TapisBuilder::token_source) takes any other [`TokenSource`].
//!
//! | log in with | use |
//! |---|---|
//! | a username and a password | [`TapisBuilder::password`](crate::TapisBuilder::password), or [`Password`] |
//! | an access token | [`TapisBuilder::access_token`](crate::TapisBuilder::access_token), or [`StaticToken`] |
//! | a refresh token | [`TapisBuilder::refresh_token`](crate::TapisBuilder::refresh_token), or [`RefreshToken`] |
//! | a browser on this machine | [`AuthorizationCode`] |
//! | a browser elsewhere | [`DeviceCode`] |
//! | the password of a Tapis service | `ServiceAccount` (feature `tokens`) |
//! | the first of several that works | [`TokenSourceChain`] |
//!
//! A [`TokenStore`] keeps tokens for the next process: [`FileTokenStore`], or your own. [`MemoryTokenStore`] shares
//! tokens within a process.
//!
//! ```no_run
//! # async fn example() -> Result<(), tapis_client::Error> {
//! use tapis_client::Tapis;
//! use tapis_client::auth::{DeviceCode, FileTokenStore};
//!
//! // The user opens the URL on any device. With `expect_user`, the next run of the program uses the stored tokens.
//! let login = DeviceCode::new("my-client-id", |prompt| {
//!     eprintln!("open {} and enter the code {}", prompt.verification_uri, prompt.user_code);
//! });
//! let login = login.expect_user("jdoe");
//! let t = Tapis::builder("https://tacc.tapis.io")
//!     .token_source(login)
//!     .token_store(FileTokenStore::new("tokens.json"))
//!     .build()?;
//! println!("{}", t.username().await?);
//! # Ok(())
//! # }
//! ```
//!
//! The guide describes all logins in its chapter *Logging in*, and services in *Service accounts and checking tokens*.

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
