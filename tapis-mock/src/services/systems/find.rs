//! Reads and searches systems.

use serde_json::{Map, Value, json};

use super::credentials;
use crate::call::Call;
use crate::query::{Listing, sql};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::java::present::Shape;
use crate::shared::java::{Permission, share_of};
use crate::shared::systems::{SYSTEM, is_dynamic, login_user};
use crate::store::Store;

/// The component that describes a system.
pub(super) const COMPONENT: &str = "TapisSystem";
const SHAPE: Shape = Shape {
    component: COMPONENT,
    always: &["id"],
    summary: &[
        "id",
        "systemType",
        "owner",
        "host",
        "effectiveUserId",
        "defaultAuthnMethod",
        "canExec",
        "parentId",
    ],
    plural: "Systems",
};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_parameters(call)?)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    let refuse = |what: String| {
        let sentence = format!("SYSLIB_SEARCH_ERROR Unable to validate search list. {what}");
        Failure::server(SYSTEM.message(call, "SELECT_ERROR", &sentence, ""))
    };
    answer(call, Listing::read(call)?.with_body(call, refuse)?)
}

/// Systems whose capabilities match a condition.
pub(super) fn match_constraints(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let lines = body.get("match").and_then(Value::as_array);
    let lines: Vec<&str> = lines.into_iter().flatten().filter_map(Value::as_str).collect();
    let condition = sql::parse(&lines.join(" "))
        .map_err(|what| Failure::bad_request(format!("Invalid constraints: {what}")))?;
    let store = call.world.store();
    let collection = SYSTEM.in_tenant(&call.tenant);
    let systems = store.records(&collection).map(|(_, system)| system);
    let fitting: Vec<Value> = systems
        .filter(|system| system["deleted"] != true)
        .filter(|system| SYSTEM.allows(call, &store, system, Permission::Read))
        .filter(|system| condition.holds(&capabilities(system)))
        .map(|system| show(call, &store, system, call.user()))
        .collect();
    Ok(Reply::result(fitting, "Systems that match the constraints."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?;
    let store = call.world.store();
    let id = call.path("systemId");
    let user = call.query("impersonationId").filter(|user| !user.is_empty());
    if let Some(user) = user.filter(|_| !roles::is_admin(call, &store)) {
        let sentence = format!("Only services and administrators act as {user}.");
        let message = SYSTEM.say(call, "SYSLIB_UNAUTH_IMPERSONATE", &sentence, id);
        return Err(Failure::forbidden(message));
    }
    let user = user.unwrap_or(call.user());
    let system = SYSTEM.find(call, &store)?;
    let method = credentials::method(call, system).map_err(Failure::bad_request)?;
    if !SYSTEM.allows(call, &store, system, Permission::Read) {
        return Err(SYSTEM.unauthorized(call, id));
    }
    let credential = if call.flag("returnCredentials") {
        credentials::refuse_reader(call, id)?;
        let holder = credentials::holder(system, user);
        credentials::find(&store, &call.tenant, system, holder, method)
    } else {
        None
    };
    if call.flag("requireExecPerm") {
        if !SYSTEM.allows(call, &store, system, Permission::Execute) {
            return Err(SYSTEM.unauthorized(call, id));
        }
        if system["canExec"] != true {
            let message = SYSTEM.say(call, "SYSLIB_NOTEXEC", "The system runs no jobs.", id);
            return Err(Failure::forbidden(message));
        }
    }
    if selects_scheduler(call, &listing) {
        refuse_null(std::slice::from_ref(system))?;
    }
    let mut shown = show(call, &store, system, user);
    if let Some(credential) = credential {
        shown["authnCredential"] = credential;
    }
    let shown = SHAPE.one(call, &listing, shown);
    Ok(Reply::result(shown, SYSTEM.message(call, "FOUND", "System found.", id)))
}

/// Whether a deployed service gets `select=batchScheduler`.
fn selects_scheduler(call: &Call<'_>, listing: &Listing) -> bool {
    let selects = |wanted: &str| listing.selected().any(|name| name == wanted);
    call.world.settings.deployed() && selects("batchScheduler") && !selects("allAttributes")
}

/// Selecting the scheduler of a system without one is an error of the service
/// (`TapisSystemDTO.addDisplayField` 215).
fn refuse_null(systems: &[Value]) -> Result<(), Failure> {
    if systems.iter().all(|system| system["batchScheduler"].is_string()) {
        return Ok(());
    }
    Err(Failure::server("HTTP 500 Internal Server Error"))
}

fn answer(call: &Call<'_>, listing: Listing) -> Outcome {
    let listing = SHAPE.check(call, &SYSTEM, listing)?;
    let list_type = call.query("listType").filter(|text| !text.is_empty()).unwrap_or("OWNED");
    let list_type = list_type.to_ascii_uppercase();
    // SHARED_DIRECT, READ_PERM and MINE are in the document of 26Q2.
    let known = ["OWNED", "SHARED_PUBLIC", "SHARED_DIRECT", "READ_PERM", "MINE", "ALL"];
    if !known.contains(&list_type.as_str()) {
        let sentence = format!("SYSLIB_LISTTYPE_ERROR Invalid listType value: {list_type}");
        return Err(Failure::server(SYSTEM.message(call, "SELECT_ERROR", &sentence, "")));
    }
    let wanted = call.query("hasCredentials").map(|_| call.flag("hasCredentials"));
    let store = call.world.store();
    let collection = SYSTEM.in_tenant(&call.tenant);
    let systems: Vec<Value> = store
        .records(&collection)
        .map(|(_, system)| system)
        .filter(|system| system["deleted"] != true || call.flag("showDeleted"))
        .filter(|system| is_listed(call, &store, system, &list_type))
        .filter(|system| {
            wanted.is_none_or(|wanted| has_credentials(call, &store, system, call.user()) == wanted)
        })
        .cloned()
        .collect();
    if selects_scheduler(call, &listing) {
        refuse_null(&listing.apply(systems.clone()).0)?;
    }
    SHAPE.page_as(call, &listing, systems, |system| show(call, &store, &system, call.user()))
}

/// Whether a list of this type has a system.
fn is_listed(call: &Call<'_>, store: &Store, system: &Value, list_type: &str) -> bool {
    let id = system["id"].as_str().unwrap_or_default();
    let owned = system["owner"] == call.user();
    let share = || share_of(&SYSTEM, store, &call.tenant, id);
    let direct = || share().users.iter().any(|user| user == call.user());
    match list_type {
        "OWNED" => owned,
        "SHARED_PUBLIC" => share().public,
        "SHARED_DIRECT" => direct(),
        "MINE" => owned || direct(),
        "READ_PERM" => SYSTEM.is_granted_to_read(call, store, id),
        _ => SYSTEM.allows(call, store, system, Permission::Read),
    }
}

/// A system as a user sees it: with attributes from other records.
fn show(call: &Call<'_>, store: &Store, system: &Value, user: &str) -> Value {
    let mut shown = system.clone();
    let id = system["id"].as_str().unwrap_or_default();
    let share = share_of(&SYSTEM, store, &call.tenant, id);
    shown["isPublic"] = share.public.into();
    shown["sharedWithUsers"] = json!(share.users);
    shown["isDynamicEffectiveUser"] = is_dynamic(system).into();
    shown["hasCredentials"] = has_credentials(call, store, system, user).into();
    shown["effectiveUserId"] = login_user(store, &call.tenant, system, user).into();
    for name in ["jobMaxJobs", "jobMaxJobsPerUser"] {
        if system[name].as_i64().is_some_and(|most| most < 0) {
            shown[name] = i32::MAX.into();
        }
    }
    shown
}

/// Whether there is a credential for the default method of a system (document of 25Q4).
fn has_credentials(call: &Call<'_>, store: &Store, system: &Value, user: &str) -> bool {
    let method = system["defaultAuthnMethod"].as_str().unwrap_or_default();
    let holder = credentials::holder(system, user);
    credentials::find(store, &call.tenant, system, holder, method).is_some()
}

/// The capabilities of a system, as attributes.
fn capabilities(system: &Value) -> Value {
    let all = system["jobCapabilities"].as_array().into_iter().flatten();
    let named = all.filter_map(|capability| {
        Some((capability.get("name")?.as_str()?.to_owned(), capability.get("value")?.clone()))
    });
    named.collect::<Map<_, _>>().into()
}
