//! Making and changing systems.

use serde_json::{Map, Value, json};

use super::host::{self, Why};
use super::{check, children, credentials, definition, schema};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::roles;
use crate::shared::java::{Permission, history, url_reply};
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// Names that are the first part of other paths.
const RESERVED: [&str; 8] = [
    "healthcheck",
    "readycheck",
    "search",
    "schedulerprofile",
    "share",
    "unshare",
    "share_public",
    "unshare_public",
];

/// Makes a system. What is wrong with it is found in the order in which the service looks for it
/// (`SystemsServiceImpl.createSystem` 162-338).
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

/// Whether a credential is tried before it is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    OnHost,
    Skipped,
}

/// Stores a system that is complete but for what only the service makes.
pub(super) fn add(
    call: &Call<'_>,
    store: &mut Store,
    mut system: Map<String, Value>,
    credential: Option<&Value>,
    trial: Trial,
) -> Result<(), Failure> {
    let id = text(&system, "id").unwrap_or_default().to_owned();
    // A deleted one still has its name.
    if store.contains(&SYSTEM.in_tenant(&call.tenant), &id) {
        return Err(SYSTEM.exists(call, &id));
    }
    let mut problems = check::problems(call, store, &system, credential);
    problems.extend(check::problems_of_root(&system, credential));
    refuse(call, "CREATE_ERROR", &id, &problems)?;
    // Nobody makes a system for somebody else.
    if text(&system, "owner") != Some(call.user()) && !roles::is_admin(call, store) {
        return Err(SYSTEM.unauthorized(call, &id));
    }
    if RESERVED.contains(&id.to_ascii_lowercase().as_str()) {
        let message = SYSTEM.message(call, "CREATE_RESERVED", "The id is reserved.", &id);
        return Err(Failure::conflict(message));
    }
    let user = text(&system, "effectiveUserId").unwrap_or_default().to_owned();
    if let Some(credential) = credential {
        if credential["loginUser"].as_str().is_some_and(|user| !user.trim().is_empty()) {
            let what = "SYSLIB_CRED_INVALID_LOGINUSER The effective user is static.".to_owned();
            return refuse(call, "CREATE_ERROR", &id, &[what]);
        }
        let kept = Value::Object(system.clone());
        if trial == Trial::OnHost && credentials::is_tried(&kept) {
            credentials::verify(call, store, &kept, credential, &user)?;
        }
    }
    let root = text(&system, "rootDir").unwrap_or_default();
    if host::evaluates(root) {
        let evaluated = host::evaluate(root, &user).map_err(|why| {
            let say = |what: &str| SYSTEM.message(call, "CREATE_ERROR", what, &id);
            match why {
                Why::Form(what) => Failure::bad_request(say(&what)),
                Why::Empty(what) => Failure::server(say(&what)),
            }
        })?;
        system.insert("rootDir".into(), evaluated.into());
    }
    definition::normalise(&mut system);
    let made = [
        ("tenant", json!(call.tenant)),
        ("uuid", json!(call.world.random.uuid().to_string())),
        ("deleted", json!(false)),
        ("created", json!(call.now())),
        ("updated", json!(call.now())),
    ];
    system.extend(made.map(|(name, value)| (name.to_owned(), value)));
    let system = Value::Object(system);
    if let Some(credential) = credential {
        credentials::keep(store, &call.tenant, &system, &user, credential);
    }
    store.put(&SYSTEM.in_tenant(&call.tenant), id.clone(), system.clone());
    history::record(&SYSTEM, call, store, &id, "create", &system);
    Ok(())
}

/// Replaces everything that can be changed (`SystemsServiceImpl.putSystem` 496-567).
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
        let what = "SYSLIB_CHILD_ALLOW_CONFLICT_ERROR The system has children.";
        return Err(refusal(call, "UPDATE_ERROR", id, what));
    }
    keep(call, &mut store, changed, &Value::Object(without_secrets(&given)));
    if credential.is_some() && !call.flag("skipCredentialCheck") {
        // Nothing was checked, and the service expects that it was (`SystemResource` 674-686).
        let sentence = "Unable to operate on credential. Invalid null return";
        return Err(Failure::server(SYSTEM.message(call, "CRED_CHECK_ERROR", sentence, id)));
    }
    Ok(updated(call, id))
}

/// Changes what is named (`SystemsServiceImpl.patchSystem` 410-473).
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let id = call.path("systemId");
    // Which attributes may be named depends on the system, which one has to be able to read.
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

/// Refuses a system with which something is wrong.
fn refuse(call: &Call<'_>, key: &str, id: &str, problems: &[String]) -> Result<(), Failure> {
    if problems.is_empty() {
        return Ok(());
    }
    let what =
        format!("SYSLIB_CREATE_INVALID_ERRORLIST Invalid input.\n  {}", problems.join("\n  "));
    Err(refusal(call, key, id, &what))
}

pub(super) fn refusal(call: &Call<'_>, key: &str, id: &str, what: &str) -> Failure {
    Failure::bad_request(SYSTEM.message(call, key, what, id))
}

fn without_secrets(given: &Map<String, Value>) -> Map<String, Value> {
    let mut given = given.clone();
    given.remove("authnCredential");
    given
}
