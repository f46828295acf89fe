//! Applications and their versions.

mod change;
mod find;
mod versions;

use serde_json::Value;

use super::Handler;
use super::java::{Sort, history, lifecycle, permissions, shares};
use crate::reply::Reply;
use crate::store::Store;

/// What all versions of an application have in common: owner, permissions, whether it is deleted.
pub(super) const APP: Sort = Sort { collection: "apps", key: "APPAPI", noun: "App", id: "appId" };

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "getApps" => find::list,
        "searchAppsQueryParameters" => find::search_by_parameters,
        "searchAppsRequestBody" => find::search_by_body,
        "getApp" => find::get,
        "getAppLatestVersion" => find::get_latest,
        "isEnabled" => find::is_enabled,
        "createAppVersion" => change::create,
        "putApp" => change::put,
        "patchApp" => change::patch,
        "enableAppVersion" => |call| versions::set(call, "versionEnabled", true, "enableVersion"),
        "disableAppVersion" => {
            |call| versions::set(call, "versionEnabled", false, "disableVersion")
        }
        "lockApp" => |call| versions::set(call, "locked", true, "lock"),
        "unlockApp" => |call| versions::set(call, "locked", false, "unlock"),
        "deleteApp" => |call| lifecycle::delete(call, &APP),
        "undeleteApp" => |call| lifecycle::undelete(call, &APP),
        "enableApp" => |call| lifecycle::enable(call, &APP),
        "disableApp" => |call| lifecycle::disable(call, &APP),
        "changeAppOwner" => |call| lifecycle::change_owner(call, &APP),
        "getHistory" => |call| history::get(call, &APP),
        "getUserPerms" => |call| permissions::get(call, &APP),
        "grantUserPerms" => |call| permissions::grant(call, &APP),
        "revokeUserPerms" => |call| permissions::revoke(call, &APP),
        "revokeUserPerm" => |call| permissions::revoke_one(call, &APP),
        "getShareInfo" => |call| shares::get(call, &APP),
        "shareApp" => |call| shares::share(call, &APP),
        "unShareApp" => |call| shares::unshare(call, &APP),
        "shareAppPublic" => |call| shares::share_public(call, &APP),
        "unShareAppPublic" => |call| shares::unshare_public(call, &APP),
        "healthCheck" => |_| Ok(Reply::result(Value::Null, "Health check received.")),
        "readyCheck" => |_| Ok(Reply::result(Value::Null, "Ready check passed.")),
        _ => return None,
    })
}

/// The collection of versions, under `application/version`.
fn versions_of(tenant: &str) -> String {
    APP.of(tenant, "versions")
}

/// The version that was made last.
pub(super) fn latest<'a>(store: &'a Store, tenant: &str, id: &str) -> Option<&'a Value> {
    let of_app = store.records(&versions_of(tenant)).filter(|(_, version)| version["id"] == id);
    of_app.last().map(|(_, version)| version)
}

/// One version.
pub(super) fn version<'a>(
    store: &'a Store,
    tenant: &str,
    id: &str,
    version: &str,
) -> Option<&'a Value> {
    store.get(&versions_of(tenant), &format!("{id}/{version}"))
}
