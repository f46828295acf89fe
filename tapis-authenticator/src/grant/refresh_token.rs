//! The refresh token grant.

use jiff::Timestamp;
use tapis_core::{AccessToken, BoxFuture, Error, Secret, Session, TokenSource, Tokens};

use super::{OAuthClient, by_refresh_token, refresh_of};

/// The refresh token grant: a refresh token that was issued earlier, and the client it was issued
/// to. An access token may be given along; it is used as long as it is good.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    client: OAuthClient,
    refresh: Secret,
    access: Option<Secret>,
}

impl RefreshToken {
    /// Gets access tokens with `refresh_token`.
    #[must_use]
    pub fn new(client: OAuthClient, refresh_token: impl Into<Secret>) -> Self {
        Self { client, refresh: refresh_token.into(), access: None }
    }

    /// Starts with this access token. A bad one is no error: the refresh token replaces it.
    #[must_use]
    pub fn with_access_token(mut self, jwt: impl Into<Secret>) -> Self {
        self.access = Some(jwt.into());
        self
    }
}

impl TokenSource for RefreshToken {
    fn check(&self) -> Result<(), Error> {
        self.client.check()
    }

    fn grant(&self) -> &'static str {
        "refresh_token"
    }

    fn identity(&self) -> String {
        // Whose it is is written in the token; its id tells it from others of the same client.
        let token = AccessToken::read(self.refresh.clone(), Timestamp::UNIX_EPOCH).ok();
        let jti = token.as_ref().and_then(|token| token.jti()).unwrap_or_default();
        format!("refresh_token {} {jti}", self.client.id())
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if current.is_none()
                && let Some(jwt) = &self.access
                && let Ok(access) = AccessToken::read(jwt.clone(), session.now())
                && access.expires_in().is_some_and(|left| !left.is_zero())
            {
                return Ok(Tokens { access, refresh: Some(self.refresh.clone()) });
            }
            let refresh = refresh_of(current).unwrap_or(&self.refresh);
            by_refresh_token(session, &self.client, refresh).await
        })
    }
}
