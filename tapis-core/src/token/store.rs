//! Stores for tokens, which outlive the process.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::tokens::Tokens;
use crate::clock::BoxFuture;
use crate::error::Error;

/// The key of an entry in a token store: base URL, grant, OAuth client and user. It contains no
/// secret.
///
/// `Display` prints the whole key on one line, unique for each key, for stores whose keys are text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TokenKey {
    /// The base URL, which belongs to one tenant.
    pub base_url: String,
    /// The grant.
    pub grant: String,
    /// The OAuth client that the tokens were issued to.
    pub client: Option<String>,
    /// The user or service, without the tenant.
    pub subject: String,
}

/// The characters that need no escape in the text of a key; a space needs one.
const PLAIN: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |text| utf8_percent_encode(text, PLAIN);
        let client = self.client.as_deref().unwrap_or_default();
        let (base_url, grant) = (plain(&self.base_url), plain(&self.grant));
        write!(f, "{base_url} {grant} {} {}", plain(client), plain(&self.subject))
    }
}

/// A store for tokens, so that the next process need not log in.
///
/// A failing store never makes a call fail: the failure is logged and the session logs in as if
/// there were no store.
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// Returns the tokens for `key`.
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<Tokens>, Error>>;

    /// Stores `tokens` for `key` and replaces existing ones.
    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Deletes the tokens for `key`.
    fn clear<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<(), Error>>;

    /// Locks the store until the lock is dropped, so that one of several processes renews the
    /// tokens and the others read them. Returns `None` at once if another process has the lock; the
    /// session retries for ten seconds and then continues without it. By default nothing is locked.
    fn try_lock(&self) -> BoxFuture<'_, Result<Option<StoreLock>, Error>> {
        Box::pin(async { Ok(Some(StoreLock::none())) })
    }
}

impl<T: TokenStore + ?Sized> TokenStore for Arc<T> {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
        (**self).load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<(), Error>> {
        (**self).save(key, tokens)
    }

    fn clear<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<(), Error>> {
        (**self).clear(key)
    }

    fn try_lock(&self) -> BoxFuture<'_, Result<Option<StoreLock>, Error>> {
        (**self).try_lock()
    }
}

/// Exclusive use of a store until it is dropped.
pub struct StoreLock(Option<Box<dyn Any + Send>>);

impl StoreLock {
    /// A lock that is released when `guard` is dropped.
    pub fn new(guard: impl Any + Send) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// A lock that locks nothing.
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

/// Keeps tokens in memory. Clones share the tokens, so several sessions of one process can use them.
#[derive(Clone, Debug, Default)]
pub struct MemoryTokenStore {
    entries: Arc<Mutex<HashMap<TokenKey, Tokens>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashMap<TokenKey, Tokens>) -> T) -> T {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenStore for MemoryTokenStore {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
        let found = self.with(|entries| entries.get(key).cloned());
        Box::pin(async { Ok(found) })
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.with(|entries| entries.insert(key.clone(), tokens.clone()));
        Box::pin(async { Ok(()) })
    }

    fn clear<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<(), Error>> {
        self.with(|entries| entries.remove(key));
        Box::pin(async { Ok(()) })
    }

    fn try_lock(&self) -> BoxFuture<'_, Result<Option<StoreLock>, Error>> {
        let lock = self.lock.clone().try_lock_owned().ok().map(StoreLock::new);
        Box::pin(async { Ok(lock) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::AccessToken;
    use crate::token::access::tests::jwt;

    fn key(client: Option<&str>, subject: &str) -> TokenKey {
        TokenKey {
            base_url: "https://tacc.tapis.io".to_owned(),
            grant: "authorization code".to_owned(),
            client: client.map(str::to_owned),
            subject: subject.to_owned(),
        }
    }

    #[test]
    fn the_text_of_a_key_is_that_of_no_other() {
        let text = key(Some("my cli"), "jane@x.org").to_string();
        assert_eq!(text, "https://tacc.tapis.io authorization%20code my%20cli jane@x.org");
        let alike = [key(Some("a b"), "c"), key(Some("a"), "b c"), key(Some("a%20b"), "c")];
        let texts: std::collections::HashSet<_> = alike.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), alike.len());
    }

    #[tokio::test]
    async fn clones_of_a_store_in_memory_share_entries_and_lock() {
        let access = AccessToken::read(jwt(&serde_json::json!({})), jiff::Timestamp::now());
        let tokens = Tokens { access: access.unwrap(), refresh: None };
        let one = MemoryTokenStore::new();
        let other: Arc<dyn TokenStore> = Arc::new(one.clone());
        one.save(&key(None, "jane"), &tokens).await.unwrap();
        assert!(other.load(&key(None, "jane")).await.unwrap().is_some());
        let lock = other.try_lock().await.unwrap();
        assert!(one.try_lock().await.unwrap().is_none());
        drop(lock);
        assert!(one.try_lock().await.unwrap().is_some());
        other.clear(&key(None, "jane")).await.unwrap();
        assert!(one.load(&key(None, "jane")).await.unwrap().is_none());
    }
}
