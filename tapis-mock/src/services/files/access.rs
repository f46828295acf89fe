//! The stored permissions on paths, and shares of paths.

use serde_json::Value;

use crate::folder::Within;
use crate::store::{Store, in_tenant};

/// The kinds of access to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Read,
    Modify,
}

impl Wish {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Modify => "MODIFY",
        }
    }
}

/// The collection of permissions.
pub(super) fn permissions(tenant: &str) -> String {
    in_tenant(tenant, "files.permissions")
}

/// The collection of shares.
pub(super) fn shares(tenant: &str) -> String {
    in_tenant(tenant, "files.shares")
}

/// Whether a user has this permission on a path or on one of its parents.
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

/// Whether a user has exactly this permission, on a path or on one of its parents.
pub(super) fn is_granted_exactly(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
    wish: Wish,
) -> bool {
    granted(store, tenant, system, user, path).any(|word| word == wish.word())
}

/// The highest permission of a user on a path.
pub(super) fn best(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
) -> Option<String> {
    // The alphabetical order of the two words is the right one.
    granted(store, tenant, system, user, path).min().map(str::to_owned)
}

/// The permissions of a user on a path and on its parents.
fn granted<'a>(
    store: &'a Store,
    tenant: &str,
    system: &'a str,
    user: &'a str,
    path: &'a Within,
) -> impl Iterator<Item = &'a str> {
    let records = store.records(&permissions(tenant)).filter(move |(_, record)| {
        let above = record["path"].as_str().and_then(Within::clean);
        record["systemId"] == system
            && record["username"] == user
            && above.is_some_and(|above| path.is_within(&above))
    });
    records.filter_map(|(_, record)| record["permission"].as_str())
}

/// Moves the permissions of a path, and of the paths below it, together with the path.
pub(super) fn follow(store: &mut Store, tenant: &str, system: &str, from: &Within, to: &Within) {
    let collection = permissions(tenant);
    let moved: Vec<(String, Value)> = store
        .records(&collection)
        .filter_map(|(key, record)| {
            let path = record["path"].as_str().and_then(Within::clean)?;
            if record["systemId"] != system || !path.is_within(from) {
                return None;
            }
            let mut record = record.clone();
            record["path"] = to.below(&path.below_of(from)).to_string().into();
            Some((key.to_owned(), record))
        })
        .collect();
    for (key, record) in moved {
        store.remove(&collection, &key);
        store.put(&collection, permission_key(&record), record);
    }
}

/// Deletes the permissions on exactly this path, and the shares of all paths that start with its
/// text, whether below it or not.
pub(super) fn forget(store: &mut Store, tenant: &str, system: &str, path: &Within) {
    let text = path.to_string();
    let exactly = |known: &str| known == text;
    drop_records(store, &permissions(tenant), system, &exactly);
    drop_records(store, &shares(tenant), system, &|known| known.starts_with(&text));
}

/// Deletes the records of a system whose path is one of these.
pub(super) fn drop_records(
    store: &mut Store,
    collection: &str,
    system: &str,
    is_one: &dyn Fn(&str) -> bool,
) {
    let gone: Vec<String> = store
        .records(collection)
        .filter(|(_, record)| record["systemId"] == system)
        .filter(|(_, record)| record["path"].as_str().is_some_and(is_one))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in gone {
        store.remove(collection, &key);
    }
}

/// The key of a permission.
pub(super) fn permission_key(record: &Value) -> String {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    format!("{}/{}/{}", text("systemId"), text("username"), text("path"))
}

/// The shares of a path and, with `in_directories`, of its parents.
pub(super) fn above<'a>(
    store: &'a Store,
    tenant: &str,
    system: &'a str,
    path: &'a Within,
    in_directories: bool,
) -> impl Iterator<Item = &'a Value> {
    let records = store.records(&shares(tenant)).map(|(_, record)| record);
    records.filter(move |record| {
        let shared = record["path"].as_str().and_then(Within::clean);
        let reaches =
            |shared: Within| *path == shared || (in_directories && path.is_within(&shared));
        record["systemId"] == system && shared.is_some_and(reaches)
    })
}

/// The users that a path is shared with.
pub(super) fn users(record: &Value) -> impl Iterator<Item = &str> {
    record["users"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a path is shared with a user, itself or, with `in_directories`, by a parent.
pub(super) fn is_shared(
    store: &Store,
    tenant: &str,
    system: &str,
    user: &str,
    path: &Within,
    in_directories: bool,
) -> bool {
    above(store, tenant, system, path, in_directories)
        .any(|record| record["public"] == true || users(record).any(|known| known == user))
}
