//! Subscriptions to the events of jobs. They belong to the Notifications service; the mock stores
//! them and sends nothing.

use serde_json::{Map, Value, json};

use super::job::{collection as jobs, is_over};
use super::{actions, events, progress};
use crate::call::{Call, text};
use crate::query::Listing;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::roles;
use crate::shared::java::{change_reply, url_reply};
use crate::shared::subscriptions::{TTL_MINUTES, expiry, subscriptions as collection};
use crate::store::Store;

/// The suffix of the UUIDs of jobs. Every other UUID is taken for that of a subscription.
const JOB_SUFFIX: &str = "-007";

/// Stores a subscription to the events of a job.
pub(super) fn add(
    call: &Call<'_>,
    store: &mut Store,
    id: &str,
    owner: &str,
    body: &Map<String, Value>,
) {
    let uuid = call.world.random.uuid().to_string();
    let now = call.world.clock.timestamp();
    let ttl = body.get("ttlMinutes").and_then(Value::as_i64).unwrap_or(TTL_MINUTES);
    let filter = text(body, "eventCategoryFilter").unwrap_or("ALL");
    let mut subscription = json!({
        "uuid": uuid,
        "name": format!("subscription-{uuid}"),
        "tenant": call.tenant,
        "owner": owner,
        "description": text(body, "description").unwrap_or_default(),
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
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let body = call.object()?;
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let job = job(call, &store, id)?.clone();
    if is_over(&job) {
        return Err(actions::ended(&job));
    }
    check_owner(call, &store, &job)?;
    add(call, &mut store, id, call.user(), &body);
    let entry = events::subscription(&job, "added", 1, &call.now().into());
    events::note(&mut store, &call.tenant, id, entry);
    let message = format!("NOTIFICATIONS_SUBSCRIPTION_CREATED Subscription to job {id} created.");
    Ok(url_reply(call, &format!("jobs/subscribe/{id}"), message))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let id = call.path("jobUuid");
    let store = call.world.store();
    check_owner(call, &store, job(call, &store, id)?)?;
    let all = store.records(&collection(&call.tenant)).map(|(_, record)| record.clone());
    let all: Vec<Value> = all.filter(|record| record["subjectFilter"] == id).collect();
    let (page, metadata) = Listing::read(call)?.page(all)?;
    let message = format!("JOBS_SUBSCRIPTIONS_RETRIEVED Retrieved {} subscriptions.", page.len());
    Ok(Reply::result(page, message).with_metadata(metadata))
}

/// Deletes a subscription, or all subscriptions of a job.
pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = call.path("jobUuid");
    let mut store = call.world.store();
    let mut gone = vec![id.to_owned()];
    let job = if id.ends_with(JOB_SUFFIX) {
        let job = job(call, &store, id)?.clone();
        check_owner(call, &store, &job)?;
        let all = store.records(&collection(&call.tenant));
        let of_job = all.filter(|(_, record)| record["subjectFilter"] == id);
        gone = of_job.map(|(key, _)| key.to_owned()).collect();
        job
    } else {
        let one = store.get(&collection(&call.tenant), id).ok_or_else(|| {
            // The client of Notifications throws for an empty result (tapis-client-java
            // `NotificationsClient.java:357-369`).
            let message = format!(
                "JOBS_SUBSCRIPTION_ERROR Subscription of job unknown of {}@{}: \
                 NTFAPI_NOT_FOUND_BY_UUID Subscription not found: {id}",
                call.user(),
                call.tenant
            );
            Failure::new(Kind::Server, message)
        })?;
        let job = job(call, &store, one["subjectFilter"].as_str().unwrap_or_default())?.clone();
        if one["owner"] != call.user() {
            check_owner(call, &store, &job)?;
        }
        job
    };
    for key in &gone {
        store.remove(&collection(&call.tenant), key);
    }
    if !gone.is_empty() {
        let entry = events::subscription(&job, "removed", gone.len(), &call.now().into());
        events::note(&mut store, &call.tenant, job["uuid"].as_str().unwrap_or_default(), entry);
    }
    Ok(change_reply(gone.len(), format!("TAPIS_DELETED subscriptions deleted: {id}")))
}

fn job<'a>(call: &Call<'_>, store: &'a Store, id: &str) -> Result<&'a Value, Failure> {
    store.get(&jobs(&call.tenant), id).ok_or_else(|| actions::missing(store, id))
}

/// Only owners of jobs and administrators can subscribe.
fn check_owner(call: &Call<'_>, store: &Store, job: &Value) -> Result<(), Failure> {
    if job["owner"] == call.user() || roles::is_admin(call, store) {
        return Ok(());
    }
    let message = format!(
        "JOBS_JOB_ACTION_NOT_AUTHORIZED User {} is not authorized for subscription on job {}.",
        call.user(),
        job["uuid"].as_str().unwrap_or_default()
    );
    Err(Failure::new(Kind::Unauthorized, message))
}
