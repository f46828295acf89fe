//! Systems, as they are kept.

use serde_json::Value;

use super::java::Sort;

/// A system: a host or a bucket.
pub(crate) const SYSTEM: Sort = Sort {
    collection: "systems",
    key: "SYSAPI",
    refusal: "SYSLIB_UNAUTH",
    noun: "System",
    id: "systemId",
};

/// A profile of a scheduler.
pub(crate) const PROFILE: Sort = Sort {
    collection: "scheduler_profiles",
    key: "SYSAPI_PRF",
    refusal: "SYSAPI_PRF_UNAUTH",
    noun: "SchedulerProfile",
    id: "name",
};

/// The user who logs in to a system on behalf of another.
pub(crate) fn login_user(system: &Value, caller: &str) -> String {
    match system["effectiveUserId"].as_str() {
        Some("${apiUserId}") | None => caller.to_owned(),
        Some(fixed) => fixed.to_owned(),
    }
}
