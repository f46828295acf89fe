//! Notifications: subscriptions, events, and test sequences of deliveries. The mock delivers only
//! to its own webhooks; deliveries to others are dropped.

mod change;
mod delivery;
mod events;
mod find;
mod progress;
mod subscription;
mod trial;

use serde_json::Value;

use crate::call::Handler;
use crate::reply::Reply;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("getSubscriptions", find::list),
    ("searchSubscriptionsQueryParameters", find::search_by_parameters),
    ("searchSubscriptionsRequestBody", find::search_by_body),
    ("getSubscriptionByName", find::by_name),
    ("getSubscriptionByUuid", find::by_uuid),
    ("isEnabled", find::is_enabled),
    ("postSubscription", change::create),
    ("patchSubscriptionByName", change::patch),
    ("enableSubscription", |call| change::switch(call, true)),
    ("disableSubscription", |call| change::switch(call, false)),
    ("updateTTL", change::update_ttl),
    ("deleteSubscriptionByName", change::delete_by_name),
    ("deleteSubscriptionByUuid", change::delete_by_uuid),
    ("deleteSubscriptionsBySubject", change::delete_by_subject),
    ("postEvent", events::publish),
    ("publishEvent", events::publish),
    ("endEventSeries", events::end_series),
    ("beginTestSequence", trial::begin),
    ("recordTestNotification", trial::record),
    ("getTestSequence", trial::get),
    ("deleteTestSequence", trial::delete),
    ("healthCheck", |_| Ok(Reply::result(Value::Null, "Health check received."))),
    ("readyCheck", |_| Ok(Reply::result(Value::Null, "Ready check passed."))),
];
