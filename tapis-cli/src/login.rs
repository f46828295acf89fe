//! Logging in and out.

use std::io::{IsTerminal as _, Read as _};

use clap::ArgMatches;
use serde_json::json;
use tapis_client::auth::Password;
use tapis_client::{Secret, Tapis};

use crate::arguments::Globals;
use crate::config::{Config, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, ClientKeys, KeptLogin};
use crate::{browser, oauth_client};

pub(crate) async fn login(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let mut config = Config::read()?;
    let name = text("to-profile").or_else(|| globals.profile.clone());
    let known = name.as_deref().or(config.current()).and_then(|name| config.profile(name));
    let known = known.unwrap_or_default();
    let tenant = text("tenant").map(|tenant| format!("https://{tenant}.tapis.io"));
    let url = text("to-url").or(tenant).or_else(|| globals.url.clone()).or(known.base_url);
    let url = url.ok_or_else(session::no_address)?.trim_end_matches('/').to_owned();

    let asked = text("client").filter(|client| client != "auto");
    let (login, client_id) = if matches.get_flag("device") || matches.get_flag("browser") {
        let asked = asked.as_deref().filter(|client| *client != "none");
        let named = oauth_client::named(&url, asked, known.client_id.as_deref())?;
        let login = KeptLogin::new(None, named.client.clone());
        let user = text("username");
        let login = if matches.get_flag("device") {
            let grant = browser::device_code(&named);
            login.with(user.into_iter().fold(grant, |grant, user| grant.expect_user(user)))
        } else {
            let client = named.client.ok_or_else(|| {
                Failure::usage(format!("the key of the OAuth client {} is not known", named.id))
                    .with_hint(
                        "set TAPIS_CLIENT_ID and TAPIS_CLIENT_KEY, or use --device, which needs no key",
                    )
            })?;
            let port = matches.get_one("port").copied().unwrap_or(oauth_client::PORT);
            let grant = browser::authorization_code(&url, &client, port).await?;
            login.with(user.into_iter().fold(grant, |grant, user| grant.expect_user(user)))
        };
        (login, Some(named.id))
    } else {
        let user = match text("username").or(known.username) {
            Some(user) => user,
            None => ask(globals, "Username: ")?,
        };
        let password = password(globals, matches.get_flag("password-stdin"), &user, &url)?;
        let grant = Password::new(&user, password);
        let client = match asked.as_deref() {
            Some("none") => None,
            Some(id) => Some(ClientKeys::read()?.get(&url, id).ok_or_else(|| {
                Failure::usage(format!("the key of the OAuth client {id} is not known"))
                    .with_hint("leave --client out, and a client is created")
            })?),
            None => {
                let known = known.client_id.as_deref();
                Some(oauth_client::known_or_new(&url, &user, grant.clone(), known).await?)
            }
        };
        let client_id = client.as_ref().map(|client| client.id().to_owned());
        let grant = match &client {
            Some(client) => grant.with_client(client.clone()),
            None => grant,
        };
        (KeptLogin::new(Some(&user), client).with(grant), client_id)
    };

    let t = Tapis::builder(&url)
        .token_source(login)
        .token_store(session::token_store()?)
        .options(session::options(globals))
        .build()?;
    let info = t.get_tokens().await?;
    let user = info.username.clone().ok_or_else(|| {
        Failure::new(Exit::Login, "the token that the service issued names no user")
    })?;
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
        if oauth_client::is_own(id) {
            match t.authenticator.delete_client(id).await {
                Err(error) if !error.is_not_found() => return Err(error.into()),
                _ => {}
            }
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
