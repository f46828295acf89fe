//! What the cases are run against.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tapis_mock::{Mint, MockTapis, Strictness};
use xtask::conformance::User;

use crate::variables::Variables;

/// The systems of the mock, by the names of their variables.
const STATE: &str = include_str!("state.yaml");

/// A Tapis server, with all that a case may name.
pub(crate) struct Target {
    pub(crate) base_url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) variables: Variables,
    tokens: BTreeMap<&'static str, String>,
    /// The mock that this case has for itself.
    pub(crate) mock: Option<MockTapis>,
}

impl Target {
    /// A mock of its own, whose clock stands still between requests.
    pub(crate) async fn mock() -> Self {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let mock = MockTapis::builder()
            .user("owner", "secret")
            .user("other", "secret")
            .admin("admin", "secret")
            .strictness(Strictness::AsDeployed)
            .clock_stopped_at(time)
            .step(Duration::from_secs(10))
            .state(STATE);
        let mock = mock.start().await.unwrap();
        let token = |name| (name, mock.mint_access_token(Mint::user(name)).unwrap());
        let mut tokens = BTreeMap::from(["owner", "other", "admin"].map(token));
        let service = mock.mint_access_token(Mint::service("jobs", "mock")).unwrap();
        tokens.insert("service", service);
        let names = ["linux", "linux2", "batch", "s3", "globus", "irods"];
        let mut known = BTreeMap::from(names.map(|name| (name, name.to_owned())));
        known.insert("password", "secret".to_owned());
        let mut target = Self::new(mock.base_url().to_owned(), tokens, &known);
        target.begin("conformance", "run0");
        target.mock = Some(mock);
        target
    }

    pub(crate) fn new(
        base_url: String,
        tokens: BTreeMap<&'static str, String>,
        known: &BTreeMap<&'static str, String>,
    ) -> Self {
        // Nobody else has chosen what TLS is made with.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(120));
        let mut variables = Variables::default();
        for (name, value) in known {
            variables.0.insert((*name).to_owned(), value.as_str().into());
        }
        for (name, token) in &tokens {
            let claims = claims(token);
            let name = if *name == "owner" { "user" } else { name };
            variables.0.insert(name.to_owned(), claims["tapis/username"].clone());
            if name == "user" {
                variables.0.insert("tenant".to_owned(), claims["tapis/tenant_id"].clone());
            }
        }
        variables.0.insert("base_url".to_owned(), base_url.as_str().into());
        Self { base_url, http: http.build().unwrap(), variables, tokens, mock: None }
    }

    /// Names for what one case makes.
    fn begin(&mut self, directory: &str, run: &str) {
        self.variables.0.insert("run".to_owned(), run.into());
        self.variables.0.insert("prefix".to_owned(), format!("{directory}/{run}").into());
    }

    /// The token of a user; the name of the variable that is missing where there is none.
    pub(crate) fn token(&self, user: User) -> Result<Option<&str>, &'static str> {
        let name = match user {
            User::Owner => "owner",
            User::Other => "other",
            User::Admin => "admin",
            User::Service => "service",
            User::None => return Ok(None),
        };
        self.tokens.get(name).map(|token| Some(token.as_str())).ok_or(name)
    }
}

/// Any Tapis, as the environment describes it.
pub(crate) struct Real {
    base_url: String,
    tokens: BTreeMap<&'static str, String>,
    known: BTreeMap<&'static str, String>,
    directory: String,
    /// Makes the names of this run differ from those of others.
    started: u64,
}

impl Real {
    /// `None` unless `TAPIS_CONFORMANCE` is 1.
    pub(crate) async fn from_env() -> Option<Self> {
        if env::var("TAPIS_CONFORMANCE").as_deref() != Ok("1") {
            return None;
        }
        let wanted = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let base_url = wanted("TAPIS_BASE_URL").trim_end_matches('/').to_owned();
        let mut tokens = BTreeMap::new();
        let owner = match env::var("TAPIS_ACCESS_TOKEN") {
            Ok(token) => token,
            Err(_) => log_in(&base_url, &wanted("TAPIS_USERNAME"), &wanted("TAPIS_PASSWORD")).await,
        };
        tokens.insert("owner", owner);
        for (name, variable) in
            [("other", "TAPIS_CONFORMANCE_OTHER_TOKEN"), ("admin", "TAPIS_CONFORMANCE_ADMIN_TOKEN")]
        {
            tokens.extend(env::var(variable).ok().map(|token| (name, token)));
        }
        let mut known = BTreeMap::from([("linux", wanted("TAPIS_CONFORMANCE_SYSTEM"))]);
        for (name, variable) in [
            ("linux2", "TAPIS_CONFORMANCE_SYSTEM_2"),
            ("batch", "TAPIS_CONFORMANCE_BATCH"),
            ("s3", "TAPIS_CONFORMANCE_S3"),
            ("globus", "TAPIS_CONFORMANCE_GLOBUS"),
            ("irods", "TAPIS_CONFORMANCE_IRODS"),
            ("password", "TAPIS_PASSWORD"),
        ] {
            known.extend(env::var(variable).ok().map(|value| (name, value)));
        }
        let directory =
            env::var("TAPIS_CONFORMANCE_DIRECTORY").unwrap_or("tapis-conformance".to_owned());
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        Some(Self { base_url, tokens, known, directory, started })
    }

    pub(crate) fn target(&self, number: usize) -> Target {
        let mut target = Target::new(self.base_url.clone(), self.tokens.clone(), &self.known);
        // No hyphen: a name of a table is not quoted.
        target.begin(&self.directory, &format!("c{:x}x{number}", self.started));
        target
    }
}

async fn log_in(base_url: &str, username: &str, password: &str) -> String {
    let body = json!({ "username": username, "password": password, "grant_type": "password" });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().post(format!("{base_url}/v3/oauth2/tokens"));
    let request = request.header("content-type", "application/json").body(body.to_string());
    let reply = request.send().await.unwrap().bytes().await.unwrap();
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    let token = &reply["result"]["access_token"]["access_token"];
    token.as_str().unwrap_or_else(|| panic!("no token for {username}")).to_owned()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).unwrap_or_default();
    serde_json::from_slice(&payload).unwrap_or_default()
}
