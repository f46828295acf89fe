//! The vault: secrets with their versions. No message and no log contains a secret.

mod place;
mod versions;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::access::{allow, is_service, service, tenant};
use super::parameters::{null_parameter, required, required_query};
use super::replies::authorized;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::store::{Store, in_tenant};
use crate::tokens::keys::spare_pair;
use crate::world::{ADMIN_TENANT, SERVICE_ACCOUNTS, users};
use place::{Place, Sort};
use versions::Secret;

/// The placeholder for a secret that the service generates.
const GENERATE: &str = "<generate-secret>";
/// The length of a generated password.
const PASSWORD: usize = 32;

/// The secrets of a tenant, by path.
fn secrets(tenant: &str) -> String {
    in_tenant(tenant, "sk.vault")
}

/// The path of a call, for callers who may use it.
fn place(call: &Call<'_>, tenant: &str, user: &str) -> Result<Place, Failure> {
    let sort = Sort::read(call.path("secretType"))?;
    let may = match sort {
        Sort::System => service(call) == Some("systems"),
        Sort::Signing => service(call) == Some("tokens"),
        Sort::Database | Sort::Service => is_service(call),
        // For secrets of all services; a service may have some of its own.
        Sort::User => call.tenant == tenant && call.user() == user || service(call) == Some(user),
    };
    allow(call, may, sort.check())?;
    Place::new(call, sort, tenant, user)
}

/// Tenant and user of a request.
fn whose<'a>(
    call: &Call<'_>,
    store: &Store,
    body: &'a Map<String, Value>,
) -> Result<(&'a str, &'a str), Failure> {
    Ok((tenant(call, store, required(body, "tenant")?)?, required(body, "user")?))
}

fn whose_by_query<'a>(call: &'a Call<'_>, store: &Store) -> Result<(&'a str, &'a str), Failure> {
    Ok((tenant(call, store, required_query(call, "tenant")?)?, required_query(call, "user")?))
}

fn find(store: &Store, tenant: &str, place: &Place) -> Result<Secret, Failure> {
    let found = store.get(&secrets(tenant), place.path());
    found.map(|record| Secret(record.clone())).ok_or_else(|| missing(place))
}

fn missing(place: &Place) -> Failure {
    Failure::not_found(format!("SK_VAULT_NOT_FOUND There is no secret {}.", place.name()))
}

pub(super) fn write(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let (tenant, user) = whose(call, &store, &body)?;
    let place = place(call, tenant, user)?;
    let data = body.get("data").and_then(Value::as_object).filter(|data| !data.is_empty());
    let data = data.ok_or_else(|| null_parameter("data"))?;
    let now = call.world.clock.timestamp().to_string();
    let mut secret = find(&store, tenant, &place).unwrap_or_else(|_| Secret::new(&now));
    let version = secret.write(generated(call, data), &now);
    store.put(&secrets(tenant), place.path(), secret.0);
    let reply = Reply::result(version, "SK_VAULT_WRITTEN Secret written.");
    Ok(reply.with_status(StatusCode::CREATED))
}

/// A secret in which generated values replace the placeholders.
fn generated(call: &Call<'_>, data: &Map<String, Value>) -> Map<String, Value> {
    let mut made = Map::new();
    for (name, value) in data {
        match (name.as_str(), value.as_str()) {
            ("privateKey", Some(GENERATE)) => {
                let (private, public) = spare_pair();
                made.insert("privateKey".into(), private.into());
                made.insert("publicKey".into(), public.into());
            }
            (_, Some(GENERATE)) => {
                made.insert(name.clone(), call.world.random.text(PASSWORD).into());
            }
            _ => {
                made.insert(name.clone(), value.clone());
            }
        }
    }
    made
}

pub(super) fn read(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (tenant, user) = whose_by_query(call, &store)?;
    let place = place(call, tenant, user)?;
    let secret = find(&store, tenant, &place)?;
    let wanted = call.query("version").and_then(|text| text.parse::<i64>().ok());
    let version = secret.version(wanted.unwrap_or_default()).ok_or_else(|| missing(&place))?;
    let data = Secret::data(version).ok_or_else(|| missing(&place))?;
    let shown = json!({ "secretMap": data, "metadata": Secret::metadata(version) });
    Ok(Reply::result(shown, "SK_VAULT_READ Secret read."))
}

pub(super) fn read_metadata(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (tenant, user) = whose_by_query(call, &store)?;
    let secret = find(&store, tenant, &place(call, tenant, user)?)?;
    Ok(Reply::result(secret.overview(), "SK_VAULT_READ Metadata read."))
}

/// The names in a folder; those of folders end in a slash.
pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (tenant, user) = whose_by_query(call, &store)?;
    let folder = place(call, tenant, user)?;
    let all =
        store.records(&secrets(tenant)).filter_map(|(path, _)| path.strip_prefix(folder.path()));
    let keys = all.map(|rest| match rest.split_once('/') {
        Some((below, _)) => format!("{below}/"),
        None => rest.to_owned(),
    });
    let keys: std::collections::BTreeSet<String> = keys.collect();
    let shown = json!({ "keys": keys, "secretPath": folder.path() });
    Ok(Reply::result(shown, format!("SK_VAULT_LISTED Secrets found: {}.", keys.len())))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    change(call, Secret::delete)
}

pub(super) fn undelete(call: &Call<'_>) -> Outcome {
    change(call, Secret::undelete)
}

pub(super) fn destroy(call: &Call<'_>) -> Outcome {
    change(call, Secret::destroy)
}

/// Changes some versions and returns their numbers.
fn change(call: &Call<'_>, change: fn(&mut Secret, &[i64], &str) -> Vec<i64>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let (tenant, user) = whose(call, &store, &body)?;
    let place = place(call, tenant, user)?;
    let mut secret = find(&store, tenant, &place)?;
    let wanted = body.get("versions").and_then(Value::as_array).into_iter().flatten();
    let wanted: Vec<i64> = wanted.filter_map(Value::as_i64).collect();
    let now = call.world.clock.timestamp().to_string();
    let meant = secret.meant(&wanted);
    let changed = change(&mut secret, &meant, &now);
    store.put(&secrets(tenant), place.path(), secret.0);
    let message = format!("SK_VAULT_UPDATED Versions: {}.", changed.len());
    Ok(Reply::result(changed, message))
}

/// Deletes a secret, or all secrets in the folder with this name.
pub(super) fn forget(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let (tenant, user) = whose_by_query(call, &store)?;
    let place = place(call, tenant, user)?;
    let folder = format!("{}/", place.path());
    let all = store.records(&secrets(tenant)).map(|(path, _)| path);
    let gone = all.filter(|path| *path == place.path() || path.starts_with(&folder));
    let gone: Vec<String> = gone.map(str::to_owned).collect();
    for path in gone {
        store.remove(&secrets(tenant), &path);
    }
    Ok(Reply::result(Value::Null, "SK_VAULT_DESTROYED Secret and metadata destroyed."))
}

/// Compares with the stored password, or with the mock's account of the service.
pub(super) fn validate_service(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = call.world.store();
    let (tenant, user) = whose(call, &store, &body)?;
    allow(call, is_service(call), "ValidatePassword")?;
    let place = Place::new(call, Sort::Service, tenant, user)?;
    let known = match find(&store, tenant, &place) {
        Ok(secret) => {
            let data = secret.version(0).and_then(Secret::data);
            data.and_then(|data| text(data, "password").map(str::to_owned))
        }
        Err(_) => account(&store, SERVICE_ACCOUNTS, user),
    };
    verdict(known.as_deref(), &body)
}

/// Compares with the account of a site administrator.
pub(super) fn validate_site_admin(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = call.world.store();
    let (tenant, user) = whose(call, &store, &body)?;
    allow(call, is_service(call), "ValidatePassword")?;
    let is_one = tenant == ADMIN_TENANT && roles::is_tenant_admin(&store, tenant, user);
    let known = is_one.then(|| account(&store, &users(tenant), user)).flatten();
    verdict(known.as_deref(), &body)
}

fn account(store: &Store, accounts: &str, name: &str) -> Option<String> {
    store.get(accounts, name)?["password"].as_str().map(str::to_owned)
}

/// A wrong password is an error, not a negative result.
fn verdict(known: Option<&str>, body: &Map<String, Value>) -> Outcome {
    if known.is_some_and(|known| known == required(body, "password").unwrap_or_default()) {
        return Ok(authorized(true));
    }
    let message = "SK_VAULT_PASSWORD_INVALID The password is not the one in the vault.";
    Err(Failure::forbidden(message))
}
