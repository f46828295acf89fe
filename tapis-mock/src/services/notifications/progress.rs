//! The effects of time: events of test sequences, and the expiry of subscriptions.

use std::sync::MutexGuard;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::delivery::{self, trials};
use super::subscription::lives;
use crate::call::Call;
use crate::shared::subscriptions::subscriptions;
use crate::store::Store;

/// The seconds between two events.
const PACE: i64 = 3;
/// The source of the events of test sequences.
pub(super) const SOURCE: &str = "notifications";

/// The state, updated to the current time: events of test sequences have been published, and
/// expired subscriptions are removed.
pub(super) fn store<'a>(call: &Call<'a>) -> MutexGuard<'a, Store> {
    let mut store = call.world.store();
    settle(call, &mut store);
    let now = call.world.clock.timestamp();
    let collection = subscriptions(&call.tenant);
    let over = store.records(&collection).filter(|(_, record)| !lives(record, now));
    let over: Vec<String> = over.map(|(uuid, _)| uuid.to_owned()).collect();
    for uuid in over {
        store.remove(&collection, &uuid);
    }
    store
}

/// Publishes the events that are due.
pub(super) fn settle(call: &Call<'_>, store: &mut Store) {
    let now = call.world.clock.timestamp();
    let mut due = Vec::new();
    // Timestamps are those of the events, so the time of the call does not matter.
    for (name, trial) in store.records_mut(&trials(&call.tenant)) {
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
        let kind = match number {
            1 => "notifications.test.begin".to_owned(),
            _ => format!("notifications.test.number{number:03}"),
        };
        let event = json!({
            "source": SOURCE,
            "type": kind,
            "subject": name,
            "seriesId": name,
            "timestamp": at.to_string(),
            "data": format!("Event {number} of the test."),
            "endSeries": last,
            "deleteSubscriptionsMatchingSubject": false,
        });
        let event = event.as_object().cloned().unwrap_or_default();
        let origin = delivery::Origin { tenant: &call.tenant, user: &owner, at };
        delivery::accept(call, store, &origin, event);
    }
}
