//! The health of the service, and operations of site administrators.

use serde_json::{Value, json};

use super::access::{allow, is_site_admin};
use super::store::open;
use crate::call::Call;
use crate::reply::{Outcome, Reply};

/// The number of requests, by operation.
const PROBES: &str = "sk.probes";
/// The time of the last reinitialisation of the site.
const REINITIALIZED: &str = "sk.reinitialized";
/// The time in which a second reinitialisation has no effect.
const REST: i64 = 600;

pub(super) fn probe(call: &Call<'_>, ready: bool) -> Outcome {
    let mut store = call.world.store();
    let operation = call.operation.id;
    let count = store.get(PROBES, operation).and_then(Value::as_i64).unwrap_or_default();
    let count = count.saturating_add(1);
    store.put(PROBES, operation, count.into());
    let mut report = json!({ "checkNum": count });
    if ready {
        for what in ["databaseAccess", "vaultAccess", "tenantsAccess"] {
            report[what] = true.into();
        }
    }
    Ok(Reply::result(report, "SK_PROBE The service is well."))
}

/// Creates the roles of tenants that have none yet.
pub(super) fn reinitialize(call: &Call<'_>) -> Outcome {
    // Opening the state does all that is necessary.
    let mut store = open(call);
    allow(call, is_site_admin(call, &store), "IsSiteAdmin")?;
    let now = call.world.clock.seconds();
    let last = store.get(REINITIALIZED, "at").and_then(Value::as_i64);
    if last.is_some_and(|last| now.saturating_sub(last) < REST) {
        let message = "SK_REINITIALIZE_IGNORED It is not long since the last time.";
        return Ok(Reply::result(Value::Null, message));
    }
    store.put(REINITIALIZED, "at", now.into());
    Ok(Reply::result(Value::Null, "SK_REINITIALIZED The site was read anew."))
}
