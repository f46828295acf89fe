//! The refresh token grant.

use tapis_core::{AccessToken, BoxFuture, Error, Identity, Secret, Session, TokenSource, Tokens};

use super::{OAuthClient, by_refresh_token, identity, refresh_of, renewed};

/// The refresh token grant: a refresh token and the client that it was issued to. An access token
/// can be added; it is used as long as it is valid.
///
/// With a token store, the tokens are written for the user of the token. They are read only with
/// [`expect_user`](Self::expect_user), because the user in a refresh token is not trusted before
/// the service has accepted it.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    client: OAuthClient,
    refresh: Secret,
    access: Option<Secret>,
    user: Option<String>,
}

impl RefreshToken {
    /// Obtains access tokens with `refresh_token`.
    #[doc(alias = "refresh token")]
    #[must_use]
    pub fn new(client: OAuthClient, refresh_token: impl Into<Secret>) -> Self {
        Self { client, refresh: refresh_token.into(), access: None, user: None }
    }

    /// Starts with this access token. An invalid token is no error: the refresh token replaces it.
    #[must_use]
    pub fn with_access_token(mut self, jwt: impl Into<Secret>) -> Self {
        self.access = Some(jwt.into());
        self
    }

    /// Fails unless the user is `name`, given with or without the tenant. Valid tokens of this user
    /// in the token store are used instead of the given ones.
    #[must_use]
    pub fn expect_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    async fn log_in(&self, session: &Session, current: Option<&Tokens>) -> Result<Tokens, Error> {
        if current.is_none()
            && let Some(jwt) = &self.access
            && let Ok(access) = AccessToken::read(jwt.clone(), session.now())
            && access.expires_in().is_some_and(|left| !left.is_zero())
        {
            let access = access.supplied_by_caller();
            return Ok(Tokens::new(access).with_refresh(self.refresh.clone()));
        }
        // Stored tokens can be older than the ones that the program supplied.
        if let Some(refresh) = refresh_of(current).filter(|refresh| **refresh != self.refresh)
            && let Some(tokens) = renewed(session, &self.client, refresh).await?
        {
            return Ok(tokens);
        }
        by_refresh_token(session, &self.client, &self.refresh).await
    }
}

impl TokenSource for RefreshToken {
    fn check(&self) -> Result<(), Error> {
        self.client.check()
    }

    fn grant(&self) -> &'static str {
        "refresh_token"
    }

    fn identity(&self) -> Identity {
        identity(self.grant(), Some(self.client.id()), self.user.as_deref())
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(
            async move { self.log_in(session, current).await?.expect_user(self.user.as_deref()) },
        )
    }
}
