//! Paths on systems, and whether a caller may use them.

use std::io;

use serde_json::Value;

use super::access::{self, Wish};
use crate::call::Call;
use crate::folder::{Disk, Entry, Within};
use crate::reply::Failure;
use crate::shared::java::Permission;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// A path of a system that the caller may use.
pub(super) struct Target {
    pub(super) system: String,
    pub(super) path: Within,
    pub(super) disk: Disk,
    /// Whether the system is a bucket and no machine.
    pub(super) is_bucket: bool,
}

impl Target {
    /// The system and the path of the call.
    pub(super) fn of(call: &Call<'_>, store: &Store, wish: Wish) -> Result<Self, Failure> {
        Self::at(call, store, call.path("systemId"), call.path("path"), wish)
    }

    pub(super) fn at(
        call: &Call<'_>,
        store: &Store,
        system: &str,
        path: &str,
        wish: Wish,
    ) -> Result<Self, Failure> {
        let found = store.get(&SYSTEM.in_tenant(&call.tenant), system);
        let found = found.filter(|record| record["deleted"] != true).ok_or_else(|| {
            Failure::not_found(message(call, "SYS_NOTFOUND", "System not found.", system, path))
        })?;
        if found["enabled"] == false {
            let sentence = "System is not enabled.";
            return Err(Failure::bad_request(message(
                call,
                "SYS_NOTENABLED",
                sentence,
                system,
                path,
            )));
        }
        let within = Within::clean(path).ok_or_else(|| {
            Failure::bad_request(message(call, "PATH_INVALID", "Invalid path.", system, path))
        })?;
        if !may(call, store, found, &within, wish) {
            let sentence = "User not authorized for this path.";
            return Err(Failure::forbidden(message(
                call,
                "NOT_AUTHORIZED",
                sentence,
                system,
                path,
            )));
        }
        let disk = call.world.folder.system(&call.tenant, system);
        let is_bucket = found["systemType"] == "S3";
        Ok(Self { system: system.to_owned(), path: within, disk, is_bucket })
    }

    pub(super) fn entry(&self, call: &Call<'_>) -> Result<Entry, Failure> {
        self.disk.entry(&self.path).map_err(|error| self.failure(call, &error))
    }

    /// What the service says when the file system refuses.
    pub(super) fn failure(&self, call: &Call<'_>, error: &io::Error) -> Failure {
        let path = self.path.to_string();
        let say = |key: &str, sentence: &str| message(call, key, sentence, &self.system, &path);
        match error.kind() {
            io::ErrorKind::NotFound => Failure::not_found(say("PATH_NOT_FOUND", "Path not found.")),
            io::ErrorKind::PermissionDenied => {
                Failure::forbidden(say("NOT_AUTHORIZED", "Path not accessible."))
            }
            kind => Failure::bad_request(say("OPSR_ERR", &format!("Unable to do this: {kind}."))),
        }
    }
}

/// A message in the form of the service.
pub(super) fn message(
    call: &Call<'_>,
    key: &str,
    sentence: &str,
    system: &str,
    path: &str,
) -> String {
    format!(
        "FILES_{key} {sentence} OboTenant: {} OboUser: {} System: {system} Path: {path}",
        call.tenant,
        call.user()
    )
}

/// Owners may do everything. Where callers log in to a system as themselves, the system decides;
/// elsewhere it takes a permission or a share.
fn may(call: &Call<'_>, store: &Store, system: &Value, path: &Within, wish: Wish) -> bool {
    if SYSTEM.owns(call, store, system) {
        return true;
    }
    let id = system["id"].as_str().unwrap_or_default();
    let dynamic = system["effectiveUserId"] == "${apiUserId}"
        && SYSTEM.allows(call, store, system, Permission::Read);
    dynamic
        || access::is_granted(store, &call.tenant, id, call.user(), path, wish)
        || (wish == Wish::Read && access::is_shared(store, &call.tenant, id, call.user(), path))
}
