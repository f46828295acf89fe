//! Where tokens come from.

use std::fmt;
use std::time::Duration;

use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::{AccessToken, Secret};

/// A way to log in.
///
/// Implement it for a way that this project does not know; whatever gives an access token will do.
/// The session asks when it needs a token, one question at a time however many calls are waiting,
/// and keeps the answer until it is about to expire.
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// The name of the grant, for error messages.
    fn grant(&self) -> &'static str;

    /// Who logs in, and how: tokens are kept for the next process under this name, and only whoever
    /// has the same one finds them. It must hold no secret. The name of the grant by default.
    fn identity(&self) -> String {
        self.grant().to_owned()
    }

    /// Gets tokens: by a refresh token where there is one and the grant allows it, otherwise from
    /// the beginning.
    ///
    /// `session` sends calls that need no token; asking it for one would wait for itself.
    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>>;

    /// Checks what can be checked without sending anything; asked when a session is set up. By
    /// default there is nothing to check.
    ///
    /// # Errors
    /// Settings with which no login can succeed, of kind [`ErrorKind::Input`].
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The token that calls carry.
    pub access: AccessToken,
    /// What the next token can be had with.
    pub refresh: Option<Secret>,
}

impl Tokens {
    /// What a service has just issued: the JWT, how long it lives in seconds, and the refresh
    /// token that came along.
    ///
    /// # Errors
    /// Something that is not a JWT, of kind [`ErrorKind::Decoding`].
    pub fn issued(
        session: &Session,
        jwt: Secret,
        expires_in: Option<i64>,
        refresh: Option<Secret>,
    ) -> Result<Self, Error> {
        let ttl =
            expires_in.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let access = AccessToken::read(jwt, session.now()).map_err(|error| {
            Error::new(ErrorKind::Decoding, "the service issued something else than a token")
                .with_source(error)
        })?;
        Ok(Self { access: access.with_original_ttl(ttl), refresh })
    }
}

/// A token handed in by the program, which nothing can renew.
#[derive(Debug)]
pub struct GivenToken(Secret);

impl GivenToken {
    /// Sends `jwt`. It is read when it is first needed, so that a bad one is not an error before.
    #[must_use]
    pub fn new(jwt: impl Into<Secret>) -> Self {
        Self(jwt.into())
    }
}

impl TokenSource for GivenToken {
    fn grant(&self) -> &'static str {
        "given token"
    }

    fn identity(&self) -> String {
        // Told apart by what it claims, so that the name gives nothing away.
        let claims = AccessToken::read(self.0.clone(), jiff::Timestamp::UNIX_EPOCH);
        let jti = claims.ok().and_then(|token| token.jti().map(str::to_owned));
        format!("given token {}", jti.unwrap_or_default())
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
            let access = AccessToken::read(self.0.clone(), session.now())?;
            Ok(Tokens { access, refresh: None })
        })
    }
}

/// The first source that gives a token; the others wait until it fails.
#[derive(Debug)]
pub struct Chain(Vec<Box<dyn TokenSource>>);

impl Chain {
    /// Tries `sources` in their order.
    #[must_use]
    pub fn new(sources: Vec<Box<dyn TokenSource>>) -> Self {
        Self(sources)
    }
}

impl TokenSource for Chain {
    fn check(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|source| source.check())
    }

    fn grant(&self) -> &'static str {
        "chain"
    }

    fn identity(&self) -> String {
        let each: Vec<String> = self.0.iter().map(|source| source.identity()).collect();
        each.join(", ")
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            let mut failures: Vec<String> = Vec::new();
            let mut last = None;
            for source in &self.0 {
                match source.fetch(session, current).await {
                    Ok(tokens) => return Ok(tokens),
                    Err(error) => {
                        failures.push(format!("{}: {}", source.grant(), error.message()));
                        last = Some(error);
                    }
                }
            }
            let kind = last.as_ref().map_or(ErrorKind::Authentication, Error::kind);
            let error = Error::new(kind, failures.join("; then "));
            Err(match last {
                Some(last) => error.with_source(last),
                None => error,
            })
        })
    }
}
