//! Functions for tests that no call of Tapis has.

use serde_json::json;

use crate::error::Error;
use crate::folder::Within;
use crate::services::authenticator::device;
use crate::services::jobs::job::{OVER, WAY};
use crate::services::jobs::progress;
use crate::shared::logins::Login;
use crate::shared::systems::SYSTEM;
use crate::store::in_tenant;
use crate::world::{World, clients};

/// States of jobs that are neither intermediate nor final.
const ASIDE: [&str; 2] = ["BLOCKED", "PAUSED"];
/// The lifetime of an authorization code.
const CODE_LIFETIME: i64 = 600;

impl World {
    /// Holds a job in a state.
    pub(crate) fn set_job_status(&self, tenant: &str, id: &str, status: &str) -> Result<(), Error> {
        if ![&WAY[..], &OVER[..], &ASIDE[..]].concat().contains(&status) {
            return Err(Error::NoSuchStatus(status.to_owned()));
        }
        found(progress::force(self, tenant, id, Some(status)), "job", id)
    }

    /// Releases a job that was held.
    pub(crate) fn release_job(&self, tenant: &str, id: &str) -> Result<(), Error> {
        found(progress::force(self, tenant, id, None), "job", id)
    }

    /// Makes a job end in FAILED after it has run.
    pub(crate) fn fail_job(&self, tenant: &str, id: &str) -> Result<(), Error> {
        found(progress::set_outcome(self, tenant, id, true), "job", id)
    }

    /// Sets the outcome of logins to the host of a system.
    pub(crate) fn set_login(&self, tenant: &str, id: &str, login: Login) -> Result<(), Error> {
        let mut store = self.store();
        let known = store.contains(&SYSTEM.in_tenant(tenant), id);
        if known {
            login.arrange(&mut store, tenant, id);
        }
        drop(store);
        found(known, "system", id)
    }

    /// Creates a symbolic link on a system, which no call can do.
    pub(crate) fn link(
        &self,
        tenant: &str,
        id: &str,
        path: &str,
        target: &str,
    ) -> Result<(), Error> {
        found(self.store().contains(&SYSTEM.in_tenant(tenant), id), "system", id)?;
        let within = Within::clean(path).filter(|within| !within.is_root());
        let within = within.ok_or_else(|| Error::Unknown { what: "path", id: path.to_owned() })?;
        let disk = self.folder.system(tenant, id);
        disk.link(&within, target.as_ref()).map_err(Error::Folder)
    }

    /// Enters a user code, as a user does in a browser.
    pub(crate) fn approve_device(
        &self,
        tenant: &str,
        user_code: &str,
        username: &str,
    ) -> Result<(), Error> {
        let mut store = self.store();
        let entered = device::approve(&mut store, tenant, user_code, username);
        drop(store);
        found(entered, "user code", user_code)
    }

    /// Changes the callback URL that a client is registered with.
    pub(crate) fn set_callback_url(
        &self,
        tenant: &str,
        client: &str,
        callback_url: &str,
    ) -> Result<(), Error> {
        let mut store = self.store();
        let record = store.get_mut(&clients(tenant), client);
        let record =
            record.ok_or_else(|| Error::Unknown { what: "client", id: client.to_owned() })?;
        record["callback_url"] = callback_url.into();
        drop(store);
        Ok(())
    }

    /// Issues an authorization code, as a login in a browser does.
    pub(crate) fn issue_code(
        &self,
        tenant: &str,
        client: &str,
        username: &str,
        redirect_uri: &str,
    ) -> Result<String, Error> {
        let mut store = self.store();
        let registered = store.get(&clients(tenant), client);
        let registered =
            registered.ok_or_else(|| Error::Unknown { what: "client", id: client.to_owned() })?;
        let registered = registered["callback_url"].as_str().unwrap_or_default();
        if registered != redirect_uri {
            return Err(Error::CallbackUrl {
                client: client.to_owned(),
                registered: registered.to_owned(),
            });
        }
        let code = self.random.text(40);
        let record = json!({
            "client_id": client,
            "username": username,
            "expires": self.clock.seconds().saturating_add(CODE_LIFETIME),
        });
        store.put(&in_tenant(tenant, "authorization_codes"), code.clone(), record);
        drop(store);
        Ok(code)
    }
}

fn found(found: bool, what: &'static str, id: &str) -> Result<(), Error> {
    if found { Ok(()) } else { Err(Error::Unknown { what, id: id.to_owned() }) }
}
