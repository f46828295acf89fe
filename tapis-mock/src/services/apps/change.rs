//! Making and changing applications.

use serde_json::{Map, Value, json};

use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::shared::apps::{self, APP, versions_of};
use crate::shared::java::{Permission, history, present, url_reply};

/// What a request cannot change.
const FIXED: [&str; 12] = [
    "id",
    "version",
    "owner",
    "tenant",
    "enabled",
    "versionEnabled",
    "locked",
    "deleted",
    "uuid",
    "created",
    "updated",
    "isPublic",
];

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut app = call.object()?;
    let given = Value::Object(app.clone());
    let id = text(&app, "id").unwrap_or_default().to_owned();
    let version = text(&app, "version").unwrap_or_default().to_owned();
    let mut store = call.world.store();
    let header = store.get(&APP.in_tenant(&call.tenant), &id);
    if let Some(header) = header {
        if !APP.owns(call, &store, header) {
            return Err(APP.unauthorized(call, &id));
        }
        if apps::version(&store, &call.tenant, &id, &version).is_some() {
            return Err(APP.exists(call, &format!("{id}-{version}")));
        }
    }
    present::add_defaults(call.service, "ReqPostApp", &mut app);
    complete(call, &mut app);
    check(call, &app)?;
    let owner = match text(&app, "owner") {
        None | Some("${apiUserId}") => call.user().to_owned(),
        Some(owner) => owner.to_owned(),
    };
    app.insert("owner".into(), owner.as_str().into());
    if !store.contains(&APP.in_tenant(&call.tenant), &id) {
        let header = json!({
            "id": id,
            "owner": owner,
            "enabled": app.get("enabled").cloned().unwrap_or(true.into()),
            "deleted": false,
        });
        store.put(&APP.in_tenant(&call.tenant), id.clone(), header);
    }
    store.put(&versions_of(&call.tenant), format!("{id}/{version}"), Value::Object(app));
    history::record(&APP, call, &mut store, &id, "create", &given);
    let message = APP.message(call, "CREATED", "New app created.", &id);
    Ok(url_reply(call, &format!("apps/{id}/{version}"), message))
}

/// Replaces everything that can be changed.
pub(super) fn put(call: &Call<'_>) -> Outcome {
    let mut given = call.object()?;
    present::add_defaults(call.service, "ReqPutApp", &mut given);
    update(call, given, "modify", true)
}

/// Changes what is named.
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    update(call, call.object()?, "patch", false)
}

fn update(call: &Call<'_>, given: Map<String, Value>, operation: &str, replace: bool) -> Outcome {
    let mut store = call.world.store();
    APP.find_for(call, &store, Permission::Modify)?;
    let (id, wanted) = (call.path("appId"), call.path("appVersion"));
    let app = apps::version(&store, &call.tenant, id, wanted);
    let app = app.ok_or_else(|| APP.missing(call, &format!("{id}-{wanted}")))?;
    if app["locked"] == true {
        let message = APP.message(call, "APP_LOCKED", "The version is locked.", id);
        return Err(Failure::bad_request(message));
    }
    let mut changed = app.as_object().cloned().unwrap_or_default();
    if replace {
        changed.retain(|name, _| FIXED.contains(&name.as_str()));
    }
    changed.extend(given.into_iter().filter(|(name, _)| !FIXED.contains(&name.as_str())));
    complete(call, &mut changed);
    check(call, &changed)?;
    changed.insert("updated".into(), call.now().into());
    let changed = Value::Object(changed);
    store.put(&versions_of(&call.tenant), format!("{id}/{wanted}"), changed.clone());
    history::record(&APP, call, &mut store, id, operation, &changed);
    let message = APP.message(call, "UPDATED", "App updated.", id);
    Ok(url_reply(call, &format!("apps/{id}/{wanted}"), message))
}

/// Adds what a version has even when its request does not say so.
fn complete(call: &Call<'_>, app: &mut Map<String, Value>) {
    let now = call.now();
    let image = text(app, "containerImage").unwrap_or_default();
    let zip = image.ends_with(".zip") || image.ends_with(".tar.gz");
    let runtime = if zip { "ZIP" } else { "DOCKER" };
    let defaults = [
        ("tenant", json!(call.tenant)),
        ("created", json!(now)),
        ("updated", json!(now)),
        ("deleted", json!(false)),
        ("runtime", json!(runtime)),
        // App.java:71 of tapis-apps.
        ("jobType", json!("FORK")),
        ("jobAttributes", json!({})),
    ];
    for (name, value) in defaults {
        app.entry(name).or_insert(value);
    }
    for name in ["maxJobs", "maxJobsPerUser"] {
        let least = app.get(name).and_then(Value::as_i64).unwrap_or(-1);
        if least == -1 {
            app.insert(name.into(), i32::MAX.into());
        }
    }
    app.entry("uuid").or_insert_with(|| call.world.random.uuid().to_string().into());
}

fn check(call: &Call<'_>, app: &Map<String, Value>) -> Result<(), Failure> {
    let id = text(app, "id").unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let named = |text: &str| !text.is_empty() && text.len() <= 80 && text.chars().all(allowed);
    let mut wrong = Vec::new();
    if !named(id) {
        wrong.push("The id may hold letters, digits and -._~ only, 80 at most.");
    }
    if !text(app, "version").is_some_and(named) {
        wrong.push("The version may hold letters, digits and -._~ only.");
    }
    let options = app.get("runtimeOptions").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if text(app, "runtime") == Some("SINGULARITY") && options {
        wrong.push("SINGULARITY needs SINGULARITY_START or SINGULARITY_RUN in runtimeOptions.");
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(APP.invalid(call, &wrong.join(" "), id))
}
