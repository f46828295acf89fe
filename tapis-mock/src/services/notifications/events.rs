//! Events that services publish.

use serde_json::Value;

use super::delivery::{Origin, Series, accept};
use super::progress::store;
use super::subscription::{is_type, require_service};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::subscriptions::SUBSCRIPTION;
use crate::world::TENANTS;

/// The attributes that a service cannot set in an event.
const GIVEN: [&str; 5] = ["tenant", "user", "uuid", "received", "seriesSeqCount"];

pub(super) fn publish(call: &Call<'_>) -> Outcome {
    let mut event = call.object()?;
    require_service(call, "NTFLIB_EVENT_UNAUTH", text(&event, "type").unwrap_or_default())?;
    let tenant = tenant(call)?;
    let kind = text(&event, "type").unwrap_or_default();
    if !is_type(kind, false) {
        return Err(invalid(call, "type must have three parts with dots between them.", kind));
    }
    let caller = call.caller.as_ref().and_then(|caller| caller.service.as_deref());
    if kind.split('.').next() != caller {
        return Err(Failure::server(format!(
            "NTFAPI_EVENT_POST_ERR NTFLIB_EVENT_SVC_NOMATCH The type must begin with the name of the \
             service: {kind}"
        )));
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
    require_service(call, "NTFLIB_EVENT_UNAUTH", text(&body, "seriesId").unwrap_or_default())?;
    let tenant = tenant(call)?;
    if let Some(series) = Series::of(&body) {
        series.end(&mut store(call), &tenant);
    }
    Ok(Reply::result(Value::Null, "NTFAPI_EVENT_SERIES_ENDED Series ended."))
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
