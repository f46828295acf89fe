//! The session: one address, one connection pool, one set of tokens, shared by every client.

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

/// What every service client goes through. A cheap handle: clones share everything.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    options: Arc<Options>,
    /// What the clients of services remember, one value of each type.
    remembered: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
}

struct Shared {
    base: BaseUrl,
    http: Clients,
    tokens: Arc<TokenCache<Session>>,
    clock: Arc<dyn Clock>,
    budget: Budget,
    options: Arc<Options>,
    last_date: Mutex<Option<HeaderValue>>,
    /// Whether any reply has ever come.
    reached: AtomicBool,
    /// A permit for each call in flight.
    in_flight: Option<Arc<Semaphore>>,
}

impl Session {
    /// The address, without `/v3` and the last slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// The access token, fetched or renewed if need be.
    ///
    /// # Errors
    /// A login that fails, or no way to log in.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        let tokens = self.shared.tokens.get(self).await?;
        Ok(tokens.access.at(self.server_now()))
    }

    /// Obtains new tokens from the server, even where there are tokens already, and returns a
    /// description of them. It uses the refresh token that this session obtained, or else logs in from
    /// the beginning, and never the token store. A person who has logged in is not asked again: where
    /// there is no refresh token either, the tokens that are there stay as long as they are valid.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) for a login that fails or no way to log in, and the kinds of
    /// any call, such as `Connection` and `Server`.
    pub async fn get_tokens(&self) -> Result<TokenInfo, Error> {
        let tokens = self.shared.tokens.ask(self).await?;
        Ok(TokenInfo::from(&*tokens))
    }

    /// The same session with `options` for every call made through it.
    #[must_use]
    pub fn with_options(&self, options: Options) -> Self {
        // What was learned may be true of another tenant or user alone.
        let (shared, remembered) = (self.shared.clone(), Arc::default());
        Self { shared, options: Arc::new(self.options.overridden_by(&options)), remembered }
    }

    /// The one value of type `T` that all clones of this session share, made when it is first asked
    /// for; for clients of services that remember what they have learned. A session with other
    /// [options](Self::with_options) has values of its own.
    #[doc(hidden)]
    #[must_use]
    pub fn remembered<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let value = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // It is of that type, since nothing else is kept below its name.
        Arc::clone(value).downcast().unwrap_or_default()
    }

    /// The tokens that are there now, valid or not; nothing is fetched.
    #[must_use]
    pub fn cached_tokens(&self) -> Option<Tokens> {
        self.shared.tokens.present().map(|tokens| Tokens::clone(&tokens))
    }

    /// Forgets the tokens, in memory and in the store, so that the next call logs in anew.
    ///
    /// # Errors
    /// A store that fails; the tokens in memory are gone all the same.
    pub async fn forget_tokens(&self) -> Result<(), Error> {
        self.shared.tokens.forget().await
    }

    /// The same session on behalf of `user` in `tenant`, which only a service may do. Calls through
    /// it fail before they are sent when the session's token is a user's.
    #[must_use]
    pub fn on_behalf_of(&self, user: &str, tenant: &str) -> Self {
        self.with_options(
            Options::new().with_header("x-tapis-user", user).with_header("x-tapis-tenant", tenant),
        )
    }

    /// The same session in `tenant`, as the service itself, which only a service may do.
    #[must_use]
    pub fn in_tenant(&self, tenant: &str) -> Self {
        self.with_options(Options::new().with_header("x-tapis-tenant", tenant))
    }

    /// The session as it was set up, without the options of a view.
    pub(crate) fn plain(&self) -> Self {
        let (shared, options) = (self.shared.clone(), self.shared.options.clone());
        Self { shared, options, remembered: Arc::default() }
    }

    /// The tokens that are there, or those in the store that the session may read, valid or not;
    /// nothing is fetched.
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

    /// Leave to send, to be waited for, where the number of calls in flight is limited.
    pub(crate) fn permit(
        &self,
    ) -> Option<impl Future<Output = Option<OwnedSemaphorePermit>> + Send + 'static> {
        let semaphore = self.shared.in_flight.clone()?;
        // It is never closed, so that there is a permit for everybody who waits.
        Some(async { semaphore.acquire_owned().await.ok() })
    }

    /// The present time by the session's own clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The time since an arbitrary origin by the session's own clock; durations are measured by it.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// The present time by the services' clock, as far as their replies have shown it.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.shared.tokens.by_server(self.now())
    }

    /// When the session's calls are tried again, as far as it was set up or the view says otherwise
    /// than the default.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.options.retry().clone()
    }

    /// What `work` gives, or `None` once `limit` has passed on the session's own clock.
    pub async fn within<T>(&self, limit: Duration, work: BoxFuture<'_, T>) -> Option<T> {
        within(self.clock(), Some(limit), work).await
    }

    /// Waits on the session's own clock.
    pub async fn sleep(&self, duration: Duration) {
        self.shared.clock.sleep(duration).await;
    }

    /// Whether any reply has ever come, so that the base URL is known to be right.
    pub(crate) fn reached(&self) -> bool {
        self.shared.reached.load(Ordering::Relaxed)
    }

    /// Takes note of a reply: its `Date` says how far the service's clock is from ours.
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        if !self.reached() {
            self.shared.reached.store(true, Ordering::Relaxed);
        }
        let Some(date) = headers.get(DATE) else { return };
        let mut last = self.shared.last_date.lock().unwrap_or_else(PoisonError::into_inner);
        // It changes once in a second, and reading it is the costly part. A reply with an age was
        // kept by a cache, and its date is of another time.
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
