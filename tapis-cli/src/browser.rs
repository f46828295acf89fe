//! Logins with a browser: on this machine, which is redirected back with a code, or elsewhere,
//! where the user enters a code.

use std::process::{Command, Stdio};
use std::time::Duration;

use tapis_client::auth::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, OAuthClient,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::oauth_client::{Named, callback_url};
use crate::terminal;

/// How long the browser may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Waits until the user has logged in with a browser on this machine.
pub(crate) async fn authorization_code(
    url: &str,
    client: &OAuthClient,
    port: u16,
) -> Result<AuthorizationCode, Failure> {
    let listener = CallbackListener::bind(port).await.map_err(|error| {
        Failure::from(error).with_hint(format!(
            "another program uses port {port}: end it, or name a free one with --port, for which another login has to \
             run `tapis authenticator update-client {} --callback-url {}` before",
            client.id(),
            callback_url(port).replace(&port.to_string(), "PORT"),
        ))
    })?;
    let request = AuthorizationRequest::new(client.id(), listener.redirect_uri());
    let address = request.url(url);
    let port = listener.redirect_uri().rsplit(':').next().unwrap_or_default();
    let port = port.trim_end_matches("/callback");
    say(&format!(
        "Open this address in a browser on this machine and log in:\n\n  {address}\n\n\
         With a browser elsewhere, forward the port first: ssh -L {port}:127.0.0.1:{port} HOST. \
         The callback URL of the client has to be {}.\n",
        listener.redirect_uri()
    ));
    open(&address);
    let code = tokio::time::timeout(PATIENCE, listener.code(&request)).await.map_err(|_| {
        Failure::new(Exit::Login, "the browser did not come back within ten minutes").with_hint(
            "if the browser showed an error, compare the client's callback URL; `tapis login --device` needs none",
        )
    })??;
    Ok(AuthorizationCode::new(client.clone(), listener.redirect_uri(), code))
}

/// A login that shows an address and a code, and asks the service until the user has entered it.
pub(crate) fn device_code(named: &Named) -> DeviceCode {
    DeviceCode::new(&named.id, |prompt| {
        say(&format!(
            "Open {} in any browser, log in and enter the code {} before {}.\n\
             The login is done here once the code is entered. The page after that may then show an error, which does no \
             harm.\n",
            terminal::printable(&prompt.verification_uri),
            terminal::printable(&prompt.user_code),
            prompt.expires_at,
        ));
    })
}

/// The login is not possible without this text, so -q does not suppress it.
fn say(text: &str) {
    // If this fails, nobody can be informed.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// Starts the browser that the user has named in `BROWSER`, if any. No shell reads the address.
fn open(address: &str) {
    let Ok(browser) = std::env::var("BROWSER") else { return };
    let mut words = browser.split(':').next().unwrap_or_default().split_whitespace();
    let Some(program) = words.next() else { return };
    let mut command = Command::new(program);
    let mut placed = false;
    for word in words {
        placed |= word.contains("%s");
        command.arg(word.replace("%s", address));
    }
    if !placed {
        command.arg(address);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The address is on the terminal in any case.
    drop(command.spawn());
}
