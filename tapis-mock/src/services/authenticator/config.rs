//! The login configuration of a tenant.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::world::seconds;

/// The collection of the tenants' configurations.
const COLLECTION: &str = "tenant_configs";
const GRANTS: [&str; 5] =
    ["password", "implicit", "authorization_code", "refresh_token", "device_code"];
/// The maximum lifetimes that tenants may set.
const MAX_TTL: (i64, i64) = (31_536_000, 63_072_000);
/// The number of seconds for which an expired code is still accepted.
pub(super) const CODE_GRACE: i64 = 6;

/// The grants that the tenant allows.
pub(super) fn allowed_grants(call: &Call<'_>) -> Vec<String> {
    let store = call.world.store();
    let config = store.get(COLLECTION, &call.tenant);
    match config.and_then(|config| config.get("allowable_grant_types")).and_then(Value::as_array) {
        Some(grants) => grants.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => GRANTS.map(str::to_owned).to_vec(),
    }
}

/// The lifetimes of the tenant's access tokens and refresh tokens.
pub(super) fn lifetimes(call: &Call<'_>) -> (i64, i64) {
    let store = call.world.store();
    let config = store.get(COLLECTION, &call.tenant);
    let number = |name: &str| config.and_then(|config| config.get(name)).and_then(Value::as_i64);
    let settings = &call.world.settings;
    (
        number("default_access_token_ttl").unwrap_or_else(|| seconds(settings.access_ttl)),
        number("default_refresh_token_ttl").unwrap_or_else(|| seconds(settings.refresh_ttl)),
    )
}

pub(super) fn metadata(call: &Call<'_>) -> Outcome {
    let base = &call.base_url;
    let result = json!({
        "issuer": call.issuer(),
        "authorization_endpoint": format!("{base}/v3/oauth2/authorize"),
        // The path that the service reports; the real one is `tokens`.
        "token_endpoint": format!("{base}/v3/oauth2/token"),
        "jwks_uri": format!("{base}/v3/tenants/{}", call.tenant),
        "registration_endpoint": format!("{base}/v3/oauth2/clients"),
        "grant_types_supported": allowed_grants(call),
    });
    Ok(Reply::result(result, "OAuth server metadata retrieved successfully."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    require_admin(call)?;
    Ok(Reply::result(show(call), "Tenant config object retrieved successfully."))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    require_admin(call)?;
    let changes = call.object()?;
    let mut store = call.world.store();
    let config = store.get(COLLECTION, &call.tenant).and_then(Value::as_object);
    let mut config = config.cloned().unwrap_or_default();
    config.extend(changes);
    store.put(COLLECTION, call.tenant.clone(), Value::Object(config));
    drop(store);
    Ok(Reply::result(show(call), "Tenant config updated successfully."))
}

fn require_admin(call: &Call<'_>) -> Result<(), Failure> {
    if roles::is_admin(call, &call.world.store()) {
        return Ok(());
    }
    Err(Failure::forbidden("Not authorized: only administrators of the tenant may do this."))
}

fn show(call: &Call<'_>) -> Value {
    let (access, refresh) = lifetimes(call);
    let mut config = json!({
        "allowable_grant_types": allowed_grants(call),
        "use_ldap": true,
        "use_token_webapp": true,
        "mfa_config": {},
        "custom_idp_configuration": {},
        "default_access_token_ttl": access,
        "default_refresh_token_ttl": refresh,
        "max_access_token_ttl": MAX_TTL.0,
        "max_refresh_token_ttl": MAX_TTL.1,
    });
    let store = call.world.store();
    let set = store.get(COLLECTION, &call.tenant).and_then(Value::as_object);
    if let (Some(config), Some(set)) = (config.as_object_mut(), set) {
        config.extend(set.clone());
    }
    if call.world.settings.deployed() {
        fill(&mut config, &["token_url", "impers_oauth_client_id", "impers_oauth_client_secret"]);
        fill(&mut config, &["impersadmin_username", "impersadmin_password"]);
    }
    config
}

/// Adds `null` for missing values.
fn fill(config: &mut Value, names: &[&str]) {
    let mut empty = Map::new();
    let config = config.as_object_mut().unwrap_or(&mut empty);
    for &name in names {
        config.entry(name).or_insert(Value::Null);
    }
}
