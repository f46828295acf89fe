//! Systems: hosts and buckets.

mod change;
mod children;
mod credentials;
mod find;
mod profiles;

use serde_json::{Value, json};

use crate::call::{Call, Handler};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::{Permission, history, lifecycle, permissions, shares};
use crate::shared::systems::{SYSTEM, login_user};

/// What the service does for each of its operations.
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
    ("undeleteSystem", |call| lifecycle::undelete(call, &SYSTEM)),
    ("enableSystem", |call| lifecycle::enable(call, &SYSTEM)),
    ("disableSystem", |call| lifecycle::disable(call, &SYSTEM)),
    ("isEnabled", |call| lifecycle::is_enabled(call, &SYSTEM)),
    ("changeSystemOwner", |call| lifecycle::change_owner(call, &SYSTEM)),
    ("getHistory", |call| history::get(call, &SYSTEM)),
    ("hostEval", host_eval),
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

/// What an environment variable says on the host. The hosts of the mock have three.
fn host_eval(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    let user = login_user(system, call.user());
    let name = call.path("envVarName");
    let value = match name.trim_start_matches('$') {
        "HOME" => format!("/home/{user}"),
        "WORK" => format!("/work/{user}"),
        "SCRATCH" => format!("/scratch/{user}"),
        _ => {
            let message = SYSTEM.message(
                call,
                "HOST_EVAL",
                &format!("No value for {name}."),
                call.path("systemId"),
            );
            return Err(Failure::bad_request(message));
        }
    };
    Ok(Reply::result(json!({ "name": value }), "Value found."))
}
