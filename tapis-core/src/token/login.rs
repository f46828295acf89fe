//! The interface between the token cache and a login.

use std::fmt;

use super::identity::Identity;
use super::tokens::Tokens;
use crate::clock::BoxFuture;
use crate::error::Error;

/// A [`TokenSource`](crate::TokenSource), independent of the session `S` that it uses: the session
/// depends on the cache, and the cache on this.
pub(crate) trait Login<S>: Send + Sync + fmt::Debug {
    fn grant(&self) -> &'static str;
    fn identity(&self) -> Identity;
    fn is_interactive(&self) -> bool;
    fn can_renew(&self) -> bool;
    fn fetch<'a>(
        &'a self,
        session: &'a S,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>>;
}
