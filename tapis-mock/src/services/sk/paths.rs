//! Permissions of many roles at once, most of them on paths.

use serde_json::{Map, Value, json};

use super::access::{allow, is_admin, require_service, service, tenant};
use super::key::Key;
use super::parameters::required;
use super::permission::{OnPath, has_path};
use super::replies::changes;
use super::store::{find, forbid, open, own_permissions, roles, touch};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The service with permissions on paths.
const FILES: &str = "files";

/// Removes a permission that equals the given text.
pub(super) fn remove_everywhere(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    remove(call, |spec, known| spec == known)
}

/// Removes a permission on a path, and those that start with its text.
pub(super) fn remove_path_everywhere(call: &Call<'_>) -> Outcome {
    allow(call, service(call) == Some(FILES), "IsFilesService")?;
    remove(call, |spec, known| {
        let schema = spec.split(':').next().unwrap_or_default();
        match (OnPath::read(spec, schema), OnPath::read(known, schema)) {
            (Some(spec), Some(known)) => known.begins_like(&spec),
            _ => spec == known,
        }
    })
}

fn remove(call: &Call<'_>, meant: impl Fn(&str, &str) -> bool) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    let spec = required(&body, "permSpec")?;
    let mut gone = 0;
    for (_, role) in store.records_mut(&roles(tenant)) {
        gone += forbid(call, role, |known| meant(spec, known));
    }
    Ok(changes(gone))
}

pub(super) fn preview(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    let found = transformations(&store, tenant, &body)?;
    let shown =
        found.iter().map(|one| json!({ "permId": one.id, "oldPerm": one.old, "newPerm": one.new }));
    let shown: Vec<Value> = shown.collect();
    Ok(Reply::result(shown, format!("SK_PATHS_FOUND Permissions found: {}.", found.len())))
}

pub(super) fn replace(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    let may = match service(call) {
        Some(service) => service == FILES,
        None => is_admin(call, &store, tenant),
    };
    allow(call, may, "IsFilesService, IsTenantAdmin")?;
    let found = transformations(&store, tenant, &body)?;
    for one in &found {
        let role = store.get_mut(&roles(tenant), &one.role);
        let Some(role) = role else { continue };
        // A role has no permission twice.
        let twice = own_permissions(role).any(|(id, spec)| id != one.id && spec == one.new);
        if let Some(all) = role["permissions"].as_array_mut() {
            if twice {
                all.retain(|known| known["id"] != one.id);
            } else if let Some(known) = all.iter_mut().find(|known| known["id"] == one.id) {
                known["spec"] = one.new.as_str().into();
            }
        }
        touch(call, role);
    }
    Ok(changes(found.len()))
}

/// A permission that a change of paths rewrites.
struct Transformation {
    role: String,
    id: i64,
    old: String,
    new: String,
}

fn transformations(
    store: &Store,
    tenant: &str,
    body: &Map<String, Value>,
) -> Result<Vec<Transformation>, Failure> {
    let schema = required(body, "schema")?;
    if !has_path(schema) {
        let message = format!("SK_PERM_NO_PATH_SUPPORT Permissions of {schema} have no paths.");
        return Err(Failure::bad_request(message));
    }
    let (old_system, new_system) = (required(body, "oldSystemId")?, required(body, "newSystemId")?);
    let prefix = |name| text(body, name).unwrap_or_default();
    let (old_prefix, new_prefix) = (prefix("oldPrefix"), prefix("newPrefix"));
    let only = match text(body, "roleName") {
        None => None,
        Some(name) => {
            let key = Key::read(text(body, "roleType"), name)?;
            find(store, tenant, &key)?;
            Some(key)
        }
    };
    let mut found = Vec::new();
    for (key, role) in store.records(&roles(tenant)) {
        if only.as_ref().is_some_and(|only| only.text() != key) {
            continue;
        }
        for (id, old) in own_permissions(role) {
            let on = OnPath::read(old, schema);
            let on = on.filter(|on| on.tenant == tenant && on.system == old_system);
            if let Some(new) = on.and_then(|on| on.moved(old_prefix, new_prefix, new_system)) {
                let (role, old) = (key.to_owned(), old.to_owned());
                found.push(Transformation { role, id, old, new });
            }
        }
    }
    Ok(found)
}
