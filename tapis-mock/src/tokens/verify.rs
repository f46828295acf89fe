//! Verifies tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use serde_json::{Map, Value};

use super::jws::Unverified;
use super::keys::SigningKey;
use super::{ACCOUNT, SITE, TENANT, TYPE, USERNAME};

/// The header with the access token.
pub(crate) const TOKEN_HEADER: &str = "x-tapis-token";
/// The headers with which a service acts on behalf of another account.
pub(crate) const OBO_TENANT: &str = "x-tapis-tenant";
pub(crate) const OBO_USER: &str = "x-tapis-user";

/// The number of verified tokens that are cached. Verifying one costs a hundred times as much as a
/// lookup.
const REMEMBERED: usize = 4096;

/// The caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The user; for a service, the user on whose behalf it acts.
    pub(crate) username: String,
    /// The tenant of the request.
    pub(crate) tenant: String,
    /// Whether the caller is a service.
    pub(crate) service: Option<String>,
}

/// Why a token was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Missing,
    Unparsable,
    /// It was signed by another key, or changed.
    Signature,
    Expired {
        at: i64,
    },
    /// Its tenant is not served at this address.
    Tenant {
        token: String,
        address: String,
    },
    UnknownTenant(String),
    /// It is a refresh token.
    NotAccess,
    Claim(&'static str),
    /// A user's token with the headers of a service.
    OnBehalfWithUserToken,
    /// A service's token without these headers.
    OnBehalfMissing,
    /// A service's token for another site.
    Site(String),
    /// It was revoked.
    Revoked,
}

/// The claims of tokens that this mock signed.
pub(crate) struct Opener {
    key: Arc<SigningKey>,
    opened: Mutex<HashMap<String, Arc<Map<String, Value>>>>,
}

/// The conditions that a token must meet.
pub(crate) struct Place<'a> {
    /// The tenant of the request's address.
    pub(crate) tenant: &'a str,
    pub(crate) site: &'a str,
    pub(crate) now: i64,
    pub(crate) knows_tenant: &'a dyn Fn(&str) -> bool,
}

impl Opener {
    pub(crate) fn new(key: Arc<SigningKey>) -> Self {
        Self { key, opened: Mutex::default() }
    }

    /// The claims of a token with a valid signature, expired or not.
    pub(crate) fn open(&self, token: &str) -> Result<Arc<Map<String, Value>>, Refusal> {
        let lock = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = lock().get(token) {
            return Ok(Arc::clone(claims));
        }
        let unverified = Unverified::parse(token).ok_or(Refusal::Unparsable)?;
        let claims = Arc::new(self.key.verify(unverified).ok_or(Refusal::Signature)?);
        let mut opened = lock();
        if opened.len() >= REMEMBERED {
            opened.clear();
        }
        opened.insert(token.to_owned(), Arc::clone(&claims));
        Ok(claims)
    }

    /// The caller of a request with these headers.
    pub(crate) fn caller(&self, headers: &HeaderMap, place: &Place<'_>) -> Result<Caller, Refusal> {
        let token = headers.get(TOKEN_HEADER).ok_or(Refusal::Missing)?;
        let token = token.to_str().map_err(|_| Refusal::Unparsable)?.trim();
        if token.is_empty() {
            return Err(Refusal::Missing);
        }
        let claims = self.open(token)?;
        let text = |name: &'static str| {
            let value = claims.get(name).and_then(Value::as_str);
            value.filter(|text| !text.is_empty()).ok_or(Refusal::Claim(name))
        };
        let at = claims.get("exp").and_then(Value::as_i64).ok_or(Refusal::Claim("exp"))?;
        if at <= place.now {
            return Err(Refusal::Expired { at });
        }
        let tenant = text(TENANT)?;
        if !(place.knows_tenant)(tenant) {
            return Err(Refusal::UnknownTenant(tenant.to_owned()));
        }
        if text(TYPE)? != "access" {
            return Err(Refusal::NotAccess);
        }
        let username = text(USERNAME)?.to_owned();
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let on_behalf = (header(OBO_TENANT), header(OBO_USER));
        match text(ACCOUNT)? {
            "user" => {
                if on_behalf != (None, None) {
                    return Err(Refusal::OnBehalfWithUserToken);
                }
                if tenant != place.tenant {
                    let (token, address) = (tenant.to_owned(), place.tenant.to_owned());
                    return Err(Refusal::Tenant { token, address });
                }
                Ok(Caller { username, tenant: tenant.to_owned(), service: None })
            }
            "service" => {
                let (Some(tenant), Some(user)) = on_behalf else {
                    return Err(Refusal::OnBehalfMissing);
                };
                let site = text(SITE)?;
                if site != place.site {
                    return Err(Refusal::Site(site.to_owned()));
                }
                if !(place.knows_tenant)(tenant) {
                    return Err(Refusal::UnknownTenant(tenant.to_owned()));
                }
                Ok(Caller {
                    username: user.to_owned(),
                    tenant: tenant.to_owned(),
                    service: Some(username),
                })
            }
            _ => Err(Refusal::Claim(ACCOUNT)),
        }
    }
}
