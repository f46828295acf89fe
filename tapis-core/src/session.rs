//! The session: one address, one connection pool, one set of tokens, shared by every client.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AGE, DATE, HeaderMap, HeaderValue};
use reqwest::redirect;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base_url::BaseUrl;
use crate::clock::{BoxFuture, Clock, SystemClock, within};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::http_clients::{Clients, Make};
use crate::http_setup;
use crate::options::Options;
use crate::retry::{Budget, Retry};
use crate::token::{AccessToken, NewTokens, TokenCache, TokenSource, TokenStore, Tokens};

/// What every service client goes through. A cheap handle: clones share everything.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    options: Arc<Options>,
}

struct Shared {
    base: BaseUrl,
    http: Clients,
    tokens: TokenCache,
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
    /// Starts setting up a session with the Tapis at `base_url`.
    pub fn builder(base_url: impl Into<String>) -> SessionBuilder {
        SessionBuilder {
            base_url: base_url.into(),
            any_http: false,
            source: None,
            store: None,
            on_new_tokens: None,
            clock: Arc::new(SystemClock),
            options: Options::default(),
            limits: Limits::default(),
            in_flight: None,
            http: Box::new(|builder| builder),
            customised: false,
        }
    }

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

    /// New tokens from the server, even where there are tokens already: by the refresh token of the ones that
    /// this session obtained, or else by logging in from the beginning. The token store is not asked.
    /// A person who has logged in is not asked again: where there is no refresh token either, the
    /// tokens that are there are returned as long as they are valid.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] for a login that fails or no way to log in, and the kinds of
    /// any call, such as `Connection` and `Server`.
    pub async fn get_tokens(&self) -> Result<AccessToken, Error> {
        let tokens = self.shared.tokens.ask(self).await?;
        Ok(tokens.access.at(self.server_now()))
    }

    /// The same session with `options` for every call made through it.
    #[must_use]
    pub fn with_options(&self, options: Options) -> Self {
        Self { shared: self.shared.clone(), options: Arc::new(self.options.overlaid(&options)) }
    }

    /// The tokens that are there now, valid or not; nothing is fetched.
    #[must_use]
    pub fn present_tokens(&self) -> Option<Tokens> {
        self.shared.tokens.present().map(|tokens| Tokens::clone(&tokens))
    }

    /// Forgets the tokens, in memory and in the store, so that the next call logs in anew.
    ///
    /// # Errors
    /// A store that fails; the tokens in memory are gone all the same.
    pub async fn forget_tokens(&self) -> Result<(), Error> {
        self.shared.tokens.forget(self).await
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
        Self { shared: self.shared.clone(), options: self.shared.options.clone() }
    }

    /// The tokens that are there, or those in the store that the session may read, valid or not;
    /// nothing is fetched.
    pub async fn kept_tokens(&self) -> Option<Tokens> {
        let kept = self.shared.tokens.kept(self).await;
        kept.map(|tokens| Tokens::clone(&tokens))
    }

    pub(crate) fn base(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// The HTTP client of the runtime that this code runs on.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] outside of a runtime.
    pub(crate) fn http(&self) -> Result<Cow<'_, reqwest::Client>, Error> {
        self.shared.http.here()
    }

    pub(crate) fn tokens(&self) -> &TokenCache {
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

    /// The moment by the session's own clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The time since an arbitrary origin by the session's own clock; durations are measured by it.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// The moment by the clock of the services, as far as their replies have told it.
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

/// Time limits of connections.
#[derive(Debug, Clone, Copy)]
struct Limits {
    connect: Option<Duration>,
    pool_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            // The router closes idle connections after five seconds; a request that meets the
            // closing may or may not have arrived.
            pool_idle: Duration::from_secs(4),
        }
    }
}

impl Limits {
    /// How clients of the Tapis at `base` are made: with these limits, the settings of the program,
    /// if it is `customised`, and without what this library decides about.
    fn client(self, base: BaseUrl, settings: HttpSettings, customised: bool) -> Make {
        let shared = http_setup::Shared::default();
        Box::new(move |builder| {
            let mut builder = http_setup::prepared(builder, &base, customised, &shared)?
                .user_agent(concat!("tapis-rust-sdk/", env!("CARGO_PKG_VERSION")))
                .pool_idle_timeout(self.pool_idle);
            if let Some(limit) = self.connect {
                builder = builder.connect_timeout(limit);
            }
            settings(builder)
                .redirect(redirect::Policy::none())
                .retry(no_retries())
                .referer(false)
                .build()
                .map_err(|error| {
                    let why = "the HTTP client refuses its settings";
                    Error::new(ErrorKind::Configuration, why).with_source(error.without_url())
                })
        })
    }
}

/// A change to the HTTP client's own settings.
type HttpSettings = Box<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Sets up a [`Session`].
#[must_use]
pub struct SessionBuilder {
    base_url: String,
    any_http: bool,
    source: Option<Arc<dyn TokenSource>>,
    store: Option<Arc<dyn TokenStore>>,
    on_new_tokens: Option<NewTokens>,
    clock: Arc<dyn Clock>,
    options: Options,
    limits: Limits,
    in_flight: Option<NonZeroUsize>,
    http: HttpSettings,
    /// Whether the program has settings of its own.
    customised: bool,
}

impl SessionBuilder {
    /// How the session logs in.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Where tokens are kept when the process ends, and looked for when it begins: those of the
    /// user whom the source's [`identity`](TokenSource::identity) names.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Called with every new set of tokens, so that a program can keep them where it wants. It is
    /// called by the renewal and should return soon.
    pub fn on_new_tokens(mut self, tell: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        self.on_new_tokens = Some(Arc::new(tell));
        self
    }

    /// Allows plain http to hosts other than this machine, over which the token can be read.
    pub fn allow_http(mut self) -> Self {
        self.any_http = true;
        self
    }

    /// Options of every call.
    pub fn options(mut self, options: Options) -> Self {
        self.options = self.options.overlaid(&options);
        self
    }

    /// How long connecting may take; 10 seconds by default, `None` for no limit.
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.connect = limit;
        self
    }

    /// How long an idle connection is kept; 4 seconds by default, a second less than Tapis's router
    /// keeps it.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.limits.pool_idle = limit;
        self
    }

    /// How many calls may be in flight at once; others wait for their turn, within their own time
    /// limit. No limit by default. A streamed reply is in flight until it has been read or dropped.
    pub fn max_in_flight(mut self, calls: NonZeroUsize) -> Self {
        self.in_flight = Some(calls);
        self
    }

    /// Where the session takes the time from; for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Settings of the HTTP client: a proxy, extra root certificates and the like. They are applied
    /// to a client for each runtime that calls through the session. Redirects,
    /// which would carry the token elsewhere, and attempts of its own, which [`Retry`](crate::Retry)
    /// decides about, stay off whatever is set here.
    ///
    /// Without a proxy set here, those that the environment names are used (`HTTPS_PROXY`,
    /// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; in lower case only where there is none in upper case,
    /// not even an empty one), except for plain http to this machine.
    ///
    /// With rustls, the first session with settings installs ring as the process's provider of
    /// cryptography if none is installed, because only then settings of certificates are heeded.
    /// Sessions without settings install nothing.
    pub fn http(
        mut self,
        settings: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let before = self.http;
        self.http = Box::new(move |builder| settings(before(builder)));
        self.customised = true;
        self
    }

    /// The session. Nothing is sent.
    ///
    /// # Errors
    /// A base URL that cannot work, options that cannot be sent, or settings that the HTTP client
    /// refuses; all of kind [`ErrorKind::Configuration`]. A way to log in that
    /// [cannot succeed](TokenSource::check), of kind [`ErrorKind::Input`].
    pub fn build(self) -> Result<Session, Error> {
        let base = BaseUrl::parse(&self.base_url, self.any_http)?;
        if let Some(why) = &self.options.rejected {
            return Err(Error::new(ErrorKind::Configuration, why.clone()));
        }
        self.source.as_ref().map_or(Ok(()), |source| source.check())?;
        let http = Clients::new(self.limits.client(base.clone(), self.http, self.customised))?;
        let options = Arc::new(self.options);
        Ok(Session {
            shared: Arc::new(Shared {
                base,
                http,
                tokens: TokenCache::new(self.source, self.store, self.on_new_tokens),
                clock: self.clock,
                budget: Budget::new(),
                options: options.clone(),
                last_date: Mutex::default(),
                reached: AtomicBool::new(false),
                in_flight: self
                    .in_flight
                    .map(|calls| Arc::new(Semaphore::new(calls.get().min(Semaphore::MAX_PERMITS)))),
            }),
            options,
        })
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").finish_non_exhaustive()
    }
}

/// With none allowed, the HTTP client keeps no copy of each request for a second attempt.
fn no_retries() -> reqwest::retry::Builder {
    reqwest::retry::never().max_retries_per_request(0)
}
