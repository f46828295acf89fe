//! Finding applications.

use serde_json::{Value, json};

use crate::call::Call;
use crate::query::{Listing, invalid_search};
use crate::reply::{Outcome, Reply};
use crate::shared::apps::{APP, latest, version, versions_of};
use crate::shared::java::present::Shape;
use crate::shared::java::{Permission, share_of};
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

/// Whether the application, or one version of it, is switched on.
pub(super) fn is_enabled(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let app = APP.find_readable(call, &store)?;
    let id = call.path("appId");
    let mut enabled = app["enabled"] != false;
    if let Some(wanted) = call.query("version") {
        let version = version(&store, &call.tenant, id, wanted);
        let version = version.ok_or_else(|| APP.missing(call, &format!("{id}-{wanted}")))?;
        enabled = enabled && version["versionEnabled"] != false;
    }
    Ok(Reply::result(json!({ "aBool": enabled }), format!("Enabled: {enabled}.")))
}

fn one(call: &Call<'_>, store: &Store, found: Option<&Value>) -> Outcome {
    let listing = Listing::read(call)?;
    let app = APP.find_readable(call, store)?;
    let id = call.path("appId");
    if call.flag("requireExecPerm") && !APP.allows(call, store, app, Permission::Execute) {
        return Err(APP.unauthorized(call, id));
    }
    let found = found.ok_or_else(|| APP.missing(call, id))?;
    let shown = SHAPE.one(call, &listing, show(call, store, app, found));
    Ok(Reply::result(shown, APP.message(call, "FOUND", "App found.", id)))
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
    let id = app["id"].as_str().unwrap_or_default();
    let share = share_of(&APP, store, &call.tenant, id);
    shown["isPublic"] = share.public.into();
    shown["sharedWithUsers"] = json!(share.users);
    shown
}
