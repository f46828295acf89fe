//! The handle on a running mock.

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

    /// Where the mock listens, as clients are configured with it: no slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.world.settings.base_url
    }

    /// Where the mock listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate, PEM, that clients of a mock that speaks HTTPS have to trust.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The tenant that the mock speaks for.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.world.settings.tenant
    }

    /// The names of the tenant's users, those of a seed among them.
    #[must_use]
    pub fn users(&self) -> Vec<String> {
        let store = self.world.store();
        store.records(&users(self.tenant())).map(|(name, _)| name.to_owned()).collect()
    }

    /// The public key, PEM, with which the mock's tokens are verified.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.world.key.public_pem()
    }

    /// The time the mock lives in.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Moves the mock's time forward: tokens age, jobs progress.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// Makes an access token, good or bad, without a call.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn mint_access_token(&self, mint: Mint) -> Result<String, Error> {
        self.world.mint(mint)
    }

    /// The requests received so far, oldest first. Those to the control API are not among them. Of
    /// very many the last ones are kept: ten thousand, and no more than 64 MiB of them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.journal.all()
    }

    /// The requests received so far for one operation, given as `getSystem` or `get_system`, alone
    /// or after the service as in `systems.getSystem`.
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

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        self.world.journal.clear();
    }

    /// Makes something go wrong. Several faults may wait at once; the one asked for first
    /// strikes first.
    pub fn inject(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// The faults that still wait for a call.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.world.faults.all()
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Holds a job in a state, such as `BLOCKED` or `FAILED`.
    ///
    /// # Errors
    /// When there is no such job or no such state.
    pub fn set_job_status(&self, uuid: &str, status: &str) -> Result<(), Error> {
        self.world.set_job_status(self.tenant(), uuid, status)
    }

    /// Lets a job that was held in a state go on as if it never had been.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn release_job(&self, uuid: &str) -> Result<(), Error> {
        self.world.release_job(self.tenant(), uuid)
    }

    /// Makes a job fail when it has run.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn fail_job(&self, uuid: &str) -> Result<(), Error> {
        self.world.fail_job(self.tenant(), uuid)
    }

    /// Makes the host of a system refuse the login with every credential, until
    /// [`accept_logins`](Self::accept_logins).
    ///
    /// # Errors
    /// When there is no such system.
    pub fn refuse_logins(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Refused)
    }

    /// Lets the services behave as if no credential was stored for a system, until
    /// [`accept_logins`](Self::accept_logins).
    ///
    /// # Errors
    /// When there is no such system.
    pub fn hide_credential(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Missing)
    }

    /// Lets the host of a system accept logins again, as it does at first.
    ///
    /// # Errors
    /// When there is no such system.
    pub fn accept_logins(&self, system: &str) -> Result<(), Error> {
        self.world.set_login(self.tenant(), system, Login::Accepted)
    }

    /// Makes a symbolic link on a system, which no call of Tapis can do. Where it leads is read
    /// on that system; an absolute path begins at the top of the system, and no link leads out.
    ///
    /// # Errors
    /// When there is no such system, or the link cannot be made.
    pub fn link(&self, system: &str, path: &str, target: &str) -> Result<(), Error> {
        self.world.link(self.tenant(), system, path, target)
    }

    /// Enters the user code of a device flow, as a person does in a browser.
    ///
    /// # Errors
    /// When nobody was given that code.
    pub fn approve_device(&self, user_code: &str, username: &str) -> Result<(), Error> {
        self.world.approve_device(self.tenant(), user_code, username)
    }

    /// Registers the OAuth client `client_id` with a callback URL; clients of the builder have none.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_callback_url(&self, client_id: &str, callback_url: &str) -> Result<(), Error> {
        self.world.set_callback_url(self.tenant(), client_id, callback_url)
    }

    /// Gives out an authorization code, as a person brings about in a browser.
    ///
    /// # Errors
    /// When there is no such client, or when `redirect_uri` is not its callback URL to the letter.
    pub fn authorization_code(
        &self,
        client_id: &str,
        username: &str,
        redirect_uri: &str,
    ) -> Result<String, Error> {
        self.world.issue_code(self.tenant(), client_id, username, redirect_uri)
    }

    /// Everything the mock remembers, files included, as JSON.
    ///
    /// # Errors
    /// When files cannot be read.
    pub fn snapshot(&self) -> Result<serde_json::Value, Error> {
        self.world.snapshot()
    }

    /// Puts back what [`snapshot`](Self::snapshot) gave.
    ///
    /// # Errors
    /// When it is no snapshot, or files cannot be written.
    pub fn restore(&self, snapshot: serde_json::Value) -> Result<(), Error> {
        self.world.restore(snapshot)
    }

    /// Goes back to how it was started: records, files, faults and journal. The clock keeps its
    /// time.
    ///
    /// # Errors
    /// When files cannot be deleted.
    pub fn reset(&self) -> Result<(), Error> {
        self.world.reset()
    }
}

impl fmt::Debug for MockTapis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTapis").field("address", &self.address).finish_non_exhaustive()
    }
}
