//! Scheduler profiles.

use serde_json::{Map, Value, json};

use super::{check, schema};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::java::{change_reply, url_reply};
use crate::shared::systems::PROFILE;
use crate::store::Store;

/// All profiles of the tenant, which every user may read.
pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let collection = PROFILE.in_tenant(&call.tenant);
    let all: Vec<Value> = store.records(&collection).map(|(_, profile)| profile.clone()).collect();
    Ok(Reply::result(all, "Scheduler profiles found."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let profile = PROFILE.find(call, &store)?;
    Ok(Reply::result(profile.clone(), "Scheduler profile found."))
}

/// Creates a profile (`SchedulerProfileServiceImpl.createSchedulerProfile`).
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::PROFILE)?;
    let ignored = ["tenant", "uuid", "created", "updated"];
    let given = given
        .into_iter()
        .filter(|(name, value)| !value.is_null() && !ignored.contains(&name.as_str()));
    let mut profile: Map<String, Value> = given.collect();
    let name = text(&profile, "name").unwrap_or_default().to_owned();
    if !check::is_id(&name) {
        let what = "SYSLIB_INVALID_STR_ATTR Attribute: name";
        return Err(PROFILE.invalid(call, what, &name));
    }
    let owner = match text(&profile, "owner") {
        Some(owner) if !owner.eq_ignore_ascii_case("${apiUserId}") => owner.to_owned(),
        _ => call.user().to_owned(),
    };
    let mut store = call.world.store();
    if store.contains(&PROFILE.in_tenant(&call.tenant), &name) {
        return Err(PROFILE.exists(call, &name));
    }
    require_owner(call, &store, &owner, &name)?;
    profile.entry("moduleLoads").or_insert(json!([]));
    let made = [
        ("owner", json!(owner)),
        ("tenant", json!(call.tenant)),
        ("uuid", json!(call.world.random.uuid().to_string())),
        ("created", json!(call.now())),
        ("updated", json!(call.now())),
    ];
    profile.extend(made.map(|(name, value)| (name.to_owned(), value)));
    store.put(&PROFILE.in_tenant(&call.tenant), name.clone(), Value::Object(profile));
    let message = PROFILE.message(call, "CREATED", "New scheduler profile created.", &name);
    Ok(url_reply(call, &format!("systems/schedulerProfile/{name}"), message))
}

/// Deletes a profile. A missing one is not an error.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let name = call.path("name");
    let collection = PROFILE.in_tenant(&call.tenant);
    let owner = store.get(&collection, name).map(|profile| profile["owner"].clone());
    let changes = usize::from(owner.is_some());
    if let Some(owner) = owner {
        require_owner(call, &store, owner.as_str().unwrap_or_default(), name)?;
        store.remove(&collection, name);
    }
    let message = PROFILE.message(call, "DELETED", "Scheduler profile deleted.", name);
    Ok(change_reply(changes, message))
}

fn require_owner(call: &Call<'_>, store: &Store, owner: &str, name: &str) -> Result<(), Failure> {
    if owner == call.user() || roles::is_admin(call, store) {
        return Ok(());
    }
    Err(PROFILE.unauthorized(call, name))
}
