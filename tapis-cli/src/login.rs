//! Logging in and out.

use std::io::{IsTerminal as _, Read as _};

use clap::ArgMatches;
use serde_json::json;
use tapis_client::auth::{OAuthClient, Password, TokenInfo};
use tapis_client::{Secret, Tapis};

use crate::arguments::Globals;
use crate::config::{Config, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, ClientKeys, KeptLogin};
use crate::{browser, oauth_client, terminal};

pub(crate) async fn login(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let config = Config::read()?;
    let written = text("to-profile");
    let used = written.as_deref().or(globals.profile.as_deref()).or(config.current());
    let used = used.and_then(|name| config.profile(name));
    let tenant = text("tenant").map(|tenant| format!("https://{tenant}.tapis.io"));
    let url = text("to-url").or(tenant).or_else(|| globals.url.clone());
    let url = url.or_else(|| used?.base_url).ok_or_else(session::no_address)?;
    let url = url.trim_end_matches('/').to_owned();
    let name = name_to_write(globals, &config, written.as_deref(), &url);
    let known = config.profile(&name).unwrap_or_default();
    check_own_login(&name, &known, &url, text("username").as_deref())?;
    // A profile of another server says nothing about this one.
    let known = if known.leads_elsewhere(&url) { Profile::default() } else { known };

    let by_browser = matches.get_flag("device") || matches.get_flag("browser");
    let login = match by_browser {
        true => with_browser(globals, matches, &url, known).await,
        false => with_password(globals, matches, &url, known).await,
    };
    let (info, client_id) = login.map_err(|failure| explained(failure, &url))?;
    let user = info.username.clone().ok_or_else(|| {
        Failure::new(Exit::Login, "the token that the service issued names no user")
    })?;
    // A login with a browser takes minutes, in which the file may have changed.
    let mut config = Config::read()?;
    let name = name_to_write(globals, &config, written.as_deref(), &url);
    check_own_login(&name, &config.profile(&name).unwrap_or_default(), &url, Some(&user))?;
    config.set(
        &name,
        &Profile { base_url: Some(url.clone()), username: Some(user), client_id, has_login: false },
    );
    config.use_by_default(&name);
    config.save()?;
    globals.note(&format!("Logged in to {url}: {info}. This is profile {name}."));
    Ok(())
}

/// The profile that a login at `url` writes: the one that the login itself names, or else the selected one unless it is
/// of another server.
fn name_to_write(globals: &Globals, config: &Config, written: Option<&str>, url: &str) -> String {
    let is_free =
        |name: &&str| !config.profile(name).is_some_and(|known| known.leads_elsewhere(url));
    let selected = globals.profile.as_deref().filter(is_free);
    written.or(selected).map_or_else(|| config.name_for(url), str::to_owned)
}

/// A password or token that the user has written into a profile is of its server and its user, and would be sent to
/// another one if the profile changed to that.
fn check_own_login(
    name: &str,
    known: &Profile,
    url: &str,
    user: Option<&str>,
) -> Result<(), Failure> {
    let is_of_another =
        user.zip(known.username.as_deref()).is_some_and(|(user, known)| user != known);
    if !known.has_login || !(known.leads_elsewhere(url) || is_of_another) {
        return Ok(());
    }
    let message = format!("the profile {name} has a password or a token of another server or user");
    Err(Failure::usage(message).with_hint("name another profile: `tapis login --profile NAME`"))
}

/// A login with a browser, here or on another device, and the id of its OAuth client.
async fn with_browser(
    globals: &Globals,
    matches: &ArgMatches,
    url: &str,
    known: Profile,
) -> Result<(TokenInfo, Option<String>), Failure> {
    let asked =
        matches.get_one::<String>("client").filter(|id| !["auto", "none"].contains(&id.as_str()));
    let named = oauth_client::named(url, asked.map(String::as_str), known.client_id.as_deref())?;
    let login = KeptLogin::new(None, named.client.clone());
    let user = matches.get_one::<String>("username");
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
        let grant = browser::authorization_code(url, &client, port).await?;
        login.with(user.into_iter().fold(grant, |grant, user| grant.expect_user(user)))
    };
    Ok((start(globals, url, login).await?, Some(named.id)))
}

/// A login with a password, and the id of the OAuth client that can renew it.
async fn with_password(
    globals: &Globals,
    matches: &ArgMatches,
    url: &str,
    known: Profile,
) -> Result<(TokenInfo, Option<String>), Failure> {
    let user = match matches.get_one::<String>("username").cloned().or(known.username) {
        Some(user) => user,
        None => ask(globals, "Username: ")?,
    };
    let password = password(globals, matches.get_flag("password-stdin"), &user, url)?;
    let grant = Password::new(&user, password);
    let started = async |client: Option<OAuthClient>| {
        let id = client.as_ref().map(|client| client.id().to_owned());
        let grant = client.clone().into_iter().fold(grant.clone(), Password::with_client);
        let login = KeptLogin::new(Some(&user), client).with(grant);
        Ok::<_, Failure>((start(globals, url, login).await?, id))
    };
    match matches.get_one::<String>("client").map(String::as_str) {
        Some("none") => started(None).await,
        Some(id) if id != "auto" => {
            let client = ClientKeys::read()?.get(url, id).ok_or_else(|| {
                Failure::usage(format!("the key of the OAuth client {id} is not known"))
                    .with_hint("leave --client out, and a client is created")
            })?;
            started(Some(client)).await
        }
        _ => {
            let new = async || oauth_client::create(url, &user, grant.clone()).await;
            let Some(client) = oauth_client::known(url, &user, known.client_id.as_deref())? else {
                return started(Some(new().await?)).await;
            };
            let id = client.id().to_owned();
            match started(Some(client)).await {
                // The service does not know it any more, or with another key.
                Err(failure) if oauth_client::is_own(&id) && oauth_client::is_refused(&failure) => {
                    oauth_client::forget(url, &id)?;
                    globals
                        .note(&format!("The OAuth client {id} is refused; a new one is created."));
                    started(Some(new().await?)).await
                }
                outcome => outcome,
            }
        }
    }
}

/// Logs in and stores the tokens.
async fn start(globals: &Globals, url: &str, login: KeptLogin) -> Result<TokenInfo, Failure> {
    let t = Tapis::builder(url)
        .token_source(login)
        .token_store(session::token_store()?)
        .options(session::options(globals))
        .build()?;
    Ok(t.get_tokens().await?)
}

/// A refused login with a hint where the service's words need one.
fn explained(failure: Failure, url: &str) -> Failure {
    let hints = [
        (
            "grant type is not allowed",
            "this tenant does not allow this grant: use --browser or --device, or a password"
                .to_owned(),
        ),
        ("Unable to resolve tenant_id", format!("check the tenant in the address {url}")),
        ("not served by this authenticator", format!("check the tenant in the address {url}")),
    ];
    match hints.into_iter().find(|(words, _)| failure.message().contains(words)) {
        Some((_, hint)) => failure.with_hint(hint),
        None => failure,
    }
}

fn ask(globals: &Globals, prompt: &str) -> Result<String, Failure> {
    if globals.no_input || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("no username is given").with_hint("add --username NAME"));
    }
    match terminal::ask(prompt)?.trim() {
        "" => Err(Failure::usage("no username is given")),
        user => Ok(user.to_owned()),
    }
}

fn password(globals: &Globals, stdin: bool, user: &str, url: &str) -> Result<Secret, Failure> {
    if stdin {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage("the password on stdin is not UTF-8"))?;
        return Ok(text.trim_end_matches(['\r', '\n']).into());
    }
    if let Ok(password) = std::env::var("TAPIS_PASSWORD") {
        return Ok(password.into());
    }
    if globals.no_input || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("no password is given").with_hint("add --password-stdin"));
    }
    Ok(terminal::ask_secret(&format!("Password of {user} at {url}: "))?.into())
}

pub(crate) async fn logout(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let t = session::tapis(globals)?;
    let forgotten = match session::profile(globals)? {
        Some((name, profile)) if matches.get_flag("forget") => {
            if !profile.leads_to(t.base_url()) {
                let message = format!(
                    "the OAuth client of the profile {name} is of another server than {}",
                    t.base_url()
                );
                return Err(Failure::usage(message)
                    .with_hint("use `logout --forget` without --url and TAPIS_BASE_URL"));
            }
            forget(&t, &name, &profile).await?
        }
        _ => Ok(()),
    };
    t.logout().await?;
    globals.note(&format!("Logged out of {}.", t.base_url()));
    forgotten
}

/// Deletes the OAuth client of a profile if `tapis login` created it, and forgets its key. Inside: the failure of a
/// deletion that needs a login which there is not any more; the key is forgotten all the same.
async fn forget(t: &Tapis, name: &str, profile: &Profile) -> Result<Result<(), Failure>, Failure> {
    let Some(id) = &profile.client_id else { return Ok(Ok(())) };
    let deleted = match oauth_client::is_own(id) {
        true => t.authenticator.delete_client(id).await.map(drop),
        false => Ok(()),
    };
    let outcome = match deleted {
        Err(error) if error.is_authentication() => {
            let message = format!("the OAuth client {id} is forgotten, but not deleted: {error}");
            let hint = format!("log in, and run `tapis authenticator delete-client {id}`");
            Err(Failure::new(Exit::Login, message).with_hint(hint))
        }
        Err(error) if !error.is_not_found() => return Err(error.into()),
        _ => Ok(()),
    };
    oauth_client::forget(t.base_url(), id)?;
    let mut config = Config::read()?;
    if let Some(profile) = config.profile(name) {
        config.set(name, &Profile { client_id: None, ..profile });
        config.save()?;
    }
    Ok(outcome)
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
    // The library takes only letters, digits, `-`, `_`, `=` and points, which no shell evaluates.
    let text = token.secret().expose_secret();
    let line = match matches.get_flag("export") {
        true => format!("export TAPIS_ACCESS_TOKEN={text}\n"),
        false => format!("{text}\n"),
    };
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    Ok(())
}
