//! The Tapis that the commands talk to, and who talks to it.

use std::collections::BTreeMap;

use tapis_client::auth::{
    FileTokenStore, Identity, OAuthClient, RefreshToken, TokenSource, Tokens,
};
use tapis_client::http::Options;
use tapis_client::{BoxFuture, Error, ErrorKind, Secret, Tapis, TapisBuilder, auth};

use crate::arguments::Globals;
use crate::config::{self, Config, Profile};
use crate::exit::Exit;
use crate::failure::Failure;

/// A login that was made by `tapis login`: tokens are in the store, and a refresh token renews them.
#[derive(Debug)]
pub(crate) struct KeptLogin {
    user: String,
    client: Option<OAuthClient>,
    /// How to log in now; without it there is nothing but the store.
    fresh: Option<Box<dyn TokenSource>>,
}

impl KeptLogin {
    pub(crate) fn new(user: &str, client: Option<OAuthClient>) -> Self {
        Self { user: user.to_owned(), client, fresh: None }
    }

    pub(crate) fn with(mut self, fresh: impl TokenSource + 'static) -> Self {
        self.fresh = Some(Box::new(fresh));
        self
    }
}

impl TokenSource for KeptLogin {
    fn grant(&self) -> &'static str {
        "saved login"
    }

    fn identity(&self) -> Identity {
        let identity = Identity::new(self.grant()).with_user(&self.user);
        match &self.client {
            Some(client) => identity.with_client(client.id()),
            None => identity,
        }
    }

    fn fetch<'a>(
        &'a self,
        session: &'a auth::Session,
        current: Option<&'a Tokens>,
    ) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            if let Some(fresh) = &self.fresh {
                return fresh.fetch(session, None).await;
            }
            let refresh = current.and_then(|tokens| tokens.refresh.clone());
            match (&self.client, refresh) {
                (Some(client), Some(refresh)) => {
                    RefreshToken::new(client.clone(), refresh).fetch(session, current).await
                }
                _ => Err(Error::new(ErrorKind::Authentication, "there is none, or it has expired")
                    .with_hint("log in with `tapis login`")),
            }
        })
    }
}

/// The file with the tokens.
pub(crate) fn token_store() -> Result<FileTokenStore, Failure> {
    Ok(FileTokenStore::new(config::state_folder()?.join("tokens.json")))
}

/// The keys of the OAuth clients that `tapis login` created, by address and id.
pub(crate) struct ClientKeys(BTreeMap<String, String>);

impl ClientKeys {
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = config::state_folder()?.join("clients.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Self).map_err(|_| {
                Failure::new(Exit::Failed, format!("{} cannot be read as JSON", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(BTreeMap::new())),
            Err(error) => Err(Failure::new(Exit::Failed, format!("{}: {error}", path.display()))),
        }
    }

    fn name(base_url: &str, id: &str) -> String {
        format!("{base_url} {id}")
    }

    pub(crate) fn get(&self, base_url: &str, id: &str) -> Option<OAuthClient> {
        let key = self.0.get(&Self::name(base_url, id))?;
        Some(OAuthClient::new(id, Secret::from(key)))
    }

    pub(crate) fn insert(&mut self, base_url: &str, id: &str, key: &Secret) {
        self.0.insert(Self::name(base_url, id), key.expose_secret().to_owned());
    }

    pub(crate) fn remove(&mut self, base_url: &str, id: &str) {
        self.0.remove(&Self::name(base_url, id));
    }

    pub(crate) fn save(&self) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.0)
            .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        config::write_private(&config::state_folder()?.join("clients.json"), text.as_bytes())
    }
}

/// The profile that the command uses, with its name.
pub(crate) fn profile(globals: &Globals) -> Result<Option<(String, Profile)>, Failure> {
    let config = Config::read()?;
    let name = match &globals.profile {
        Some(name) => name.clone(),
        None => match config.current() {
            Some(name) => name.to_owned(),
            None => return Ok(None),
        },
    };
    let profile = config.profile(&name).ok_or_else(|| {
        Failure::usage(format!("there is no profile {name:?}"))
            .with_hint("`tapis profiles list` lists them; `tapis login --profile NAME` makes one")
    })?;
    Ok(Some((name, profile)))
}

/// The client for the commands. Variables of the environment win over the profile.
pub(crate) fn tapis(globals: &Globals) -> Result<Tapis, Failure> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let own_login =
        ["TAPIS_USERNAME", "TAPIS_ACCESS_TOKEN", "JWT", "TAPIS_REFRESH_TOKEN"].into_iter().any(set);
    let profile = profile(globals)?;
    let builder = match profile {
        _ if own_login && (set("TAPIS_BASE_URL") || set("TAPIS_TENANT")) => {
            TapisBuilder::from_env()?
        }
        Some((name, Profile { has_login: true, .. })) => TapisBuilder::from_profile(&name)?,
        Some((_, Profile { base_url, username, client_id, .. })) => {
            let url = globals.url.clone().or(base_url).ok_or_else(no_address)?;
            kept(&url, username.as_deref(), client_id.as_deref())?
        }
        None => kept(&globals.url.clone().ok_or_else(no_address)?, None, None)?,
    };
    let mut options = Options::new();
    if let Some(limit) = globals.timeout {
        options = options.with_timeout(limit);
    }
    if globals.verbose {
        let globals = globals.clone();
        options = options.with_request_hook(move |request| {
            globals.note(&format!("{} {}", request.method(), request.path()));
            Ok(())
        });
    }
    Ok(builder.options(options).build()?)
}

fn kept(url: &str, user: Option<&str>, client: Option<&str>) -> Result<TapisBuilder, Failure> {
    let builder = Tapis::builder(url);
    let Some(user) = user else { return Ok(builder) };
    let client = match client {
        Some(id) => ClientKeys::read()?.get(url.trim_end_matches('/'), id),
        None => None,
    };
    Ok(builder.token_source(KeptLogin::new(user, client)).token_store(token_store()?))
}

pub(crate) fn no_address() -> Failure {
    Failure::usage("no Tapis is named")
        .with_hint("log in with `tapis login --tenant TENANT`, or set TAPIS_BASE_URL")
}
