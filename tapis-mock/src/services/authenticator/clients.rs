//! OAuth clients.

use serde_json::{Map, Value, json};

use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;
use crate::world::clients;

/// The maximum lengths of a client's fields.
const LIMITS: [(&str, usize); 5] = [
    ("client_id", 80),
    ("client_key", 80),
    ("callback_url", 200),
    ("description", 70),
    ("display_name", 50),
];
/// The fields that can be changed.
const CHANGEABLE: [&str; 2] = ["callback_url", "display_name"];

/// The client of the request, if there is one. Wrong credentials are an error even if none are
/// needed. A deleted client is still accepted.
pub(super) fn presented(call: &Call<'_>) -> Result<Option<String>, Failure> {
    let Some((id, key)) = call.basic() else { return Ok(None) };
    let store = call.world.store();
    let client = store.get(&clients(&call.tenant), &id);
    let known = client.and_then(|client| client.get("client_key")).and_then(Value::as_str);
    if known == Some(key.as_str()) {
        return Ok(Some(id));
    }
    // The service's message contains the key; clients must handle that.
    Err(Failure::bad_request(format!("Invalid client credentials: {id}, {key}. session: {{}}")))
}

/// As [`presented`], if a client is required.
pub(super) fn required(call: &Call<'_>) -> Result<String, Failure> {
    presented(call)?
        .ok_or_else(|| Failure::bad_request("Invalid client credentials: None, None. session: {}"))
}

/// The callback URL that a client is registered with.
pub(super) fn callback_url(call: &Call<'_>, id: &str) -> String {
    let store = call.world.store();
    let client = store.get(&clients(&call.tenant), id);
    let url = client.and_then(|client| client["callback_url"].as_str());
    url.unwrap_or_default().to_owned()
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let all = call.query("show_inactive").is_some();
    let clients: Vec<Value> = store
        .records(&clients(&call.tenant))
        .map(|(_, client)| client)
        .filter(|client| client["owner"] == call.user() && (all || client["active"] == true))
        .map(|client| show(call, client))
        .collect();
    Ok(Reply::result(clients, "Clients retrieved successfully."))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    if call.body.is_empty() {
        return Err(Failure::bad_request("Invalid POST data: a body is required."));
    }
    let body = call.object()?;
    if let Some((name, _)) =
        LIMITS.iter().find(|(name, _)| body.get(*name).is_some_and(|value| !value.is_string()))
    {
        return Err(Failure::bad_request(format!("Invalid POST data: {name} is not a string.")));
    }
    if let Some((_, limit)) = too_long(&body) {
        return Err(Failure::bad_request(format!("Invalid POST data; {}", too_long_for(limit))));
    }
    let given = |name: &str| text(&body, name).map(str::to_owned);
    let id = given("client_id").unwrap_or_else(|| call.world.random.text(13));
    let mut store = call.world.store();
    if store.contains(&clients(&call.tenant), &id) {
        return Err(Failure::bad_request(format!(
            "Invalid POST data; This change would violate uniqueness constraints. Details: Key (client_id)=({id}) \
             already exists."
        )));
    }
    let now = call.now();
    let client = json!({
        "client_id": id,
        "client_key": given("client_key").unwrap_or_else(|| call.world.random.text(20)),
        "callback_url": given("callback_url").unwrap_or_default(),
        "display_name": given("display_name").unwrap_or_else(|| id.chars().take(50).collect()),
        "description": given("description").unwrap_or_default(),
        "owner": call.user(),
        "tenant_id": call.tenant,
        "active": body.get("active").and_then(Value::as_bool).unwrap_or(true),
        "create_time": now,
        "last_update_time": now,
    });
    let shown = show(call, &client);
    store.put(&clients(&call.tenant), id, client);
    Ok(Reply::result(shown, "Client created successfully."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let client = owned(call, &mut store)?;
    Ok(Reply::result(show(call, client), "Client object retrieved successfully."))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let fixed = |name: &&str| ["client_id", "client_key", "description"].contains(name);
    if let Some(name) = body.keys().map(String::as_str).find(fixed) {
        let message = format!("Changing {name} not currently supported.");
        return Err(Failure::bad_request(message));
    }
    let mut store = call.world.store();
    let client = owned(call, &mut store)?;
    if let Some((_, limit)) = too_long(&body) {
        // The service looks at lengths when it creates a client, and trips here.
        return Err(Failure::server(format!(
            "Unrecognized exception type: <class 'sqlalchemy.exc.DataError'>. Exception: {}",
            too_long_for(limit)
        )));
    }
    // All else is ignored, and the time of the last change stays.
    for name in CHANGEABLE {
        if let Some(value) = body.get(name) {
            client[name] = value.clone();
        }
    }
    Ok(Reply::result(show(call, client), "Client updated successfully"))
}

/// The first field that is longer than its limit.
fn too_long(body: &Map<String, Value>) -> Option<(&'static str, usize)> {
    LIMITS
        .into_iter()
        .find(|(name, limit)| text(body, name).is_some_and(|value| value.chars().count() > *limit))
}

fn too_long_for(limit: usize) -> String {
    format!("value too long for type character varying({limit})")
}

/// Deactivates the client, any number of times; its record stays.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let client = owned(call, &mut store)?;
    client["active"] = false.into();
    let shown = show(call, client);
    Ok(Reply::result(shown, "Client status updated to inactive successfully"))
}

/// The client of the path, if it belongs to the caller.
fn owned<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("client_id");
    let client = store.get_mut(&clients(&call.tenant), id);
    let client =
        client.ok_or_else(|| Failure::not_found(format!("No client found with id {id}.")))?;
    if client["owner"] != call.user() {
        return Err(Failure::forbidden("Not authorized for this client."));
    }
    Ok(client)
}

fn show(call: &Call<'_>, client: &Value) -> Value {
    let mut shown = client.clone();
    if call.world.settings.deployed() {
        dates::restyle(&mut shown, ["create_time", "last_update_time"], Style::Http);
    }
    shown
}
