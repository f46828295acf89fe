//! The session: one base URL, one connection pool and one set of tokens, shared by all clients.

mod builder;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AGE, DATE, HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base_url::BaseUrl;
use crate::clock::{BoxFuture, Clock, within};
use crate::error::Error;
use crate::http_clients::Clients;
use crate::options::Options;
use crate::retry::{Budget, Retry};
use crate::token::{AccessToken, TokenCache, TokenInfo, Tokens};

pub use builder::SessionBuilder;

/// A session, used by all service clients. A cheap handle: clones share everything.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    options: Arc<Options>,
    /// Values that service clients store, one of each type.
    remembered: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
}

struct Shared {
    base: BaseUrl,
    http: Arc<Clients>,
    tokens: Arc<TokenCache<Session>>,
    clock: Arc<dyn Clock>,
    budget: Arc<Budget>,
    options: Arc<Options>,
    last_date: Mutex<Option<HeaderValue>>,
    /// Whether the session has received any reply.
    reached: AtomicBool,
    /// One permit for each concurrent call.
    in_flight: Option<Arc<Semaphore>>,
}

impl Session {
    /// The base URL, without `/v3` and the last slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// Returns the access token; logs in or renews it if needed.
    ///
    /// # Errors
    /// The login fails, or no login is configured.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        let tokens = self.shared.tokens.get(self).await?;
        Ok(tokens.access.at(self.server_now()))
    }

    /// Obtains new tokens from the server, even if the session has tokens, and returns a
    /// description of them. Uses the refresh token that this session obtained, or else logs in
    /// again; never reads the token store. A person who has logged in is not asked again: if there
    /// is no refresh token, valid tokens are kept.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) if the login fails or none
    /// is configured, and the kinds of any call, such as `Connection` and `Server`.
    pub async fn get_tokens(&self) -> Result<TokenInfo, Error> {
        let tokens = self.shared.tokens.ask(self).await?;
        Ok(TokenInfo::from(&*tokens))
    }

    /// The same session with `options` for all its calls.
    #[must_use]
    pub fn with_options(&self, options: Options) -> Self {
        // Stored values may be valid only for one tenant or user.
        let (shared, remembered) = (self.shared.clone(), Arc::default());
        Self { shared, options: Arc::new(self.options.overridden_by(&options)), remembered }
    }

    /// The value of type `T` that all clones of this session share, created on first use; for
    /// service clients that remember results. A session with other [options](Self::with_options)
    /// has its own values.
    #[doc(hidden)]
    #[must_use]
    pub fn remembered<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let value = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // It has that type, because nothing else is stored under its type id.
        Arc::clone(value).downcast().unwrap_or_default()
    }

    /// The present tokens, valid or not; sends nothing.
    #[must_use]
    pub fn cached_tokens(&self) -> Option<Tokens> {
        self.shared.tokens.present().map(|tokens| Tokens::clone(&tokens))
    }

    /// Deletes the tokens, in memory and in the store, so that the next call logs in again.
    ///
    /// # Errors
    /// The store fails; the tokens in memory are deleted in any case.
    pub async fn forget_tokens(&self) -> Result<(), Error> {
        self.shared.tokens.forget().await
    }

    /// The same session on behalf of `user` in `tenant`; only a service can do this. With a user's
    /// token, calls fail before they are sent.
    #[must_use]
    pub fn on_behalf_of(&self, user: &str, tenant: &str) -> Self {
        self.with_options(
            Options::new().with_header("x-tapis-user", user).with_header("x-tapis-tenant", tenant),
        )
    }

    /// The same session in `tenant`, as the service itself; only a service can do this.
    #[must_use]
    pub fn in_tenant(&self, tenant: &str) -> Self {
        self.with_options(Options::new().with_header("x-tapis-tenant", tenant))
    }

    /// The session as it was set up, without the options of a view.
    pub(crate) fn plain(&self) -> Self {
        let (shared, options) = (self.shared.clone(), self.shared.options.clone());
        Self { shared, options, remembered: Arc::default() }
    }

    /// The present tokens, or those in the store that the session may read, valid or not; sends
    /// nothing.
    pub async fn stored_tokens(&self) -> Option<Tokens> {
        let kept = self.shared.tokens.kept().await;
        kept.map(|tokens| Tokens::clone(&tokens))
    }

    pub(crate) fn base(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// The HTTP client of the runtime that this code runs on.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) outside of a runtime.
    pub(crate) fn http(&self) -> Result<reqwest::Client, Error> {
        self.shared.http.here()
    }

    pub(crate) fn tokens(&self) -> &Arc<TokenCache<Self>> {
        &self.shared.tokens
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.shared.budget
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Waits for a concurrency permit, if the number of concurrent calls is limited.
    pub(crate) fn permit(
        &self,
    ) -> Option<impl Future<Output = Option<OwnedSemaphorePermit>> + Send + 'static> {
        let semaphore = self.shared.in_flight.clone()?;
        // The semaphore is never closed, so every caller gets a permit.
        Some(async { semaphore.acquire_owned().await.ok() })
    }

    /// The present time, by the session's own clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The time since an arbitrary origin, by the session's own clock; for measuring durations.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// The present time by the services' clock, as far as known from their replies.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.shared.tokens.by_server(self.now())
    }

    /// The retry policy, if the session or the view overrides the default.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.options.retry().clone()
    }

    /// The result of `work`, or `None` once `limit` has passed on the session's own clock.
    pub async fn within<T>(&self, limit: Duration, work: BoxFuture<'_, T>) -> Option<T> {
        within(self.clock(), Some(limit), work).await
    }

    /// Sleeps on the session's own clock.
    pub async fn sleep(&self, duration: Duration) {
        self.shared.clock.sleep(duration).await;
    }

    /// Whether the session has received any reply, so that the base URL is known to be correct.
    pub(crate) fn reached(&self) -> bool {
        self.shared.reached.load(Ordering::Relaxed)
    }

    /// Records the `Date` of a reply, which shows the difference between the clocks.
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        if !self.reached() {
            self.shared.reached.store(true, Ordering::Relaxed);
        }
        let Some(date) = headers.get(DATE) else { return };
        let mut last = self.shared.last_date.lock().unwrap_or_else(PoisonError::into_inner);
        // The header changes once per second, and parsing it is the expensive part. A reply with an
        // age comes from a cache, and its date is older.
        if last.as_ref() == Some(date) || headers.contains_key(AGE) {
            return;
        }
        let time = date.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok());
        let time = time.and_then(|time| Timestamp::try_from(time).ok());
        let settled = time.is_none_or(|time| self.shared.tokens.observe(time, self.now()));
        *last = settled.then(|| date.clone());
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
