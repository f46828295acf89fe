//! Builds a client.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use tapis_authenticator::{OAuthClient, Password, RefreshToken};
use tapis_core::{
    Clock, Error, ErrorKind, Options, Secret, Session, SessionBuilder, StaticToken, TokenSource,
    TokenStore, Tokens,
};

use crate::{Tapis, token_text};

/// Builds a [`Tapis`] for one tenant and one login. Nothing is sent before the first call.
///
/// ```no_run
/// # fn example() -> Result<(), tapis_client::Error> {
/// use tapis_client::Tapis;
///
/// let t = Tapis::builder("https://tacc.tapis.io").password("username", "password").build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct TapisBuilder {
    session: SessionBuilder,
    password: Option<(String, Secret)>,
    reuse_stored_tokens: bool,
    client: Option<OAuthClient>,
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    source: Option<Box<dyn FnOnce(SessionBuilder) -> SessionBuilder + Send>>,
    #[cfg(feature = "verify")]
    accepted: Option<std::collections::BTreeSet<String>>,
}

impl Tapis {
    /// Starts building a client for the tenant at `base_url`, such as `https://tacc.tapis.io`.
    pub fn builder(base_url: impl Into<String>) -> TapisBuilder {
        TapisBuilder::new(base_url)
    }
}

impl TapisBuilder {
    pub(crate) fn new(base_url: impl Into<String>) -> Self {
        Self {
            session: Session::builder(base_url),
            password: None,
            reuse_stored_tokens: false,
            client: None,
            access_token: None,
            refresh_token: None,
            source: None,
            #[cfg(feature = "verify")]
            accepted: None,
        }
    }

    /// Logs in with a username and a password.
    #[doc(alias = "log in")]
    #[doc(alias = "login")]
    #[doc(alias = "sign in")]
    #[doc(alias = "credentials")]
    pub fn password(mut self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.password = Some((username.into(), password.into()));
        self
    }

    /// Allows a client with a [`password`](Self::password) to use valid tokens of the same user from
    /// the [`token_store`](Self::token_store) instead of a login. The password is then not checked,
    /// so do not use this in a program that authenticates its users. Without it, every client logs
    /// in and writes its tokens to the store.
    pub fn reuse_stored_tokens(mut self) -> Self {
        self.reuse_stored_tokens = true;
        self
    }

    /// Sets the OAuth client for a login with a [`password`](Self::password) or a
    /// [`refresh_token`](Self::refresh_token). With a client, the service also issues refresh tokens.
    #[doc(alias = "client credentials")]
    #[doc(alias = "OAuth client")]
    pub fn client(mut self, id: impl Into<String>, key: impl Into<Secret>) -> Self {
        self.client = Some(OAuthClient::new(id, key));
        self
    }

    /// Uses an access token obtained elsewhere. Surrounding whitespace and quotes and the prefix
    /// `Bearer ` are removed. [`build`](Self::build) checks that it is a JWT; whether it is valid
    /// shows when a call needs it.
    #[doc(alias = "bearer token")]
    #[doc(alias = "JWT")]
    pub fn access_token(mut self, jwt: impl Into<Secret>) -> Self {
        self.access_token = Some(token_text::trimmed(jwt.into()));
        self
    }

    /// Obtains access tokens with a refresh token. Requires the [`client`](Self::client) that it
    /// was issued to. Whitespace, quotes and `Bearer ` are removed, as for an
    /// [`access_token`](Self::access_token).
    #[doc(alias = "refresh token")]
    pub fn refresh_token(mut self, refresh_token: impl Into<Secret>) -> Self {
        self.refresh_token = Some(token_text::trimmed(refresh_token.into()));
        self
    }

    /// Sets any other login; see [`auth`](crate::auth).
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.source = Some(Box::new(|session| session.token_source(source)));
        self
    }

    /// Sets the store that keeps tokens for the next process. The client reads tokens from it only
    /// if it knows the user before the login. With a password it only writes tokens, unless
    /// [`reuse_stored_tokens`](Self::reuse_stored_tokens) is set.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.session = self.session.token_store(store);
        self
    }

    /// Calls `callback` with each new set of tokens, for example to store a rotated refresh token
    /// in a database. Calls that need the tokens wait for it, so it should return soon.
    pub fn on_new_tokens(mut self, callback: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        self.session = self.session.on_new_tokens(callback);
        self
    }

    /// Allows plain http to hosts other than this machine; the token is then sent unencrypted.
    pub fn allow_http(mut self) -> Self {
        self.session = self.session.allow_http();
        self
    }

    /// Sets the options of all calls, such as time limits and retries.
    pub fn options(mut self, options: Options) -> Self {
        self.session = self.session.options(options);
        self
    }

    /// Limits the time to connect. Default: 10 seconds. `None` disables the limit.
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.session = self.session.connect_timeout(limit);
        self
    }

    /// Sets how long an idle connection is kept. Default: 4 seconds, because the router of Tapis
    /// closes idle connections after 5 seconds.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.session = self.session.pool_idle_timeout(limit);
        self
    }

    /// Limits the number of concurrent calls, as in `max_in_flight(16.try_into()?)`. Default: no limit.
    /// Further calls wait; their time limit includes the waiting. A streamed reply counts until it has
    /// been read or dropped.
    #[doc(alias = "concurrency limit")]
    pub fn max_in_flight(mut self, calls: NonZeroUsize) -> Self {
        self.session = self.session.max_in_flight(calls);
        self
    }

    /// Sets the clock; for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.session = self.session.clock(clock);
        self
    }

    /// Changes settings of the HTTP client, such as a proxy or additional root certificates.
    ///
    /// By default, the proxies in the environment are used (`HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY`; the lower-case names only if the upper-case variable is not set
    /// at all), except for plain http to this machine.
    ///
    /// With rustls, the first client with settings installs ring as the process's cryptography
    /// provider if none is installed, because otherwise certificate settings are ignored. Clients
    /// without settings install nothing.
    #[doc(alias = "proxy")]
    #[doc(alias = "user agent")]
    #[doc(alias = "certificate")]
    #[doc(alias = "TLS")]
    pub fn http(
        mut self,
        settings: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.session = self.session.http(settings);
        self
    }

    /// Limits the tenants whose tokens [`Tapis::validate_token`] accepts. Default: all tenants that
    /// the server at the base URL knows. Each call adds tenants. Needs the feature `verify`.
    #[cfg(feature = "verify")]
    pub fn accept_tenants(mut self, tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let accepted = self.accepted.get_or_insert_default();
        accepted.extend(tenants.into_iter().map(Into::into));
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an invalid base URL, for contradictory logins, and for a
    /// token that is not a JWT, such as the text `undefined`. [`ErrorKind::Input`] for a client id
    /// or service name with a colon, which HTTP Basic authentication cannot send.
    pub fn build(self) -> Result<Tapis, Error> {
        let conflict = |why: &str| Err(Error::new(ErrorKind::Configuration, why));
        let given = [
            self.source.is_some(),
            self.password.is_some(),
            self.access_token.is_some() || self.refresh_token.is_some(),
        ];
        if given.iter().filter(|given| **given).count() > 1 {
            return conflict("more than one login is configured; choose one, or chain them");
        }
        if self.client.is_some() && self.password.is_none() && self.refresh_token.is_none() {
            return conflict(
                "an OAuth client needs a password or a refresh token; set one of them",
            );
        }
        let session = self.session;
        let session = match (
            self.source,
            self.password,
            self.access_token,
            self.refresh_token,
            self.client,
        ) {
            (Some(source), ..) => source(session),
            (_, Some((username, password)), _, _, client) => {
                let grant = Password::new(username, password);
                let grant = match self.reuse_stored_tokens {
                    true => grant.reuse_stored_tokens(),
                    false => grant,
                };
                session.token_source(match client {
                    Some(client) => grant.with_client(client),
                    None => grant,
                })
            }
            (_, _, access, Some(refresh), Some(client)) => {
                token_text::check("refresh token", &refresh)?;
                let grant = RefreshToken::new(client, refresh);
                session.token_source(match access {
                    // An invalid access token is not an error here: the refresh token replaces it.
                    Some(jwt) => grant.with_access_token(jwt),
                    None => grant,
                })
            }
            (_, _, _, Some(_), None) => {
                return conflict(
                    "a refresh token needs the id and key of its OAuth client; set them with \
                     client()",
                );
            }
            (_, _, Some(jwt), None, _) => {
                token_text::check("access token", &jwt)?;
                session.token_source(StaticToken::new(jwt))
            }
            (_, _, None, None, _) => session,
        };
        let tapis = Tapis::from_session(session.build()?);
        #[cfg(feature = "verify")]
        let tapis = match self.accepted {
            Some(tenants) => tapis.accepting(tenants),
            None => tapis,
        };
        Ok(tapis)
    }
}

impl fmt::Debug for TapisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapisBuilder").finish_non_exhaustive()
    }
}
