//! The settings of a mock.

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

/// The default lifetime of access tokens, as in the services.
const ACCESS_TTL: Duration = Duration::from_secs(14_400);
const REFRESH_TTL: Duration = Duration::from_secs(31_536_000);
/// The default duration of a state.
const STEP: Duration = Duration::from_secs(1);
/// The default maximum length of a request body.
const MAX_BODY: usize = 256 << 20;
/// The default time limit for a pause within a request body, as in the router in front of the
/// services (nginx, `client_body_timeout`).
const IDLE_BODY: Duration = Duration::from_secs(60);

/// The settings of a [`MockTapis`]; see [`MockTapis::builder`].
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
    /// Starts building a mock.
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

    /// Adds a user who is an administrator of the mock's tenant.
    pub fn admin(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((username.into(), password.into(), true));
        self
    }

    /// Adds an OAuth client, which is needed for refresh tokens. It belongs to the first user.
    pub fn client(mut self, id: impl Into<String>, key: impl Into<String>) -> Self {
        self.clients.push((id.into(), key.into()));
        self
    }

    /// Adds a service that can request tokens from the Tokens service with this password.
    pub fn service(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.services.push((name.into(), password.into()));
        self
    }

    /// Sets the default tenant of the mock. Default: `dev`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Sets the site of the mock. Default: `mock`.
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.site = site.into();
        self
    }

    /// Sets the address to listen on. Default: a free port of the loopback interface.
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the lifetime of access tokens. Default: four hours.
    pub fn access_token_ttl(mut self, ttl: Duration) -> Self {
        self.access_ttl = ttl;
        self
    }

    /// Sets the lifetime of refresh tokens. Default: a year.
    pub fn refresh_token_ttl(mut self, ttl: Duration) -> Self {
        self.refresh_ttl = ttl;
        self
    }

    /// Sets whether the mock follows the documents or the deployed services, where they differ.
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Sets the seed of identifiers and example values: the same seed gives the same values.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Stops the mock's clock at `time`; afterwards only [`MockTapis::advance`] changes it.
    pub fn clock_stopped_at(mut self, time: SystemTime) -> Self {
        self.clock = Clock::stopped_at(time);
        self
    }

    /// Sets a clock, which several mocks can share.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the number of threads that serve requests. Default: one.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Sets the maximum length of a request body. Default: 256 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the time limit for a pause within a request body, after which the request fails with
    /// 408. Default: one minute.
    pub fn idle_body(mut self, limit: Duration) -> Self {
        self.idle_body = limit;
        self
    }

    /// Sets how long jobs, transfers, pods and the like stay in each state. Default: one second.
    /// With zero they end at once. The time is that of the mock's clock, so a test that stops the
    /// clock controls their progress.
    pub fn step(mut self, step: Duration) -> Self {
        self.step = step;
        self
    }

    /// Keeps the files of the mock's systems in this directory, which is not deleted with the mock,
    /// instead of a temporary one. [`MockTapis::reset`] empties it.
    pub fn files_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Checks every reply against its document before it is sent, and sends a 500 with the errors
    /// if it does not match. For tests of the mock itself. It has no effect on a mock that behaves
    /// as deployed, or without the feature `validation`.
    pub fn verify_answers(mut self) -> Self {
        self.verify_answers = true;
        self
    }

    /// Signs tokens with this pair of RSA keys of at least 2048 bits, in PEM, instead of the
    /// built-in pair, which is public and therefore not secure.
    pub fn signing_key(
        mut self,
        private_pem: impl Into<String>,
        public_pem: impl Into<String>,
    ) -> Self {
        self.key = Some((private_pem.into(), public_pem.into()));
        self
    }

    /// Enables HTTPS, with a certificate that [`MockTapis::certificate`] returns.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Adds users, systems, files and more before the mock starts, from JSON or, with the feature
    /// `yaml`, YAML.
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

    /// Starts the mock. It listens when this returns.
    ///
    /// # Errors
    /// The address is in use, or a setting is invalid.
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

    /// The initial content of the mock.
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
