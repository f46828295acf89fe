//! The device code grant: the user logs in with a browser on another device.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tapis_core::rt::check_basic_name;
use tapis_core::{BoxFuture, Error, ErrorKind, Identity, Secret, Session, TokenSource, Tokens};

use super::{OAuthClient, Resend, create_token, identity, refresh_of, renewed};
use crate::{Client, types};

/// The polling interval; the service does not name one.
const INTERVAL: Duration = Duration::from_secs(5);
/// The lifetime of a code if the service sends one that cannot be parsed.
const LIFE: Duration = Duration::from_secs(600);

/// The prompt to show to the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The code that the user enters.
    pub user_code: String,
    /// The URL where the user enters it.
    pub verification_uri: String,
    /// When the code expires.
    pub expires_at: Timestamp,
}

/// The device code grant, for programs without a browser.
///
/// The login waits until the user has entered the code on another device, and fails when the code
/// expires. The service does not wait for the user's consent on the page after that: if the login
/// has ended before the user confirms, that page shows an error, which does no harm. Access tokens
/// are valid for 30 days, or for the number of days that the user chose there in time; renewed ones
/// have the tenant's usual lifetime.
///
/// With a token store, the tokens are written for the user who logged in. They are read only with
/// [`expect_user`](Self::expect_user), because the user is not known before the login.
#[derive(Clone)]
pub struct DeviceCode {
    client_id: String,
    key: Option<Secret>,
    user: Option<String>,
    show: Arc<dyn Fn(&DevicePrompt) + Send + Sync>,
}

impl DeviceCode {
    /// Logs in with the OAuth client `client_id`; `show` displays the prompt to the user.
    #[doc(alias = "device flow")]
    #[doc(alias = "device login")]
    #[must_use]
    pub fn new(
        client_id: impl Into<String>,
        show: impl Fn(&DevicePrompt) + Send + Sync + 'static,
    ) -> Self {
        Self { client_id: client_id.into(), key: None, user: None, show: Arc::new(show) }
    }

    /// Sets the client's key. With the key, expired access tokens are renewed with the refresh token,
    /// and the user does not log in again.
    #[must_use]
    pub fn with_client_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Fails unless the user is `name`, given with or without the tenant. Valid tokens of this user
    /// in the token store replace a login.
    #[must_use]
    pub fn expect_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    async fn log_in(&self, session: &Session) -> Result<Tokens, Error> {
        let client = Client::new(session);
        let request = types::NewDeviceCode::new(&self.client_id);
        let issued = client.generate_device_code(request).await?;
        let expires_at =
            expiry(issued.expires_in.as_ref().map(|text| text.as_str()), session.server_now());
        (self.show)(&DevicePrompt {
            user_code: issued.user_code,
            verification_uri: issued.verification_uri,
            expires_at,
        });
        loop {
            session.sleep(INTERVAL).await;
            let body = types::NewToken::new("device_code")
                .client_id(&self.client_id)
                .device_code(&issued.device_code);
            match create_token(session, body, None, Resend::No).await {
                Err(error) if error.message().starts_with("device code not ready") => {}
                // The code is valid for ten minutes, which is longer than a short outage.
                Err(error) if error.is_retryable() => {}
                outcome => return outcome,
            }
            if session.server_now() >= expires_at {
                return Err(Error::new(
                    ErrorKind::Authentication,
                    "the device code expired before a user entered it; start the login again",
                ));
            }
        }
    }
}

/// The service sends the expiry as an HTTP date, although its document says a number.
fn expiry(text: Option<&str>, now: Timestamp) -> Timestamp {
    let text = text.unwrap_or_default();
    let seconds = text.trim().parse().ok().map(Duration::from_secs);
    let seconds = seconds.and_then(|seconds| now.checked_add(seconds).ok());
    seconds.or_else(|| tapis_core::Timestamp::from(text).parsed()).unwrap_or(now + LIFE)
}

impl TokenSource for DeviceCode {
    fn check(&self) -> Result<(), Error> {
        match self.key {
            // Without a key, the client's id is sent in the body.
            None => Ok(()),
            Some(_) => check_basic_name("client id", &self.client_id),
        }
    }

    fn grant(&self) -> &'static str {
        "device_code"
    }

    fn identity(&self) -> Identity {
        identity(self.grant(), Some(&self.client_id), self.user.as_deref())
    }

    fn is_interactive(&self) -> bool {
        true
    }

    fn fetch<'a>(
        &'a self,
        session: &'a Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if let (Some(key), Some(refresh)) = (&self.key, refresh_of(current)) {
                let client = OAuthClient::new(&self.client_id, key);
                if let Some(tokens) = renewed(session, &client, refresh).await? {
                    return tokens.expect_user(self.user.as_deref());
                }
            }
            self.log_in(session).await?.expect_user(self.user.as_deref())
        })
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_code_is_read_in_every_form() {
        let now: Timestamp = "2026-11-22T22:50:00Z".parse().unwrap();
        for text in [
            "Sun, 22 Nov 2026 23:00:00 GMT",
            "600",
            "2026-11-22 23:00:00",
            "None",
            "99999999999999",
        ] {
            assert_eq!(expiry(Some(text), now).to_string(), "2026-11-22T23:00:00Z", "{text}");
        }
        assert_eq!(expiry(None, now), now + LIFE);
    }
}
