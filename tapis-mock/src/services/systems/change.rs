//! Creates and changes systems.

use serde_json::{Map, Value};

use super::add::{Trial, add, refusal, refuse};
use super::{check, children, definition, schema};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::shared::java::{Permission, history, url_reply};
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// Creates a system, with the checks in the order of the service (`SystemsServiceImpl.createSystem`
/// 162-338).
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::POST)?;
    if given.get("mpiCmd").is_some_and(|command| command == "") {
        return Err(Failure::invalid_json("#/mpiCmd: expected minLength: 1, actual: 0"));
    }
    let credential = given.get("authnCredential").filter(|credential| !credential.is_null());
    let system = definition::created(call, &given);
    let id = text(&system, "id").unwrap_or_default().to_owned();
    let mut store = call.world.store();
    let trial = match call.flag("skipCredentialCheck") {
        true => Trial::Skipped,
        false => Trial::OnHost,
    };
    add(call, &mut store, system, credential, trial)?;
    let message = SYSTEM.message(call, "CREATED", "New system created.", &id);
    Ok(url_reply(call, &format!("systems/{id}"), message))
}

/// Replaces all attributes that can be changed (`SystemsServiceImpl.putSystem` 496-567).
pub(super) fn put(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::PUT)?;
    let credential = given.get("authnCredential").filter(|credential| !credential.is_null());
    let mut store = call.world.store();
    let system = found(call, &store)?;
    let id = call.path("systemId");
    if system["parentId"].is_string() {
        let what = "SYSLIB_CHILD_PUT_NOT_ALLOWED The system is a child.".to_owned();
        return Err(refusal(call, "UPDATE_ERROR", id, &what));
    }
    may_modify(call, &store, system)?;
    let changed = definition::replaced(system, &given);
    refuse(call, "UPDATE_ERROR", id, &check::problems(call, &store, &changed, credential))?;
    if !definition::is(&changed, "allowChildren") && children::has_any(&store, &call.tenant, id) {
        let what = "SYSLIB_ALLOW_CONFLICT_ERROR The system has children.";
        return Err(refusal(call, "UPDATE_ERROR", id, what));
    }
    keep(call, &mut store, changed, &Value::Object(without_secrets(&given)));
    if credential.is_some() && !call.flag("skipCredentialCheck") {
        // The credential was not checked, but the service expects the result of a check
        // (`SystemResource` 674-686).
        let sentence = "Unable to operate on credential. Invalid null return";
        return Err(Failure::server(SYSTEM.message(call, "CRED_CHECK_ERROR", sentence, id)));
    }
    Ok(updated(call, id))
}

/// Changes the attributes in the request (`SystemsServiceImpl.patchSystem` 410-473).
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let id = call.path("systemId");
    // The allowed attributes depend on the system, which the caller must be able to read.
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    let of_child = system["parentId"].is_string();
    let given = schema::read(call, if of_child { &schema::PATCH_CHILD } else { &schema::PATCH })?;
    if given.get("allowChildren").is_some_and(|allow| allow == false)
        && children::has_any(&store, &call.tenant, id)
    {
        let what = "SYSLIB_CHILD_HAS_CHILD_ERROR The system has children.";
        return Err(refusal(call, "UPDATE_ERROR", id, what));
    }
    may_modify(call, &store, system)?;
    let changed = definition::patched(system, &given);
    refuse(call, "UPDATE_ERROR", id, &check::problems(call, &store, &changed, None))?;
    keep(call, &mut store, changed, &Value::Object(given));
    children::follow(&mut store, &call.tenant, id);
    Ok(updated(call, id))
}

fn found<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    let id = call.path("systemId");
    SYSTEM.live(call, store, id).ok_or_else(|| SYSTEM.nothing_to_change(call, id))
}

fn may_modify(call: &Call<'_>, store: &Store, system: &Value) -> Result<(), Failure> {
    if SYSTEM.allows(call, store, system, Permission::Modify) {
        return Ok(());
    }
    Err(SYSTEM.unauthorized(call, call.path("systemId")))
}

fn keep(call: &Call<'_>, store: &mut Store, mut system: Map<String, Value>, change: &Value) {
    let id = call.path("systemId");
    system.insert("updated".into(), call.now().into());
    store.put(&SYSTEM.in_tenant(&call.tenant), id, Value::Object(system));
    history::record(&SYSTEM, call, store, id, "modify", change);
}

fn updated(call: &Call<'_>, id: &str) -> crate::reply::Reply {
    url_reply(
        call,
        &format!("systems/{id}"),
        SYSTEM.message(call, "UPDATED", "System updated.", id),
    )
}

fn without_secrets(given: &Map<String, Value>) -> Map<String, Value> {
    let mut given = given.clone();
    given.remove("authnCredential");
    given
}
