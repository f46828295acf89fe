//! Addresses that let anyone download a path, for some time and some number of times.

use serde_json::{Map, Value, json};

use super::access::Wish;
use super::content;
use super::target::Target;
use crate::call::{Call, text};
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::java::{change_reply, present};
use crate::store::{Store, in_tenant};
use crate::tokens::verify::Caller;

const COMPONENT: &str = "PostIt";
const DEFAULT_SECONDS: i64 = 2_592_000;

fn collection(tenant: &str) -> String {
    in_tenant(tenant, "files.postits")
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = if call.body.is_empty() { Map::new() } else { call.object()? };
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let number = |name: &str, usual: i64| body.get(name).and_then(Value::as_i64).unwrap_or(usual);
    let id = call.world.random.uuid().to_string();
    let now = call.world.clock.timestamp();
    let seconds = number("validSeconds", DEFAULT_SECONDS).clamp(1, i64::from(i32::MAX));
    let expiration = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
    let postit = json!({
        "postitId": id,
        "systemId": target.system,
        "path": target.path.to_string(),
        "allowedUses": number("allowedUses", 1),
        "timesUsed": 0,
        "owner": call.user(),
        "jwtUser": call.user(),
        "jwtTenantId": call.tenant,
        "tenantId": call.tenant,
        "expiration": expiration.to_string(),
        "created": now.to_string(),
        "updated": now.to_string(),
    });
    store.put(&collection(&call.tenant), id, postit.clone());
    Ok(Reply::result(show(call, postit), "ok"))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?;
    listing.check_attributes(&present::fields(call.service, COMPONENT))?;
    let all = call.query("listType").is_some_and(|word| word.eq_ignore_ascii_case("ALL"));
    let store = call.world.store();
    let admin = roles::is_admin(call, &store);
    let postits = store.records(&collection(&call.tenant)).map(|(_, postit)| postit);
    let visible: Vec<Value> = postits
        .filter(|postit| postit["owner"] == call.user() || (all && admin))
        .map(|postit| show(call, postit.clone()))
        .collect();
    let (page, metadata) = listing.apply(visible);
    let page: Vec<Value> = page
        .into_iter()
        .map(|postit| listing.select(postit, &["postitId"], &["postitId", "systemId", "path"]))
        .collect();
    Ok(Reply::result(page, "ok").with_metadata(metadata))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let postit = own(call, &mut store)?.clone();
    Ok(Reply::result(show(call, postit), "ok"))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let postit = own(call, &mut store)?;
    if let Some(uses) = body.get("allowedUses") {
        postit["allowedUses"] = uses.clone();
    }
    if body.get("unlimited").is_some_and(|yes| yes == true) {
        postit["allowedUses"] = (-1).into();
    }
    if let Some(expiration) = text(&body, "expiration") {
        let time = expiration
            .parse::<jiff::Timestamp>()
            .map_err(|_| Failure::bad_request("FILES_POSTITS Invalid expiration."))?;
        postit["expiration"] = time.to_string().into();
    }
    postit["updated"] = call.now().into();
    let postit = postit.clone();
    Ok(Reply::result(show(call, postit), "ok"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    own(call, &mut store)?;
    store.remove(&collection(&call.tenant), call.path("postitId"));
    Ok(change_reply(1, "ok".to_owned()))
}

/// Needs no token. What is given out is what its owner can see now.
pub(super) fn redeem(call: &Call<'_>) -> Outcome {
    let id = call.path("postitId");
    let mut store = call.world.store();
    let postit = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| missing(id))?;
    let text = |name: &str| postit[name].as_str().unwrap_or_default().to_owned();
    let (used, allowed) = (postit["timesUsed"].as_i64(), postit["allowedUses"].as_i64());
    let (used, allowed) = (used.unwrap_or_default(), allowed.unwrap_or_default());
    if allowed >= 0 && used >= allowed {
        return Err(Failure::bad_request("FILES_POSTITS The PostIt has been used up."));
    }
    let expiration = text("expiration").parse::<jiff::Timestamp>().unwrap_or_default();
    if expiration <= call.world.clock.timestamp() {
        return Err(Failure::bad_request("FILES_POSTITS The PostIt has expired."));
    }
    let (owner, system, path) = (text("owner"), text("systemId"), text("path"));
    postit["timesUsed"] = (used + 1).into();
    let owner = Caller { username: owner, tenant: call.tenant.clone(), service: None };
    let on_behalf = call.on_behalf_of(owner);
    let target = Target::at(&on_behalf, &store, &system, &path, Wish::Read)?;
    let zip = match call.query("zip") {
        Some(_) => call.flag("zip"),
        None => target.entry(&on_behalf)?.is_dir,
    };
    content::download(&on_behalf, &target, zip)
}

fn own<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("postitId");
    let admin = roles::is_admin(call, store);
    let postit = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| missing(id))?;
    if postit["owner"] == call.user() || admin {
        return Ok(postit);
    }
    Err(Failure::forbidden(format!("FILES_POSTITS_NOT_AUTHORIZED PostIt: {id}")))
}

fn missing(id: &str) -> Failure {
    Failure::not_found(format!("FILES_POSTITS_NOT_FOUND No such PostIt: {id}"))
}

fn show(call: &Call<'_>, mut postit: Value) -> Value {
    let id = postit["postitId"].as_str().unwrap_or_default();
    postit["redeemUrl"] = format!("{}/v3/files/postits/redeem/{id}", call.base_url).into();
    postit
}
