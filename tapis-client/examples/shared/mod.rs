//! The start of every example: a mock Tapis server, unless a tenant is configured.
//!
//! Where `TAPIS_BASE_URL`, `TAPIS_TENANT` or `TAPIS_PROFILE` is set, the examples connect to that tenant.
//! With none of them they start a mock on this machine, which ends with the example. To compile in less time, the
//! mock is built without its features `validation`, `yaml` and `zip`.

#![allow(dead_code)] // no example needs all of it

use std::env;
use std::io::{self, Write as _};
use std::time::Duration;

use tapis_client::Tapis;
use tapis_mock::MockTapis;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The initial state of the mock.
const STATE: &str = include_str!("state.json");

/// A mock with the user `testuser` and the password `secret`, whose jobs and pods take no time; `None` if a
/// tenant is configured.
pub(crate) fn mock() -> Result<Option<MockTapis>> {
    if is_configured() {
        return Ok(None);
    }
    let mock = MockTapis::builder()
        .user("testuser", "secret")
        .client("my-client", "client-key")
        .service("portal", "service-password")
        .step(Duration::ZERO)
        .state(STATE)
        .start_blocking()?;
    println!("TAPIS_BASE_URL is not set: this is a mock Tapis server, at {}\n", mock.base_url());
    Ok(Some(mock))
}

/// The address of the mock, or of the tenant that is configured.
pub(crate) fn base_url(mock: Option<&MockTapis>) -> Result<String> {
    if let Some(mock) = mock {
        return Ok(mock.base_url().to_owned());
    }
    match (variable("TAPIS_BASE_URL"), variable("TAPIS_TENANT")) {
        (Some(base_url), _) => Ok(base_url),
        (None, Some(tenant)) => Ok(format!("https://{tenant}.tapis.io")),
        (None, None) => Ok(Tapis::from_env()?.base_url().to_owned()),
    }
}

/// A username and a password: those of the mock's user, or those in `TAPIS_USERNAME` and `TAPIS_PASSWORD`, or
/// what the user enters.
pub(crate) fn user(mock: Option<&MockTapis>) -> Result<(String, String)> {
    if mock.is_some() {
        return Ok(("testuser".to_owned(), "secret".to_owned()));
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
    Ok((username, password))
}

/// Returns the environment variable `name`, which is required on a real tenant; on the mock, returns
/// `on_the_mock` if it is unset.
pub(crate) fn setting(name: &str, on_the_mock: &str) -> Result<String> {
    match variable(name) {
        Some(value) => Ok(value),
        None if is_configured() => Err(format!("set {name}, as in {name}={on_the_mock}").into()),
        None => Ok(on_the_mock.to_owned()),
    }
}

fn is_configured() -> bool {
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
