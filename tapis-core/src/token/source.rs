//! Sources of tokens: logins.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::access::AccessToken;
use super::identity::Identity;
use super::login::Login;
use super::tokens::Tokens;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::secret::Secret;
use crate::session::Session;

/// A login: a source of tokens.
///
/// Implement it for a login that this project does not support; it can obtain an access token in
/// any way. The session calls it when it needs a token, once for all waiting calls, and keeps the
/// result until it is about to expire.
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// The name of the grant, for error messages.
    fn grant(&self) -> &'static str;

    /// The identity of the login: the entry of a [`TokenStore`](crate::TokenStore) for its tokens.
    /// By default it has no user: tokens are written to the store under the user of the token, and
    /// never read from it.
    fn identity(&self) -> Identity {
        Identity::new(self.grant())
    }

    /// Whether a login waits for a person, which can take minutes. Default: `false`. During such a
    /// login the store is not locked, so that other processes do not wait too.
    fn is_interactive(&self) -> bool {
        false
    }

    /// Whether a refused token can be replaced by a new one. Default: `true`.
    fn can_renew(&self) -> bool {
        true
    }

    /// Obtains tokens: with a refresh token if there is one and the grant allows it, otherwise with
    /// a new login.
    ///
    /// `session` sends calls that need no token; requesting its token here would never return. The
    /// future runs on the library's own thread, together with blocking calls, so it must not block:
    /// use tokio's `spawn_blocking`.
    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>>;

    /// Checks the settings without sending anything; called when a session is built. By default
    /// there is nothing to check.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for settings with which no login can succeed.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// An access token obtained elsewhere; it is not renewed and not put into a token store.
#[derive(Debug)]
pub struct StaticToken {
    jwt: Secret,
    user: Option<String>,
}

impl StaticToken {
    /// Uses `jwt`. It is parsed on first use, so an invalid token is not an error here.
    #[must_use]
    pub fn new(jwt: impl Into<Secret>) -> Self {
        Self { jwt: jwt.into(), user: None }
    }

    /// Fails unless the token belongs to the user `name`, given with or without the tenant.
    #[must_use]
    pub fn expect_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }
}

impl Tokens {
    /// The reply of a token service: the JWT, its lifetime in seconds, and the refresh token.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if it is not a JWT.
    pub fn issued(
        session: &Session,
        jwt: Secret,
        expires_in: Option<i64>,
        refresh: Option<Secret>,
    ) -> Result<Self, Error> {
        let ttl =
            expires_in.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let access = AccessToken::read(jwt, session.server_now()).map_err(|error| {
            Error::new(ErrorKind::Decoding, "the service returned no token").with_source(error)
        })?;
        Ok(Self { access: access.with_original_ttl(ttl), refresh })
    }
}

/// A source, in the form that the token cache uses.
#[derive(Debug)]
pub(crate) struct SessionLogin(pub(crate) Arc<dyn TokenSource>);

impl Login<Session> for SessionLogin {
    fn grant(&self) -> &'static str {
        self.0.grant()
    }

    fn identity(&self) -> Identity {
        self.0.identity()
    }

    fn is_interactive(&self) -> bool {
        self.0.is_interactive()
    }

    fn can_renew(&self) -> bool {
        self.0.can_renew()
    }

    /// All callers share the login, so it does not have the options of the call that started it.
    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move { self.0.fetch(&session.plain(), current).await })
    }
}

impl TokenSource for StaticToken {
    fn grant(&self) -> &'static str {
        "access token"
    }

    fn can_renew(&self) -> bool {
        false
    }

    fn identity(&self) -> Identity {
        let identity = Identity::new(self.grant()).not_stored();
        self.user.iter().fold(identity, Identity::with_user)
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if current.is_some() {
                return Err(Error::new(
                    ErrorKind::Authentication,
                    "the access token has expired or was rejected, and there is no way to renew it",
                ));
            }
            let access = AccessToken::read(self.jwt.clone(), session.now())?.supplied_by_caller();
            Tokens { access, refresh: None }.expect_user(self.user.as_deref())
        })
    }
}

/// Whether a source failed without sending anything, because the program's settings are invalid.
fn is_unusable(error: &Error) -> bool {
    error.is_authentication() && !error.maybe_sent() && error.status().is_none()
}

/// A source that tries several sources in order, until one returns a token.
#[derive(Debug)]
pub struct TokenSourceChain(Vec<Box<dyn TokenSource>>);

impl TokenSourceChain {
    /// Tries `sources` in this order.
    #[must_use]
    pub fn new(sources: Vec<Box<dyn TokenSource>>) -> Self {
        Self(sources)
    }
}

impl TokenSource for TokenSourceChain {
    fn check(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|source| source.check())
    }

    fn grant(&self) -> &'static str {
        "chain"
    }

    fn can_renew(&self) -> bool {
        self.0.iter().any(|source| source.can_renew())
    }

    fn identity(&self) -> Identity {
        Identity::of_all(self.0.iter().map(|source| source.identity()))
    }

    fn is_interactive(&self) -> bool {
        self.0.iter().any(|source| source.is_interactive())
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            let mut failures: Vec<String> = Vec::new();
            let mut hopeless = true;
            let mut last = Error::new(ErrorKind::Authentication, "");
            for source in &self.0 {
                match source.fetch(session, current).await {
                    Ok(tokens) => return Ok(tokens),
                    Err(error) => {
                        failures.push(format!("{}: {}", source.grant(), error.message()));
                        hopeless &= error.login_is_hopeless() || is_unusable(&error);
                        last = error;
                    }
                }
            }
            // The error of the last source, with the messages of the others.
            Err(last.with_message(failures.join("; then ")).with_login_is_hopeless(hopeless))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::access::tests::jwt;
    use serde_json::json;

    fn session() -> Session {
        Session::builder("http://127.0.0.1:1").build().unwrap()
    }

    #[test]
    fn tokens_of_a_chain_are_written_if_those_of_any_of_its_sources_are() {
        let given = StaticToken::new("a.b.c").expect_user("jane");
        assert!(!given.identity().is_written());
        assert_eq!(given.identity().reads(), None, "there is nothing to be read");
        let login = Identity::new("password").with_client("cli").with_user("jane");
        let both = Identity::of_all([given.identity(), login].into_iter());
        assert!(both.is_written());
        assert_eq!((both.grant(), both.client()), ("access token, password", Some("cli")));
        assert_eq!(both.reads(), Some("jane"));
    }

    #[tokio::test]
    async fn a_given_token_is_refused_if_it_is_somebody_elses() {
        let jwt = jwt(&json!({"sub": "bob@tacc", "tapis/tenant_id": "tacc"}));
        for (expected, accepted) in [("bob", true), ("bob@tacc", true), ("jane", false)] {
            let source = StaticToken::new(jwt.as_str()).expect_user(expected);
            let outcome = source.fetch(&session(), None).await;
            assert_eq!(outcome.is_ok(), accepted, "{expected}");
            let Err(error) = outcome else { continue };
            assert!(error.is_authentication(), "{error}");
            assert!(error.message().contains("belongs to bob, but jane was expected"), "{error}");
        }
    }
}
