//! The stored subscriptions to notifications.

use jiff::{SignedDuration, Timestamp};

use super::java::Sort;

/// Subscriptions by UUID. Names are unique per owner only.
pub(crate) const SUBSCRIPTION: Sort = Sort {
    collection: "notifications",
    key: "NTFAPI",
    lib: "NTFLIB",
    refusal: "NTFAPI_UNAUTH",
    taken: "NTFAPI_SUBSCR_EXISTS",
    noun: "Subscription",
    id: "name",
};

/// The default lifetime of a subscription: a week.
pub(crate) const TTL_MINUTES: i64 = 10_080;

/// The collection of a tenant's subscriptions, by UUID.
pub(crate) fn subscriptions(tenant: &str) -> String {
    SUBSCRIPTION.in_tenant(tenant)
}

/// The expiry of a subscription that is created or renewed now; never if the lifetime is zero.
pub(crate) fn expiry(now: Timestamp, ttl_minutes: i64) -> Option<Timestamp> {
    let seconds = ttl_minutes.checked_mul(60).filter(|seconds| *seconds > 0)?;
    Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX))
}
