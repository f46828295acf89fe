//! Where tokens come from.

use std::fmt;

use crate::clock::BoxFuture;
use crate::error::Error;
use crate::session::Session;
use crate::{AccessToken, Secret};

/// A way to log in.
///
/// Implement it for a way that this project does not know; whatever gives an access token will do.
/// The session asks when it needs a token, one question at a time however many calls are waiting,
/// and keeps the answer until it is about to expire.
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// The name of the grant, for error messages.
    fn grant(&self) -> &'static str;

    /// Gets tokens: by a refresh token where there is one and the grant allows it, otherwise from
    /// the beginning.
    ///
    /// `session` sends calls that need no token; asking it for one would wait for itself.
    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>>;
}

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The token that calls carry.
    pub access: AccessToken,
    /// What the next token can be had with.
    pub refresh: Option<Secret>,
}
