//! Who wants to hear about a job. The subscriptions are those of the notifications service; the
//! mock keeps them and sends nothing.

use serde_json::{Value, json};

use super::job::{Part, find};
use crate::call::{Call, text};
use crate::query::Listing;
use crate::reply::{Outcome, Reply};
use crate::shared::java::{change_reply, url_reply};
use crate::shared::subscriptions::{TTL_MINUTES, expiry, subscriptions as collection};

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
    let id = call.path("jobUuid");
    let uuid = call.world.random.uuid().to_string();
    let now = call.world.clock.timestamp();
    let ttl = body.get("ttlMinutes").and_then(Value::as_i64).unwrap_or(TTL_MINUTES);
    let filter = text(&body, "eventCategoryFilter").unwrap_or("ALL");
    let mut subscription = json!({
        "uuid": uuid,
        "name": format!("subscription-{uuid}"),
        "tenant": call.tenant,
        "owner": call.user(),
        "description": text(&body, "description").unwrap_or_default(),
        "enabled": body.get("enabled").is_none_or(|enabled| enabled == true),
        "typeFilter": format!("jobs.{}.*", if filter == "ALL" { "*" } else { filter }),
        "subjectFilter": id,
        "deliveryTargets": body.get("deliveryTargets"),
        "ttlMinutes": ttl,
        "created": now.to_string(),
        "updated": now.to_string(),
    });
    if let Some(expiry) = expiry(now, ttl) {
        subscription["expiry"] = expiry.to_string().into();
    }
    store.put(&collection(&call.tenant), uuid, subscription);
    Ok(url_reply(call, &format!("jobs/subscribe/{id}"), "JOBS_SUBSCRIBED Subscribed.".to_owned()))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    find(call, &mut store, Part::Control)?;
    let id = call.path("jobUuid");
    let all = store.records(&collection(&call.tenant)).map(|(_, record)| record.clone());
    let all: Vec<Value> = all.filter(|record| record["subjectFilter"] == id).collect();
    let (page, metadata) = Listing::read(call)?.apply(all);
    Ok(Reply::result(page, "JOBS_SUBSCRIPTIONS Subscriptions found.").with_metadata(metadata))
}

/// Ends a subscription, or all of a job.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let one = store.get(&collection(&call.tenant), id).is_some_and(|r| r["owner"] == call.user());
    if !one {
        find(call, &mut store, Part::Control)?;
    }
    let gone: Vec<String> = store
        .records(&collection(&call.tenant))
        .filter(|(key, record)| *key == id || record["subjectFilter"] == id)
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in &gone {
        store.remove(&collection(&call.tenant), key);
    }
    Ok(change_reply(gone.len(), "JOBS_UNSUBSCRIBED Subscriptions deleted.".to_owned()))
}
