//! Finding subscriptions.

use serde_json::{Value, json};

use super::super::access;
use super::super::java::present;
use super::{SUBSCRIPTION, is_service, named, owner, store, subscriptions};
use crate::call::Call;
use crate::query::Listing;
use crate::reply::{Outcome, Reply};

/// The component that describes a subscription.
const COMPONENT: &str = "TapisSubscription";
/// The fields of a list in which nothing was selected.
const SUMMARY: [&str; 6] = ["name", "owner", "typeFilter", "subjectFilter", "enabled", "expiry"];

pub(super) fn list(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?)
}

pub(super) fn search_by_parameters(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_parameters(call)?)
}

pub(super) fn search_by_body(call: &Call<'_>) -> Outcome {
    answer(call, Listing::read(call)?.with_body(call)?)
}

pub(super) fn by_name(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = named(call, &store)?;
    let found = store.get(&subscriptions(&call.tenant), &uuid).cloned();
    one(call, found.unwrap_or_default(), call.path("name"))
}

/// Owners find what is theirs, administrators and services whatever there is.
pub(super) fn by_uuid(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = call.path("uuid");
    let found = store.get(&subscriptions(&call.tenant), uuid);
    let found = found.ok_or_else(|| SUBSCRIPTION.missing(call, uuid))?;
    if found["owner"] != call.user() && !access::is_admin(call, &store) {
        return Err(SUBSCRIPTION.unauthorized(call, uuid));
    }
    one(call, found.clone(), uuid)
}

pub(super) fn is_enabled(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let uuid = named(call, &store)?;
    let found = store.get(&subscriptions(&call.tenant), &uuid);
    let enabled = found.is_some_and(|record| record["enabled"] == true);
    let sentence = format!("Enabled: {enabled}.");
    let message = SUBSCRIPTION.message(call, "ENABLED", &sentence, call.path("name"));
    Ok(Reply::result(json!({ "aBool": enabled }), message))
}

fn one(call: &Call<'_>, found: Value, about: &str) -> Outcome {
    let listing = Listing::read(call)?;
    let shown = listing.select(found, &["name"], &SUMMARY);
    let shown = present::as_deployed(call, COMPONENT, shown, listing.is_partial());
    Ok(Reply::result(shown, SUBSCRIPTION.message(call, "FOUND", "Subscription found.", about)))
}

fn answer(call: &Call<'_>, listing: Listing) -> Outcome {
    let listing = listing.select_unless_told("summaryAttributes");
    listing.check_attributes(&present::fields(call.service, COMPONENT))?;
    let store = store(call);
    let owner = if call.flag("anyOwner") {
        if !is_service(call) {
            return Err(SUBSCRIPTION.unauthorized(call, "anyOwner"));
        }
        None
    } else {
        Some(owner(call, &store)?)
    };
    let all = store.records(&subscriptions(&call.tenant)).map(|(_, record)| record);
    let all = all.filter(|record| owner.is_none_or(|owner| record["owner"] == owner));
    let (page, metadata) = listing.apply(all.cloned().collect());
    let shown = page.into_iter().map(|record| {
        let record = listing.select(record, &["name"], &SUMMARY);
        present::as_deployed(call, COMPONENT, record, listing.is_partial())
    });
    let shown: Vec<Value> = shown.collect();
    let message = format!("Subscriptions found: {} item(s).", shown.len());
    Ok(Reply::result(shown, message).with_metadata(metadata))
}
