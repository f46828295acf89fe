//! The profiles of users.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;
use crate::world::users;

const FIELDS: [&str; 9] = [
    "username",
    "email",
    "given_name",
    "last_name",
    "phone",
    "mobile_phone",
    "create_time",
    "uid",
    "dn",
];
/// The attributes of a user in the directory of the deployed services.
const KNOWN_WHEN_DEPLOYED: [&str; 4] = ["username", "email", "uid", "dn"];
const DEFAULT_LIMIT: usize = 100;

pub(super) fn userinfo(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let profile = find(call, &store, call.user())?;
    Ok(Reply::result(profile, "User profile retrieved successfully."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let profile = find(call, &store, call.path("username"))?;
    Ok(Reply::result(profile, "User profile retrieved successfully."))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let number = |name: &str, usual: usize| match call.query(name) {
        None => Ok(usual),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| Failure::bad_request(format!("Invalid {name} parameter: {text}"))),
    };
    let (limit, offset) = (number("limit", DEFAULT_LIMIT)?, number("offset", 0)?);
    let store = call.world.store();
    let all = store.records(&users(&call.tenant));
    let profiles: Vec<Value> =
        all.skip(offset).take(limit).map(|(_, user)| profile(call, user)).collect();
    let next = offset.saturating_add(profiles.len());
    let reply = Reply::result(profiles, "Profiles retrieved successfully.");
    Ok(reply.with_header(HeaderName::from_static("x-tapis-offset"), HeaderValue::from(next)))
}

fn find(call: &Call<'_>, store: &Store, username: &str) -> Result<Value, Failure> {
    let user = store.get(&users(&call.tenant), username);
    user.map(|user| profile(call, user)).ok_or_else(|| {
        Failure::bad_request(format!(
            "Error retrieving user; debug information: {{'result': 0, 'description': 'success', 'dn': '{username}'}}"
        ))
    })
}

fn profile(call: &Call<'_>, user: &Value) -> Value {
    let deployed = call.world.settings.deployed();
    let mut profile = Map::new();
    for name in FIELDS {
        let hidden = deployed && !KNOWN_WHEN_DEPLOYED.contains(&name);
        match user.get(name) {
            Some(value) if !hidden => profile.insert(name.to_owned(), value.clone()),
            _ if deployed => profile.insert(name.to_owned(), Value::Null),
            _ => profile.insert(name.to_owned(), "".into()),
        };
    }
    Value::Object(profile)
}
