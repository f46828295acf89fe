//! The builder of a session, and a session with another token.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::redirect;
use tokio::sync::Semaphore;

use super::{Session, Shared};
use crate::base_url::BaseUrl;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::http_clients::{Clients, Make};
use crate::http_setup;
use crate::options::Options;
use crate::retry::Budget;
use crate::secret::Secret;
use crate::token::{
    Login, NewTokens, SessionLogin, StaticToken, TokenCache, TokenSource, TokenStore, Tokens,
};

impl Session {
    /// Starts building a session for the Tapis server at `base_url`.
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

    /// A session with the access token `jwt`, as [`StaticToken`] takes it, and with the connections,
    /// the budget of retries and the options of this one, but not [on behalf of](Self::on_behalf_of) a user or in another
    /// tenant. It shares no login and no token store.
    #[must_use]
    pub fn with_access_token(&self, jwt: impl Into<Secret>) -> Self {
        let Shared { base, http, clock, budget, options, reached, in_flight, .. } = &*self.shared;
        let login: Arc<dyn Login<Self>> = Arc::new(SessionLogin(Arc::new(StaticToken::new(jwt))));
        let address = base.as_str().to_owned();
        let shared = Shared {
            base: base.clone(),
            http: http.clone(),
            tokens: TokenCache::new(Some(login), None, None, clock.clone(), address)
                .with_clock_of(&self.shared.tokens),
            clock: clock.clone(),
            budget: budget.clone(),
            options: Arc::new(options.as_oneself()),
            last_date: Mutex::default(),
            reached: AtomicBool::new(reached.load(Ordering::Relaxed)),
            in_flight: in_flight.clone(),
        };
        let options = Arc::new(self.options.as_oneself());
        Self { shared: Arc::new(shared), options, remembered: Arc::default() }
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
    /// Creates clients of the server at `base`, with these limits, the settings of the program if
    /// it is `customised`, and the settings that this library controls.
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
                    let why = "the settings of the HTTP client are invalid";
                    Error::new(ErrorKind::Configuration, why).with_source(error.without_url())
                })
        })
    }
}

/// A change to the HTTP client's own settings.
type HttpSettings = Box<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Builds a [`Session`].
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
    /// Sets the login of the session.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Sets the store that keeps tokens for the next process. The session reads only the tokens of
    /// the user that the source's [`identity`](TokenSource::identity) names.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Calls `callback` with each new set of tokens, for example to store them. The renewal runs
    /// it, so it should return soon.
    pub fn on_new_tokens(mut self, callback: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        self.on_new_tokens = Some(Arc::new(callback));
        self
    }

    /// Allows plain http to hosts other than this machine; the token is then sent unencrypted.
    pub fn allow_http(mut self) -> Self {
        self.any_http = true;
        self
    }

    /// Sets the options of all calls.
    pub fn options(mut self, options: Options) -> Self {
        self.options = self.options.overridden_by(&options);
        self
    }

    /// Limits the time for connecting. Default: 10 seconds. `None` means no limit.
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.connect = limit;
        self
    }

    /// Sets how long an idle connection is kept. Default: 4 seconds, one second less than Tapis's
    /// router keeps it.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.limits.pool_idle = limit;
        self
    }

    /// Limits the number of concurrent calls; further calls wait within their own time limit.
    /// Default: no limit. A streamed reply counts until it has been read or dropped.
    pub fn max_in_flight(mut self, calls: NonZeroUsize) -> Self {
        self.in_flight = Some(calls);
        self
    }

    /// Sets the clock; for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Changes settings of the HTTP client, such as a proxy or additional root certificates. The
    /// function runs for the client of each runtime that uses the session. It cannot enable
    /// redirects, which would send the token elsewhere, or the client's own retries, which
    /// [`Retry`](crate::Retry) controls.
    ///
    /// By default, the proxies in the environment are used (`HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY`; the lower-case names only if the upper-case variable is not set
    /// at all), except for plain http to this machine.
    ///
    /// With rustls, the first session with settings installs ring as the process's cryptography
    /// provider if none is installed, because otherwise certificate settings are ignored. Sessions
    /// without settings install nothing.
    pub fn http(
        mut self,
        settings: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let before = self.http;
        self.http = Box::new(move |builder| settings(before(builder)));
        self.customised = true;
        self
    }

    /// Builds the session. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an invalid base URL, options that cannot be sent, or
    /// invalid settings of the HTTP client. [`ErrorKind::Input`] for a login that [cannot
    /// succeed](TokenSource::check).
    pub fn build(self) -> Result<Session, Error> {
        let base = BaseUrl::parse(&self.base_url, self.any_http)?;
        if let Some(why) = &self.options.rejected {
            return Err(Error::new(ErrorKind::Configuration, why.clone()));
        }
        self.source.as_ref().map_or(Ok(()), |source| source.check())?;
        let http = Clients::new(self.limits.client(base.clone(), self.http, self.customised))?;
        let options = Arc::new(self.options);
        let source = self.source.map(|source| Arc::new(SessionLogin(source)) as Arc<dyn Login<_>>);
        let (clock, base_url) = (self.clock, base.as_str().to_owned());
        let on_new = self.on_new_tokens;
        let tokens = TokenCache::new(source, self.store, on_new, clock.clone(), base_url);
        Ok(Session {
            shared: Arc::new(Shared {
                base,
                http: Arc::new(http),
                tokens,
                clock,
                budget: Arc::new(Budget::new()),
                options: options.clone(),
                last_date: Mutex::default(),
                reached: AtomicBool::new(false),
                in_flight: self
                    .in_flight
                    .map(|calls| Arc::new(Semaphore::new(calls.get().min(Semaphore::MAX_PERMITS)))),
            }),
            options,
            remembered: Arc::default(),
        })
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").finish_non_exhaustive()
    }
}

/// Without allowed retries, the HTTP client keeps no copy of a request for a second attempt.
fn no_retries() -> reqwest::retry::Builder {
    reqwest::retry::never().max_retries_per_request(0)
}
