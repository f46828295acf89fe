//! Tenants and their history.

use serde_json::{Value, json};

use super::checks::{invalid, require_admin};
use super::records;
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;
use crate::world::{SITES, TENANTS};

/// The collection of the tenants' history.
const HISTORY: &str = "tenant_history";
/// The attributes that can be changed.
const CHANGEABLE: [&str; 11] = [
    "admin_user",
    "authenticator",
    "description",
    "owner",
    "public_key",
    "security_kernel",
    "service_ldap_connection_id",
    "status",
    "token_gen_services",
    "token_service",
    "user_ldap_connection_id",
];
const STATUSES: [&str; 3] = ["active", "draft", "inactive"];

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let shown_too = |flag: &str, status: &str, wanted: &str| call.flag(flag) && status == wanted;
    let store = call.world.store();
    let tenants: Vec<Value> = store
        .records(TENANTS)
        .filter(|(_, tenant)| {
            let status = tenant["status"].as_str().unwrap_or_default();
            status == "ACTIVE"
                || shown_too("show_draft", status, "DRAFT")
                || shown_too("show_inactive", status, "INACTIVE")
        })
        .map(|(_, tenant)| records::tenant(call, tenant))
        .collect();
    Ok(Reply::result(tenants, "Tenants retrieved successfully."))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let tenant = find(call, &store)?;
    Ok(Reply::result(records::tenant(call, tenant), "Tenant retrieved successfully."))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    require_admin(call)?;
    let mut tenant = call.object()?;
    let required = [
        "admin_user",
        "authenticator",
        "base_url",
        "owner",
        "security_kernel",
        "site_id",
        "tenant_id",
        "token_service",
    ];
    for name in required {
        if text(&tenant, name).is_none() {
            return Err(invalid(&format!("'{name}' is a required property")));
        }
    }
    let id = text(&tenant, "tenant_id").unwrap_or_default().to_owned();
    let site = text(&tenant, "site_id").unwrap_or_default().to_owned();
    let status = status(text(&tenant, "status").unwrap_or("draft"))?;
    let mut store = call.world.store();
    if store.contains(TENANTS, &id) {
        return Err(invalid(&format!("a tenant {id} already exists")));
    }
    if !store.contains(SITES, &site) {
        return Err(invalid(&format!("there is no site {site}")));
    }
    let now = call.now();
    let who = format!("{}@{}", call.user(), call.tenant);
    tenant.insert("status".into(), status.into());
    for (name, value) in [("create_time", &now), ("last_update_time", &now)] {
        tenant.insert(name.into(), value.as_str().into());
    }
    for name in ["created_by", "last_updated_by"] {
        tenant.insert(name.into(), who.as_str().into());
    }
    let tenant = Value::Object(tenant);
    let shown = records::tenant(call, &tenant);
    store.put(TENANTS, id, tenant);
    Ok(Reply::result(shown, "Tenant created successfully."))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    require_admin(call)?;
    let mut changes = call.object()?;
    if let Some(name) = changes.keys().find(|name| !CHANGEABLE.contains(&name.as_str())) {
        return Err(invalid(&format!("{name} cannot be changed")));
    }
    if let Some(given) = changes.get("status") {
        let status = status(given.as_str().unwrap_or_default())?;
        changes.insert("status".into(), status.into());
    }
    let mut store = call.world.store();
    find(call, &store)?;
    let id = call.path("tenant_id");
    let now = call.now();
    let who = format!("{}@{}", call.user(), call.tenant);
    let updates: Value = changes
        .keys()
        .map(|name| {
            let before = store.get(TENANTS, id).and_then(|tenant| tenant.get(name)).cloned();
            let change = json!({ "prev": before, "new": changes.get(name) });
            (name.clone(), change)
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    let entry =
        json!({ "tenant_id": id, "update_time": now, "updated_by": who, "updates": updates });
    let number = store.records(HISTORY).count();
    store.put(HISTORY, number.to_string(), entry);
    let Some(tenant) = store.get_mut(TENANTS, id) else { return Err(missing(id)) };
    for (name, value) in changes {
        tenant[name] = value;
    }
    tenant["last_update_time"] = now.into();
    tenant["last_updated_by"] = who.into();
    let shown = records::tenant(call, tenant);
    Ok(Reply::result(shown, "Tenant updated successfully."))
}

pub(super) fn history(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    find(call, &store)?;
    let id = call.path("tenant_id");
    let entries = store.records(HISTORY).filter(|(_, entry)| entry["tenant_id"] == id);
    let entries: Vec<Value> = entries
        .map(|(_, entry)| {
            let mut entry = entry.clone();
            if call.world.settings.deployed() {
                dates::restyle(&mut entry, ["update_time"], Style::Spaced);
            }
            entry
        })
        .collect();
    Ok(Reply::result(entries, "Tenant history retrieved successfully."))
}

fn find<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    let id = call.path("tenant_id");
    store.get(TENANTS, id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Failure {
    Failure::not_found(format!("No tenant found with tenant_id {id}."))
}

/// The stored status, from the lower case that requests have.
fn status(given: &str) -> Result<String, Failure> {
    if STATUSES.contains(&given) {
        return Ok(given.to_uppercase());
    }
    Err(invalid(&format!("'{given}' is not one of {STATUSES:?}")))
}
