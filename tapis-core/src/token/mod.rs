//! Tokens: what they are, where they come from, how they are kept.

mod access;
mod cache;
mod source;

pub use access::{AccessToken, Claims};
pub(crate) use cache::TokenCache;
pub use source::{Chain, GivenToken, TokenSource, Tokens};
