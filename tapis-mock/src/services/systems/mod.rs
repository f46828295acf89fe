//! Systems: hosts and buckets.

mod add;
mod change;
mod check;
mod children;
mod credentials;
mod definition;
mod find;
mod host;
mod profiles;
mod schema;

use serde_json::Value;

use crate::call::Handler;
use crate::reply::Reply;
use crate::shared::java::{history, lifecycle, permissions, shares};
use crate::shared::systems::SYSTEM;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("getSystems", find::list),
    ("searchSystemsQueryParameters", find::search_by_parameters),
    ("searchSystemsRequestBody", find::search_by_body),
    ("matchConstraints", find::match_constraints),
    ("getSystem", find::get),
    ("createSystem", change::create),
    ("putSystem", change::put),
    ("patchSystem", change::patch),
    ("createChildSystem", children::create),
    ("unlinkFromParent", children::unlink),
    ("unlinkChildren", children::unlink_all),
    ("deleteSystem", children::delete),
    ("undeleteSystem", children::undelete),
    ("enableSystem", |call| children::switch(call, true)),
    ("disableSystem", |call| children::switch(call, false)),
    ("isEnabled", |call| lifecycle::is_enabled(call, &SYSTEM)),
    ("changeSystemOwner", |call| lifecycle::change_owner(call, &SYSTEM)),
    ("getHistory", |call| history::get(call, &SYSTEM)),
    ("hostEval", host::get_variable),
    ("getUserPerms", |call| permissions::get(call, &SYSTEM)),
    ("grantUserPerms", |call| permissions::grant(call, &SYSTEM)),
    ("revokeUserPerms", |call| permissions::revoke(call, &SYSTEM)),
    ("revokeUserPerm", |call| permissions::revoke_one(call, &SYSTEM)),
    ("getShareInfo", |call| shares::get(call, &SYSTEM)),
    ("shareSystem", |call| shares::share(call, &SYSTEM)),
    ("unShareSystem", |call| shares::unshare(call, &SYSTEM)),
    ("shareSystemPublic", |call| shares::share_public(call, &SYSTEM)),
    ("unShareSystemPublic", |call| shares::unshare_public(call, &SYSTEM)),
    ("createUserCredential", credentials::create),
    ("getUserCredential", credentials::get),
    ("removeUserCredential", credentials::remove),
    ("checkUserCredential", credentials::check),
    ("getGlobusAuthUrl", credentials::globus_url),
    ("generateGlobusTokens", credentials::globus_tokens),
    ("getSchedulerProfiles", profiles::list),
    ("getSchedulerProfile", profiles::get),
    ("createSchedulerProfile", profiles::create),
    ("deleteSchedulerProfile", profiles::delete),
    ("healthCheck", |_| Ok(Reply::result(Value::Null, "Health check received."))),
    ("readyCheck", |_| Ok(Reply::result(Value::Null, "Ready check passed."))),
];
