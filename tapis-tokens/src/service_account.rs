//! The login of a service.

use std::time::Duration;

use tapis_core::rt::check_basic_name;
use tapis_core::{BoxFuture, Error, ErrorKind, Identity, Secret, Session, TokenSource, Tokens};

use crate::{Client, types};

/// The requested lifetime of a service's tokens: one day.
const LIFE: Duration = Duration::from_secs(86_400);

/// The login of a service with its password, through the Tokens API.
///
/// Its access tokens are valid at one site, and are renewed with the refresh token.
///
/// With a token store, every session logs in and writes its tokens to the store. It reads them only
/// with [`reuse_stored_tokens`](Self::reuse_stored_tokens).
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    service: String,
    password: Secret,
    tenant: String,
    target_site: String,
    life: Duration,
    reuse: bool,
}

impl ServiceAccount {
    /// The service `service` in the tenant `tenant`, which calls services of `target_site`.
    #[doc(alias = "service token")]
    #[doc(alias = "client credentials")]
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        password: impl Into<Secret>,
        tenant: impl Into<String>,
        target_site: impl Into<String>,
    ) -> Self {
        Self {
            service: service.into(),
            password: password.into(),
            tenant: tenant.into(),
            target_site: target_site.into(),
            life: LIFE,
            reuse: false,
        }
    }

    /// Sets the requested lifetime of access tokens. Default: one day.
    #[must_use]
    pub fn with_token_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Uses valid tokens of the service from the token store instead of a login. The password is
    /// then not checked.
    #[must_use]
    pub fn reuse_stored_tokens(mut self) -> Self {
        self.reuse = true;
        self
    }

    /// `POST /v3/tokens`
    async fn create(&self, session: &Session) -> Result<Tokens, Error> {
        let seconds = i64::try_from(self.life.as_secs())
            .map_err(|_| Error::new(ErrorKind::Input, "the lifetime of the token is too long"))?;
        let body = types::NewTokenRequest::new("service", &self.tenant, &self.service)
            .target_site_id(&self.target_site)
            .access_token_ttl(seconds)
            .generate_refresh_token(true);
        // A second token does no harm, so the call is safe to retry.
        let retry = session.retry().idempotent(true);
        let call = Client::new(session).create_token(body).with_retry(retry);
        tokens(session, call.with_basic_auth(&self.service, &self.password).await?)
    }
}

/// `PUT /v3/tokens`
async fn refresh(session: &Session, token: &Secret) -> Result<Tokens, Error> {
    let body = types::RefreshTokenRequest::new(token);
    let retry = session.retry().idempotent(true);
    tokens(session, Client::new(session).refresh_token(body).with_retry(retry).await?)
}

fn tokens(session: &Session, issued: types::NewTokenResponse) -> Result<Tokens, Error> {
    let (access, refresh) = (issued.access_token, issued.refresh_token);
    Tokens::issued(
        session,
        access.access_token,
        access.expires_in,
        refresh.and_then(|r| r.refresh_token),
    )
}

impl TokenSource for ServiceAccount {
    fn check(&self) -> Result<(), Error> {
        check_basic_name("service name", &self.service)
    }

    fn grant(&self) -> &'static str {
        "service account"
    }

    fn identity(&self) -> Identity {
        // Tokens are valid only for one tenant and site, so both are part of the key.
        let grant = format!("{} for {} at {}", self.grant(), self.tenant, self.target_site);
        let identity = Identity::new(grant).with_user(format!("{}@{}", self.service, self.tenant));
        if self.reuse { identity } else { identity.write_only() }
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if let Some(token) = current.and_then(|tokens| tokens.refresh.as_ref()) {
                match refresh(session, token).await {
                    // The service refuses expired tokens with a message that does not mention
                    // authentication.
                    Err(error) if error.maybe_sent() => {}
                    outcome => return outcome,
                }
            }
            self.create(session).await
        })
    }
}
