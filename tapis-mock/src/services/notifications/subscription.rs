//! Finds stored subscriptions, and checks access to them.

use jiff::Timestamp;
use serde_json::Value;

use crate::call::Call;
use crate::reply::Failure;
use crate::roles;
use crate::shared::subscriptions::{SUBSCRIPTION, subscriptions};
use crate::store::{Store, in_tenant};

/// A collection besides that of the subscriptions.
pub(super) fn beside(tenant: &str, what: &str) -> String {
    in_tenant(tenant, &format!("notifications.{what}"))
}

/// Whether a subscription has not expired yet.
pub(super) fn lives(subscription: &Value, at: Timestamp) -> bool {
    let expiry = subscription["expiry"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    expiry.is_none_or(|expiry| at < expiry)
}

pub(super) fn is_service(call: &Call<'_>) -> bool {
    call.caller.as_ref().is_some_and(|caller| caller.service.is_some())
}

/// A denial. The service has no status of its own for it, so it is an error of the server.
pub(super) fn denied(call: &Call<'_>, id: &str, about: &str) -> Failure {
    Failure::server(format!(
        "NTFAPI_SUBSCR_ERROR Operation failed. Error: {id} Not authorized. OboTenant: {} OboUser: {} \
         Subscription: {about} Operation: {}",
        call.tenant,
        call.user(),
        call.operation.id,
    ))
}

/// Refuses users for operations that are reserved for services, with the id of the reason.
pub(super) fn require_service(call: &Call<'_>, id: &str, about: &str) -> Result<(), Failure> {
    if is_service(call) { Ok(()) } else { Err(denied(call, id, about)) }
}

/// Refuses users who are neither the owner nor an administrator of the tenant.
pub(super) fn require_owner(
    call: &Call<'_>,
    store: &Store,
    owner: &str,
    about: &str,
) -> Result<(), Failure> {
    if owner == call.user() || roles::is_admin(call, store) {
        return Ok(());
    }
    Err(denied(call, "NTFLIB_UNAUTH", about))
}

/// The owner whose subscriptions a call is about.
pub(super) fn owner<'a>(call: &'a Call<'_>) -> &'a str {
    call.query("ownedBy").filter(|owner| !owner.is_empty()).unwrap_or(call.user())
}

/// The UUID of an owner's subscription.
pub(super) fn uuid_of<'a>(
    store: &'a Store,
    tenant: &str,
    owner: &str,
    name: &str,
) -> Option<&'a str> {
    let mut all = store.records(&subscriptions(tenant));
    let found = all.find(|(_, record)| record["owner"] == owner && record["name"] == name);
    found.map(|(uuid, _)| uuid)
}

/// The UUID of the subscription with the owner and name in a call.
pub(super) fn named(call: &Call<'_>, store: &Store) -> Result<String, Failure> {
    let name = call.path("name");
    let uuid = uuid_of(store, &call.tenant, owner(call), name);
    uuid.map(str::to_owned).ok_or_else(|| SUBSCRIPTION.missing(call, name))
}

/// Whether a filter or a type has three parts, of which the first is a service.
pub(super) fn is_type(text: &str, wild: bool) -> bool {
    let word = |text: &str| {
        let mut letters = text.chars();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~'))
    };
    let part = |text: &str| word(text) || (wild && text == "*");
    match text.split('.').collect::<Vec<_>>()[..] {
        [service, second, third] => {
            !service.is_empty()
                && service.chars().all(|c| c.is_ascii_lowercase())
                && part(second)
                && part(third)
        }
        _ => false,
    }
}

/// Deletes the subscriptions for exactly this subject.
pub(super) fn forget_subject(
    store: &mut Store,
    tenant: &str,
    owner: Option<&str>,
    subject: &str,
) -> usize {
    let collection = subscriptions(tenant);
    let gone = store.records(&collection).filter(|(_, record)| {
        record["subjectFilter"] == subject && owner.is_none_or(|owner| record["owner"] == owner)
    });
    let gone: Vec<String> = gone.map(|(uuid, _)| uuid.to_owned()).collect();
    for uuid in &gone {
        store.remove(&collection, uuid);
    }
    gone.len()
}
