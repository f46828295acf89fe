//! Trials of delivery: a subscription of the service's own, some events for it, and what comes
//! back. Their events come with the clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::access;
use super::super::java::change_reply;
use super::{SUBSCRIPTION, beside, change, events, require_service, store, subscriptions};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The seconds from one event to the next.
const PACE: i64 = 3;
/// More events than this nobody waits for.
const MOST_EVENTS: i64 = 1000;
/// The path of the webhook, before the name of the trial.
const CALLBACK: &str = "/v3/notifications/test/callback/";
const SOURCE: &str = "notifications";

fn collection(tenant: &str) -> String {
    beside(tenant, "trials")
}

pub(super) fn begin(call: &Call<'_>) -> Outcome {
    require_service(call, "test")?;
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let name = format!("test~{}", call.world.random.uuid());
    let target = format!("{}{CALLBACK}{name}", call.base_url);
    let filters = json!({
        "typeFilter": "notifications.test.*",
        "subjectFilter": name,
        "deliveryTargets": [{ "deliveryMethod": "WEBHOOK", "deliveryAddress": target }],
        "description": "A trial of delivery.",
    });
    let new = change::New {
        owner: call.user(),
        name: Some(&name),
        ttl_minutes: number("subscriptionTTL").unwrap_or(60).max(0),
        enabled: true,
        rest: filters.as_object().cloned().unwrap_or_default(),
    };
    let mut store = store(call);
    let subscription = change::add(call, &mut store, new)?;
    let trial = json!({
        "owner": call.user(),
        "uuid": subscription["uuid"],
        "target": target,
        "begun": subscription["created"],
        "events": number("numberOfEvents").unwrap_or(1).clamp(0, MOST_EVENTS),
        "published": 0,
        "endSeries": call.query("endSeries").is_none() || call.flag("endSeries"),
        "receivedEvents": [],
    });
    store.put(&collection(&call.tenant), name.as_str(), trial);
    settle(call, &mut store);
    let message = SUBSCRIPTION.message(call, "TEST_BEGUN", "Test sequence begun.", &name);
    Ok(Reply::result(subscription, message))
}

/// Publishes the events whose time has come.
pub(super) fn settle(call: &Call<'_>, store: &mut Store) {
    let now = call.world.clock.timestamp();
    let mut due = Vec::new();
    // The times are those of the events, so that it does not matter when somebody looks.
    for (name, trial) in store.records_mut(&collection(&call.tenant)) {
        let begun = trial["begun"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let all = trial["events"].as_i64().unwrap_or_default();
        let (Some(begun), Some(mut number)) = (begun, trial["published"].as_i64()) else {
            continue;
        };
        while number < all {
            let Ok(at) = begun.checked_add(SignedDuration::from_secs(PACE * number)) else { break };
            if at > now {
                break;
            }
            number += 1;
            let last = number == all && trial["endSeries"] == true;
            let owner = trial["owner"].as_str().unwrap_or_default().to_owned();
            due.push((name.to_owned(), owner, number, at, last));
        }
        trial["published"] = number.into();
    }
    for (name, owner, number, at, last) in due {
        let event = json!({
            "source": SOURCE,
            "type": "notifications.test.event",
            "subject": name,
            "seriesId": name,
            "timestamp": at.to_string(),
            "data": format!("Event {number} of the test."),
            "endSeries": last,
            "deleteSubscriptionsMatchingSubject": false,
        });
        let event = event.as_object().cloned().unwrap_or_default();
        let origin = events::Origin { tenant: &call.tenant, user: &owner, at };
        events::accept(call, store, &origin, event);
    }
}

/// Delivers an event to a webhook, if it is that of a trial.
pub(super) fn deliver(store: &mut Store, tenant: &str, address: &str, event: &Value) {
    let Some((_, name)) = address.split_once(CALLBACK) else { return };
    let trial = store.get_mut(&collection(tenant), name);
    if let Some(trial) = trial.filter(|trial| trial["target"] == address) {
        keep(trial, event.clone());
    }
}

fn keep(trial: &mut Value, event: Value) {
    if let Some(received) = trial["receivedEvents"].as_array_mut() {
        received.push(event);
    }
}

/// Takes a notification as the webhook.
pub(super) fn record(call: &Call<'_>) -> Outcome {
    let mut body = call.object()?;
    let name = call.path("name");
    let event = body.remove("event").filter(Value::is_object).ok_or_else(|| {
        let message = SUBSCRIPTION.message(call, "TEST_INVALID", "There is no event.", name);
        Failure::bad_request(message)
    })?;
    let mut store = store(call);
    let trial = store.get_mut(&collection(&call.tenant), name).ok_or_else(|| missing(call))?;
    keep(trial, event);
    let message = SUBSCRIPTION.message(call, "TEST_RECORDED", "Notification recorded.", name);
    Ok(Reply::result(Value::Null, message))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let name = call.path("name");
    let trial = store.get(&collection(&call.tenant), name).ok_or_else(|| missing(call))?;
    if trial["owner"] != call.user() && !access::is_admin(call, &store) {
        return Err(SUBSCRIPTION.unauthorized(call, name));
    }
    let mut shown =
        json!({ "tenant": call.tenant, "receivedEvents": trial["receivedEvents"].clone() });
    let uuid = trial["uuid"].as_str().unwrap_or_default();
    // It is gone when its time was up.
    if let Some(subscription) = store.get(&subscriptions(&call.tenant), uuid) {
        shown["subscription"] = subscription.clone();
    }
    Ok(Reply::result(shown, SUBSCRIPTION.message(call, "TEST_FOUND", "Test found.", name)))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let name = call.path("name");
    require_service(call, name)?;
    let mut store = store(call);
    let trial = store.remove(&collection(&call.tenant), name).ok_or_else(|| missing(call))?;
    let uuid = trial["uuid"].as_str().unwrap_or_default();
    let gone = store.remove(&subscriptions(&call.tenant), uuid);
    events::Series::named(SOURCE, name, name).end(&mut store, &call.tenant);
    let message = SUBSCRIPTION.message(call, "TEST_DELETED", "Test deleted.", name);
    Ok(change_reply(usize::from(gone.is_some()), message))
}

fn missing(call: &Call<'_>) -> Failure {
    SUBSCRIPTION.missing(call, call.path("name"))
}
