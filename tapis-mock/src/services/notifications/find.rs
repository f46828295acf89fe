//! Reads and searches subscriptions.

use serde_json::{Value, json};

use super::progress::store;
use super::subscription::{denied, is_service, named, owner, require_owner};
use crate::call::Call;
use crate::query::{Listing, invalid_search};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::java::present::Shape;
use crate::shared::subscriptions::{SUBSCRIPTION, subscriptions};

const SHAPE: Shape = Shape {
    component: "TapisSubscription",
    always: &["name"],
    summary: &["owner", "name", "typeFilter", "subjectFilter"],
    plural: "Subscriptions",
};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_parameters(call)?)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_body(call, invalid_search)?)
}

pub(super) fn by_name(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = named(call, &store)?;
    require_owner(call, &store, owner(call), call.path("name"))?;
    let found = store.get(&subscriptions(&call.tenant), &uuid).cloned();
    one(call, found.unwrap_or_default(), call.path("name"))
}

/// Owners find their own, administrators and services find all.
pub(super) fn by_uuid(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = call.path("uuid");
    let found = store.get(&subscriptions(&call.tenant), uuid);
    let found = found.ok_or_else(|| SUBSCRIPTION.missing(call, uuid))?;
    require_owner(call, &store, found["owner"].as_str().unwrap_or_default(), uuid)?;
    one(call, found.clone(), uuid)
}

pub(super) fn is_enabled(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = named(call, &store)?;
    require_owner(call, &store, owner(call), call.path("name"))?;
    let found = store.get(&subscriptions(&call.tenant), &uuid);
    let enabled = found.is_some_and(|record| record["enabled"] == true);
    let sentence = format!("Enabled: {enabled}.");
    let message = SUBSCRIPTION.message(call, "ENABLED", &sentence, call.path("name"));
    Ok(Reply::result(json!({ "aBool": enabled }), message))
}

fn one(call: &Call<'_>, found: Value, about: &str) -> Outcome {
    let listing = Listing::read(call)?;
    let found = shown(&listing, found)?;
    let shown = SHAPE.one(call, &listing, found);
    Ok(Reply::result(shown, SUBSCRIPTION.message(call, "FOUND", "Subscription found.", about)))
}

/// Refuses selections that make the service fail: the delivery targets, which it treats as an
/// object, and the expiry of a subscription without one.
fn shown(listing: &Listing, found: Value) -> Result<Value, Failure> {
    let selects = |name: &str| listing.is_partial() && listing.selected().any(|one| one == name);
    if selects("deliveryTargets") {
        return Err(Failure::server("JsonSyntaxException Expected a JsonObject but was JsonArray"));
    }
    if selects("expiry") && found["expiry"].is_null() {
        return Err(Failure::server("NullPointerException expiry is null"));
    }
    Ok(found)
}

fn answer(call: &Call<'_>, listing: Listing) -> Outcome {
    let listing = SHAPE.check(call, &SUBSCRIPTION, listing)?;
    let store = store(call);
    let owner = if call.flag("anyOwner") {
        if !is_service(call) {
            return Err(denied(call, "NTFLIB_UNAUTH1", "anyOwner"));
        }
        None
    } else {
        let owner = owner(call);
        if owner != call.user() && !roles::is_admin(call, &store) {
            return Err(denied(call, "NTFLIB_UNAUTH2", owner));
        }
        Some(owner)
    };
    let all = store.records(&subscriptions(&call.tenant)).map(|(_, record)| record);
    let all = all.filter(|record| owner.is_none_or(|owner| record["owner"] == owner));
    let all = all.map(|record| shown(&listing, record.clone()));
    SHAPE.page(call, &listing, all.collect::<Result<_, _>>()?)
}
