//! The Authenticator: logins, OAuth clients, profiles.

mod clients;
mod config;
pub(crate) mod device;
mod grants;
mod profiles;

use serde_json::Value;

use crate::call::{Call, Handler};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::revocation::revoke;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_token", grants::create_token),
    ("create_v2_token", grants::create_v2_token),
    ("revoke_token", revoke_token),
    ("generate_device_code", device::generate),
    ("get_userinfo", profiles::userinfo),
    ("list_profiles", profiles::list),
    ("get_profile", profiles::get),
    ("list_clients", clients::list),
    ("create_client", clients::create),
    ("get_client", clients::get),
    ("update_client", clients::update),
    ("delete_client", clients::delete),
    ("get_server_metadata", config::metadata),
    ("get_config", config::get),
    ("update_config", config::update),
    ("hello", |_| Ok(Reply::result("", "Hello from Tapis"))),
    ("ready", |_| Ok(Reply::result("", "Service is ready."))),
];

/// Revokes a token. Everybody who has the token may do so.
fn revoke_token(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    // The service fails at a body without a token.
    let token = body.get("token").and_then(Value::as_str);
    let token = token.ok_or_else(|| {
        Failure::server(
            "Unrecognized exception type: <class 'AttributeError'>. Exception: no token",
        )
    })?;
    let jti = revoke(call, token).ok_or_else(|| {
        Failure::bad_request(
            "Invalid POST data; could not validate the token: it is expired or not a token.",
        )
    })?;
    Ok(Reply::result("", format!("Token {jti} has been revoked.")))
}
