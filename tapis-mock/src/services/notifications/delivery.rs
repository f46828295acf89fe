//! Delivers events to subscriptions. Only the webhooks of test sequences can be reached.

use serde_json::{Map, Value, json};

use super::subscription::{beside, forget_subject, lives};
use crate::call::{Call, text};
use crate::shared::subscriptions::subscriptions;
use crate::store::Store;

/// The path of the webhook, before the name of the test sequence.
pub(super) const CALLBACK: &str = "/v3/notifications/test/callback/";

/// The collection of test sequences, by name.
pub(super) fn trials(tenant: &str) -> String {
    beside(tenant, "trials")
}

/// The attributes of an event.
pub(super) struct Origin<'a> {
    pub(super) tenant: &'a str,
    pub(super) user: &'a str,
    /// When it was received.
    pub(super) at: jiff::Timestamp,
}

/// Processes an event: counts it if it belongs to a series, delivers it, and deletes subscriptions
/// if it requests that.
pub(super) fn accept(
    call: &Call<'_>,
    store: &mut Store,
    origin: &Origin<'_>,
    mut event: Map<String, Value>,
) {
    let Origin { tenant, user, at } = *origin;
    event.insert("tenant".into(), tenant.into());
    event.insert("user".into(), user.into());
    event.insert("uuid".into(), call.world.random.uuid().to_string().into());
    event.insert("received".into(), at.to_string().into());
    let says = |what: &str| event.get(what).is_some_and(|yes| yes == true);
    let forget = says("deleteSubscriptionsMatchingSubject");
    let last = says("endSeries") || forget;
    let series = Series::of(&event);
    if let Some(series) = &series {
        event.insert("seriesSeqCount".into(), series.count(store, tenant).into());
    }
    let subject = text(&event, "subject").unwrap_or_default().to_owned();
    let event = Value::Object(event);
    for target in targets(store, tenant, &event, at) {
        deliver(store, tenant, &target, &event);
    }
    if forget {
        forget_subject(store, tenant, None, &subject);
    }
    if let Some(series) = series.filter(|_| last) {
        series.end(store, tenant);
    }
}

/// The URLs of the webhooks for an event.
fn targets(store: &Store, tenant: &str, event: &Value, at: jiff::Timestamp) -> Vec<String> {
    let all = store.records(&subscriptions(tenant)).map(|(_, record)| record);
    let meant = all.filter(|subscription| {
        subscription["enabled"] == true && lives(subscription, at) && fits(subscription, event)
    });
    let targets = meant.flat_map(|subscription| subscription["deliveryTargets"].as_array());
    let hooks = targets.flatten().filter(|target| target["deliveryMethod"] == "WEBHOOK");
    hooks.filter_map(|target| target["deliveryAddress"].as_str().map(str::to_owned)).collect()
}

/// Whether an event matches the filters of a subscription.
fn fits(subscription: &Value, event: &Value) -> bool {
    let word = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let (filter, kind) = (word(subscription, "typeFilter"), word(event, "type"));
    let (filters, parts) = (filter.split('.'), kind.split('.'));
    let subject = word(subscription, "subjectFilter");
    filters.clone().count() == parts.clone().count()
        && filters.zip(parts).all(|(filter, part)| filter == "*" || filter == part)
        && (subject == "*" || subject == word(event, "subject"))
}

/// The series of events within a tenant.
pub(super) struct Series(String);

impl Series {
    /// The series of an event or a request.
    pub(super) fn of(fields: &Map<String, Value>) -> Option<Self> {
        let part = |name| text(fields, name);
        Some(Self::named(part("source")?, part("subject")?, part("seriesId")?))
    }

    pub(super) fn named(source: &str, subject: &str, id: &str) -> Self {
        Self(json!([source, subject, id]).to_string())
    }

    /// The number of the next event.
    fn count(&self, store: &mut Store, tenant: &str) -> u64 {
        let collection = beside(tenant, "series");
        let last = store.get(&collection, &self.0).and_then(Value::as_u64).unwrap_or_default();
        let next = last.saturating_add(1);
        store.put(&collection, self.0.as_str(), next.into());
        next
    }

    /// Resets the count.
    pub(super) fn end(&self, store: &mut Store, tenant: &str) {
        store.remove(&beside(tenant, "series"), &self.0);
    }
}

/// Delivers an event to a webhook, if it is that of a test sequence.
fn deliver(store: &mut Store, tenant: &str, address: &str, event: &Value) {
    let Some((_, name)) = address.split_once(CALLBACK) else { return };
    let trial = store.get_mut(&trials(tenant), name);
    if let Some(trial) = trial.filter(|trial| trial["target"] == address) {
        keep(trial, event.clone());
    }
}

/// Adds an event to those that a test sequence received.
pub(super) fn keep(trial: &mut Value, event: Value) {
    if let Some(received) = trial["receivedEvents"].as_array_mut() {
        received.push(event);
    }
}
