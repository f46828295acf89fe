//! Test sequences: a subscription of the service itself, a number of events for it, and the
//! notifications that it received. The events are published as time passes.

use serde_json::{Value, json};

use super::change;
use super::delivery::{CALLBACK, Series, keep, trials};
use super::progress::{SOURCE, settle, store};
use super::subscription::require_service;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::change_reply;
use crate::shared::subscriptions::{SUBSCRIPTION, subscriptions};

/// The maximum number of events.
const MOST_EVENTS: i64 = 1000;
pub(super) fn begin(call: &Call<'_>) -> Outcome {
    require_service(call, "NTFLIB_EVENT_UNAUTH", "test")?;
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    if number("numberOfEvents").is_some_and(|events| events <= 0) {
        let what = "NTFLIB_TEST_NUM_EVENTS_NOT_POSITIVE numberOfEvents must be positive.";
        return Err(Failure::server(format!("NTFAPI_TEST_ERR1 beginTestSequence: {what}")));
    }
    let name = call.world.random.uuid().to_string();
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
        ttl_minutes: number("subscriptionTTL").unwrap_or(60),
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
    store.put(&trials(&call.tenant), name.as_str(), trial);
    settle(call, &mut store);
    let message = SUBSCRIPTION.message(call, "TEST_BEGUN", "Test sequence begun.", &name);
    Ok(Reply::result(subscription, message))
}

/// Receives a notification as the webhook.
pub(super) fn record(call: &Call<'_>) -> Outcome {
    let mut body = call.object()?;
    let name = call.path("name");
    let event = body.remove("event").filter(Value::is_object).ok_or_else(|| {
        let message = SUBSCRIPTION.message(call, "TEST_INVALID", "There is no event.", name);
        Failure::bad_request(message)
    })?;
    let mut store = store(call);
    let trial = store.get_mut(&trials(&call.tenant), name).ok_or_else(|| missing(call))?;
    keep(trial, event);
    let message = SUBSCRIPTION.message(call, "TEST_RECORDED", "Notification recorded.", name);
    Ok(Reply::result(Value::Null, message))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = store(call);
    let name = call.path("name");
    let trial = store.get(&trials(&call.tenant), name);
    let trial = trial.filter(|trial| trial["owner"] == call.user());
    let trial = trial.ok_or_else(|| missing(call))?;
    let mut shown =
        json!({ "tenant": call.tenant, "receivedEvents": trial["receivedEvents"].clone() });
    let uuid = trial["uuid"].as_str().unwrap_or_default();
    // It has been removed at its expiry.
    if let Some(subscription) = store.get(&subscriptions(&call.tenant), uuid) {
        shown["subscription"] = subscription.clone();
    }
    Ok(Reply::result(shown, SUBSCRIPTION.message(call, "TEST_FOUND", "Test found.", name)))
}

/// Test sequences of others are not found, and one that is not found counts as no change.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let name = call.path("name");
    let mut store = store(call);
    let all = trials(&call.tenant);
    let own = store.get(&all, name).is_some_and(|trial| trial["owner"] == call.user());
    let trial = if own { store.remove(&all, name) } else { None };
    let mut changes = 0;
    if let Some(trial) = trial {
        let uuid = trial["uuid"].as_str().unwrap_or_default();
        changes = usize::from(store.remove(&subscriptions(&call.tenant), uuid).is_some());
        Series::named(SOURCE, name, name).end(&mut store, &call.tenant);
    }
    let message = SUBSCRIPTION.message(call, "TEST_DELETED", "Test deleted.", name);
    Ok(change_reply(changes, message))
}

fn missing(call: &Call<'_>) -> Failure {
    SUBSCRIPTION.missing(call, call.path("name"))
}
