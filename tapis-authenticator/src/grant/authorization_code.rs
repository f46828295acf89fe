//! The authorization code grant: the user logs in with a browser, which is redirected back with a
//! code.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tapis_core::{BoxFuture, Error, ErrorKind, Identity, Secret, Session, TokenSource, Tokens};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{OAuthClient, Resend, create_token, identity, refresh_of, renewed};
use crate::types;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The maximum number of bytes that are read of a browser's request: enough for its first line.
const REQUEST_LIMIT: usize = 16 * 1024;
/// The time limit for a browser's request.
const PATIENCE: Duration = Duration::from_secs(3);
/// The maximum number of concurrent connections; one browser opens up to six.
const BROWSERS: usize = 64;

/// The URL for the user's browser, and the `state` of the login.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    client_id: String,
    redirect_uri: String,
    state: String,
}

impl AuthorizationRequest {
    /// For the OAuth client `client_id`, whose registered redirect URL is exactly `redirect_uri`.
    #[must_use]
    pub fn new(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            state: random_state(),
        }
    }

    /// Uses this `state` instead of a random one.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        self.state = state.into();
        self
    }

    /// The `state` of this login. The callback must contain the same value.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The URL to open in the user's browser: `GET /v3/oauth2/authorize` at `base_url`.
    #[must_use]
    pub fn url(&self, base_url: &str) -> String {
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix("/v3").unwrap_or(base);
        let mut url = format!("{base}/v3/oauth2/authorize?response_type=code");
        for (name, value) in [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("state", &self.state),
        ] {
            let _ = write!(url, "&{name}={}", utf8_percent_encode(value, UNRESERVED));
        }
        url
    }
}

/// A random value; empty if the system has no randomness, in which case every callback is rejected.
fn random_state() -> String {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => String::new(),
    }
}

/// The authorization code grant. The code is sent only once; afterwards the refresh token provides
/// new access tokens.
///
/// With a token store, the tokens are written for the user of the token. They are read only with
/// [`expect_user`](Self::expect_user), because the user of a code is not known before the login.
#[derive(Debug)]
pub struct AuthorizationCode {
    client: OAuthClient,
    redirect_uri: String,
    code: Secret,
    user: Option<String>,
    used: AtomicBool,
}

impl AuthorizationCode {
    /// Logs in with `code`, which was sent to `redirect_uri`.
    #[doc(alias = "browser login")]
    #[must_use]
    pub fn new(
        client: OAuthClient,
        redirect_uri: impl Into<String>,
        code: impl Into<Secret>,
    ) -> Self {
        Self {
            client,
            redirect_uri: redirect_uri.into(),
            code: code.into(),
            user: None,
            used: AtomicBool::new(false),
        }
    }

    /// Fails unless the user is `name`, given with or without the tenant. Valid tokens of this user
    /// in the token store replace the code, so use it only for a user that the program has already
    /// authenticated.
    #[must_use]
    pub fn expect_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }
}

impl TokenSource for AuthorizationCode {
    fn check(&self) -> Result<(), Error> {
        self.client.check()
    }

    fn grant(&self) -> &'static str {
        "authorization_code"
    }

    fn identity(&self) -> Identity {
        identity(self.grant(), Some(self.client.id()), self.user.as_deref())
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
            if let Some(refresh) = refresh_of(current)
                && let Some(tokens) = renewed(session, &self.client, refresh).await?
            {
                return tokens.expect_user(self.user.as_deref());
            }
            // Set before the code is sent, because a cancelled login may have sent it.
            if self.used.swap(true, Ordering::Relaxed) {
                return Err(Error::new(
                    ErrorKind::Authentication,
                    "the authorization code has already been used; the user must log in again",
                ));
            }
            let body = types::NewToken::new("authorization_code")
                .code(&self.code)
                .redirect_uri(&self.redirect_uri);
            let outcome = create_token(session, body, Some(&self.client), Resend::No).await;
            // If the request was not sent, the same code can be tried again.
            if outcome.as_ref().is_err_and(|error| !error.maybe_sent()) {
                self.used.store(false, Ordering::Relaxed);
            }
            outcome?.expect_user(self.user.as_deref())
        })
    }
}

/// A local port that receives the redirect of the user's browser.
#[derive(Debug)]
pub struct CallbackListener {
    listener: TcpListener,
    redirect_uri: String,
}

impl CallbackListener {
    /// Listens on `port` of the loopback interface; 0 selects a free port.
    ///
    /// # Errors
    /// The port is in use.
    pub async fn bind(port: u16) -> Result<Self, Error> {
        let failed = |error| {
            Error::new(ErrorKind::Configuration, "cannot listen for the callback")
                .with_source(error)
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, redirect_uri: format!("http://127.0.0.1:{port}/callback") })
    }

    /// The redirect URL, which must be registered with the OAuth client.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the browser and returns the code of its redirect. Requests without the state of
    /// `request` are rejected, and the wait continues. Connections are served concurrently, so an
    /// idle one does not delay the others.
    ///
    /// # Errors
    /// The service reports that the user denied access, or another error.
    pub async fn code(&self, request: &AuthorizationRequest) -> Result<Secret, Error> {
        // Connections that are still open when the code arrives are closed with the set.
        let mut browsers = JoinSet::new();
        poll_fn(|context| {
            loop {
                while browsers.len() < BROWSERS
                    && let Poll::Ready(accepted) = self.listener.poll_accept(context)
                {
                    let (mut browser, _) = accepted.map_err(|error| {
                        Error::new(ErrorKind::Configuration, "cannot listen for the callback")
                            .with_source(error)
                    })?;
                    let request = request.clone();
                    browsers.spawn(async move {
                        // Browsers open connections in advance and send nothing on them.
                        timeout(PATIENCE, answer(&mut browser, &request)).await
                    });
                }
                let Poll::Ready(Some(answered)) = browsers.poll_join_next(context) else {
                    return Poll::Pending;
                };
                if let Ok(Ok(Some(outcome))) = answered {
                    return Poll::Ready(outcome);
                }
            }
        })
        .await
    }
}

/// Reads one request; returns `None` if it is not the callback.
async fn answer(
    browser: &mut TcpStream,
    request: &AuthorizationRequest,
) -> Option<Result<Secret, Error>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    while !bytes.windows(2).any(|pair| pair == b"\r\n") && bytes.len() < REQUEST_LIMIT {
        match browser.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(length) => bytes.extend_from_slice(piece.get(..length)?),
        }
    }
    let line = String::from_utf8_lossy(&bytes);
    let outcome = read_callback(line.lines().next().unwrap_or_default(), &request.state);
    let (status, text) = match &outcome {
        Some(Ok(_)) => ("200 OK", "You are logged in and can close this window."),
        Some(Err(_)) => ("400 Bad Request", "The login failed. You can close this window."),
        None => ("404 Not Found", "There is nothing here."),
    };
    let reply = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    // A browser that has closed its connection does not make the login fail.
    let _ = browser.write_all(reply.as_bytes()).await;
    let _ = browser.shutdown().await;
    outcome
}

/// The code, or the error, in the first line of a request: `GET /callback?code=…&state=… HTTP/1.1`.
fn read_callback(line: &str, state: &str) -> Option<Result<Secret, Error>> {
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let query = target.strip_prefix("/callback?")?;
    let value = |wanted: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
        pair.map(|text| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        })
    };
    if state.is_empty() || value("state").as_deref() != Some(state) {
        return None;
    }
    if let Some(error) = value("error") {
        return Some(Err(Error::new(
            ErrorKind::Authentication,
            format!("the login was refused: {error}"),
        )));
    }
    value("code").map(|code| Ok(code.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_everything_encoded() {
        let request =
            AuthorizationRequest::new("my id", "http://127.0.0.1:1/callback").with_state("s&t");
        assert_eq!(
            request.url("https://tacc.tapis.io/v3/"),
            "https://tacc.tapis.io/v3/oauth2/authorize?response_type=code&client_id=my%20id\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback&state=s%26t"
        );
        let other = AuthorizationRequest::new("a", "b");
        assert!(
            other.state().len() == 32
                && other.state() != AuthorizationRequest::new("a", "b").state()
        );
    }

    #[test]
    fn only_the_answer_to_the_request_counts() {
        let code = |line| {
            read_callback(line, "st").map(|code| code.map(|code| code.expose_secret().to_owned()))
        };
        assert_eq!(code("GET /callback?code=a%2Bb&state=st HTTP/1.1").unwrap().unwrap(), "a+b");
        assert!(code("GET /callback?code=a&state=other HTTP/1.1").is_none());
        assert!(code("GET /callback?code=a HTTP/1.1").is_none());
        assert!(code("GET /favicon.ico HTTP/1.1").is_none());
        assert!(code("POST /callback?code=a&state=st HTTP/1.1").is_none());
        let refused = code("GET /callback?error=denied&state=st HTTP/1.1").unwrap().unwrap_err();
        assert!(refused.to_string().contains("denied"));
    }
}
