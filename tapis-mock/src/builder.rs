//! Setting up a mock.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::clock::Clock;
use crate::error::Error;
use crate::folder::Folder;
use crate::mock::MockTapis;
use crate::seed;
use crate::server::{self, Server};
use crate::store::Store;
use crate::tls::Tls;
use crate::tokens::keys::SigningKey;
use crate::world::{SERVICE_ACCOUNTS, Settings, Strictness, World, add_user, clients};

/// How long tokens live unless told otherwise, as in the services.
const ACCESS_TTL: Duration = Duration::from_secs(14_400);
const REFRESH_TTL: Duration = Duration::from_secs(31_536_000);
/// How long a state lasts unless told otherwise.
const STEP: Duration = Duration::from_secs(1);
/// The longest body taken in, unless told otherwise.
const MAX_BODY: usize = 256 << 20;
/// How long nothing of a body may come, unless told otherwise; as the router in front of the
/// services (nginx, `client_body_timeout`).
const IDLE_BODY: Duration = Duration::from_secs(60);

/// Settings for a [`MockTapis`]; see [`MockTapis::builder`].
#[must_use]
pub struct Builder {
    address: SocketAddr,
    tenant: String,
    site: String,
    users: Vec<(String, String, bool)>,
    clients: Vec<(String, String)>,
    services: Vec<(String, String)>,
    access_ttl: Duration,
    refresh_ttl: Duration,
    strictness: Strictness,
    seed: u64,
    clock: Clock,
    workers: usize,
    max_body: usize,
    idle_body: Duration,
    verify_answers: bool,
    step: Duration,
    folder: Option<PathBuf>,
    key: Option<(String, String)>,
    seeds: Vec<String>,
    #[cfg(feature = "tls")]
    tls: bool,
}

impl MockTapis {
    /// Settings for a new mock.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            tenant: "dev".to_owned(),
            site: "mock".to_owned(),
            users: Vec::new(),
            clients: Vec::new(),
            services: Vec::new(),
            access_ttl: ACCESS_TTL,
            refresh_ttl: REFRESH_TTL,
            strictness: Strictness::default(),
            seed: 0,
            clock: Clock::running(),
            workers: 1,
            max_body: MAX_BODY,
            idle_body: IDLE_BODY,
            verify_answers: false,
            step: STEP,
            folder: None,
            key: None,
            seeds: Vec::new(),
            #[cfg(feature = "tls")]
            tls: false,
        }
    }
}

impl Builder {
    /// Adds a user to the mock's tenant.
    pub fn user(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((username.into(), password.into(), false));
        self
    }

    /// Adds a user who administers the mock's tenant.
    pub fn admin(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((username.into(), password.into(), true));
        self
    }

    /// Adds an OAuth client, as it takes to get and to use refresh tokens. It belongs to the
    /// first user.
    pub fn client(mut self, id: impl Into<String>, key: impl Into<String>) -> Self {
        self.clients.push((id.into(), key.into()));
        self
    }

    /// Adds a service that may ask the tokens service for tokens with this password.
    pub fn service(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.services.push((name.into(), password.into()));
        self
    }

    /// The tenant that the mock speaks for; `dev` unless told otherwise.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// The site it belongs to; `mock` unless told otherwise.
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.site = site.into();
        self
    }

    /// The address to listen on; a free port of the loopback interface unless told otherwise.
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// How long access tokens live; four hours unless told otherwise.
    pub fn access_token_ttl(mut self, ttl: Duration) -> Self {
        self.access_ttl = ttl;
        self
    }

    /// How long refresh tokens live; a year unless told otherwise.
    pub fn refresh_token_ttl(mut self, ttl: Duration) -> Self {
        self.refresh_ttl = ttl;
        self
    }

    /// Whether the mock does what the documents say or what the deployed services do.
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Where identifiers and example values come from: the same seed gives the same ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Stops the mock's clock at `time`; from then on only
    /// [`MockTapis::advance`] moves it.
    pub fn clock_stopped_at(mut self, time: SystemTime) -> Self {
        self.clock = Clock::stopped_at(time);
        self
    }

    /// Lives by a clock that others may share.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many threads serve requests; one unless told otherwise.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The longest request body taken in; 256 MiB unless told otherwise.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How long nothing of a request body may come before the request ends with 408; a minute
    /// unless told otherwise.
    pub fn idle_body(mut self, limit: Duration) -> Self {
        self.idle_body = limit;
        self
    }

    /// How long jobs, transfers, pods and the like stay in one state; a second unless told
    /// otherwise. With no time at all they are over at once. The mock's clock counts, so a test
    /// that stops it decides itself when they move on.
    pub fn step(mut self, step: Duration) -> Self {
        self.step = step;
        self
    }

    /// Keeps the files of the mock's systems in this folder, which outlives the mock, instead of
    /// a temporary one. [`MockTapis::reset`] empties it.
    pub fn files_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Checks every answer against the document before it goes out, and answers 500 with the
    /// complaints instead where it does not hold. For tests of the mock itself; it has no effect
    /// on a mock that behaves as deployed, and none without the feature `validation`.
    pub fn verify_answers(mut self) -> Self {
        self.verify_answers = true;
        self
    }

    /// Signs tokens with this pair of RSA keys of at least 2048 bits, both PEM, instead of the one
    /// that is compiled in and worthless.
    pub fn signing_key(
        mut self,
        private_pem: impl Into<String>,
        public_pem: impl Into<String>,
    ) -> Self {
        self.key = Some((private_pem.into(), public_pem.into()));
        self
    }

    /// Speaks HTTPS, with a certificate that [`MockTapis::certificate`] gives.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Fills the mock with what a text says before it starts: YAML with the feature `yaml`, and
    /// JSON in any case.
    ///
    /// ```yaml
    /// users:
    ///   - { username: ada, password: secret, admin: true }
    /// clients:
    ///   - { client_id: my-client, client_key: my-key, owner: ada }
    /// services:
    ///   - { name: jobs, password: service-password }
    /// systems:        # bodies of createSystem; `owner` says who makes them
    ///   - { id: my-system, systemType: LINUX, host: localhost, rootDir: /, canExec: false,
    ///       defaultAuthnMethod: PASSWORD }
    /// apps: []        # bodies of createAppVersion
    /// files:          # by system and path
    ///   my-system:
    ///     data/readme.txt: Hello.
    /// links:          # symbolic links by system and path; an absolute one begins at the top
    ///   my-system:
    ///     data/newest: readme.txt
    /// requests:       # anything else, in order
    ///   - { user: ada, method: POST, path: /v3/systems/my-system/disable }
    /// ```
    pub fn state(mut self, text: impl Into<String>) -> Self {
        self.seeds.push(text.into());
        self
    }

    /// Starts the mock. When this is done, it listens.
    ///
    /// # Errors
    /// When the address is taken or a setting makes no sense.
    #[expect(clippy::unused_async, reason = "starting may come to need waiting")]
    pub async fn start(self) -> Result<MockTapis, Error> {
        self.start_blocking()
    }

    /// Starts the mock from code that is not asynchronous.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<MockTapis, Error> {
        let (listener, address) = server::listen(self.address)?;
        let (tls, certificate) = self.encryption(address.ip())?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let settings = Settings {
            base_url: format!("{scheme}://{address}"),
            tenant: self.tenant.clone(),
            site: self.site.clone(),
            access_ttl: self.access_ttl,
            refresh_ttl: self.refresh_ttl,
            strictness: self.strictness,
            seed: self.seed,
            max_body: self.max_body,
            idle_body: self.idle_body,
            verify_answers: self.verify_answers,
            step: self.step,
        };
        let key = match &self.key {
            Some((private, public)) => SigningKey::from_pem(private, public)?,
            None => SigningKey::development()?,
        };
        let folder = match &self.folder {
            Some(folder) => Folder::at(folder),
            None => Folder::temporary(),
        };
        let folder = folder.map_err(Error::Folder)?;
        let world = Arc::new(World::new(settings, self.clock.clone(), key, folder, self.store())?);
        for seed in &self.seeds {
            seed::plant(&world, seed)?;
        }
        world.settle_in()?;
        let server = Server::start(listener, Arc::clone(&world), self.workers, tls)?;
        Ok(MockTapis::new(world, server, address, certificate))
    }

    #[cfg(feature = "tls")]
    fn encryption(&self, address: IpAddr) -> Result<(Tls, Option<String>), Error> {
        if !self.tls {
            return Ok((Tls::Off, None));
        }
        let (tls, certificate) = crate::tls::self_signed(address)?;
        Ok((tls, Some(certificate)))
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    fn encryption(&self, _: IpAddr) -> Result<(Tls, Option<String>), Error> {
        Ok((Tls::Off, None))
    }

    /// What the mock knows from the start.
    fn store(&self) -> Store {
        let mut store = Store::default();
        for (username, password, admin) in &self.users {
            add_user(&mut store, &self.tenant, username, password, *admin);
        }
        let owner = self.users.first().map_or("admin", |(username, ..)| username);
        let now = self.clock.timestamp().to_string();
        for (id, key) in &self.clients {
            let client = json!({
                "client_id": id,
                "client_key": key,
                "owner": owner,
                "tenant_id": self.tenant,
                "callback_url": "",
                "display_name": id,
                "description": "",
                "active": true,
                "create_time": now,
                "last_update_time": now,
            });
            store.put(&clients(&self.tenant), id, client);
        }
        for (name, password) in &self.services {
            store.put(SERVICE_ACCOUNTS, name, json!({ "password": password }));
        }
        store
    }
}
