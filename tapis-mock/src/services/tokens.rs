//! The Tokens service: tokens for services, and renewal for all.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::call::{Call, Handler, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::revocation;
use crate::tokens::mint::{Subject, access_claims};
use crate::tokens::{ACCESS, SITE, TYPE};
use crate::world::{SERVICE_ACCOUNTS, SITES, TENANTS, seconds};

/// Claims that a request must not set.
const RESERVED: [&str; 8] =
    ["jti", "iss", "sub", "tenant", "target_site", "username", "account_type", "exp"];

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_token", create),
    ("refresh_token", refresh),
    ("revoke_token", revoke),
    ("update_keys", update_keys),
    ("hello", |_| Ok(Reply::result("", "Hello from Tapis"))),
    ("ready", |_| Ok(Reply::result("", "Service is ready."))),
];

fn create(call: &Call<'_>) -> Outcome {
    let service = authorize(call)?;
    let body = call.object().map_err(|failure| invalid(&failure.message))?;
    let required = |name| text(&body, name).ok_or_else(|| invalid(&format!("{name} is required")));
    let tenant = required("token_tenant_id")?;
    let account = required("account_type")?;
    let username = required("token_username")?;
    let site = match account {
        "user" => None,
        "service" => Some(required("target_site_id")?),
        _ => return Err(invalid("account_type must be user or service")),
    };
    may_issue(call, service.as_deref(), (username, tenant))?;
    {
        let store = call.world.store();
        if !store.contains(TENANTS, tenant) {
            return Err(invalid(&format!("tenant {tenant} is not known")));
        }
        if let Some(site) = site.filter(|site| !store.contains(SITES, site)) {
            return Err(invalid(&format!("site {site} is not known")));
        }
    }
    let issuer = call.issuer();
    let mut claims = access_claims(Subject { username, tenant, account, issuer: &issuer });
    if let Some(site) = site {
        claims.insert(SITE.into(), site.into());
    }
    if body.get("delegation_token").is_some_and(|yes| yes == true) {
        let user = required("delegation_sub_username")?;
        let tenant = required("delegation_sub_tenant_id")?;
        claims.insert("tapis/delegation".into(), true.into());
        claims.insert("tapis/delegation_sub".into(), format!("{user}@{tenant}").into());
    }
    for (name, value) in body.get("claims").and_then(Value::as_object).into_iter().flatten() {
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid(&format!("the claim {name} is reserved")));
        }
        claims.insert(format!("tapis/{name}"), value.clone());
    }
    let settings = &call.world.settings;
    let access_ttl = lifetime(&body, "access_token_ttl", seconds(settings.access_ttl));
    let refresh_ttl = lifetime(&body, "refresh_token_ttl", seconds(settings.refresh_ttl));
    let renewable = body.get("generate_refresh_token").is_some_and(|yes| yes == true);
    let result = issue(call, claims, access_ttl, renewable.then_some(refresh_ttl))?;
    Ok(Reply::result(result, "Token generation successful."))
}

/// Needs no token except the refresh token.
fn refresh(call: &Call<'_>) -> Outcome {
    // The service fails at an unexpected body.
    let trip = || Failure::server("Unrecognized exception type: KeyError");
    let body = call.object().map_err(|_| trip())?;
    let token = text(&body, "refresh_token").ok_or_else(trip)?;
    let stale = || Failure::bad_request("Invalid PUT data: <Request 'PUT /v3/tokens'>.");
    let claims = call.world.opener.open(token).map_err(|_| stale())?;
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|at| at <= call.world.clock.seconds()) {
        return Err(stale());
    }
    if claims.get(TYPE).and_then(Value::as_str) != Some("refresh") {
        return Err(trip());
    }
    let mut within = claims.get(ACCESS).and_then(Value::as_object).ok_or_else(trip)?.clone();
    let usual = seconds(call.world.settings.access_ttl);
    let access_ttl = within.remove("ttl").and_then(|ttl| ttl.as_i64()).unwrap_or(usual);
    let refresh_ttl = claims.get("tapis/initial_ttl").and_then(Value::as_i64);
    let refresh_ttl = refresh_ttl.unwrap_or_else(|| seconds(call.world.settings.refresh_ttl));
    let result = issue(call, within, access_ttl, Some(refresh_ttl))?;
    Ok(Reply::result(result, "Token generation successful."))
}

/// The router does this, with its own reply.
fn revoke(call: &Call<'_>) -> Outcome {
    let deployed = call.world.settings.deployed();
    let body = call.object();
    let token = body.as_ref().ok().and_then(|body| text(body, "token"));
    if token.is_none() && deployed {
        let missing =
            json!({ "loc": ["body", "token"], "msg": "field required", "type": "missing" });
        let reply = Reply::json(&json!({ "detail": [missing] }));
        return Ok(reply.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let token = token.ok_or_else(|| invalid("token is required"))?;
    let jti = revocation::revoke(call, token)
        .ok_or_else(|| Failure::bad_request("Invalid token: it is expired or not a token."))?;
    let message = format!("Token {jti} has been revoked.");
    if deployed {
        let reply =
            json!({ "message": message, "metadata": {}, "status": "success", "version": "dev" });
        return Ok(Reply::json(&reply));
    }
    Ok(Reply::result("", message))
}

/// Gives the tenant a new key in the real service. Here the key does not change, because all
/// tenants of the mock share it.
fn update_keys(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let tenant = text(&body, "tenant_id").ok_or_else(|| invalid("tenant_id is required"))?;
    let store = call.world.store();
    if !roles::is_admin(call, &store) {
        let message = "Not authorized: the role tenant_definition_updater is required.";
        return Err(Failure::forbidden(message));
    }
    if !store.contains(TENANTS, tenant) {
        return Err(invalid(&format!("tenant {tenant} is not known")));
    }
    let result = json!({ "public_key": call.world.key.public_pem() });
    Ok(Reply::result(result, "Tenant signing keys update successful."))
}

/// The service that authenticated with its password, if one did.
fn authorize(call: &Call<'_>) -> Result<Option<String>, Failure> {
    let with_token = call.header(crate::tokens::verify::TOKEN_HEADER).is_some();
    match call.basic() {
        Some(_) if with_token => Err(Failure::bad_request(
            "Invalid request: both X-Tapis-Token and HTTP Basic Auth headers set; please set only one.",
        )),
        Some((name, password)) => {
            let store = call.world.store();
            let known = store.get(SERVICE_ACCOUNTS, &name);
            if known.is_some_and(|account| account["password"] == password) {
                return Ok(Some(name));
            }
            Err(Failure::bad_request("Invalid service name/password combination."))
        }
        None if with_token => {
            if call.caller.is_none() {
                return Err(Failure::bad_request("Invalid Tapis token."));
            }
            Ok(None)
        }
        None => Err(Failure::bad_request("No Tapis access token found in the request.")),
    }
}

/// Services may request tokens for themselves and, with a token, for anybody; users for themselves.
fn may_issue(
    call: &Call<'_>,
    service: Option<&str>,
    (username, tenant): (&str, &str),
) -> Result<(), Failure> {
    let allowed = match service {
        Some(service) => service == username,
        None => call.user() == username || roles::is_admin(call, &call.world.store()),
    };
    if allowed {
        return Ok(());
    }
    let message = match service {
        Some(_) => "Invalid POST data -- username does not match auth header.".to_owned(),
        None => format!("Not authorized to generate tokens in tenant {tenant}."),
    };
    Err(Failure::forbidden(message))
}

fn issue(
    call: &Call<'_>,
    claims: Map<String, Value>,
    access_ttl: i64,
    refresh_ttl: Option<i64>,
) -> Result<Value, Failure> {
    let press = call.world.press();
    let failed = |_| Failure::internal("The token could not be signed.");
    let mut result = Map::new();
    if let Some(ttl) = refresh_ttl {
        let refresh = press.refresh(&claims, access_ttl, ttl).map_err(failed)?;
        result.insert("refresh_token".into(), refresh.record("refresh_token"));
    }
    let access = press.access(claims, access_ttl).map_err(failed)?;
    result.insert("access_token".into(), access.record("access_token"));
    Ok(Value::Object(result))
}

/// A lifetime in the request; a missing one, or one that is not positive, is the default.
fn lifetime(body: &Map<String, Value>, name: &str, usual: i64) -> i64 {
    body.get(name).and_then(Value::as_i64).filter(|ttl| *ttl > 0).unwrap_or(usual)
}

fn invalid(what: &str) -> Failure {
    Failure::bad_request(format!("Invalid POST data: {what}."))
}
