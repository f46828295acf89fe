//! Reads and searches applications.

use serde_json::{Value, json};

use crate::call::Call;
use crate::query::{Column, Listing, timestamp};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::apps::{APP, latest, version, versions_of};
use crate::shared::java::present::{self, Shape};
use crate::shared::java::{Permission, granted, reaches, share_of};
use crate::store::Store;

const SHAPE: Shape = Shape {
    component: "TapisApp",
    always: &["id"],
    summary: &["id", "version", "owner"],
    plural: "Apps",
};

/// The values of `listType`.
const LIST_TYPES: [&str; 6] =
    ["OWNED", "SHARED_PUBLIC", "SHARED_DIRECT", "READ_PERM", "MINE", "ALL"];

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?;
    let user = call.query("impersonationId").filter(|user| !user.trim().is_empty());
    refuse_impersonation(call, &call.world.store(), "")?;
    answer(call, listing, user.unwrap_or(call.user()))
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_parameters(call)?, call.user())
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    let refuse = |what: String| {
        let sentence = format!("APPLIB_SEARCH_ERROR Unable to validate search list. {what}");
        Failure::server(APP.message(call, "SELECT_ERROR", &sentence, ""))
    };
    answer(call, Listing::read(call)?.with_body(call, refuse)?, call.user())
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

/// Whether the application, or one version of it, is enabled. One that does not exist is not
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
    // The source checks only the version; the newest document says that both count.
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

/// Only services and administrators of the tenant may act as another user, and only services in
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

fn answer(call: &Call<'_>, listing: Listing, user: &str) -> Outcome {
    let listing = SHAPE.check_columns(call, &APP, listing, |name| column(call, name))?;
    let list_type = call.query("listType").filter(|text| !text.trim().is_empty());
    let list_type = list_type.unwrap_or("OWNED").to_ascii_uppercase();
    if !LIST_TYPES.contains(&list_type.as_str()) {
        let sentence = format!("APPLIB_LISTTYPE_ERROR Invalid listType value. {list_type}");
        return Err(Failure::server(APP.message(call, "SELECT_ERROR", &sentence, "")));
    }
    // Only the latest version of each, unless a condition names the version.
    let named = listing.condition().attributes();
    let every_version = named.iter().any(|name| name.eq_ignore_ascii_case("version"));
    let store = call.world.store();
    let mut rows = Vec::new();
    for (id, app) in store.records(&APP.in_tenant(&call.tenant)) {
        if app["deleted"] == true && !call.flag("showDeleted") {
            continue;
        }
        if !is_listed(call, &store, app, &list_type, user) {
            continue;
        }
        let newest = latest(&store, &call.tenant, id);
        let versions = store.records(&versions_of(&call.tenant)).map(|(_, version)| version);
        let versions = versions.filter(|version| version["id"] == id);
        let versions = versions.filter(|version| every_version || newest == Some(*version));
        rows.extend(versions.map(|version| (changed(app, version), row(app, version, newest))));
    }
    rows.sort_by_key(|(changed, _)| *changed);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    SHAPE.page_of_rows(call, &listing, rows, |row| {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let app = store.get(&APP.in_tenant(&call.tenant), text("id"));
        let version = version(&store, &call.tenant, text("id"), text("version"));
        match (app, version) {
            (Some(app), Some(version)) => show(call, &store, app, version),
            _ => Value::Null,
        }
    })
}

/// Whether an app belongs to a list (AppsDaoImpl.getApps). Administrators see no more than other
/// users.
fn is_listed(call: &Call<'_>, store: &Store, app: &Value, list_type: &str, user: &str) -> bool {
    let id = app["id"].as_str().unwrap_or_default();
    let share = share_of(&APP, store, &call.tenant, id);
    let direct = share.users.iter().any(|known| known == user);
    let permitted = || {
        let words = granted(&APP, store, &call.tenant, id, user);
        words.iter().any(|word| word == "READ" || word == "MODIFY")
    };
    match list_type {
        "OWNED" => app["owner"] == user,
        "SHARED_PUBLIC" => share.public,
        "SHARED_DIRECT" => direct,
        "READ_PERM" => permitted(),
        "MINE" => app["owner"] == user || direct,
        _ => app["owner"] == user || direct || share.public || permitted(),
    }
}

/// When a row of the two tables was last changed.
fn changed(app: &Value, version: &Value) -> Option<jiff::Timestamp> {
    [app, version].iter().filter_map(|record| timestamp(record["updated"].as_str()?)).max()
}

/// A row of the joined tables of apps and versions. If both have a column, that of the app is used,
/// and the attributes in `jobAttributes` are separate columns (`V001__init.sql`).
fn row(app: &Value, version: &Value, latest: Option<&Value>) -> Value {
    let mut row = version.clone();
    for name in ["owner", "enabled", "deleted", "created", "updated"] {
        row[name] = app[name].clone();
    }
    row["latestVersion"] = latest.map(|latest| latest["version"].clone()).unwrap_or_default();
    for (name, value) in version["jobAttributes"].as_object().into_iter().flatten() {
        match name.as_str() {
            "description" => row["jobDescription"] = value.clone(),
            "tags" => row["jobTags"] = value.clone(),
            name => row[name] = value.clone(),
        }
    }
    row
}

fn column(call: &Call<'_>, name: &str) -> Option<Column> {
    let known = |component: &str, name: &str| {
        let schema = present::fields(call.service, component).get(name).cloned()?;
        Some(Column::of(&present::plain(call.service, &schema)))
    };
    match name {
        "jobAttributes" => None,
        "jobDescription" | "latestVersion" => Some(Column::Text),
        "jobTags" => Some(Column::List),
        "created" | "updated" => Some(Column::Time),
        name if present::COMPUTED.contains(&name) => None,
        name => known(SHAPE.component, name).or_else(|| known("JobAttributes", name)),
    }
}

/// A version as callers see it, with the attributes that all versions share.
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

/// Removes null attributes that the document does not have.
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
