//! Events, on their way from services to subscriptions.

use serde_json::{Map, Value, json};

use super::{SUBSCRIPTION, beside, change, lives, require_service, store, subscriptions, trial};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;
use crate::world::TENANTS;

/// What a service cannot say of an event itself.
const GIVEN: [&str; 5] = ["tenant", "user", "uuid", "received", "seriesSeqCount"];

pub(super) fn publish(call: &Call<'_>) -> Outcome {
    let mut event = call.object()?;
    require_service(call, text(&event, "type").unwrap_or_default())?;
    let tenant = tenant(call)?;
    let kind = text(&event, "type").unwrap_or_default();
    if kind.split('.').count() != 3 || kind.split('.').any(str::is_empty) {
        return Err(invalid(call, "type must have three parts with dots between them.", kind));
    }
    if text(&event, "seriesId").is_some() && text(&event, "subject").is_none() {
        return Err(invalid(call, "An event of a series needs a subject.", kind));
    }
    event.retain(|field, _| !GIVEN.contains(&field.as_str()));
    let at = call.world.clock.timestamp();
    let origin = Origin { tenant: &tenant, user: call.user(), at };
    accept(call, &mut store(call), &origin, event);
    let message = "NTFAPI_EVENT_PUBLISHED Event published.";
    Ok(Reply::result(Value::Null, message))
}

pub(super) fn end_series(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    require_service(call, text(&body, "seriesId").unwrap_or_default())?;
    let tenant = tenant(call)?;
    if let Some(series) = Series::of(&body) {
        series.end(&mut store(call), &tenant);
    }
    Ok(Reply::result(Value::Null, "NTFAPI_EVENT_SERIES_ENDED Series ended."))
}

/// What the service says of an event.
pub(super) struct Origin<'a> {
    pub(super) tenant: &'a str,
    pub(super) user: &'a str,
    /// When it came.
    pub(super) at: jiff::Timestamp,
}

/// Takes an event in: counts it, if it belongs to a series, delivers it, and does what it asks
/// for besides.
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
        trial::deliver(store, tenant, &target, &event);
    }
    if forget {
        change::forget_subject(store, tenant, None, &subject);
    }
    if let Some(series) = series.filter(|_| last) {
        series.end(store, tenant);
    }
}

/// The addresses of the webhooks that an event goes to.
fn targets(store: &Store, tenant: &str, event: &Value, at: jiff::Timestamp) -> Vec<String> {
    let all = store.records(&subscriptions(tenant)).map(|(_, record)| record);
    let meant = all.filter(|subscription| {
        subscription["enabled"] == true && lives(subscription, at) && fits(subscription, event)
    });
    let targets = meant.flat_map(|subscription| subscription["deliveryTargets"].as_array());
    let hooks = targets.flatten().filter(|target| target["deliveryMethod"] == "WEBHOOK");
    hooks.filter_map(|target| target["deliveryAddress"].as_str().map(str::to_owned)).collect()
}

/// Whether an event passes the filters of a subscription.
fn fits(subscription: &Value, event: &Value) -> bool {
    let word = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let (filter, kind) = (word(subscription, "typeFilter"), word(event, "type"));
    let (filters, parts) = (filter.split('.'), kind.split('.'));
    let subject = word(subscription, "subjectFilter");
    filters.clone().count() == parts.clone().count()
        && filters.zip(parts).all(|(filter, part)| filter == "*" || filter == part)
        && (subject == "*" || subject == word(event, "subject"))
}

/// Events that are counted together, within a tenant.
pub(super) struct Series(String);

impl Series {
    /// The series that an event or a request names.
    fn of(fields: &Map<String, Value>) -> Option<Self> {
        let part = |name| text(fields, name);
        Some(Self::named(part("source")?, part("subject")?, part("seriesId")?))
    }

    pub(super) fn named(source: &str, subject: &str, id: &str) -> Self {
        Self(json!([source, subject, id]).to_string())
    }

    /// The place of the next event.
    fn count(&self, store: &mut Store, tenant: &str) -> u64 {
        let collection = beside(tenant, "series");
        let last = store.get(&collection, &self.0).and_then(Value::as_u64).unwrap_or_default();
        let next = last.saturating_add(1);
        store.put(&collection, self.0.as_str(), next.into());
        next
    }

    /// Forgets how far was counted.
    pub(super) fn end(&self, store: &mut Store, tenant: &str) {
        store.remove(&beside(tenant, "series"), &self.0);
    }
}

/// The tenant of an event.
fn tenant(call: &Call<'_>) -> Result<String, Failure> {
    let Some(tenant) = call.query("tenant").filter(|tenant| !tenant.is_empty()) else {
        return Ok(call.tenant.clone());
    };
    if call.world.store().contains(TENANTS, tenant) {
        return Ok(tenant.to_owned());
    }
    Err(invalid(call, "There is no such tenant.", tenant))
}

fn invalid(call: &Call<'_>, what: &str, about: &str) -> Failure {
    Failure::bad_request(SUBSCRIPTION.message(call, "EVENT_INVALID", what, about))
}
