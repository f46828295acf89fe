//! Applications and their versions.

mod change;
mod check;
mod definition;
mod find;
mod record;
mod schema;
mod versions;

use serde_json::Value;

use crate::call::Handler;
use crate::reply::Reply;
use crate::shared::apps::APP;
use crate::shared::java::{history, lifecycle, permissions, shares};

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("getApps", find::list),
    ("searchAppsQueryParameters", find::search_by_parameters),
    ("searchAppsRequestBody", find::search_by_body),
    ("getApp", find::get),
    ("getAppLatestVersion", find::get_latest),
    ("isEnabled", find::is_enabled),
    ("createAppVersion", change::create),
    ("putApp", change::put),
    ("patchApp", change::patch),
    ("enableAppVersion", |call| versions::set(call, "versionEnabled", true, "enable")),
    ("disableAppVersion", |call| versions::set(call, "versionEnabled", false, "disable")),
    ("lockApp", |call| versions::set(call, "locked", true, "lock")),
    ("unlockApp", |call| versions::set(call, "locked", false, "unlock")),
    ("deleteApp", |call| lifecycle::delete(call, &APP)),
    ("undeleteApp", |call| lifecycle::undelete(call, &APP)),
    ("enableApp", |call| lifecycle::enable(call, &APP)),
    ("disableApp", |call| lifecycle::disable(call, &APP)),
    ("changeAppOwner", |call| lifecycle::change_owner(call, &APP)),
    ("getHistory", |call| history::get(call, &APP)),
    ("getUserPerms", |call| permissions::get(call, &APP)),
    ("grantUserPerms", |call| permissions::grant(call, &APP)),
    ("revokeUserPerms", |call| permissions::revoke(call, &APP)),
    ("revokeUserPerm", |call| permissions::revoke_one(call, &APP)),
    ("getShareInfo", |call| shares::get(call, &APP)),
    ("shareApp", |call| shares::share(call, &APP)),
    ("unShareApp", |call| shares::unshare(call, &APP)),
    ("shareAppPublic", |call| shares::share_public(call, &APP)),
    ("unShareAppPublic", |call| shares::unshare_public(call, &APP)),
    ("healthCheck", |_| Ok(Reply::result(Value::Null, "Health check received."))),
    ("readyCheck", |_| Ok(Reply::result(Value::Null, "Ready check passed."))),
];
