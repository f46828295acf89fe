//! The password grant.

use tapis_core::{BoxFuture, Error, ErrorKind, Identity, Secret, Session, TokenSource, Tokens};

use super::{OAuthClient, Resend, create_token, identity, refresh_of, renewed};
use crate::types;

/// The password grant: a username and a password.
///
/// With an OAuth client the service also issues a refresh token, which obtains the next access
/// tokens; the password is used again only if the refresh token is refused.
///
/// With a token store, every session logs in and writes its tokens to the store. It does not read
/// them, because then a username and any password would be enough. See
/// [`reuse_stored_tokens`](Self::reuse_stored_tokens).
#[derive(Clone, Debug)]
pub struct Password {
    username: String,
    password: Secret,
    client: Option<OAuthClient>,
    reuse: bool,
}

impl Password {
    /// Logs in as `username`.
    #[doc(alias = "username")]
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self { username: username.into(), password: password.into(), client: None, reuse: false }
    }

    /// Logs in with an OAuth client.
    #[must_use]
    pub fn with_client(mut self, client: OAuthClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Uses valid tokens of the user from the token store instead of a login. The password is then
    /// not checked: only for programs of one person, not for programs that authenticate their
    /// users.
    #[must_use]
    pub fn reuse_stored_tokens(mut self) -> Self {
        self.reuse = true;
        self
    }
}

impl TokenSource for Password {
    fn check(&self) -> Result<(), Error> {
        // The service refuses both with a message about missing data.
        for (what, value) in
            [("username", self.username.as_str()), ("password", self.password.expose_secret())]
        {
            if value.is_empty() {
                return Err(Error::new(ErrorKind::Input, format!("the {what} is empty")));
            }
        }
        self.client.as_ref().map_or(Ok(()), OAuthClient::check)
    }

    fn grant(&self) -> &'static str {
        "password"
    }

    fn identity(&self) -> Identity {
        let client = self.client.as_ref().map(OAuthClient::id);
        let identity = identity(self.grant(), client, Some(&self.username));
        if self.reuse { identity } else { identity.write_only() }
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
            let body =
                types::NewToken::new("password").username(&self.username).password(&self.password);
            create_token(session, body, self.client.as_ref(), Resend::Yes).await
        })
    }
}
