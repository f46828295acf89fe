//! Scheduler profiles.

use serde_json::Value;

use crate::call::{Call, text};
use crate::reply::{Outcome, Reply};
use crate::roles;
use crate::shared::java::{change_reply, present, url_reply};
use crate::shared::systems::PROFILE;

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

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut profile = call.object()?;
    present::add_defaults(call.service, "ReqPostSchedulerProfile", &mut profile);
    let name = text(&profile, "name").unwrap_or_default().to_owned();
    let owner = match text(&profile, "owner") {
        None | Some("${apiUserId}") => call.user().to_owned(),
        Some(owner) => owner.to_owned(),
    };
    profile.insert("owner".into(), owner.into());
    profile.insert("tenant".into(), call.tenant.as_str().into());
    let collection = PROFILE.in_tenant(&call.tenant);
    let mut store = call.world.store();
    if store.contains(&collection, &name) {
        return Err(PROFILE.exists(call, &name));
    }
    store.put(&collection, name.clone(), Value::Object(profile));
    let message = PROFILE.message(call, "CREATED", "New scheduler profile created.", &name);
    Ok(url_reply(call, &format!("systems/schedulerProfile/{name}"), message))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let name = call.path("name");
    let profile = PROFILE.find(call, &store)?;
    if profile["owner"] != call.user() && !roles::is_admin(call, &store) {
        return Err(PROFILE.unauthorized(call, name));
    }
    store.remove(&PROFILE.in_tenant(&call.tenant), name);
    Ok(change_reply(1, PROFILE.message(call, "DELETED", "Scheduler profile deleted.", name)))
}
