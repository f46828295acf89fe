//! One mock: its settings, its clock and its state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::error::Error;
use crate::fault::Faults;
use crate::folder::Folder;
use crate::journal::Journal;
use crate::random::Random;
use crate::store::{Store, in_tenant};
use crate::tokens::keys::SigningKey;
use crate::tokens::mint::{Mint, Press};
use crate::tokens::verify::{Caller, OBO_TENANT, OBO_USER, Opener, Place, Refusal, TOKEN_HEADER};

/// Whether the mock follows the documents or the services, where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Replies match the documents.
    #[default]
    AsDocumented,
    /// Replies have the quirks of the deployed services: nulls, incomplete records, booleans and
    /// JSON as strings, statuses and values that no document has.
    AsDeployed,
}

/// The settings, which do not change after the start.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) tenant: String,
    pub(crate) site: String,
    /// The base URL of the mock.
    pub(crate) base_url: String,
    pub(crate) access_ttl: Duration,
    pub(crate) refresh_ttl: Duration,
    pub(crate) strictness: Strictness,
    pub(crate) seed: u64,
    pub(crate) max_body: usize,
    /// The time limit for a pause within a request body.
    pub(crate) idle_body: Duration,
    pub(crate) verify_answers: bool,
    /// How long jobs, transfers and the like stay in each state.
    pub(crate) step: Duration,
}

impl Settings {
    pub(crate) fn deployed(&self) -> bool {
        self.strictness == Strictness::AsDeployed
    }
}

/// The whole state of one mock.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) key: Arc<SigningKey>,
    foreign: SigningKey,
    pub(crate) opener: Opener,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) folder: Folder,
    store: Mutex<Store>,
    /// The snapshot that a reset restores.
    pub(crate) initial: Mutex<Value>,
}

/// The collection of tenants.
pub(crate) const TENANTS: &str = "tenants";
/// The collection of sites.
pub(crate) const SITES: &str = "sites";
/// The collection of revoked tokens, by `jti`.
pub(crate) const REVOKED: &str = "revoked";
/// The collection of services that can request tokens, with their passwords.
pub(crate) const SERVICE_ACCOUNTS: &str = "service_accounts";
/// The tenant that administers the site.
pub(crate) const ADMIN_TENANT: &str = "admin";

/// The collection of a tenant's users.
pub(crate) fn users(tenant: &str) -> String {
    in_tenant(tenant, "users")
}

/// The collection of a tenant's OAuth clients.
pub(crate) fn clients(tenant: &str) -> String {
    in_tenant(tenant, "clients")
}

impl World {
    pub(crate) fn new(
        settings: Settings,
        clock: Clock,
        key: SigningKey,
        folder: Folder,
        mut store: Store,
    ) -> Result<Self, Error> {
        furnish(&mut store, &settings, &clock);
        let key = Arc::new(key);
        Ok(Self {
            random: Random::seeded(settings.seed),
            opener: Opener::new(Arc::clone(&key)),
            foreign: SigningKey::foreign()?,
            key,
            settings,
            clock,
            journal: Journal::default(),
            faults: Faults::default(),
            folder,
            initial: Mutex::default(),
            store: Mutex::new(store),
        })
    }

    /// The state. The lock is held at most for one request, and never taken twice.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn press(&self) -> Press<'_> {
        Press { key: &self.key, random: &self.random, now: self.clock.timestamp() }
    }

    /// The tenant of a host: the one whose name the host starts with, or the mock's default.
    pub(crate) fn tenant_at(&self, host: Option<&str>) -> String {
        let first = host.and_then(|host| host.split(['.', ':']).next()).unwrap_or_default();
        if first != self.settings.tenant && self.store().contains(TENANTS, first) {
            return first.to_owned();
        }
        self.settings.tenant.clone()
    }

    /// The caller of a request with these headers to the base URL of `tenant`.
    pub(crate) fn caller(&self, headers: &HeaderMap, tenant: &str) -> Result<Caller, Refusal> {
        let place = Place {
            tenant,
            site: &self.settings.site,
            now: self.clock.seconds(),
            knows_tenant: &|tenant| self.store().contains(TENANTS, tenant),
        };
        self.opener.caller(headers, &place)
    }

    /// Whether the request has a revoked token. Requests on behalf of others are not checked, as in
    /// the router.
    pub(crate) fn carries_revoked_token(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(OBO_TENANT) || headers.contains_key(OBO_USER) {
            return false;
        }
        let Some(token) = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let Ok(claims) = self.opener.open(token) else { return false };
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        self.store().contains(REVOKED, jti)
    }

    pub(crate) fn mint(&self, mint: Mint) -> Result<String, Error> {
        let tenant = mint.tenant.clone().unwrap_or_else(|| self.settings.tenant.clone());
        let mut press = self.press();
        if mint.foreign {
            press.key = &self.foreign;
        }
        let issuer = format!("{}/v3/tokens", self.settings.base_url);
        mint.press(press, &tenant, &issuer, seconds(self.settings.access_ttl))
    }
}

/// Whole seconds, the unit of tokens.
pub(crate) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Adds the records that every Tapis has: a site, its administrative tenant, and the mock's default
/// tenant. Records from a seed are kept.
fn furnish(store: &mut Store, settings: &Settings, clock: &Clock) {
    let now = clock.timestamp().to_string();
    for (id, description) in [
        (settings.tenant.as_str(), "The tenant of the mock."),
        (ADMIN_TENANT, "Its administrators."),
    ] {
        if !store.contains(TENANTS, id) {
            store.put(TENANTS, id, tenant_record(id, &settings.site, description, &now));
        }
    }
    if !store.contains(SITES, &settings.site) {
        let site = json!({
            "site_id": settings.site,
            "primary": true,
            "site_admin_tenant_id": ADMIN_TENANT,
            "services": tapis_specs::SERVICES,
            "create_time": now,
            "last_update_time": now,
            "created_by": "admin@admin",
            "last_updated_by": "admin@admin",
        });
        store.put(SITES, settings.site.clone(), site);
    }
}

/// The record of a tenant. Its addresses and its key are added in replies.
pub(crate) fn tenant_record(id: &str, site: &str, description: &str, now: &str) -> Value {
    json!({
        "tenant_id": id,
        "site_id": site,
        "status": "ACTIVE",
        "description": description,
        "owner": "owner@mock.invalid",
        "admin_user": "admin",
        "token_gen_services": ["abaco", "authenticator"],
        "user_ldap_connection_id": format!("{id}-ldap"),
        "create_time": now,
        "last_update_time": now,
        "created_by": "admin@admin",
        "last_updated_by": "admin@admin",
    })
}

/// Adds a user to a tenant.
pub(crate) fn add_user(
    store: &mut Store,
    tenant: &str,
    username: &str,
    password: &str,
    admin: bool,
) {
    let user = json!({
        "username": username,
        "password": password,
        "admin": admin,
        "email": format!("{username}@mock.invalid"),
        "given_name": username,
        "last_name": "User",
        "uid": username,
        "dn": format!("cn={username},ou=People,dc=mock,dc=invalid"),
    });
    store.put(&users(tenant), username, user);
}
