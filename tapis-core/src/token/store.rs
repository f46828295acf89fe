//! Tokens that outlive the process.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::source::Tokens;
use crate::clock::BoxFuture;
use crate::error::Error;

/// A place where tokens are kept, so that the next process need not log in.
///
/// A store that fails never keeps a call from succeeding: the failure is logged and the session
/// logs in as if there were no store.
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// The tokens kept under `key`, which says which Tapis they are for and who logged in how; it is
    /// no secret.
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Tokens>, Error>>;

    /// Keeps `tokens` in place of those that were there.
    fn save<'a>(&'a self, key: &'a str, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), Error>>;

    /// Forgets the tokens.
    fn clear<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Keeps every other user of the store waiting until the lock is dropped, so that of several
    /// processes one renews and the others find its tokens. Nothing is locked by default.
    fn lock(&self) -> BoxFuture<'_, Result<StoreLock, Error>> {
        Box::pin(async { Ok(StoreLock::none()) })
    }
}

/// Exclusive use of a store, until it is dropped.
pub struct StoreLock(Option<Box<dyn Any + Send>>);

impl StoreLock {
    /// A lock that is released when `guard` is dropped.
    pub fn new(guard: impl Any + Send) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// No lock at all.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreLock").field(&self.0.is_some()).finish()
    }
}

/// Keeps tokens in memory, for several sessions of one process.
#[derive(Debug, Default)]
pub struct MemoryTokenStore(Mutex<Vec<(String, Tokens)>>);

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<(String, Tokens)>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenStore for MemoryTokenStore {
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
        let found = self.with(|all| all.iter().find(|(url, _)| url == key).map(|(_, t)| t.clone()));
        Box::pin(async { Ok(found) })
    }

    fn save<'a>(&'a self, key: &'a str, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), Error>> {
        self.with(|all| {
            all.retain(|(url, _)| url != key);
            all.push((key.to_owned(), tokens.clone()));
        });
        Box::pin(async { Ok(()) })
    }

    fn clear<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.with(|all| all.retain(|(url, _)| url != key));
        Box::pin(async { Ok(()) })
    }
}
