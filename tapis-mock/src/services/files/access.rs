//! Permissions on paths and shares of paths, as they are kept.

use serde_json::Value;

use crate::folder::Within;
use crate::store::{Store, in_tenant};

/// What somebody wants to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Read,
    Modify,
}

/// The collection of permissions.
pub(super) fn permissions(tenant: &str) -> String {
    in_tenant(tenant, "files.permissions")
}

/// The collection of shares.
pub(super) fn shares(tenant: &str) -> String {
    in_tenant(tenant, "files.shares")
}

/// Whether a user was granted this on a path or on one above it.
pub(super) fn is_granted(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
    wish: Wish,
) -> bool {
    best(store, tenant, system, user, path)
        .is_some_and(|word| word == "MODIFY" || wish == Wish::Read)
}

/// The farthest-reaching permission of a user on a path.
pub(super) fn best(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
) -> Option<String> {
    let granted = store.records(&permissions(tenant)).filter(|(_, record)| {
        let above = record["path"].as_str().and_then(Within::clean);
        record["systemId"] == system
            && record["username"] == user
            && above.is_some_and(|above| path.is_within(&above))
    });
    let words = granted.filter_map(|(_, record)| record["permission"].as_str());
    // The two words happen to stand in the right order.
    words.min().map(str::to_owned)
}

/// The shares of a path and of those above it.
pub(super) fn above<'a>(
    store: &'a Store,
    tenant: &str,
    system: &'a str,
    path: &'a Within,
) -> impl Iterator<Item = &'a Value> {
    let records = store.records(&shares(tenant)).map(|(_, record)| record);
    records.filter(move |record| {
        let shared = record["path"].as_str().and_then(Within::clean);
        record["systemId"] == system && shared.is_some_and(|shared| path.is_within(&shared))
    })
}

/// The users that a path is shared with.
pub(super) fn users(record: &Value) -> impl Iterator<Item = &str> {
    record["users"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a path is shared with a user.
pub(super) fn is_shared(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
) -> bool {
    above(store, tenant, system, path)
        .any(|record| record["public"] == true || users(record).any(|known| known == user))
}
