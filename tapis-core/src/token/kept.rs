//! The session's side of a token store: which entry is whose, who may read it, and the lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::source::{Identity, TokenSource, Tokens};
use super::store::{StoreLock, TokenKey, TokenStore};
use crate::error::Error;
use crate::session::Session;

/// How long the session waits for others to let the store go, before it does without the lock.
const LOCK_LIMIT: Duration = Duration::from_secs(10);
/// How long it waits before it asks for the lock again.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The store, if there is one.
#[derive(Debug)]
pub(super) struct Kept {
    store: Option<Arc<dyn TokenStore>>,
    /// Whether a lock that could not be had has been reported.
    warned: AtomicBool,
}

/// What the store held, and the lock under which it was looked at.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tokens of whoever logs in, fresh or not.
    pub(super) tokens: Option<Tokens>,
    pub(super) lock: Option<StoreLock>,
}

impl Kept {
    pub(super) fn new(store: Option<Arc<dyn TokenStore>>) -> Self {
        Self { store, warned: AtomicBool::new(false) }
    }

    /// The tokens that are in the store for `source`. The lock is held until it is dropped, unless
    /// the login may wait for a person: so others find the new tokens and need not log in too.
    pub(super) async fn find(&self, session: &Session, source: &dyn TokenSource) -> Found {
        let identity = source.identity();
        let Some(store) = &self.store else { return Found::default() };
        if identity.reads().is_none() {
            return Found::default();
        }
        let lock = match source.is_interactive() {
            true => None,
            false => Some(self.lock(session, &**store).await),
        };
        Found { tokens: load(session, &**store, &identity).await, lock }
    }

    /// The tokens that are in the store for `source`, to be looked at.
    pub(super) async fn look(&self, session: &Session, source: &dyn TokenSource) -> Option<Tokens> {
        let store = self.store.as_deref()?;
        load(session, store, &source.identity()).await
    }

    /// Keeps the tokens that `source` has given, if they are still `wanted` once the store is
    /// locked. A store that fails is logged and nothing more.
    pub(super) async fn keep(
        &self,
        session: &Session,
        source: &dyn TokenSource,
        lock: Option<StoreLock>,
        tokens: &Tokens,
        wanted: impl Fn() -> bool,
    ) {
        let identity = source.identity();
        let Some(store) = self.store.as_deref().filter(|_| identity.is_written()) else { return };
        // An entry is named after whom its tokens are, whoever was expected.
        let Some(user) = tokens.access.claims().user() else {
            return tracing::debug!("a token that names nobody is not kept");
        };
        let _lock = match lock {
            Some(lock) => lock,
            None => self.lock(session, store).await,
        };
        if !wanted() {
            return;
        }
        if let Err(error) = store.save(&key(session, &identity, user), tokens).await {
            failed(&error);
        }
    }

    /// Forgets what is in the store of `source`: the entry that it may read, and that of `tokens`,
    /// which it has obtained.
    pub(super) async fn clear(
        &self,
        session: &Session,
        source: &dyn TokenSource,
        tokens: Option<&Tokens>,
    ) -> Result<(), Error> {
        let Some(store) = self.store.as_deref() else { return Ok(()) };
        let identity = source.identity();
        let own = tokens.and_then(|tokens| tokens.access.claims().user());
        let readable = identity.reads().map(names).into_iter().flatten();
        let mut users: Vec<&str> = own.into_iter().chain(readable).collect();
        users.dedup();
        if users.is_empty() {
            return Ok(());
        }
        let _lock = self.lock(session, store).await;
        let mut outcome = Ok(());
        for user in users {
            outcome = outcome.and(store.clear(&key(session, &identity, user)).await);
        }
        outcome
    }

    /// The lock, or none at all where there is none to be had: that others may renew at the same
    /// time is better than not to work at all.
    async fn lock(&self, session: &Session, store: &dyn TokenStore) -> StoreLock {
        let begin = session.monotonic();
        let failure = loop {
            match store.try_lock().await {
                Ok(Some(lock)) => return lock,
                Ok(None) if session.monotonic().saturating_sub(begin) < LOCK_LIMIT => {
                    session.sleep(LOCK_PAUSE.mul_f64(0.5 + fastrand::f64())).await;
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        if !self.warned.swap(true, Ordering::Relaxed) {
            let why = failure.map_or_else(
                || format!("another process has held it for {} s", LOCK_LIMIT.as_secs()),
                |error| error.to_string(),
            );
            tracing::warn!(why, "the token store is used without a lock");
        }
        StoreLock::none()
    }
}

/// The tokens of whom `identity` says, if they are really theirs.
async fn load(session: &Session, store: &dyn TokenStore, identity: &Identity) -> Option<Tokens> {
    let expected = identity.reads()?;
    for user in names(expected) {
        match store.load(&key(session, identity, user)).await {
            Ok(Some(tokens)) if tokens.access.claims().is_of(expected) => return Some(tokens),
            Ok(Some(_)) => tracing::warn!("the token store holds somebody else's tokens"),
            Ok(None) => {}
            Err(error) => {
                failed(&error);
                return None;
            }
        }
    }
    None
}

/// Under which names there may be tokens of `user`: the whole, and the part before the tenant.
fn names(user: &str) -> impl Iterator<Item = &str> {
    [Some(user), user.rsplit_once('@').map(|(user, _)| user)].into_iter().flatten()
}

fn key(session: &Session, identity: &Identity, user: &str) -> TokenKey {
    TokenKey {
        base_url: session.base_url().to_owned(),
        grant: identity.grant().to_owned(),
        client: identity.client().map(str::to_owned),
        subject: user.to_owned(),
    }
}

fn failed(error: &Error) {
    tracing::warn!(%error, "the token store failed");
}
