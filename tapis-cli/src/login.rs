//! Logging in and out.

use std::io::{IsTerminal as _, Read as _};

use clap::ArgMatches;
use serde_json::json;
use tapis_client::auth::{OAuthClient, Password};
use tapis_client::authenticator::types::NewOAuthClient;
use tapis_client::{Secret, Tapis};

use crate::arguments::Globals;
use crate::config::{Config, Profile};
use crate::failure::Failure;
use crate::session::{self, ClientKeys, KeptLogin};

pub(crate) async fn login(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let mut config = Config::read()?;
    let name = text("to-profile").or_else(|| globals.profile.clone());
    let known = name.as_deref().or(config.current()).and_then(|name| config.profile(name));
    let known = known.unwrap_or_default();
    let tenant = text("tenant").map(|tenant| format!("https://{tenant}.tapis.io"));
    let url = text("to-url").or(tenant).or_else(|| globals.url.clone()).or(known.base_url);
    let url = url.ok_or_else(session::no_address)?.trim_end_matches('/').to_owned();
    let user = match text("username").or(known.username) {
        Some(user) => user,
        None => ask(globals, "Username: ")?,
    };
    let password = password(globals, matches.get_flag("password-stdin"), &user, &url)?;

    let grant = Password::new(&user, password);
    let client = match text("client").as_deref() {
        Some("none") => None,
        _ => Some(client(&url, &user, grant.clone(), known.client_id.as_deref()).await?),
    };
    let grant = match &client {
        Some(client) => grant.with_client(client.clone()),
        None => grant,
    };
    let client_id = client.as_ref().map(|client| client.id().to_owned());
    let t = Tapis::builder(&url)
        .token_source(KeptLogin::new(&user, client).with(grant))
        .token_store(session::token_store()?)
        .build()?;
    let info = t.get_tokens().await?;
    let name = name.or_else(|| config.current().map(str::to_owned));
    let name = name.unwrap_or_else(|| default_name(&url));
    config.set(
        &name,
        &Profile { base_url: Some(url.clone()), username: Some(user), client_id, has_login: false },
    );
    config.save()?;
    globals.note(&format!("Logged in to {url}: {info}. This is profile {name}."));
    Ok(())
}

/// The name of a profile: the first label of the host.
fn default_name(url: &str) -> String {
    let host = url.split("://").nth(1).unwrap_or(url);
    let label = host.split(['.', ':', '/']).next().unwrap_or_default();
    if label.is_empty() { "default".to_owned() } else { label.to_owned() }
}

/// The OAuth client of this command on this machine: the one that is known, or a new one.
async fn client(
    url: &str,
    user: &str,
    grant: Password,
    known: Option<&str>,
) -> Result<OAuthClient, Failure> {
    let mut keys = ClientKeys::read()?;
    if let Some(client) = known.and_then(|id| keys.get(url, id)) {
        return Ok(client);
    }
    let t = Tapis::builder(url).token_source(grant).build()?;
    let id = format!("tapis-cli-{user}-{}-{}", host_name(), random());
    let new = NewOAuthClient::new().client_id(&id).description("The command line `tapis`.");
    let created = t.authenticator.create_client(new).await?;
    let key = created.client_key.ok_or_else(|| {
        Failure::new(crate::exit::Exit::Failed, "the service gave the OAuth client no key")
            .with_hint("log in with `tapis login --client none`")
    })?;
    keys.insert(url, &created.client_id, &key);
    keys.save()?;
    Ok(OAuthClient::new(created.client_id, key))
}

/// The name of this machine, as far as it can be in an id.
fn host_name() -> String {
    let name =
        std::env::var("HOSTNAME").ok().or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    let name = name.unwrap_or_default();
    let label = name.trim().split('.').next().unwrap_or_default();
    let plain: String = label.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if plain.is_empty() { "host".to_owned() } else { plain }
}

/// Six letters and digits.
fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 6];
    // A failure leaves zeros, and the service refuses an id that is taken.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn ask(globals: &Globals, prompt: &str) -> Result<String, Failure> {
    if globals.no_input || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("no username is given").with_hint("add --username NAME"));
    }
    let mut line = String::new();
    std::io::Write::write_all(&mut std::io::stderr(), prompt.as_bytes())?;
    std::io::stdin().read_line(&mut line)?;
    match line.trim() {
        "" => Err(Failure::usage("no username is given")),
        user => Ok(user.to_owned()),
    }
}

fn password(globals: &Globals, stdin: bool, user: &str, url: &str) -> Result<Secret, Failure> {
    if stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text.trim_end_matches(['\r', '\n']).into());
    }
    if let Ok(password) = std::env::var("TAPIS_PASSWORD") {
        return Ok(password.into());
    }
    if globals.no_input || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("no password is given").with_hint("add --password-stdin"));
    }
    Ok(rpassword::prompt_password(format!("Password of {user} at {url}: "))?.into())
}

pub(crate) async fn logout(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let t = session::tapis(globals)?;
    if matches.get_flag("forget")
        && let Some((name, profile)) = session::profile(globals)?
        && let Some(id) = &profile.client_id
    {
        match t.authenticator.delete_client(id).await {
            Err(error) if !error.is_not_found() => return Err(error.into()),
            _ => {}
        }
        let mut keys = ClientKeys::read()?;
        keys.remove(t.base_url(), id);
        keys.save()?;
        let mut config = Config::read()?;
        config.set(&name, &Profile { client_id: None, ..profile.clone() });
        config.save()?;
    }
    t.logout().await?;
    globals.note(&format!("Logged out of {}.", t.base_url()));
    Ok(())
}

pub(crate) async fn whoami(globals: &Globals) -> Result<(), Failure> {
    let t = session::tapis(globals)?;
    let token = t.access_token().await?;
    let claims = token.claims();
    let mut shown = json!({
        "username": claims.user(),
        "tenant": claims.tenant_id,
        "url": t.base_url(),
        "expires": token.expires_at().map(|at| at.to_string()),
    });
    if let Some((name, _)) = session::profile(globals)? {
        shown["profile"] = name.into();
    }
    globals.output().show(&shown, &["username".to_owned()])
}

pub(crate) async fn token(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let token = session::tapis(globals)?.access_token().await?;
    // A JWT has no character that a shell would take for its own.
    let text = token.secret().expose_secret();
    let line = match matches.get_flag("export") {
        true => format!("export TAPIS_ACCESS_TOKEN={text}\n"),
        false => format!("{text}\n"),
    };
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    Ok(())
}
