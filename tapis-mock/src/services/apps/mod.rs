//! Applications and their versions.

mod change;
mod check;
mod definition;
mod find;
mod record;
mod schema;
mod versions;

use serde_json::Value;

use crate::call::{Call, Handler};
use crate::reply::{Failure, Reply};
use crate::shared::apps::APP;
use crate::shared::java::{history, lifecycle, permissions, shares};

/// The handlers of the operations.
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
    ("grantUserPerms", |call| {
        refuse_owner(call)?;
        permissions::grant(call, &APP)
    }),
    ("revokeUserPerms", |call| {
        refuse_owner(call)?;
        permissions::revoke(call, &APP)
    }),
    ("revokeUserPerm", |call| {
        refuse_owner(call)?;
        permissions::revoke_one(call, &APP)
    }),
    ("getShareInfo", |call| shares::get(call, &APP)),
    ("shareApp", |call| shares::share(call, &APP)),
    ("unShareApp", |call| shares::unshare(call, &APP)),
    ("shareAppPublic", |call| shares::share_public(call, &APP)),
    ("unShareAppPublic", |call| shares::unshare_public(call, &APP)),
    ("healthCheck", |_| Ok(Reply::result(Value::Null, "Health check received."))),
    ("readyCheck", |_| Ok(Reply::result(Value::Null, "Ready check passed."))),
];

/// An owner has all permissions and may neither grant nor revoke their own
/// (AppsServiceImpl.checkForOwnerPermUpdate).
fn refuse_owner(call: &Call<'_>) -> Result<(), Failure> {
    let store = call.world.store();
    let id = call.path("appId");
    let user = call.user();
    let owned = APP.live(call, &store, id).is_some_and(|app| app["owner"] == user);
    if !owned || call.path("userName") != user {
        return Ok(());
    }
    let sentence = "APPLIB_PERM_OWNER_UPDATE Owners always have all permissions.";
    Err(Failure::server(APP.message(call, "PERMS_ERROR", sentence, id)))
}
