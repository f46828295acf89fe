//! Notifications: subscriptions, the events they wait for, and trials of delivery. The mock
//! delivers to webhooks of its own alone; what others would be sent goes nowhere.

mod change;
mod events;
mod find;
mod trial;

use std::sync::MutexGuard;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::java::Sort;
use super::{Handler, access};
use crate::call::Call;
use crate::reply::{Failure, Reply};
use crate::store::{Store, in_tenant};

/// Subscriptions, each under its UUID. Names are unique for one owner only.
const SUBSCRIPTION: Sort =
    Sort { collection: "notifications", key: "NTFAPI", noun: "Subscription", id: "name" };

/// How long a subscription lives unless its request says otherwise: a week.
pub(super) const TTL_MINUTES: i64 = 10_080;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "getSubscriptions" => find::list,
        "searchSubscriptionsQueryParameters" => find::search_by_parameters,
        "searchSubscriptionsRequestBody" => find::search_by_body,
        "getSubscriptionByName" => find::by_name,
        "getSubscriptionByUuid" => find::by_uuid,
        "isEnabled" => find::is_enabled,
        "postSubscription" => change::create,
        "patchSubscriptionByName" => change::patch,
        "enableSubscription" => |call| change::switch(call, true),
        "disableSubscription" => |call| change::switch(call, false),
        "updateTTL" => change::update_ttl,
        "deleteSubscriptionByName" => change::delete_by_name,
        "deleteSubscriptionByUuid" => change::delete_by_uuid,
        "deleteSubscriptionsBySubject" => change::delete_by_subject,
        "postEvent" | "publishEvent" => events::publish,
        "endEventSeries" => events::end_series,
        "beginTestSequence" => trial::begin,
        "recordTestNotification" => trial::record,
        "getTestSequence" => trial::get,
        "deleteTestSequence" => trial::delete,
        "healthCheck" => |_| Ok(Reply::result(Value::Null, "Health check received.")),
        "readyCheck" => |_| Ok(Reply::result(Value::Null, "Ready check passed.")),
        _ => return None,
    })
}

/// Where the subscriptions of a tenant are kept, each under its UUID.
pub(super) fn subscriptions(tenant: &str) -> String {
    SUBSCRIPTION.in_tenant(tenant)
}

/// A collection beside the subscriptions.
fn beside(tenant: &str, what: &str) -> String {
    in_tenant(tenant, &format!("notifications.{what}"))
}

/// When a subscription ends that is made or renewed now; never for a life of no length.
pub(super) fn expiry(now: Timestamp, ttl_minutes: i64) -> Option<Timestamp> {
    let seconds = ttl_minutes.checked_mul(60).filter(|seconds| *seconds > 0)?;
    Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX))
}

/// Whether a subscription still lives at a moment.
fn lives(subscription: &Value, at: Timestamp) -> bool {
    let expiry = subscription["expiry"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    expiry.is_none_or(|expiry| at < expiry)
}

/// Everything remembered, after what the clock has brought about: events of trials have come,
/// and subscriptions whose time was up are gone.
fn store<'a>(call: &Call<'a>) -> MutexGuard<'a, Store> {
    let mut store = call.world.store();
    trial::settle(call, &mut store);
    let now = call.world.clock.timestamp();
    let collection = subscriptions(&call.tenant);
    let over = store.records(&collection).filter(|(_, record)| !lives(record, now));
    let over: Vec<String> = over.map(|(uuid, _)| uuid.to_owned()).collect();
    for uuid in over {
        store.remove(&collection, &uuid);
    }
    store
}

fn is_service(call: &Call<'_>) -> bool {
    call.caller.as_ref().is_some_and(|caller| caller.service.is_some())
}

/// Refuses users what is reserved for services.
fn require_service(call: &Call<'_>, about: &str) -> Result<(), Failure> {
    if is_service(call) { Ok(()) } else { Err(SUBSCRIPTION.unauthorized(call, about)) }
}

/// Whose subscriptions a call is about.
fn owner<'a>(call: &'a Call<'_>, store: &Store) -> Result<&'a str, Failure> {
    match call.query("ownedBy").filter(|owner| !owner.is_empty()) {
        Some(owner) if owner != call.user() && !access::is_admin(call, store) => {
            Err(SUBSCRIPTION.unauthorized(call, owner))
        }
        Some(owner) => Ok(owner),
        None => Ok(call.user()),
    }
}

/// The UUID of an owner's subscription.
fn uuid_of<'a>(store: &'a Store, tenant: &str, owner: &str, name: &str) -> Option<&'a str> {
    let mut all = store.records(&subscriptions(tenant));
    let found = all.find(|(_, record)| record["owner"] == owner && record["name"] == name);
    found.map(|(uuid, _)| uuid)
}

/// The UUID of the subscription that a call names by its owner and its name.
fn named(call: &Call<'_>, store: &Store) -> Result<String, Failure> {
    let name = call.path("name");
    let uuid = uuid_of(store, &call.tenant, owner(call, store)?, name);
    uuid.map(str::to_owned).ok_or_else(|| SUBSCRIPTION.missing(call, name))
}
