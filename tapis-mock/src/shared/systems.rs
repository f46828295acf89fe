//! The stored systems.

use serde_json::Value;

use super::java::Sort;
use crate::store::Store;

/// A system: a host or a bucket.
pub(crate) const SYSTEM: Sort = Sort {
    collection: "systems",
    key: "SYSAPI",
    lib: "SYSLIB",
    refusal: "SYSLIB_UNAUTH",
    taken: "SYSAPI_SYS_EXISTS",
    noun: "System",
    id: "systemId",
};

/// A scheduler profile.
pub(crate) const PROFILE: Sort = Sort {
    collection: "scheduler_profiles",
    key: "SYSAPI_PRF",
    lib: "SYSLIB_PRF",
    refusal: "SYSLIB_PRF_UNAUTH",
    taken: "SYSAPI_PRF_EXISTS",
    noun: "SchedulerProfile",
    id: "name",
};

/// Whether the login user of a system depends on the caller.
pub(crate) fn is_dynamic(system: &Value) -> bool {
    system["effectiveUserId"] == "${apiUserId}"
}

/// The user who logs in to the host of a system for a caller: the system's effective user, or the
/// caller, by the name that is stored with the credential (`SysUtils.resolveEffectiveUserId`).
pub(crate) fn login_user(store: &Store, tenant: &str, system: &Value, caller: &str) -> String {
    if !is_dynamic(system) {
        return system["effectiveUserId"].as_str().unwrap_or(caller).to_owned();
    }
    let id = system["id"].as_str().unwrap_or_default();
    let mapped = store.get(&logins(tenant), &login_key(id, caller)).and_then(Value::as_str);
    mapped.unwrap_or(caller).to_owned()
}

/// The login names of Tapis users on hosts, if they differ, by [`login_key`].
pub(crate) fn logins(tenant: &str) -> String {
    SYSTEM.of(tenant, "logins")
}

pub(crate) fn login_key(id: &str, user: &str) -> String {
    format!("{id}/{user}")
}
