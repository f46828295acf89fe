//! The device code grant.

use serde_json::{Map, Value, json};

use super::config::CODE_GRACE;
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};
use crate::world::clients;

/// The lifetime of a code.
const LIFETIME: i64 = 600;

fn collection(tenant: &str) -> String {
    in_tenant(tenant, "device_codes")
}

pub(super) fn generate(call: &Call<'_>) -> Outcome {
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Failure::bad_request("Invalid content type: send JSON."));
    }
    let body = call.object()?;
    let client = text(&body, "client_id")
        .ok_or_else(|| Failure::bad_request("Required client_id parameter missing."))?;
    let mut store = call.world.store();
    if !store.contains(&clients(&call.tenant), client) {
        return Err(Failure::bad_request(format!("Invalid client: {client}")));
    }
    let device_code = call.world.random.text(40);
    let user_code = call.world.random.code(8);
    let expires = call.world.clock.seconds().saturating_add(LIFETIME);
    let record = json!({
        "client_id": client,
        "user_code": user_code,
        "status": "Created",
        "expires": expires,
    });
    store.put(&collection(&call.tenant), device_code.clone(), record);
    let expires = jiff::Timestamp::from_second(expires).unwrap_or(jiff::Timestamp::MAX);
    let expires = if call.world.settings.deployed() {
        dates::write(expires, Style::Http)
    } else {
        expires.to_string()
    };
    let result = json!({
        "client_id": client,
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": format!("{}/v3/oauth2/device?client_id={client}", call.base_url),
        "expires_in": expires,
    });
    Ok(Reply::result(result, "Token created successfully."))
}

/// Enters a user code, as a user does in a browser. Entering the code is enough: on the page after it the user only
/// chooses the lifetime of the tokens.
pub(crate) fn approve(store: &mut Store, tenant: &str, user_code: &str, username: &str) -> bool {
    for (_, record) in store.records_mut(&collection(tenant)) {
        if record["user_code"] == user_code && record["status"] == "Created" {
            record["status"] = "Entered".into();
            record["username"] = username.into();
            return true;
        }
    }
    false
}

/// The user and the client of an entered device code, which can be used once.
pub(super) fn redeem(
    call: &Call<'_>,
    body: &Map<String, Value>,
) -> Result<(String, String), Failure> {
    let missing = |name| Failure::bad_request(format!("Required {name} parameter missing."));
    let client = text(body, "client_id").ok_or_else(|| missing("client_id"))?;
    let code = text(body, "device_code").ok_or_else(|| missing("device_code"))?;
    let collection = collection(&call.tenant);
    let mut store = call.world.store();
    let record = store.get(&collection, code);
    let record = record.ok_or_else(|| Failure::bad_request("device code not valid."))?.clone();
    // A code that nobody has entered is never found to have expired.
    let username = record["username"].as_str().filter(|_| record["status"] == "Entered");
    let username = username.ok_or_else(|| Failure::bad_request("device code not ready."))?;
    let now = call.world.clock.seconds();
    if record["expires"].as_i64().is_none_or(|at| at + CODE_GRACE < now) {
        store.remove(&collection, code);
        return Err(Failure::bad_request("device code has expired and is now deleted."));
    }
    if record["client_id"] != client {
        let message = "Client IDs do not match between device code and passed in client_id";
        return Err(Failure::bad_request(message));
    }
    store.remove(&collection, code);
    Ok((username.to_owned(), client.to_owned()))
}
