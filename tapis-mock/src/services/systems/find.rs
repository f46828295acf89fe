//! Finding systems.

use serde_json::{Map, Value, json};

use super::credentials;
use crate::call::Call;
use crate::query::{Listing, invalid_search, sql};
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
    answer(call, Listing::read(call)?.with_body(call, invalid_search)?)
}

/// Systems whose capabilities meet a condition.
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
        .map(|system| show(call, &store, system))
        .collect();
    Ok(Reply::result(fitting, "Systems that match the constraints."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?;
    let method = call.query("authnMethod").filter(|method| !method.is_empty());
    let store = call.world.store();
    let system = SYSTEM.find(call, &store)?;
    let id = call.path("systemId");
    if let Some(user) = call.query("impersonationId").filter(|user| !user.is_empty())
        && !roles::is_admin(call, &store)
    {
        let sentence = format!("Only services and administrators act as {user}.");
        let message = SYSTEM.say(call, "SYSLIB_UNAUTH_IMPERSONATE", &sentence, id);
        return Err(Failure::forbidden(message));
    }
    if !SYSTEM.allows(call, &store, system, Permission::Read) {
        return Err(SYSTEM.unauthorized(call, id));
    }
    let credential = if call.flag("returnCredentials") {
        credentials::refuse_reader(call, id)?;
        let default = system["defaultAuthnMethod"].as_str().unwrap_or_default();
        let holder = credentials::holder(system, call.user());
        credentials::find(&store, &call.tenant, system, holder, method.unwrap_or(default))
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
    refuse_null(call, &listing, [system])?;
    let mut shown = show(call, &store, system);
    if let Some(credential) = credential {
        shown["authnCredential"] = credential;
    }
    let shown = SHAPE.one(call, &listing, shown);
    Ok(Reply::result(shown, SYSTEM.message(call, "FOUND", "System found.", id)))
}

/// To select the scheduler of a system that has none is an error of the service
/// (`TapisSystemDTO.addDisplayField`: `batchScheduler.name()`).
fn refuse_null<'a>(
    call: &Call<'_>,
    listing: &Listing,
    systems: impl IntoIterator<Item = &'a Value>,
) -> Result<(), Failure> {
    let selects = |wanted: &str| listing.selected().any(|name| name == wanted);
    if !call.world.settings.deployed() || selects("allAttributes") || !selects("batchScheduler") {
        return Ok(());
    }
    if systems.into_iter().all(|system| system["batchScheduler"].is_string()) {
        return Ok(());
    }
    Err(Failure::server("HTTP 500 Internal Server Error"))
}

fn answer(call: &Call<'_>, listing: Listing) -> Outcome {
    let listing = SHAPE.check(call, listing)?;
    let list_type = call.query("listType").filter(|text| !text.is_empty()).unwrap_or("OWNED");
    let list_type = list_type.to_ascii_uppercase();
    if !["OWNED", "SHARED_PUBLIC", "ALL"].contains(&list_type.as_str()) {
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
        .filter(|system| match list_type.as_str() {
            "OWNED" => system["owner"] == call.user(),
            "SHARED_PUBLIC" => {
                let id = system["id"].as_str().unwrap_or_default();
                share_of(&SYSTEM, &store, &call.tenant, id).public
            }
            _ => SYSTEM.allows(call, &store, system, Permission::Read),
        })
        .filter(|system| {
            wanted.is_none_or(|wanted| has_credentials(call, &store, system) == wanted)
        })
        .cloned()
        .collect();
    refuse_null(call, &listing, &systems)?;
    SHAPE.page_as(call, &listing, systems, |system| show(call, &store, &system))
}

/// A system as its callers see it: with what follows from other records.
fn show(call: &Call<'_>, store: &Store, system: &Value) -> Value {
    let mut shown = system.clone();
    let id = system["id"].as_str().unwrap_or_default();
    let share = share_of(&SYSTEM, store, &call.tenant, id);
    shown["isPublic"] = share.public.into();
    shown["sharedWithUsers"] = json!(share.users);
    shown["isDynamicEffectiveUser"] = is_dynamic(system).into();
    shown["hasCredentials"] = has_credentials(call, store, system).into();
    shown["effectiveUserId"] = login_user(store, &call.tenant, system, call.user()).into();
    for name in ["jobMaxJobs", "jobMaxJobsPerUser"] {
        if system[name].as_i64().is_some_and(|most| most < 0) {
            shown[name] = i32::MAX.into();
        }
    }
    shown
}

/// Whether there is a credential for the usual method of a system (document of 25Q4).
fn has_credentials(call: &Call<'_>, store: &Store, system: &Value) -> bool {
    let method = system["defaultAuthnMethod"].as_str().unwrap_or_default();
    let holder = credentials::holder(system, call.user());
    credentials::find(store, &call.tenant, system, holder, method).is_some()
}

/// What a system says it can do, as attributes.
fn capabilities(system: &Value) -> Value {
    let all = system["jobCapabilities"].as_array().into_iter().flatten();
    let named = all.filter_map(|capability| {
        Some((capability.get("name")?.as_str()?.to_owned(), capability.get("value")?.clone()))
    });
    named.collect::<Map<_, _>>().into()
}
