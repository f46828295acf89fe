//! `POST /v3/oauth2/tokens`, by grant.

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::{clients, config, device};
use crate::call::{Call, text};
use crate::http::{decode_pairs, is_form};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::in_tenant;
use crate::tokens::mint::{Subject, access_claims, add_grant};
use crate::tokens::{ACCESS, CLIENT, REFRESHES, TYPE};
use crate::world::users;

/// The claim of tokens from a login in a browser.
const REDIRECT: &str = "tapis/redirect_uri";
/// The lifetime of tokens from a device code.
const DEVICE_TTL: i64 = 30 * 24 * 3600;
/// The fields that the service reads from a form.
const FORM_FIELDS: [&str; 6] =
    ["grant_type", "username", "password", "redirect_uri", "code", "refresh_token"];

/// The result of a grant.
struct Granted {
    username: String,
    grant: &'static str,
    client: Option<String>,
    /// Lifetimes of the access token and of the refresh token.
    ttl: (i64, i64),
    /// The number of earlier renewals of the tokens.
    renewals: i64,
    /// The callback URL of a login with a browser.
    redirect_uri: Option<String>,
}

pub(super) fn create_token(call: &Call<'_>) -> Outcome {
    let body = read(call)?;
    let grant = text(&body, "grant_type")
        .ok_or_else(|| Failure::bad_request("Missing the required grant_type parameter."))?;
    let allowed = config::allowed_grants(call);
    if !allowed.iter().any(|known| known == grant) {
        let allowed = allowed.iter().map(|grant| format!("'{grant}'")).collect::<Vec<_>>();
        return Err(Failure::bad_request(format!(
            "Invalid grant_type ({grant}); this grant type is not allowed for this tenant. Allowable grant types: [{}]",
            allowed.join(", ")
        )));
    }
    let granted = match grant {
        "password" => password(call, &body)?,
        "device_code" => device_code(call, &body)?,
        // All other grants need a client, which is checked first.
        _ => {
            let client = clients::required(call)?;
            match grant {
                "refresh_token" => refresh(call, &body, client)?,
                "authorization_code" => code(call, &body, client)?,
                // A tenant can allow it, but another operation performs it.
                _ => return Err(Failure::bad_request("Invalid grant_type")),
            }
        }
    };
    let result = issue(call, &granted)?;
    Ok(Reply::result(result, "Token created successfully."))
}

/// The unchanged reply of Tapis v2.
pub(super) fn create_v2_token(call: &Call<'_>) -> Outcome {
    call.object()?;
    Ok(Reply::json(&json!({
        "access_token": call.world.random.text(32),
        "refresh_token": call.world.random.text(32),
        "expires_in": 14_400,
        "token_type": "bearer",
    })))
}

/// The fields of the body, from JSON or from a form.
fn read(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    if is_form(call.headers) {
        let pairs = decode_pairs(call.body);
        let known = pairs.into_iter().filter(|(name, _)| FORM_FIELDS.contains(&name.as_str()));
        let mut body: Map<_, _> = known.map(|(name, value)| (name, value.into())).collect();
        // The parser of forms does not have the field that this grant needs.
        if text(&body, "grant_type") == Some("device_code") {
            body.clear();
            return Err(Failure::bad_request("Required client_id parameter missing."));
        }
        return Ok(body);
    }
    if !call.headers.contains_key(CONTENT_TYPE) {
        return Err(Failure::server(
            "Unrecognized exception type: <class 'AttributeError'>. Exception: 'NoneType' object \
             has no attribute 'startswith'",
        ));
    }
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Failure::bad_request("Invalid content type: send JSON or a form."));
    }
    call.object()
}

fn password(call: &Call<'_>, body: &Map<String, Value>) -> Result<Granted, Failure> {
    let client = clients::presented(call)?;
    let (Some(username), Some(password)) = (text(body, "username"), text(body, "password")) else {
        let message = "Missing required payload data; username and password are required for the \
                       password grant type.";
        return Err(Failure::bad_request(message));
    };
    let store = call.world.store();
    let user = store.get(&users(&call.tenant), username);
    let known = user.and_then(|user| user.get("password")).and_then(Value::as_str);
    if known != Some(password) {
        return Err(Failure::bad_request("Invalid username/password combination."));
    }
    drop(store);
    Ok(granted(call, username, "password", client))
}

fn refresh(call: &Call<'_>, body: &Map<String, Value>, client: String) -> Result<Granted, Failure> {
    let token = text(body, "refresh_token")
        .ok_or_else(|| Failure::bad_request("Required refresh_token parameter missing."))?;
    let invalid = || Failure::bad_request("Invalid refresh_token.");
    let claims = call.world.opener.open(token).map_err(|_| invalid())?;
    let number = |name| claims.get(name).and_then(Value::as_i64);
    if number("exp").is_none_or(|exp| exp <= call.world.clock.seconds()) {
        return Err(invalid());
    }
    let token_type = text(&claims, TYPE).unwrap_or_default();
    if token_type != "refresh" {
        return Err(Failure::bad_request(format!(
            "Invalid token type. The refresh_token grant type required a token of type refresh. Instead a token of \
             type {token_type} was passed."
        )));
    }
    let access = claims.get(ACCESS).and_then(Value::as_object).ok_or_else(invalid)?;
    let issued_to = text(access, CLIENT).unwrap_or_default();
    if issued_to != client {
        let message = format!(
            "client_id from header ({client}) does not match the client_id in the token claim ({issued_to})."
        );
        return Err(Failure::bad_request(message));
    }
    let username = text(access, crate::tokens::USERNAME).ok_or_else(invalid)?;
    let renewals = access.get(REFRESHES).and_then(Value::as_i64).unwrap_or_default();
    let by_browser = access.get(REDIRECT).is_some_and(|uri| !uri.is_null());
    let redirect_uri = by_browser.then(|| clients::callback_url(call, &client));
    // The new tokens live as long as the tenant's, not as long as the old ones.
    let mut granted = granted(call, username, "refresh_token", Some(client));
    granted.renewals = renewals + 1;
    granted.redirect_uri = redirect_uri;
    Ok(granted)
}

fn code(call: &Call<'_>, body: &Map<String, Value>, client: String) -> Result<Granted, Failure> {
    let missing = |name| Failure::bad_request(format!("Required {name} parameter missing."));
    let redirect = text(body, "redirect_uri").ok_or_else(|| missing("redirect_uri"))?;
    let registered = clients::callback_url(call, &client);
    if registered != redirect {
        let message =
            "Invalid redirect_uri parameter: does not match callback URL registered with client.";
        return Err(Failure::bad_request(message));
    }
    let code = text(body, "code").ok_or_else(|| missing("authorization_code"))?;
    let mut store = call.world.store();
    let codes = in_tenant(&call.tenant, "authorization_codes");
    let invalid = || Failure::bad_request("authorization code not valid.");
    let record = store.get(&codes, code).ok_or_else(invalid)?.clone();
    let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    if field("client_id") != client {
        return Err(invalid());
    }
    let expires = record.get("expires").and_then(Value::as_i64).unwrap_or_default();
    if expires + config::CODE_GRACE < call.world.clock.seconds() {
        return Err(Failure::bad_request("authorization code has expired."));
    }
    store.remove(&codes, code);
    drop(store);
    let mut granted = granted(call, field("username"), "authorization_code", Some(client));
    granted.redirect_uri = Some(registered);
    Ok(granted)
}

fn device_code(call: &Call<'_>, body: &Map<String, Value>) -> Result<Granted, Failure> {
    let (username, client) = device::redeem(call, body)?;
    let mut granted = granted(call, &username, "device_code", Some(client));
    granted.ttl.0 = DEVICE_TTL;
    Ok(granted)
}

fn granted(
    call: &Call<'_>,
    username: &str,
    grant: &'static str,
    client: Option<String>,
) -> Granted {
    let ttl = config::lifetimes(call);
    Granted { username: username.to_owned(), grant, client, ttl, renewals: 0, redirect_uri: None }
}

/// Signs the tokens. There is a refresh token if, and only if, the client is known.
fn issue(call: &Call<'_>, granted: &Granted) -> Result<Value, Failure> {
    let issuer = call.issuer();
    let mut claims = access_claims(Subject {
        username: &granted.username,
        tenant: &call.tenant,
        account: "user",
        issuer: &issuer,
    });
    add_grant(&mut claims, granted.grant, granted.client.as_deref());
    if let Some(uri) = &granted.redirect_uri {
        claims.insert(REDIRECT.into(), uri.as_str().into());
    }
    if granted.client.is_some() {
        claims.insert(REFRESHES.into(), granted.renewals.into());
    }
    let press = call.world.press();
    let failed = |_| Failure::internal("The token could not be signed.");
    let mut result = Map::new();
    let (access_ttl, refresh_ttl) = granted.ttl;
    if granted.client.is_some() {
        let refresh = press.refresh(&claims, access_ttl, refresh_ttl).map_err(failed)?;
        result.insert("refresh_token".into(), refresh.record("refresh_token"));
    }
    let access = press.access(claims, access_ttl).map_err(failed)?;
    result.insert("access_token".into(), access.record("access_token"));
    Ok(Value::Object(result))
}
