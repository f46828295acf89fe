//! The session's use of a token store: which entry it reads and writes, and the lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::identity::Identity;
use super::store::{StoreLock, TokenKey, TokenStore};
use super::tokens::Tokens;
use crate::clock::{BoxFuture, Clock, within};
use crate::error::Error;
use crate::error_kind::ErrorKind;

/// How long the session waits for the store's lock before it continues without it.
const LOCK_LIMIT: Duration = Duration::from_secs(10);
/// The time limit for reading or writing the store; a file system that hangs must not stop calls.
const STORE_LIMIT: Duration = Duration::from_secs(10);
/// The pause before the next attempt to lock the store.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The store, if there is one.
#[derive(Debug)]
pub(super) struct Kept {
    store: Option<Arc<dyn TokenStore>>,
    clock: Arc<dyn Clock>,
    /// The base URL that the tokens belong to.
    base_url: String,
    /// Whether a missing lock has already been reported.
    warned: AtomicBool,
}

/// The stored tokens, and the lock under which they were read.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tokens of the user who logs in, fresh or not.
    pub(super) tokens: Option<Tokens>,
    pub(super) lock: Option<StoreLock>,
}

impl Kept {
    pub(super) fn new(
        store: Option<Arc<dyn TokenStore>>,
        clock: Arc<dyn Clock>,
        base_url: String,
    ) -> Self {
        Self { store, clock, base_url, warned: AtomicBool::new(false) }
    }

    /// The stored tokens for `identity`. The lock is held until it is dropped, unless the login may
    /// wait for a person: other processes then find the new tokens and need not log in too.
    pub(super) async fn find(&self, identity: &Identity, is_interactive: bool) -> Found {
        let Some(store) = &self.store else { return Found::default() };
        if identity.reads().is_none() {
            return Found::default();
        }
        let lock = match is_interactive {
            true => None,
            false => Some(self.lock(&**store).await),
        };
        Found { tokens: self.load(&**store, identity).await, lock }
    }

    /// The stored tokens for `identity`, without a lock; only for reading.
    pub(super) async fn look(&self, identity: &Identity) -> Option<Tokens> {
        self.load(self.store.as_deref()?, identity).await
    }

    /// Stores the tokens from a login of `identity`, if they are still `wanted` once the store is
    /// locked. A failing store is only logged.
    pub(super) async fn keep(
        &self,
        identity: &Identity,
        lock: Option<StoreLock>,
        tokens: &Tokens,
        wanted: impl Fn() -> bool,
    ) {
        let Some(store) = self.store.as_deref().filter(|_| identity.is_written()) else { return };
        // The entry has the user of the tokens, even if another user was expected.
        let Some(user) = tokens.access.claims().user() else {
            return tracing::debug!("a token without a user is not stored");
        };
        let _lock = match lock {
            Some(lock) => lock,
            None => self.lock(store).await,
        };
        if !wanted() {
            return;
        }
        let key = self.key(identity, user);
        if let Err(error) = self.limited(store.save(&key, tokens)).await {
            failed(&error);
        }
    }

    /// Deletes the stored tokens of `identity`: the entry that it may read, and the entry of
    /// `tokens`, which it has obtained.
    pub(super) async fn clear(
        &self,
        identity: &Identity,
        tokens: Option<&Tokens>,
    ) -> Result<(), Error> {
        let Some(store) = self.store.as_deref() else { return Ok(()) };
        let own = tokens.and_then(|tokens| tokens.access.claims().user());
        let readable = identity.reads().map(names).into_iter().flatten();
        let mut users: Vec<&str> = own.into_iter().chain(readable).collect();
        users.dedup();
        if users.is_empty() {
            return Ok(());
        }
        let _lock = self.lock(store).await;
        let mut outcome = Ok(());
        for user in users {
            outcome = outcome.and(store.clear(&self.key(identity, user)).await);
        }
        outcome
    }

    /// The lock, or none if it is not available: concurrent renewals are better than no renewal.
    async fn lock(&self, store: &dyn TokenStore) -> StoreLock {
        let begin = self.clock.monotonic();
        let failure = loop {
            match store.try_lock().await {
                Ok(Some(lock)) => return lock,
                Ok(None) if self.clock.monotonic().saturating_sub(begin) < LOCK_LIMIT => {
                    self.clock.sleep(LOCK_PAUSE.mul_f64(0.5 + fastrand::f64())).await;
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

    /// The stored tokens for `identity`, if they really belong to that user.
    async fn load(&self, store: &dyn TokenStore, identity: &Identity) -> Option<Tokens> {
        let expected = identity.reads()?;
        for user in names(expected) {
            let key = self.key(identity, user);
            match self.limited(store.load(&key)).await {
                Ok(Some(tokens)) if tokens.access.claims().belongs_to(expected) => {
                    return Some(tokens);
                }
                Ok(Some(_)) => tracing::warn!("the token store has tokens of another user"),
                Ok(None) => {}
                Err(error) => {
                    failed(&error);
                    return None;
                }
            }
        }
        None
    }

    /// Runs an operation of the store, within the time limit.
    async fn limited<T>(&self, work: BoxFuture<'_, Result<T, Error>>) -> Result<T, Error> {
        let done = within(&*self.clock, Some(STORE_LIMIT), work).await;
        done.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Io, "the token store did not respond in time"))
        })
    }

    fn key(&self, identity: &Identity, user: &str) -> TokenKey {
        TokenKey {
            base_url: self.base_url.clone(),
            grant: identity.grant().to_owned(),
            client: identity.client().map(str::to_owned),
            subject: user.to_owned(),
        }
    }
}

/// The possible keys for tokens of `user`: the whole name, and the part before the tenant.
fn names(user: &str) -> impl Iterator<Item = &str> {
    [Some(user), user.rsplit_once('@').map(|(user, _)| user)].into_iter().flatten()
}

fn failed(error: &Error) {
    tracing::warn!(%error, "the token store failed");
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::token::access::tests::jwt;
    use crate::token::{AccessToken, MemoryTokenStore};

    /// Sleeps complete at once, and their durations are added up.
    #[derive(Clone, Debug, Default)]
    struct Sleeps(Arc<Mutex<Duration>>);

    impl Clock for Sleeps {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH + *self.0.lock().unwrap()
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            *self.0.lock().unwrap() += duration;
            Box::pin(std::future::ready(()))
        }
    }

    #[derive(Debug)]
    struct Login {
        identity: Identity,
        interactive: bool,
    }

    /// A store whose lock is never available, as on a file system without locks.
    #[derive(Debug)]
    struct NoLocks(MemoryTokenStore);

    impl TokenStore for NoLocks {
        fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
            self.0.load(key)
        }

        fn save<'a>(
            &'a self,
            key: &'a TokenKey,
            tokens: &'a Tokens,
        ) -> BoxFuture<'a, Result<(), Error>> {
            self.0.save(key, tokens)
        }

        fn clear<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<(), Error>> {
            self.0.clear(key)
        }

        fn try_lock(&self) -> BoxFuture<'_, Result<Option<StoreLock>, Error>> {
            Box::pin(async { Err(Error::new(ErrorKind::Io, "no locks available")) })
        }
    }

    fn login(user: Option<&str>) -> Login {
        let identity = Identity::new("test").with_client("cli");
        let identity = user.into_iter().fold(identity, Identity::with_user);
        Login { identity, interactive: false }
    }

    fn tokens(user: &str) -> Tokens {
        let claims = json!({
            "sub": format!("{user}@tacc"), "tapis/tenant_id": "tacc", "tapis/username": user,
        });
        let access = AccessToken::read(jwt(&claims), Timestamp::UNIX_EPOCH).unwrap();
        Tokens { access, refresh: None }
    }

    fn kept(clock: &Sleeps, store: impl TokenStore + 'static) -> Kept {
        let base_url = "https://tacc.tapis.io".to_owned();
        Kept::new(Some(Arc::new(store)), Arc::new(clock.clone()), base_url)
    }

    struct Setting {
        clock: Sleeps,
        store: MemoryTokenStore,
        kept: Kept,
    }

    impl Setting {
        fn new() -> Self {
            let (clock, store) = (Sleeps::default(), MemoryTokenStore::new());
            let kept = kept(&clock, store.clone());
            Self { clock, store, kept }
        }

        async fn keep(&self, source: &Login, tokens: &Tokens) {
            self.kept.keep(&source.identity, None, tokens, || true).await;
        }

        /// The user whose tokens are found, and whether the store is locked meanwhile.
        async fn find(&self, source: &Login) -> (Option<String>, bool) {
            let found = self.kept.find(&source.identity, source.interactive).await;
            let user = |tokens: Tokens| tokens.access.claims().user().unwrap().to_owned();
            let locked = self.store.try_lock().await.unwrap().is_none();
            (found.tokens.map(user), locked)
        }
    }

    #[tokio::test]
    async fn tokens_are_kept_under_the_user_whom_they_name() {
        let setting = Setting::new();
        setting.keep(&login(None), &tokens("alice")).await;
        setting.keep(&login(None), &tokens("bob")).await;
        for (user, found) in [
            (Some("alice"), Some("alice")),
            (Some("alice@tacc"), Some("alice")),
            (Some("bob"), Some("bob")),
            (Some("alice@dev"), None),
            (Some("carol"), None),
            (None, None),
        ] {
            let (tokens, locked) = setting.find(&login(user)).await;
            assert_eq!(tokens.as_deref(), found, "{user:?}");
            assert_eq!(locked, user.is_some(), "nothing to look for, nothing to lock");
        }
        let other =
            Login { identity: login(Some("alice")).identity.with_client("x"), ..login(None) };
        assert_eq!(setting.find(&other).await.0, None, "another client");
        let write_only =
            Login { identity: login(Some("alice")).identity.write_only(), ..login(None) };
        assert_eq!(setting.find(&write_only).await, (None, false));
        let not_stored = Login { identity: Identity::new("test").not_stored(), ..login(None) };
        setting.keep(&not_stored, &tokens("dave")).await;
        let dave = Login { identity: Identity::new("test").with_user("dave"), ..login(None) };
        assert_eq!(setting.find(&dave).await.0, None);
    }

    #[tokio::test]
    async fn somebody_elses_tokens_in_an_entry_are_not_used() {
        let setting = Setting::new();
        let identity = login(Some("alice")).identity;
        setting.store.save(&setting.kept.key(&identity, "alice"), &tokens("bob")).await.unwrap();
        assert_eq!(setting.find(&login(Some("alice"))).await.0, None);
        assert!(setting.kept.look(&login(Some("alice")).identity).await.is_none());
    }

    #[tokio::test]
    async fn a_login_that_waits_for_a_person_does_not_hold_the_lock() {
        let setting = Setting::new();
        let device = Login { interactive: true, ..login(Some("alice")) };
        let lock = setting.store.try_lock().await.unwrap();
        assert!(lock.is_some());
        setting.keep(&login(None), &tokens("alice")).await;
        drop(lock);
        assert_eq!(setting.find(&device).await, (Some("alice".to_owned()), false));
    }

    #[tokio::test]
    async fn a_lock_that_another_never_releases_is_done_without_after_ten_seconds() {
        let setting = Setting::new();
        setting.keep(&login(None), &tokens("alice")).await;
        let _other = setting.store.try_lock().await.unwrap().unwrap();
        let before = setting.clock.now();
        assert!(setting.kept.find(&login(Some("alice")).identity, false).await.tokens.is_some());
        let waited = setting.clock.now().duration_since(before).as_secs_f64();
        assert!((10.0..10.1).contains(&waited), "{waited}");
        assert!(setting.kept.warned.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn without_locks_the_store_is_used_all_the_same() {
        let mut setting = Setting::new();
        setting.kept = kept(&setting.clock, NoLocks(setting.store.clone()));
        setting.keep(&login(None), &tokens("alice")).await;
        assert_eq!(setting.find(&login(Some("alice"))).await.0.as_deref(), Some("alice"));
        let source = login(Some("alice"));
        setting.kept.clear(&source.identity, None).await.unwrap();
        assert_eq!(setting.find(&source).await.0, None);
        assert_eq!(setting.clock.now(), Timestamp::UNIX_EPOCH, "nobody waited");
    }

    #[tokio::test]
    async fn a_session_forgets_its_own_tokens_and_those_it_may_read() {
        let setting = Setting::new();
        for user in ["alice", "bob"] {
            setting.keep(&login(None), &tokens(user)).await;
        }
        let kept = &setting.kept;
        kept.clear(&login(None).identity, None).await.unwrap();
        let stranger =
            Login { identity: login(Some("alice")).identity.write_only(), ..login(None) };
        kept.clear(&stranger.identity, None).await.unwrap();
        assert!(setting.find(&login(Some("alice"))).await.0.is_some(), "nothing was shown yet");
        kept.clear(&stranger.identity, Some(&tokens("alice"))).await.unwrap();
        assert_eq!(setting.find(&login(Some("alice"))).await.0, None);
        kept.clear(&login(Some("bob@tacc")).identity, None).await.unwrap();
        assert_eq!(setting.find(&login(Some("bob"))).await.0, None);
    }

    #[tokio::test]
    async fn tokens_that_have_been_forgotten_meanwhile_are_not_kept() {
        let setting = Setting::new();
        let source = login(Some("alice"));
        setting.kept.keep(&source.identity, None, &tokens("alice"), || false).await;
        assert_eq!(setting.find(&source).await.0, None);
    }
}
