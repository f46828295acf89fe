//! The logins of users, one file for each grant.

mod authorization_code;
mod device_code;
mod password;
mod refresh_token;

use tapis_core::rt::check_basic_name;
use tapis_core::{Error, Identity, Secret, Session, Tokens};

pub use authorization_code::{AuthorizationCode, AuthorizationRequest, CallbackListener};
pub use device_code::{DeviceCode, DevicePrompt};
pub use password::Password;
pub use refresh_token::RefreshToken;

use crate::{Client, types};

/// An OAuth client, which requests tokens on behalf of users.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    id: String,
    key: Secret,
}

impl OAuthClient {
    /// The client `id` with its secret key.
    #[doc(alias = "client credentials")]
    #[must_use]
    pub fn new(id: impl Into<String>, key: impl Into<Secret>) -> Self {
        Self { id: id.into(), key: key.into() }
    }

    /// The id of the client.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Checks that the client can be sent as HTTP Basic credentials.
    fn check(&self) -> Result<(), Error> {
        check_basic_name("client id", &self.id)
    }
}

/// The identity of a login with `grant`, with its OAuth client and its user, if they are known.
fn identity(grant: &str, client: Option<&str>, user: Option<&str>) -> Identity {
    let identity = Identity::new(grant);
    let identity = client.into_iter().fold(identity, Identity::with_client);
    user.into_iter().fold(identity, Identity::with_user)
}

/// The refresh token of `current`, if there is one.
fn refresh_of(current: Option<&Tokens>) -> Option<&Secret> {
    current.and_then(|tokens| tokens.refresh.as_ref())
}

/// Obtains tokens with a refresh token; returns `None` if the service no longer accepts it, so that
/// the caller can log in again.
async fn renewed(
    session: &Session,
    client: &OAuthClient,
    refresh: &Secret,
) -> Result<Option<Tokens>, Error> {
    match by_refresh_token(session, client, refresh).await {
        Ok(tokens) => Ok(Some(tokens)),
        Err(error) if error.is_authentication() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn by_refresh_token(
    session: &Session,
    client: &OAuthClient,
    refresh: &Secret,
) -> Result<Tokens, Error> {
    let body = types::NewToken::new("refresh_token").refresh_token(refresh);
    let mut tokens = create_token(session, body, Some(client), Resend::Yes).await?;
    // The service sends a new refresh token with each reply. If it sent none, the old one would
    // stay valid.
    tokens.refresh.get_or_insert_with(|| refresh.clone());
    Ok(tokens)
}

/// Whether a login may be repeated after its reply was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    /// A password and a refresh token can be used any number of times.
    Yes,
    /// A code can be used once: it is sent again only if the first request was not sent.
    No,
}

/// `POST /v3/oauth2/tokens`
async fn create_token(
    session: &Session,
    body: types::NewToken,
    client: Option<&OAuthClient>,
    resend: Resend,
) -> Result<Tokens, Error> {
    let retry = session.retry().idempotent(resend == Resend::Yes);
    let mut call = Client::new(session).create_token(body).with_retry(retry);
    if let Some(client) = client {
        call = call.with_basic_auth(&client.id, &client.key);
    }
    let issued = call.await?;
    let (access, refresh) = (issued.access_token, issued.refresh_token);
    Tokens::issued(
        session,
        access.access_token,
        access.expires_in,
        refresh.and_then(|r| r.refresh_token),
    )
}
