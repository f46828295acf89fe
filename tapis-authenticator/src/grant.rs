//! The ways to log in as a user.

use std::time::Duration;

use tapis_core::{AccessToken, BoxFuture, Error, ErrorKind, Secret, Session, TokenSource, Tokens};

use crate::{Client, types};

/// An OAuth client: who asks for tokens on the users' behalf.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    id: String,
    key: Secret,
}

impl OAuthClient {
    /// The client `id` with its secret key.
    #[must_use]
    pub fn new(id: impl Into<String>, key: impl Into<Secret>) -> Self {
        Self { id: id.into(), key: key.into() }
    }
}

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
    fn grant(&self) -> &'static str {
        "password"
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            let refresh = current.and_then(|tokens| tokens.refresh.as_ref());
            if let (Some(client), Some(refresh)) = (&self.client, refresh) {
                match by_refresh_token(session, client, refresh).await {
                    // The refresh token has expired or was revoked; the password still counts.
                    Err(error) if error.is_authentication() => {}
                    outcome => return outcome,
                }
            }
            let body = types::NewToken::builder()
                .grant_type("password")
                .username(&self.username)
                .password(&self.password);
            create_token(session, body, self.client.as_ref()).await
        })
    }
}

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
    fn grant(&self) -> &'static str {
        "refresh_token"
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
            let refresh =
                current.and_then(|tokens| tokens.refresh.as_ref()).unwrap_or(&self.refresh);
            by_refresh_token(session, &self.client, refresh).await
        })
    }
}

async fn by_refresh_token(
    session: &Session,
    client: &OAuthClient,
    refresh: &Secret,
) -> Result<Tokens, Error> {
    let body = types::NewToken::builder().grant_type("refresh_token").refresh_token(refresh);
    let mut tokens = create_token(session, body, Some(client)).await?;
    // The service gives a new one with each answer; were it to give none, the old one stays good.
    tokens.refresh.get_or_insert_with(|| refresh.clone());
    Ok(tokens)
}

/// `POST /v3/oauth2/tokens`
async fn create_token(
    session: &Session,
    body: types::builder::NewToken,
    client: Option<&OAuthClient>,
) -> Result<Tokens, Error> {
    let mut call = Client::new(session).create_token().body(body);
    if let Some(client) = client {
        call = call.with_basic_auth(&client.id, &client.key);
    }
    let response = call.await?;
    let issued = response.access_token;
    let ttl =
        issued.expires_in.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let access = AccessToken::read(issued.access_token, session.now())
        .map_err(|error| {
            Error::new(ErrorKind::Decoding, "the service issued something else").with_source(error)
        })?
        .with_original_ttl(ttl);
    Ok(Tokens { access, refresh: response.refresh_token.and_then(|issued| issued.refresh_token) })
}
