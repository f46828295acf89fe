//! Finding subscriptions among those that are kept, and who may have them.

use jiff::Timestamp;
use serde_json::Value;

use crate::call::Call;
use crate::reply::Failure;
use crate::roles;
use crate::shared::subscriptions::{SUBSCRIPTION, subscriptions};
use crate::store::{Store, in_tenant};

/// A collection beside the subscriptions.
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

/// Refuses users what is reserved for services.
pub(super) fn require_service(call: &Call<'_>, about: &str) -> Result<(), Failure> {
    if is_service(call) { Ok(()) } else { Err(SUBSCRIPTION.unauthorized(call, about)) }
}

/// Whose subscriptions a call is about.
pub(super) fn owner<'a>(call: &'a Call<'_>, store: &Store) -> Result<&'a str, Failure> {
    match call.query("ownedBy").filter(|owner| !owner.is_empty()) {
        Some(owner) if owner != call.user() && !roles::is_admin(call, store) => {
            Err(SUBSCRIPTION.unauthorized(call, owner))
        }
        Some(owner) => Ok(owner),
        None => Ok(call.user()),
    }
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

/// The UUID of the subscription that a call names by its owner and its name.
pub(super) fn named(call: &Call<'_>, store: &Store) -> Result<String, Failure> {
    let name = call.path("name");
    let uuid = uuid_of(store, &call.tenant, owner(call, store)?, name);
    uuid.map(str::to_owned).ok_or_else(|| SUBSCRIPTION.missing(call, name))
}

/// Ends the subscriptions that were made for exactly this subject.
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
