//! Credentials of users on systems.

use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::Permission;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

fn key(id: &str, user: &str) -> String {
    format!("{id}/{user}")
}

/// The credential of a user, if one was registered.
pub(super) fn find<'a>(store: &'a Store, tenant: &str, id: &str, user: &str) -> Option<&'a Value> {
    store.get(&SYSTEM.of(tenant, "credentials"), &key(id, user))
}

/// Registers a credential.
pub(super) fn keep(
    store: &mut Store,
    tenant: &str,
    id: &str,
    user: &str,
    system: &Value,
    mut credential: Value,
) {
    credential["authnMethod"] = system["defaultAuthnMethod"].clone();
    credential["loginUser"] = user.into();
    store.put(&SYSTEM.of(tenant, "credentials"), key(id, user), credential);
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = Value::Object(call.object()?);
    let user = call.path("userName");
    let mut store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?.clone();
    may_touch(call, &store, &system, user)?;
    let pairs = [("privateKey", "publicKey"), ("accessKey", "accessSecret")];
    for (one, other) in pairs {
        if body.get(one).is_some() != body.get(other).is_some() {
            let sentence = format!("Secret pair missing one value: {one} and {other}.");
            let message =
                SYSTEM.message(call, "CRED_SECRET_MISSING", &sentence, call.path("systemId"));
            return Err(Failure::bad_request(message));
        }
    }
    keep(&mut store, &call.tenant, call.path("systemId"), user, &system, body);
    Ok(done(call, "CRED_UPDATED", "Credential updated."))
}

/// Only services see what is in a credential.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    if call.caller.as_ref().is_none_or(|caller| caller.service.is_none()) {
        return Err(SYSTEM.unauthorized(call, call.path("systemId")));
    }
    let store = call.world.store();
    SYSTEM.find(call, &store)?;
    let credential = find(&store, &call.tenant, call.path("systemId"), call.path("userName"));
    let credential = credential.ok_or_else(|| missing(call))?;
    Ok(Reply::result(credential.clone(), "Credential found."))
}

pub(super) fn remove(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let system = SYSTEM.find(call, &store)?;
    let (id, user) = (call.path("systemId"), call.path("userName"));
    may_touch(call, &store, system, user)?;
    store.remove(&SYSTEM.of(&call.tenant, "credentials"), &key(id, user));
    Ok(done(call, "CRED_DELETED", "Credential removed."))
}

/// Tries a credential. Any that was registered is good.
pub(super) fn check(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    may_touch(call, &store, system, call.path("userName"))?;
    find(&store, &call.tenant, call.path("systemId"), call.path("userName"))
        .ok_or_else(|| missing(call))?;
    Ok(done(call, "CRED_VALID", "Credential is valid."))
}

/// Where a user agrees to let Tapis use Globus.
pub(super) fn globus_url(call: &Call<'_>) -> Outcome {
    require_globus(call)?;
    let session = call.world.random.uuid().to_string();
    let result = json!({
        "url": format!("https://auth.globus.invalid/v2/oauth2/authorize?state={session}"),
        "sessionId": session,
        "systemId": call.path("systemId"),
    });
    Ok(Reply::result(result, "Globus authorization address found."))
}

pub(super) fn globus_tokens(call: &Call<'_>) -> Outcome {
    require_globus(call)?;
    let mut store = call.world.store();
    let system = SYSTEM.find(call, &store)?.clone();
    let tokens = json!({
        "accessToken": call.world.random.text(40),
        "refreshToken": call.world.random.text(40),
    });
    let (id, user) = (call.path("systemId"), call.path("userName"));
    keep(&mut store, &call.tenant, id, user, &system, tokens);
    Ok(done(call, "CRED_UPDATED", "Globus tokens stored."))
}

fn require_globus(call: &Call<'_>) -> Result<(), Failure> {
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    if system["systemType"] == "GLOBUS" {
        return Ok(());
    }
    let sentence = "The system is not of type GLOBUS.";
    let message = SYSTEM.message(call, "GLOBUS_AUTHURL_ERR", sentence, call.path("systemId"));
    Err(Failure::bad_request(message))
}

/// Users handle their own credentials; owners those of the system's fixed user.
fn may_touch(call: &Call<'_>, store: &Store, system: &Value, user: &str) -> Result<(), Failure> {
    if user == call.user() || SYSTEM.owns(call, store, system) {
        return Ok(());
    }
    Err(SYSTEM.unauthorized(call, call.path("systemId")))
}

fn missing(call: &Call<'_>) -> Failure {
    let message =
        SYSTEM.message(call, "CRED_NOT_FOUND", "Record not found.", call.path("systemId"));
    Failure::not_found(format!("{message} User: {}", call.path("userName")))
}

fn done(call: &Call<'_>, key: &str, sentence: &str) -> Reply {
    let message = SYSTEM.message(call, key, sentence, call.path("systemId"));
    Reply::result(Value::Null, format!("{message} User: {}", call.path("userName")))
}
