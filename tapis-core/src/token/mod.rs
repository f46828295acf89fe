//! Tokens: what they are, where they come from, how they are kept.

mod access;
mod cache;
mod file_store;
mod kept;
mod source;
mod store;

pub use access::{AccessToken, Claims};
pub(crate) use cache::{Flight, NewTokens, TokenCache};
pub use file_store::FileTokenStore;
pub use source::{Chain, GivenToken, Identity, TokenSource, Tokens};
pub use store::{MemoryTokenStore, StoreLock, TokenKey, TokenStore};
