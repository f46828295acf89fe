//! The server and the user of a command.

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
use crate::redact;

/// A login that was made by `tapis login`: tokens are in the store, and a refresh token renews them.
#[derive(Debug, Default)]
pub(crate) struct KeptLogin {
    /// Unknown only while a browser logs somebody in.
    user: Option<String>,
    client: Option<OAuthClient>,
    /// How to log in now; without it there is nothing but the store.
    fresh: Option<Box<dyn TokenSource>>,
    /// Whether the tokens of the store are used as they are.
    frozen: bool,
}

impl KeptLogin {
    pub(crate) fn new(user: Option<&str>, client: Option<OAuthClient>) -> Self {
        Self { user: user.map(str::to_owned), client, ..Self::default() }
    }

    pub(crate) fn with(mut self, fresh: impl TokenSource + 'static) -> Self {
        self.fresh = Some(Box::new(fresh));
        self
    }

    /// Without renewals: a token that has expired is an error.
    fn frozen(mut self) -> Self {
        self.frozen = true;
        self
    }
}

impl TokenSource for KeptLogin {
    fn grant(&self) -> &'static str {
        "saved login"
    }

    fn identity(&self) -> Identity {
        let mut identity = Identity::new(self.grant());
        if let Some(user) = &self.user {
            identity = identity.with_user(user);
        }
        if let Some(client) = &self.client {
            identity = identity.with_client(client.id());
        }
        identity
    }

    fn is_interactive(&self) -> bool {
        self.fresh.as_ref().is_some_and(|fresh| fresh.is_interactive())
    }

    fn can_renew(&self) -> bool {
        !self.frozen
    }

    fn check(&self) -> Result<(), Error> {
        self.fresh.as_ref().map_or(Ok(()), |fresh| fresh.check())
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
                (Some(client), Some(refresh)) if !self.frozen => {
                    let renewal = RefreshToken::new(client.clone(), refresh);
                    renewal.fetch(session, current).await.map_err(|error| {
                        match error.is_authentication() {
                            true => error.with_hint("log in with `tapis login`"),
                            false => error,
                        }
                    })
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

    /// The id of a client for this server.
    pub(crate) fn any(&self, base_url: &str) -> Option<&str> {
        self.0.keys().find_map(|name| name.strip_prefix(base_url)?.strip_prefix(' '))
    }

    /// The id of a client for this server that is `stem`, a hyphen and six characters.
    pub(crate) fn with_stem(&self, base_url: &str, stem: &str) -> Option<&str> {
        let mut ids =
            self.0.keys().filter_map(|name| name.strip_prefix(base_url)?.strip_prefix(' '));
        ids.find(|id| {
            let rest = id.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
            rest.is_some_and(|rest| rest.len() == 6)
        })
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

/// How the commands log in.
#[derive(Debug)]
pub(crate) enum Login {
    /// By variables of the environment.
    Environment { url: String },
    /// By what the user has written into a profile.
    Profile { name: String, url: String },
    /// By what `tapis login` has stored, if anything.
    Kept { profile: Option<String>, url: String, user: Option<String>, client: Option<OAuthClient> },
}

impl Login {
    /// Variables of the environment win over the profile. A password or a token is of one server: options that name
    /// another one are refused.
    pub(crate) fn of(globals: &Globals) -> Result<Self, Failure> {
        let by_variables = ["TAPIS_USERNAME", "TAPIS_ACCESS_TOKEN", "JWT", "TAPIS_REFRESH_TOKEN"]
            .into_iter()
            .any(is_set);
        let chosen = profile(globals)?;
        if let Some(url) = server_of_variables().filter(|_| by_variables) {
            let hint = "unset TAPIS_USERNAME, TAPIS_ACCESS_TOKEN, JWT and TAPIS_REFRESH_TOKEN";
            match &globals.profile {
                Some(name) if variable("TAPIS_PROFILE").as_ref() != Some(name) => {
                    let message = format!(
                        "--profile {name} is given, but variables of the environment log in at {url}"
                    );
                    return Err(Failure::usage(message).with_hint(hint));
                }
                _ => {}
            }
            check_server(globals, &url, "variables of the environment log in", hint)?;
            return Ok(Self::Environment { url });
        }
        let (name, profile) = match chosen {
            Some((name, profile)) if profile.has_login => {
                let url = profile.base_url.ok_or_else(no_address)?;
                let login = format!("the profile {name} has a password or a token");
                let hint =
                    "name another profile with --profile, or leave out --url and TAPIS_BASE_URL";
                check_server(globals, &url, &login, hint)?;
                return Ok(Self::Profile { name, url });
            }
            Some((name, profile)) => (Some(name), profile),
            None => (None, Profile::default()),
        };
        let url = globals.url.clone().or(profile.base_url).ok_or_else(no_address)?;
        let client = kept_client(&url, profile.client_id.as_deref())?;
        Ok(Self::Kept { profile: name, url, user: profile.username, client })
    }

    /// The server of the command, whether it is sent or shown.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Environment { url } | Self::Profile { url, .. } | Self::Kept { url, .. } => url,
        }
    }

    fn builder(self) -> Result<TapisBuilder, Failure> {
        match self {
            Self::Environment { .. } => Ok(TapisBuilder::from_env()?),
            Self::Profile { name, .. } => Ok(TapisBuilder::from_profile(&name)?),
            Self::Kept { url, user: None, .. } => Ok(Tapis::builder(url)),
            Self::Kept { url, user: Some(user), client, .. } => {
                let login = KeptLogin::new(Some(&user), client);
                Ok(Tapis::builder(url).token_source(login).token_store(token_store()?))
            }
        }
    }

    /// Whether a token that expires is replaced without a question.
    pub(crate) fn is_renewable(&self) -> bool {
        match self {
            Self::Environment { .. } => !(is_set("TAPIS_ACCESS_TOKEN") || is_set("JWT")),
            Self::Profile { .. } => true,
            Self::Kept { client, .. } => client.is_some(),
        }
    }
}

impl std::fmt::Display for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment { .. } => f.write_str("variables of the environment"),
            Self::Profile { name, .. } => write!(f, "{name}, with a login of its own"),
            Self::Kept { profile, user, .. } => {
                let profile = profile.as_deref().unwrap_or("no profile");
                write!(f, "{profile}, {}", user.as_deref().unwrap_or("nobody"))
            }
        }
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The server that variables name, in the library's order.
fn server_of_variables() -> Option<String> {
    let of_tenant = || Some(format!("https://{}.tapis.io", variable("TAPIS_TENANT")?));
    variable("TAPIS_BASE_URL").or_else(of_tenant)
}

/// `--url` may not name another server than `url`, where `login` says who logs in.
fn check_server(globals: &Globals, url: &str, login: &str, hint: &str) -> Result<(), Failure> {
    match &globals.url {
        Some(asked) if !config::is_same_server(asked, url) => {
            let message = format!("{asked} is to be used, but {login} at {url}");
            Err(Failure::usage(message).with_hint(hint))
        }
        _ => Ok(()),
    }
}

/// The client for the commands.
pub(crate) fn tapis(globals: &Globals) -> Result<Tapis, Failure> {
    Ok(Login::of(globals)?.builder()?.options(options(globals)).build()?)
}

/// The time limit, and with `-v` the requests on stderr, without their queries, headers and bodies.
pub(crate) fn options(globals: &Globals) -> Options {
    let mut options = Options::new();
    if let Some(limit) = globals.timeout {
        options = options.with_timeout(limit);
    }
    if globals.verbose {
        let globals = globals.clone();
        options = options.with_request_hook(move |request| {
            let path = redact::path(request.operation(), request.path());
            globals.note(&format!("{} {path}", request.method()));
            Ok(())
        });
    }
    options
}

/// The OAuth client whose key is stored.
fn kept_client(url: &str, id: Option<&str>) -> Result<Option<OAuthClient>, Failure> {
    let Some(id) = id else { return Ok(None) };
    Ok(ClientKeys::read()?.get(url.trim_end_matches('/'), id))
}

/// A client that uses a token which `tapis login` has stored, and neither renews it nor logs in.
pub(crate) fn with_stored_token(profile: &Profile) -> Result<Option<Tapis>, Failure> {
    let Profile { base_url: Some(url), username: Some(user), client_id, has_login: false } =
        profile
    else {
        return Ok(None);
    };
    let login = KeptLogin::new(Some(user), kept_client(url, client_id.as_deref())?).frozen();
    Ok(Some(Tapis::builder(url).token_source(login).token_store(token_store()?).build()?))
}

pub(crate) fn no_address() -> Failure {
    Failure::usage("no Tapis is named")
        .with_hint("log in with `tapis login --tenant TENANT`, or set TAPIS_BASE_URL")
}
