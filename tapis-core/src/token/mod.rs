//! Tokens: their types, their sources and their stores.

mod access;
mod cache;
mod file_store;
mod identity;
mod info;
mod kept;
mod login;
mod private_file;
mod source;
mod store;
mod tokens;

pub use access::{AccessToken, Claims};
pub(crate) use cache::{Flight, NewTokens, TokenCache};
pub use file_store::FileTokenStore;
pub use identity::Identity;
pub use info::TokenInfo;
pub(crate) use login::Login;
pub(crate) use source::SessionLogin;
pub use source::{StaticToken, TokenSource, TokenSourceChain};
pub use store::{MemoryTokenStore, StoreLock, TokenKey, TokenStore};
pub use tokens::Tokens;
