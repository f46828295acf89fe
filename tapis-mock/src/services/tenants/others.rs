//! Sites, owners and LDAPs: records that can be created, read and deleted.

use serde_json::Value;

use super::checks::{invalid, require_admin};
use super::records;
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::world::{SITES, TENANTS};

/// A kind of record.
pub(super) struct Sort {
    collection: &'static str,
    /// Its name in messages.
    name: &'static str,
    /// The field that identifies it.
    id: &'static str,
    required: &'static [&'static str],
    /// The field of a tenant that refers to it.
    used_as: &'static str,
}

pub(super) const SITE: Sort = Sort {
    collection: SITES,
    name: "Site",
    id: "site_id",
    required: &["site_id", "base_url", "primary", "services", "site_admin_tenant_id"],
    used_as: "site_id",
};
pub(super) const OWNER: Sort = Sort {
    collection: "tenant_owners",
    name: "Owner",
    id: "email",
    required: &["email", "name", "institution"],
    used_as: "owner",
};
pub(super) const LDAP: Sort = Sort {
    collection: "ldaps",
    name: "LDAP",
    id: "ldap_id",
    required: &[
        "ldap_id",
        "account_type",
        "bind_credential",
        "bind_dn",
        "port",
        "url",
        "use_ssl",
        "user_dn",
    ],
    used_as: "user_ldap_connection_id",
};

pub(super) fn list(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let all: Vec<Value> =
        store.records(sort.collection).map(|(_, record)| show(call, sort, record)).collect();
    Ok(Reply::result(all, format!("{}s retrieved successfully.", sort.name)))
}

pub(super) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let id = call.path(sort.id);
    let record = store.get(sort.collection, id).ok_or_else(|| missing(sort, id))?;
    let message = format!("{} object retrieved successfully.", sort.name);
    Ok(Reply::result(show(call, sort, record), message))
}

pub(super) fn create(call: &Call<'_>, sort: &Sort) -> Outcome {
    require_admin(call)?;
    let mut record = call.object()?;
    if let Some(name) = sort.required.iter().find(|name| !record.contains_key(**name)) {
        return Err(invalid(&format!("'{name}' is a required property")));
    }
    let id = text(&record, sort.id).unwrap_or_default().to_owned();
    let mut store = call.world.store();
    if store.contains(sort.collection, &id) {
        return Err(invalid(&format!("{} {id} already exists", sort.name)));
    }
    let now = call.now();
    record.insert("create_time".into(), now.as_str().into());
    record.insert("last_update_time".into(), now.into());
    let record = Value::Object(record);
    let shown = show(call, sort, &record);
    store.put(sort.collection, id, record);
    Ok(Reply::result(shown, format!("{} created successfully.", sort.name)))
}

/// Refuses while a tenant refers to the record.
pub(super) fn delete(call: &Call<'_>, sort: &Sort) -> Outcome {
    require_admin(call)?;
    let id = call.path(sort.id);
    let mut store = call.world.store();
    if !store.contains(sort.collection, id) {
        return Err(missing(sort, id));
    }
    if store.records(TENANTS).any(|(_, tenant)| tenant[sort.used_as] == id) {
        let message = format!("{} {id} cannot be deleted: a tenant uses it.", sort.name);
        return Err(Failure::conflict(message));
    }
    store.remove(sort.collection, id);
    Ok(Reply::result(Value::Null, format!("{} {id} deleted successfully.", sort.name)))
}

fn show(call: &Call<'_>, sort: &Sort, record: &Value) -> Value {
    if sort.collection == SITES {
        return records::site(call, record);
    }
    let mut shown = record.clone();
    if call.world.settings.deployed() {
        dates::restyle(&mut shown, ["create_time", "last_update_time"], Style::Http);
    }
    shown
}

fn missing(sort: &Sort, id: &str) -> Failure {
    // The service calls them so here alone.
    Failure::not_found(match sort.name {
        "Owner" => format!("No owner object found with email {id}."),
        "LDAP" => format!("No LDAP object found with id {id}."),
        name => format!("No {name} found with {} {id}.", sort.id),
    })
}
