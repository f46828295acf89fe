//! Finding systems.

use serde_json::{Map, Value, json};

use super::credentials;
use crate::call::Call;
use crate::query::{Listing, invalid_search, sql};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::present::Shape;
use crate::shared::java::{Permission, share_of};
use crate::shared::systems::{SYSTEM, login_user};
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
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    let id = call.path("systemId");
    if call.flag("requireExecPerm") && !SYSTEM.allows(call, &store, system, Permission::Execute) {
        return Err(SYSTEM.unauthorized(call, id));
    }
    if call.query("impersonationId").is_some()
        && call.caller.as_ref().is_none_or(|c| c.service.is_none())
    {
        return Err(SYSTEM.unauthorized(call, id));
    }
    let mut shown = show(call, &store, system);
    if call.flag("returnCredentials") {
        let user = login_user(system, call.user());
        if let Some(credential) = credentials::find(&store, &call.tenant, id, &user) {
            shown["authnCredential"] = credential.clone();
        }
    }
    let shown = SHAPE.one(call, &listing, shown);
    Ok(Reply::result(shown, SYSTEM.message(call, "FOUND", "System found.", id)))
}

fn answer(call: &Call<'_>, listing: Listing) -> Outcome {
    let listing = SHAPE.check(call, listing)?;
    let list_type = call.query("listType").unwrap_or("OWNED").to_ascii_uppercase();
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
        .map(|system| show(call, &store, system))
        .filter(|system| wanted.is_none_or(|wanted| system["hasCredentials"] == wanted))
        .collect();
    drop(store);
    SHAPE.page(call, &listing, systems)
}

/// A system as its callers see it: with what follows from other records.
fn show(call: &Call<'_>, store: &Store, system: &Value) -> Value {
    let mut shown = system.clone();
    let id = system["id"].as_str().unwrap_or_default();
    let share = share_of(&SYSTEM, store, &call.tenant, id);
    let user = login_user(system, call.user());
    shown["isPublic"] = share.public.into();
    shown["sharedWithUsers"] = json!(share.users);
    shown["isDynamicEffectiveUser"] = (system["effectiveUserId"] == "${apiUserId}").into();
    shown["hasCredentials"] = credentials::find(store, &call.tenant, id, &user).is_some().into();
    shown["effectiveUserId"] = user.into();
    shown
}

/// What a system says it can do, as attributes.
fn capabilities(system: &Value) -> Value {
    let all = system["jobCapabilities"].as_array().into_iter().flatten();
    let named = all.filter_map(|capability| {
        Some((capability.get("name")?.as_str()?.to_owned(), capability.get("value")?.clone()))
    });
    named.collect::<Map<_, _>>().into()
}
