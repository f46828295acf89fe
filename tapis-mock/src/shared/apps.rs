//! The stored applications and their versions.

use serde_json::Value;

use super::java::Sort;
use crate::store::Store;

/// The attributes that all versions of an application share: owner, permissions, whether it is
/// deleted.
pub(crate) const APP: Sort = Sort {
    collection: "apps",
    key: "APPAPI",
    lib: "APPLIB",
    refusal: "APPLIB_UNAUTH",
    taken: "APPAPI_APP_EXISTS",
    noun: "App",
    id: "appId",
};

/// The collection of versions, as `application/version`.
pub(crate) fn versions_of(tenant: &str) -> String {
    APP.of(tenant, "versions")
}

/// The version that was created last.
pub(crate) fn latest<'a>(store: &'a Store, tenant: &str, id: &str) -> Option<&'a Value> {
    let of_app = store.records(&versions_of(tenant)).filter(|(_, version)| version["id"] == id);
    of_app.last().map(|(_, version)| version)
}

/// One version.
pub(crate) fn version<'a>(
    store: &'a Store,
    tenant: &str,
    id: &str,
    version: &str,
) -> Option<&'a Value> {
    store.get(&versions_of(tenant), &format!("{id}/{version}"))
}
