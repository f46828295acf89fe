//! What every example begins with: a Tapis to talk to.
//!
//! Where `TAPIS_BASE_URL`, `TAPIS_TENANT` or `TAPIS_PROFILE` is set, that is the Tapis there. With
//! none of them it is a Tapis on this machine, which ends with the example. To compile in less time,
//! that one is built without its features `validation`, `yaml` and `zip`.

#![allow(dead_code)] // no example needs all of it

use std::env;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tapis_client::time::{Clock, SystemClock};
use tapis_client::{BoxFuture, Tapis, TapisBuilder};
use tapis_mock::{Fault, MockTapis};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What there is on the mock before an example begins.
const STATE: &str = include_str!("state.json");

/// The mock, where there is one. It stops when the last of these is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Mock(Option<Arc<MockTapis>>);

/// A client that logs in as the user in the variables that `TapisBuilder::from_env` reads, or else
/// asks for a name and a password; on the mock, as its user.
pub(crate) fn tapis() -> Result<(Tapis, Mock)> {
    let (builder, mock) = builder()?;
    if mock.0.is_some() {
        return Ok((builder.password("testuser", "secret").build()?, mock));
    }
    let logins = ["TAPIS_ACCESS_TOKEN", "JWT", "TAPIS_REFRESH_TOKEN", "TAPIS_PROFILE"];
    if logins.iter().any(|name| variable(name).is_some()) {
        return Ok((Tapis::from_env()?, mock));
    }
    let username = variable_or_ask("TAPIS_USERNAME", "Username: ", |prompt| {
        print!("{prompt}");
        io::stdout().flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    })?;
    let password = variable_or_ask("TAPIS_PASSWORD", "Password: ", |prompt| {
        rpassword::prompt_password(prompt)
    })?;
    Ok((builder.password(username, password).build()?, mock))
}

/// A client that does not log in yet.
pub(crate) fn builder() -> Result<(TapisBuilder, Mock)> {
    if is_real() {
        let base_url = match (variable("TAPIS_BASE_URL"), variable("TAPIS_TENANT")) {
            (Some(base_url), _) => base_url,
            (None, Some(tenant)) => format!("https://{tenant}.tapis.io"),
            (None, None) => Tapis::from_env()?.base_url().to_owned(),
        };
        return Ok((Tapis::builder(base_url), Mock(None)));
    }
    let mock = MockTapis::builder()
        .user("testuser", "secret")
        .client("my-client", "client-key")
        .service("portal", "service-password")
        .state(STATE)
        .start_blocking()?;
    println!("TAPIS_BASE_URL is not set: this is a Tapis of our own, at {}\n", mock.base_url());
    let clock = Hasty(mock.clock().clone());
    Ok((Tapis::builder(mock.base_url()).clock(clock), Mock(Some(Arc::new(mock)))))
}

/// A value that depends on where the example runs: that of the variable `name`, which has to be set
/// for a real Tapis.
pub(crate) fn setting(name: &str, on_the_mock: &str) -> Result<String> {
    match variable(name) {
        Some(value) => Ok(value),
        None if is_real() => Err(format!("set {name}, as in {name}={on_the_mock}").into()),
        None => Ok(on_the_mock.to_owned()),
    }
}

impl Mock {
    /// Enters the code of a device login, since nobody sits at a browser here. On a real Tapis the
    /// user does that.
    pub(crate) fn enter(&self, user_code: &str) {
        if let Some(mock) = &self.0
            && let Err(error) = mock.approve_device(user_code, "testuser")
        {
            println!("{error}");
        }
    }

    /// Lets the next two calls of an operation fail, which a real Tapis does when it likes to.
    pub(crate) fn fail_twice(&self, operation: &str) {
        if let Some(mock) = &self.0 {
            mock.inject(Fault::status(503).on(operation).times(2));
        }
    }
}

fn is_real() -> bool {
    let places = ["TAPIS_BASE_URL", "TAPIS_TENANT", "TAPIS_PROFILE"];
    places.iter().any(|name| variable(name).is_some())
}

/// One that is empty counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn variable_or_ask(
    name: &str,
    prompt: &str,
    ask: impl FnOnce(&str) -> io::Result<String>,
) -> io::Result<String> {
    variable(name).map_or_else(|| ask(prompt), Ok)
}

/// Nobody wants to wait for a mock: where the client pauses, the time of both moves on instead.
#[derive(Debug)]
struct Hasty(tapis_mock::Clock);

impl Clock for Hasty {
    fn now(&self) -> jiff::Timestamp {
        self.0.now().try_into().unwrap_or(jiff::Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.advance(duration);
        Box::pin(std::future::ready(()))
    }

    fn time_limit(&self, limit: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(limit)
    }
}
