//! The password grant.

use tapis_core::{BoxFuture, Error, Secret, Session, TokenSource, Tokens};

use super::{OAuthClient, create_token, refresh_of, renewed};
use crate::types;

/// The password grant: a username and a password.
///
/// With an OAuth client the service also gives a refresh token, and the next access tokens are had
/// with that; the password is used again only when the refresh token is refused.
#[derive(Clone, Debug)]
pub struct Password {
    username: String,
    password: Secret,
    client: Option<OAuthClient>,
}

impl Password {
    /// Logs in as `username`.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self { username: username.into(), password: password.into(), client: None }
    }

    /// Logs in by way of an OAuth client.
    #[must_use]
    pub fn with_client(mut self, client: OAuthClient) -> Self {
        self.client = Some(client);
        self
    }
}

impl TokenSource for Password {
    fn check(&self) -> Result<(), Error> {
        self.client.as_ref().map_or(Ok(()), OAuthClient::check)
    }

    fn grant(&self) -> &'static str {
        "password"
    }

    fn identity(&self) -> String {
        let client = self.client.as_ref().map(OAuthClient::id).unwrap_or_default();
        format!("password {} {client}", self.username)
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if let (Some(client), Some(refresh)) = (&self.client, refresh_of(current))
                && let Some(tokens) = renewed(session, client, refresh).await?
            {
                return Ok(tokens);
            }
            let body = types::NewToken::builder()
                .grant_type("password")
                .username(&self.username)
                .password(&self.password);
            create_token(session, body, self.client.as_ref()).await
        })
    }
}
