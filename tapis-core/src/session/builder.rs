//! Setting up a session.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
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
use crate::token::{Login, NewTokens, SessionLogin, TokenCache, TokenSource, TokenStore, Tokens};

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
                    let why = "the settings of the HTTP client are invalid";
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
        self.options = self.options.overridden_by(&options);
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
    /// to a client for each runtime that calls through the session. They cannot switch on redirects, which would
    /// carry the token elsewhere, and the client's own retries, which [`Retry`](crate::Retry) decides about.
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
        let source = self.source.map(|source| Arc::new(SessionLogin(source)) as Arc<dyn Login<_>>);
        let (clock, base_url) = (self.clock, base.as_str().to_owned());
        let on_new = self.on_new_tokens;
        let tokens = TokenCache::new(source, self.store, on_new, clock.clone(), base_url);
        Ok(Session {
            shared: Arc::new(Shared {
                base,
                http,
                tokens,
                clock,
                budget: Budget::new(),
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

/// With none allowed, the HTTP client keeps no copy of each request for a second attempt.
fn no_retries() -> reqwest::retry::Builder {
    reqwest::retry::never().max_retries_per_request(0)
}
