//! Creates and changes applications.

use serde_json::{Map, Value, json};

use super::record::record;
use super::{check, definition, schema};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome};
use crate::roles;
use crate::shared::apps::{self, APP, versions_of};
use crate::shared::java::{granted, url_reply};
use crate::store::Store;

/// Ids and versions that are literals in the service's paths, in any case (App.java 42-45).
const RESERVED_IDS: [&str; 7] =
    ["healthcheck", "readycheck", "search", "share", "unshare", "share_public", "unshare_public"];
const RESERVED_VERSIONS: [&str; 7] =
    ["isenabled", "enable", "disable", "delete", "undelete", "history", "changeowner"];

/// Creates a version, and with the first one the app.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::POST)?;
    let name = |name: &str| text(&given, name).unwrap_or_default().trim().to_owned();
    let (id, version) = (name("id"), name("version"));
    let mut app = definition::whole(&given);
    app.insert("id".into(), id.as_str().into());
    app.insert("version".into(), version.as_str().into());
    refuse(call, "CREATE_INVALID_ERRORLIST", &id, &check::faults(&app))?;
    let mut store = call.world.store();
    if apps::version(&store, &call.tenant, &id, &version).is_some() {
        return Err(conflict(call, "APP_EXISTS", "App already exists.", &id, &version));
    }
    let owner = owner(call, &given);
    // The owner in the request, not that of an existing app.
    if owner != call.user() && !roles::is_admin(call, &store) {
        return Err(APP.unauthorized(call, &id));
    }
    if RESERVED_IDS.contains(&id.to_lowercase().as_str()) {
        return Err(conflict(call, "CREATE_RESERVED", "The id is reserved.", &id, &version));
    }
    if RESERVED_VERSIONS.contains(&version.to_lowercase().as_str()) {
        // The service has no text for this message id (`AppApiMessages.properties`).
        return Err(Failure::conflict(
            "Key: APPAPI_CREATE_VER_RESERVED not found in bundle: \
             edu.utexas.tacc.tapis.apps.api.AppApiMessages",
        ));
    }
    refuse(call, "CREATE_ERROR", &id, &check::system_faults(call, &store, &app))?;
    let header = store.get(&APP.in_tenant(&call.tenant), &id);
    if header.is_some_and(|app| app["deleted"] == true) {
        let what = "APPLIB_APP_DELETED App has been deleted.";
        return Err(Failure::bad_request(APP.message(call, "CREATE_ERROR", what, &id)));
    }
    if header.is_none() {
        let header = json!({
            "id": id,
            "owner": owner,
            "enabled": given.get("enabled").cloned().unwrap_or_else(|| true.into()),
            "deleted": false,
            "created": call.now(),
            "updated": call.now(),
        });
        store.put(&APP.in_tenant(&call.tenant), id.clone(), header);
    }
    // The insert uses the default values of these two columns (AppsDaoImpl 197-236).
    app.insert("versionEnabled".into(), true.into());
    app.insert("strictFileInputs".into(), false.into());
    app.insert("locked".into(), given.get("locked").cloned().unwrap_or_else(|| false.into()));
    app.insert("tenant".into(), call.tenant.as_str().into());
    app.insert("uuid".into(), call.world.random.uuid().to_string().into());
    app.insert("created".into(), call.now().into());
    app.insert("updated".into(), call.now().into());
    let app = Value::Object(app);
    let key = format!("{id}/{version}");
    store.put(&versions_of(&call.tenant), key, app.clone());
    record(call, &mut store, &id, Some(&version), "create", &app);
    let message = APP.message(call, "CREATED", "New app created.", &id);
    Ok(url_reply(call, &format!("apps/{id}"), message))
}

/// The owner in the request; by default the caller.
fn owner(call: &Call<'_>, given: &Map<String, Value>) -> String {
    let named = text(given, "owner").map(str::trim).filter(|owner| !owner.is_empty());
    match named.filter(|owner| !owner.eq_ignore_ascii_case("${apiUserId}")) {
        Some(owner) => owner.to_owned(),
        None => call.user().to_owned(),
    }
}

/// Replaces all attributes that can be changed.
pub(super) fn put(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::PUT)?;
    update(call, "putApp", |version| version.extend(definition::whole(&given)))
}

/// Changes the attributes in the request.
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    let given = schema::read(call, &schema::PATCH)?;
    update(call, "patchApp", |version| definition::merge(version, &given))
}

fn update(call: &Call<'_>, operation: &str, how: impl FnOnce(&mut Map<String, Value>)) -> Outcome {
    let mut store = call.world.store();
    let (id, wanted) = (call.path("appId"), call.path("appVersion"));
    let header = store.get(&APP.in_tenant(&call.tenant), id);
    let header = header.filter(|app| app["deleted"] != true);
    let version = apps::version(&store, &call.tenant, id, wanted).filter(|_| header.is_some());
    let (Some(header), Some(version)) = (header, version) else {
        let what = format!("Record not found. Version: {wanted}");
        return Err(Failure::not_found(APP.say(call, "APPLIB_VER_NOT_FOUND", &what, id)));
    };
    if version["locked"] == true {
        let what = format!("App version is locked. Version: {wanted} Operation: {operation}");
        return Err(Failure::forbidden(APP.say(call, "APPLIB_UNAUTH_LOCKED", &what, id)));
    }
    let mut changed = version.as_object().cloned().unwrap_or_default();
    how(&mut changed);
    if !may_modify(call, &store, header, id) {
        return Err(APP.unauthorized(call, id));
    }
    let mut wrong = check::faults(&changed);
    wrong.extend(check::system_faults(call, &store, &changed));
    refuse(call, "UPDATE_ERROR", id, &wrong)?;
    changed.insert("updated".into(), call.now().into());
    let changed = Value::Object(changed);
    store.put(&versions_of(&call.tenant), format!("{id}/{wanted}"), changed.clone());
    record(call, &mut store, id, Some(wanted), "modify", &changed);
    let message = APP.message(call, "UPDATED", "App updated.", id);
    Ok(url_reply(call, &format!("apps/{id}/{wanted}"), message))
}

fn may_modify(call: &Call<'_>, store: &Store, app: &Value, id: &str) -> bool {
    APP.owns(call, store, app)
        || granted(&APP, store, &call.tenant, id, call.user()).iter().any(|word| word == "MODIFY")
}

/// Refuses a definition with faults; the message has all of them.
fn refuse(call: &Call<'_>, key: &str, id: &str, wrong: &[String]) -> Result<(), Failure> {
    if wrong.is_empty() {
        return Ok(());
    }
    let what = "Unable to create/update app due to invalid input.";
    let message = APP.message(call, key, &format!("{what} {}", wrong.join(" ")), id);
    Err(Failure::bad_request(message))
}

fn conflict(call: &Call<'_>, key: &str, sentence: &str, id: &str, version: &str) -> Failure {
    let message = APP.message(call, key, sentence, id);
    Failure::conflict(format!("{message} Version: {version}"))
}
