//! Creates tokens.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::keys::SigningKey;
use super::{ACCESS, ACCOUNT, CLIENT, GRANT, SITE, TENANT, TYPE, USERNAME};
use crate::dates::{self, Style};
use crate::error::Error;
use crate::random::Random;

/// A token, with the attributes that the services send with it.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) jti: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) expires_in: i64,
}

impl Issued {
    /// The record in which the services send a token; `name` is `access_token` or `refresh_token`.
    pub(crate) fn record(&self, name: &str) -> Value {
        json!({
            name: self.token,
            // With microseconds and an offset, as the services write it.
            "expires_at": dates::write(self.expires_at, Style::Naive) + "+00:00",
            "expires_in": self.expires_in,
            "jti": self.jti,
        })
    }
}

/// The subject of a token.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) username: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) account: &'a str,
    /// The URL of the Tokens service that issues it.
    pub(crate) issuer: &'a str,
}

/// The claims of an access token, except `jti` and `exp`.
pub(crate) fn access_claims(subject: Subject<'_>) -> Map<String, Value> {
    let Subject { username, tenant, account, issuer } = subject;
    let mut claims = Map::new();
    claims.insert("iss".into(), issuer.into());
    claims.insert("sub".into(), format!("{username}@{tenant}").into());
    claims.insert(TENANT.into(), tenant.into());
    claims.insert(TYPE.into(), "access".into());
    claims.insert("tapis/delegation".into(), false.into());
    claims.insert("tapis/delegation_sub".into(), Value::Null);
    claims.insert(USERNAME.into(), username.into());
    claims.insert(ACCOUNT.into(), account.into());
    claims
}

/// Adds the authenticator's claims about the login.
pub(crate) fn add_grant(claims: &mut Map<String, Value>, grant: &str, client: Option<&str>) {
    claims.insert(CLIENT.into(), client.into());
    claims.insert(GRANT.into(), grant.into());
}

/// The requirements for creating a token: a key, a time and a source of identifiers.
#[derive(Clone, Copy)]
pub(crate) struct Press<'a> {
    pub(crate) key: &'a SigningKey,
    pub(crate) random: &'a Random,
    pub(crate) now: Timestamp,
}

impl Press<'_> {
    /// Signs `claims` as an access token with a lifetime of `ttl` seconds.
    pub(crate) fn access(&self, mut claims: Map<String, Value>, ttl: i64) -> Result<Issued, Error> {
        let jti = self.random.uuid().to_string();
        let expires_at = self.after(ttl);
        claims.insert("jti".into(), jti.clone().into());
        claims.insert("exp".into(), expires_at.as_second().into());
        Ok(Issued { token: self.key.sign(&claims)?, jti, expires_at, expires_in: ttl })
    }

    /// Signs a refresh token, which obtains access tokens with `access` as their claims.
    pub(crate) fn refresh(
        &self,
        access: &Map<String, Value>,
        access_ttl: i64,
        ttl: i64,
    ) -> Result<Issued, Error> {
        let jti = self.random.uuid().to_string();
        let expires_at = self.after(ttl);
        let mut within = access.clone();
        within.insert("ttl".into(), access_ttl.into());
        let mut claims = Map::new();
        for name in ["iss", "sub", TENANT] {
            claims.insert(name.into(), access.get(name).cloned().unwrap_or_default());
        }
        claims.insert("jti".into(), jti.clone().into());
        claims.insert("tapis/initial_ttl".into(), ttl.into());
        claims.insert(TYPE.into(), "refresh".into());
        claims.insert("exp".into(), expires_at.as_second().into());
        claims.insert(ACCESS.into(), Value::Object(within));
        Ok(Issued { token: self.key.sign(&claims)?, jti, expires_at, expires_in: ttl })
    }

    fn after(&self, seconds: i64) -> Timestamp {
        let second = self.now.as_second().saturating_add(seconds);
        let whole = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        whole
            .checked_add(jiff::SignedDuration::from_nanos(self.now.subsec_nanosecond().into()))
            .unwrap_or(whole)
    }
}

/// An access token for a test, valid or invalid.
///
/// ```
/// use tapis_mock::Mint;
///
/// let stale = Mint::user("testuser").expired();
/// let forged = Mint::user("testuser").foreign_signed();
/// let elsewhere = Mint::user("testuser").tenant("another");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Mint {
    username: String,
    account: &'static str,
    pub(crate) tenant: Option<String>,
    lifetime: Option<i64>,
    pub(crate) foreign: bool,
    claims: Map<String, Value>,
}

impl Mint {
    /// A token for a user, whom the mock need not know.
    pub fn user(username: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            username,
            account: "user",
            tenant: None,
            lifetime: None,
            foreign: false,
            claims: Map::new(),
        }
    }

    /// A token for a service, for use at `target_site`.
    pub fn service(name: impl Into<String>, target_site: impl Into<String>) -> Self {
        let mut mint = Self::user(name);
        mint.account = "service";
        mint.claims.insert(SITE.into(), target_site.into().into());
        mint
    }

    /// Issues the token in another tenant, which need not exist.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets the lifetime of the token, by the mock's clock.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
        self
    }

    /// Makes the token expired for an hour, which exceeds any leeway.
    pub fn expired(mut self) -> Self {
        self.lifetime = Some(-3600);
        self
    }

    /// Signs with a key that belongs to no tenant.
    pub fn foreign_signed(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// Adds or replaces a claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    pub(crate) fn press(
        self,
        press: Press<'_>,
        tenant: &str,
        issuer: &str,
        lifetime: i64,
    ) -> Result<String, Error> {
        let subject = Subject { username: &self.username, tenant, account: self.account, issuer };
        let mut claims = access_claims(subject);
        if self.account == "user" {
            add_grant(&mut claims, "password", None);
        }
        let lifetime = self.lifetime.unwrap_or(lifetime);
        // Claims of the test come last, so that they can also replace `exp` and `jti`.
        if self.claims.contains_key("exp") || self.claims.contains_key("jti") {
            let now = press.now.as_second();
            claims.insert("jti".into(), press.random.uuid().to_string().into());
            claims.insert("exp".into(), now.saturating_add(lifetime).into());
            claims.extend(self.claims);
            return press.key.sign(&claims);
        }
        claims.extend(self.claims);
        press.access(claims, lifetime).map(|issued| issued.token)
    }
}
