//! Shares: records of services about resources that users share with others.

use serde_json::{Map, Value, json};

use super::access::{require_service, service, tenant};
use super::parameters::{null_parameter, required, required_query};
use super::replies::{changes, location};
use super::store::{next_number, open};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};
use crate::world::ADMIN_TENANT;

/// All users of the tenant.
const PUBLIC: &str = "~public";
/// Everybody, with or without a token.
const PUBLIC_NO_AUTHN: &str = "~public_no_authn";

fn shares(tenant: &str) -> String {
    in_tenant(tenant, "sk.shares")
}

/// Has no effect if the same share exists.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let body = call.object()?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required(&body, "tenant")?)?;
    let mut share = Map::new();
    for name in ["grantor", "grantee", "resourceType", "resourceId1", "privilege"] {
        share.insert(name.into(), required(&body, name)?.into());
    }
    if let Some(id) = text(&body, "resourceId2") {
        share.insert("resourceId2".into(), id.into());
    }
    share.insert("tenant".into(), tenant.into());
    share.insert("createdBy".into(), service(call).into());
    share.insert("createdByTenant".into(), ADMIN_TENANT.into());
    let same = |(_, known): &(&str, &Value)| {
        let known = known.as_object();
        known.is_some_and(|known| {
            share.iter().all(|(name, value)| known.get(name) == Some(value))
                && known.contains_key("resourceId2") == share.contains_key("resourceId2")
        })
    };
    let there = store.records(&shares(tenant)).find(same).map(|(id, _)| id.to_owned());
    if let Some(id) = there {
        return Ok(location(call, &format!("share/{id}"), false));
    }
    let id = next_number(&mut store, tenant, "share");
    share.insert("id".into(), id.into());
    share.insert("created".into(), call.world.clock.timestamp().to_string().into());
    store.put(&shares(tenant), id.to_string(), share.into());
    Ok(location(call, &format!("share/{id}"), true))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let id = call.path("id");
    let share = store.get(&shares(tenant), id).ok_or_else(|| {
        Failure::not_found(format!("SK_SHARE_NOT_FOUND Tenant {tenant} has no share {id}."))
    })?;
    Ok(Reply::result(share.clone(), "SK_SHARE_FOUND Share found."))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let id = call.query("id").and_then(|id| id.parse::<i64>().ok()).filter(|id| *id > 0);
    let all = store.records(&shares(tenant)).map(|(_, share)| share);
    let found = all.filter(|share| match id {
        Some(id) => share["id"] == id,
        None => is_wanted(call, share),
    });
    let found: Vec<&Value> = found.collect();
    let message = format!("SK_SHARES_FOUND Shares found: {}.", found.len());
    Ok(Reply::result(json!({ "shares": found }), message))
}

/// Whether a share matches every filter of a list.
fn is_wanted(call: &Call<'_>, share: &Value) -> bool {
    let filter = |name: &str| call.query(name).filter(|wanted| !wanted.is_empty());
    let on_unless_told = |name: &str| call.query(name).is_none() || call.flag(name);
    let field = |name: &str| share[name].as_str();
    let plain = ["grantor", "resourceType", "privilege", "createdBy", "createdByTenant"];
    let id_fits = |name: &str| match filter(name) {
        None => true,
        Some(wanted) => field(name).is_some_and(|id| match wanted.strip_suffix('%') {
            Some(start) => id.starts_with(start),
            None => id == wanted,
        }),
    };
    let with_public = on_unless_told("includePublicGrantees");
    let is_public = field("grantee").is_some_and(|name| [PUBLIC, PUBLIC_NO_AUTHN].contains(&name));
    let grantee_fits = match filter("grantee") {
        Some(wanted) => field("grantee") == Some(wanted) || (with_public && is_public),
        None => with_public || !is_public,
    };
    let second_fits = filter("resourceId2").is_some()
        || !on_unless_told("requireNullId2")
        || field("resourceId2").is_none();
    plain.iter().all(|name| filter(name).is_none_or(|wanted| field(name) == Some(wanted)))
        && id_fits("resourceId1")
        && id_fits("resourceId2")
        && grantee_fits
        && second_fits
}

pub(super) fn has_privilege(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let grantee = required_query(call, "grantee")?;
    let reaches = |share: &Value| match share["grantee"].as_str() {
        Some(PUBLIC) => !call.flag("excludePublic"),
        Some(PUBLIC_NO_AUTHN) => !call.flag("excludePublicNoAuthn"),
        named => named == Some(grantee),
    };
    let mut all = store.records(&shares(tenant)).map(|(_, share)| share);
    let yes = all.any(|share| reaches(share) && is_on_resource(call, share));
    Ok(Reply::result(json!({ "aBool": yes }), format!("SK_PRIVILEGE Shared: {yes}.")))
}

/// Whether a share has the privilege on the resource in a call.
fn is_on_resource(call: &Call<'_>, share: &Value) -> bool {
    let same = |name: &str| share[name].as_str() == call.query(name).filter(|id| !id.is_empty());
    ["resourceType", "resourceId1", "resourceId2", "privilege"].into_iter().all(same)
}

/// Deletes the share that has all of the attributes.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    for name in ["grantor", "grantee", "resourceType", "resourceId1", "privilege"] {
        call.query(name).filter(|value| !value.is_empty()).ok_or_else(|| null_parameter(name))?;
    }
    let is_meant = |share: &Value| {
        let same = |name: &str| share[name].as_str() == call.query(name);
        same("grantor") && same("grantee") && is_on_resource(call, share)
    };
    Ok(changes(end(call, &mut store, tenant, is_meant)))
}

pub(super) fn delete_by_id(call: &Call<'_>) -> Outcome {
    require_service(call)?;
    let mut store = open(call);
    let tenant = tenant(call, &store, required_query(call, "tenant")?)?;
    let id = call.path("id").parse::<i64>().unwrap_or_default();
    Ok(changes(end(call, &mut store, tenant, |share| share["id"] == id)))
}

/// Deletes the shares that the calling service has recorded.
fn end(
    call: &Call<'_>,
    store: &mut Store,
    tenant: &str,
    is_meant: impl Fn(&Value) -> bool,
) -> usize {
    let own = |share: &Value| share["createdBy"].as_str() == service(call);
    let all = store.records(&shares(tenant));
    let gone = all.filter(|(_, share)| own(share) && is_meant(share));
    let gone: Vec<String> = gone.map(|(id, _)| id.to_owned()).collect();
    for id in &gone {
        store.remove(&shares(tenant), id);
    }
    gone.len()
}
