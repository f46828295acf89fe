//! Tenants and sites in replies.

use serde_json::{Value, json};

use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::world::SITES;

/// A tenant, with the URLs that depend on how the mock was reached.
pub(super) fn tenant(call: &Call<'_>, record: &Value) -> Value {
    let mut shown = record.clone();
    let base = base_url(call, record);
    let defaults = [
        ("base_url", base.clone()),
        ("authenticator", format!("{base}/v3/oauth2")),
        ("security_kernel", format!("{base}/v3/security")),
        ("token_service", format!("{base}/v3/tokens")),
        ("public_key", call.world.key.public_pem().to_owned()),
    ];
    if let Some(fields) = shown.as_object_mut() {
        for (name, value) in defaults {
            fields.entry(name).or_insert_with(|| value.into());
        }
        if call.world.settings.deployed() {
            // Values that are false in Python are omitted.
            fields.retain(|_, value| !is_falsy(value));
        }
    }
    finish(call, shown)
}

pub(super) fn list_sites(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let sites: Vec<Value> = store.records(SITES).map(|(_, record)| site(call, record)).collect();
    Ok(Reply::result(sites, "Sites retrieved successfully."))
}

pub(super) fn get_site(call: &Call<'_>) -> Outcome {
    let id = call.path("site_id");
    let store = call.world.store();
    let record = store
        .get(SITES, id)
        .ok_or_else(|| Failure::not_found(format!("No site found with site_id {id}.")))?;
    Ok(Reply::result(site(call, record), "Site retrieved successfully."))
}

/// A site, with the mock's own URL unless it has one.
pub(super) fn site(call: &Call<'_>, record: &Value) -> Value {
    let mut shown = record.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.entry("base_url").or_insert_with(|| call.base_url.clone().into());
        if fields.get("primary").is_some_and(|primary| primary == true) {
            let template = call.base_url.replacen("://", "://${tenant_id}.", 1);
            fields.entry("tenant_base_url_template").or_insert_with(|| template.into());
        } else if call.world.settings.deployed() {
            fields.entry("tenant_base_url_template").or_insert(Value::Null);
        }
    }
    finish(call, shown)
}

/// Where a tenant is reached: the mock's own where this request went, the others below it.
fn base_url(call: &Call<'_>, record: &Value) -> String {
    let id = record["tenant_id"].as_str().unwrap_or_default();
    if id == call.tenant {
        return call.base_url.clone();
    }
    let (scheme, host) = call.base_url.split_once("://").unwrap_or(("http", &call.base_url));
    let port = host.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{id}.localhost{port}")
}

/// Converts timestamps to the format of the service.
pub(super) fn finish(call: &Call<'_>, mut shown: Value) -> Value {
    if call.world.settings.deployed() {
        dates::restyle(&mut shown, ["create_time", "last_update_time"], Style::Spaced);
    }
    shown
}

fn is_falsy(value: &Value) -> bool {
    [json!(null), json!(""), json!([]), json!({}), json!(false), json!(0)].contains(value)
}
