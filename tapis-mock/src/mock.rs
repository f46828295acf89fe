//! The handle of a running mock.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::document::demand;
use crate::error::Error;
use crate::fault::Fault;
use crate::journal::RecordedRequest;
use crate::server::Server;
use crate::shared::logins::Login;
use crate::tokens::mint::Mint;
use crate::world::{World, users};

/// A running mock. It stops when dropped.
///
/// ```
/// use tapis_mock::MockTapis;
///
/// # fn main() -> Result<(), tapis_mock::Error> {
/// let mock = MockTapis::builder().user("testuser", "secret").start_blocking()?;
/// assert!(mock.base_url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
pub struct MockTapis {
    world: Arc<World>,
    address: SocketAddr,
    certificate: Option<String>,
    _server: Server,
}

impl MockTapis {
    pub(crate) fn new(
        world: Arc<World>,
        server: Server,
        address: SocketAddr,
        certificate: Option<String>,
    ) -> Self {
        Self { world, address, certificate, _server: server }
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// The base URL of the mock, for the configuration of clients, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.world.settings.base_url
    }

    /// The address that the mock listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate, in PEM, that clients of a mock with HTTPS must trust.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The default tenant of the mock.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.world.settings.tenant
    }

    /// The names of the tenant's users, including those from the seed.
    #[must_use]
    pub fn users(&self) -> Vec<String> {
        let store = self.world.store();
        store.records(&users(self.tenant())).map(|(name, _)| name.to_owned()).collect()
    }

    /// The public key, in PEM, that verifies the mock's tokens.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.world.key.public_pem()
    }

    /// The current time of the mock's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Advances the mock's clock: tokens age and jobs progress.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// Creates an access token, valid or invalid, without a call.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn mint_access_token(&self, mint: Mint) -> Result<String, Error> {
        self.world.mint(mint)
    }

    /// The requests received so far, oldest first, without those to the control API. At most the
    /// last ten thousand requests and 64 MiB are kept.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.journal.all()
    }

    /// The requests received so far for one operation, given as `getSystem` or `get_system`, with
    /// or without the service, as in `systems.getSystem`.
    ///
    /// # Panics
    /// If there is no such operation.
    #[must_use]
    #[track_caller]
    pub fn requests_for(&self, operation: &str) -> Vec<RecordedRequest> {
        demand(operation);
        let mut requests = self.requests();
        requests.retain(|request| request.is_called(operation));
        requests
    }

    /// Deletes the record of the requests received so far.
    pub fn clear_requests(&self) {
        self.world.journal.clear();
    }

    /// Injects a fault. Several faults can be pending; for each call, the first one that matches
    /// takes effect.
    pub fn inject(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// The faults that are still pending.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.world.faults.all()
    }

    /// Removes all pending faults.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Holds a job in a state, such as `BLOCKED` or `FAILED`.
    ///
    /// # Errors
    /// There is no such job or no such state.
    pub fn set_job_status(&self, uuid: &str, status: &str) -> Result<(), Error> {
        self.world.set_job_status(self.tenant(), uuid, status)
    }

    /// Releases a job that was held in a state, so that it progresses normally.
    ///
    /// # Errors
    /// There is no such job.
    pub fn release_job(&self, uuid: &str) -> Result<(), Error> {
        self.world.release_job(self.tenant(), uuid)
    }

    /// Makes a job end in FAILED after it has run.
    ///
    /// # Errors
    /// There is no such job.
    pub fn fail_job(&self, uuid: &str) -> Result<(), Error> {
        self.world.fail_job(self.tenant(), uuid)
    }

    /// Makes the host of a system refuse logins with every credential, until
    /// [`accept_logins`](Self::accept_logins).
    ///
    /// # Errors
    /// There is no such system.
    pub fn refuse_logins(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Refused)
    }

    /// Makes the services behave as if no credential were stored for a system, until
    /// [`accept_logins`](Self::accept_logins).
    ///
    /// # Errors
    /// There is no such system.
    pub fn hide_credential(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Missing)
    }

    /// Makes the host of a system accept logins again, which is the default.
    ///
    /// # Errors
    /// There is no such system.
    pub fn accept_logins(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Accepted)
    }

    /// Creates a symbolic link on a system, which no call of Tapis can do. The target is resolved
    /// on that system: an absolute path starts at the root of the system, and no link leads out of
    /// it.
    ///
    /// # Errors
    /// There is no such system, or the link cannot be created.
    pub fn link(&self, system: &str, path: &str, target: &str) -> Result<(), Error> {
        self.world.link(self.tenant(), system, path, target)
    }

    /// Enters the user code of a device login, as a user does in a browser.
    ///
    /// # Errors
    /// The code was not issued.
    pub fn approve_device(&self, user_code: &str, username: &str) -> Result<(), Error> {
        self.world.approve_device(self.tenant(), user_code, username)
    }

    /// Registers the OAuth client `client_id` with a callback URL; clients of the builder have none.
    ///
    /// # Errors
    /// There is no such client.
    pub fn set_callback_url(&self, client_id: &str, callback_url: &str) -> Result<(), Error> {
        self.world.set_callback_url(self.tenant(), client_id, callback_url)
    }

    /// Issues an authorization code, as a login in a browser does.
    ///
    /// # Errors
    /// There is no such client, or `redirect_uri` is not exactly its callback URL.
    pub fn authorization_code(
        &self,
        client_id: &str,
        username: &str,
        redirect_uri: &str,
    ) -> Result<String, Error> {
        self.world.issue_code(self.tenant(), client_id, username, redirect_uri)
    }

    /// Returns the whole state of the mock, including files, as JSON.
    ///
    /// # Errors
    /// Files cannot be read.
    pub fn snapshot(&self) -> Result<serde_json::Value, Error> {
        self.world.snapshot()
    }

    /// Restores a state that [`snapshot`](Self::snapshot) returned.
    ///
    /// # Errors
    /// It is not a snapshot, or files cannot be written.
    pub fn restore(&self, snapshot: serde_json::Value) -> Result<(), Error> {
        self.world.restore(snapshot)
    }

    /// Resets the mock to its state at the start: records, files, faults and journal. The clock
    /// keeps its time.
    ///
    /// # Errors
    /// Files cannot be deleted.
    pub fn reset(&self) -> Result<(), Error> {
        self.world.reset()
    }
}

impl fmt::Debug for MockTapis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTapis").field("address", &self.address).finish_non_exhaustive()
    }
}
