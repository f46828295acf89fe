//! Finding applications.

use serde_json::{Value, json};

use crate::call::Call;
use crate::query::{Listing, invalid_search};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::apps::{APP, latest, version, versions_of};
use crate::shared::java::present::Shape;
use crate::shared::java::{Permission, reaches, share_of};
use crate::store::Store;

const SHAPE: Shape = Shape {
    component: "TapisApp",
    always: &["id", "version"],
    summary: &["id", "version", "owner"],
    plural: "Apps",
};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?, true)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_parameters(call)?, false)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_body(call, invalid_search)?, false)
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let found = version(&store, &call.tenant, call.path("appId"), call.path("appVersion"));
    one(call, &store, found)
}

pub(super) fn get_latest(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let found = latest(&store, &call.tenant, call.path("appId"));
    one(call, &store, found)
}

/// Whether the application, or one version of it, is switched on. One that does not exist is not
/// (AppsDaoImpl.isEnabled).
pub(super) fn is_enabled(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let app = APP.find_for(call, &store, Permission::Read)?;
    let id = call.path("appId");
    let wanted = call.query("version").filter(|version| !version.is_empty());
    let of_version = |wanted: &str| {
        version(&store, &call.tenant, id, wanted)
            .is_some_and(|version| version["versionEnabled"] != false)
    };
    // The source asks the version alone; the newest document says that both count.
    let enabled = app["enabled"] != false && wanted.is_none_or(of_version);
    Ok(Reply::result(json!({ "aBool": enabled }), format!("Enabled: {enabled}.")))
}

fn one(call: &Call<'_>, store: &Store, found: Option<&Value>) -> Outcome {
    let listing = Listing::read(call)?;
    let id = call.path("appId");
    let app = APP.find(call, store)?;
    let found = found.ok_or_else(|| APP.missing(call, id))?;
    refuse_impersonation(call, store, id)?;
    let allowed = |permission| APP.allows(call, store, app, permission);
    if !allowed(Permission::Read) || (call.flag("requireExecPerm") && !allowed(Permission::Execute))
    {
        return Err(APP.unauthorized(call, id));
    }
    let mut shown = show(call, store, app, found);
    if app["owner"] != call.user() && reaches(&APP, store, &call.tenant, id, call.user()) {
        shown["sharedAppCtx"] = app["owner"].clone();
    }
    let shown = SHAPE.one(call, &listing, shown);
    Ok(Reply::result(shown, APP.message(call, "FOUND", "App found.", id)))
}

/// Only services and administrators of the tenant ask as somebody else, and only services in
/// another tenant.
fn refuse_impersonation(call: &Call<'_>, store: &Store, id: &str) -> Result<(), Failure> {
    let given = |name: &str| call.query(name).is_some_and(|value| !value.trim().is_empty());
    let is_service = call.caller.as_ref().is_some_and(|caller| caller.service.is_some());
    let refuse = |what: &str| {
        let message = APP.say(call, &format!("APPLIB_UNAUTH_{what}"), "Authorization denied.", id);
        Err(Failure::forbidden(message))
    };
    if given("impersonationId") && !is_service && !roles::is_admin(call, store) {
        return refuse("IMPERSONATE");
    }
    if given("resourceTenant") && !is_service {
        return refuse("RESOURCETENANT");
    }
    Ok(())
}

fn answer(call: &Call<'_>, listing: Listing, latest_only: bool) -> Outcome {
    let listing = SHAPE.check(call, listing)?;
    let list_type = call.query("listType").unwrap_or("OWNED").to_ascii_uppercase();
    let user = call.user();
    let store = call.world.store();
    let mut apps = Vec::new();
    for (id, app) in store.records(&APP.in_tenant(&call.tenant)) {
        if app["deleted"] == true && !call.flag("showDeleted") {
            continue;
        }
        let share = share_of(&APP, &store, &call.tenant, id);
        let shared = share.users.iter().any(|known| known == user);
        let listed = match list_type.as_str() {
            "OWNED" => app["owner"] == user,
            "SHARED_PUBLIC" => share.public,
            "SHARED_DIRECT" => shared,
            "MINE" => app["owner"] == user || shared,
            _ => APP.allows(call, &store, app, Permission::Read),
        };
        if !listed {
            continue;
        }
        if latest_only {
            apps.extend(latest(&store, &call.tenant, id).map(|v| show(call, &store, app, v)));
        } else {
            let all = store.records(&versions_of(&call.tenant));
            let of_app = all.filter(|(_, version)| version["id"] == id);
            apps.extend(of_app.map(|(_, version)| show(call, &store, app, version)));
        }
    }
    drop(store);
    SHAPE.page(call, &listing, apps)
}

/// A version as its callers see it, together with what all versions share.
fn show(call: &Call<'_>, store: &Store, app: &Value, version: &Value) -> Value {
    let mut shown = version.clone();
    for name in ["owner", "enabled", "deleted"] {
        shown[name] = app[name].clone();
    }
    for name in ["maxJobs", "maxJobsPerUser"] {
        if shown[name].as_i64().is_some_and(|number| number < 0) {
            shown[name] = i32::MAX.into();
        }
    }
    let id = app["id"].as_str().unwrap_or_default();
    let share = share_of(&APP, store, &call.tenant, id);
    shown["isPublic"] = share.public.into();
    shown["sharedWithUsers"] = json!(share.users);
    if !call.world.settings.deployed() {
        without_nulls(&mut shown);
    }
    shown
}

/// Takes away what the document does not know as null.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "notes") {
                without_nulls(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
