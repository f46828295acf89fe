//! Subscriptions to notifications, as they are kept.

use jiff::{SignedDuration, Timestamp};

use super::java::Sort;

/// Subscriptions, each under its UUID. Names are unique for one owner only.
pub(crate) const SUBSCRIPTION: Sort = Sort {
    collection: "notifications",
    key: "NTFAPI",
    lib: "NTFLIB",
    refusal: "NTFAPI_UNAUTH",
    taken: "NTFAPI_SUBSCR_EXISTS",
    noun: "Subscription",
    id: "name",
};

/// How long a subscription lives unless its request says otherwise: a week.
pub(crate) const TTL_MINUTES: i64 = 10_080;

/// Where the subscriptions of a tenant are kept, each under its UUID.
pub(crate) fn subscriptions(tenant: &str) -> String {
    SUBSCRIPTION.in_tenant(tenant)
}

/// When a subscription ends that is made or renewed now; never for a life of no length.
pub(crate) fn expiry(now: Timestamp, ttl_minutes: i64) -> Option<Timestamp> {
    let seconds = ttl_minutes.checked_mul(60).filter(|seconds| *seconds > 0)?;
    Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX))
}
