//! Stores a validated system.

use serde_json::{Map, Value, json};

use super::host::{self, Why};
use super::{check, credentials, definition};
use crate::call::{Call, text};
use crate::reply::Failure;
use crate::roles;
use crate::shared::java::history;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// Ids that are the first segment of other paths.
const RESERVED: [&str; 8] = [
    "healthcheck",
    "readycheck",
    "search",
    "schedulerprofile",
    "share",
    "unshare",
    "share_public",
    "unshare_public",
];

/// Whether a credential is checked before it is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    OnHost,
    Skipped,
}

/// Stores a system that has all attributes except those that the service sets.
pub(super) fn add(
    call: &Call<'_>,
    store: &mut Store,
    mut system: Map<String, Value>,
    credential: Option<&Value>,
    trial: Trial,
) -> Result<(), Failure> {
    let id = text(&system, "id").unwrap_or_default().to_owned();
    // The id of a deleted system is still in use.
    if store.contains(&SYSTEM.in_tenant(&call.tenant), &id) {
        return Err(SYSTEM.exists(call, &id));
    }
    let mut problems = check::problems(call, store, &system, credential);
    problems.extend(check::problems_of_root(&system, credential));
    refuse(call, "CREATE_ERROR", &id, &problems)?;
    // Nobody can create a system for another user.
    if text(&system, "owner") != Some(call.user()) && !roles::is_admin(call, store) {
        return Err(SYSTEM.unauthorized(call, &id));
    }
    if RESERVED.contains(&id.to_ascii_lowercase().as_str()) {
        let message = SYSTEM.message(call, "CREATE_RESERVED", "The id is reserved.", &id);
        return Err(Failure::conflict(message));
    }
    let user = text(&system, "effectiveUserId").unwrap_or_default().to_owned();
    if let Some(credential) = credential {
        if credential["loginUser"].as_str().is_some_and(|user| !user.trim().is_empty()) {
            let what = "SYSLIB_CRED_INVALID_LOGINUSER The effective user is static.".to_owned();
            return refuse(call, "CREATE_ERROR", &id, &[what]);
        }
        let kept = Value::Object(system.clone());
        if trial == Trial::OnHost && credentials::is_tried(&kept) {
            credentials::verify(call, store, &kept, credential, &user)?;
        }
    }
    let root = text(&system, "rootDir").unwrap_or_default();
    if host::evaluates(root) {
        let evaluated = host::evaluate(root, &user).map_err(|why| {
            let say = |what: &str| SYSTEM.message(call, "CREATE_ERROR", what, &id);
            match why {
                Why::Form(what) => Failure::bad_request(say(&what)),
                Why::Empty(what) => Failure::server(say(&what)),
            }
        })?;
        system.insert("rootDir".into(), evaluated.into());
    }
    definition::normalise(&mut system);
    let made = [
        ("tenant", json!(call.tenant)),
        ("uuid", json!(call.world.random.uuid().to_string())),
        ("deleted", json!(false)),
        ("created", json!(call.now())),
        ("updated", json!(call.now())),
    ];
    system.extend(made.map(|(name, value)| (name.to_owned(), value)));
    let system = Value::Object(system);
    if let Some(credential) = credential {
        credentials::keep(store, &call.tenant, &system, &user, credential);
    }
    store.put(&SYSTEM.in_tenant(&call.tenant), id.clone(), system.clone());
    history::record(&SYSTEM, call, store, &id, "create", &system);
    Ok(())
}

/// Refuses an invalid system.
pub(super) fn refuse(
    call: &Call<'_>,
    key: &str,
    id: &str,
    problems: &[String],
) -> Result<(), Failure> {
    if problems.is_empty() {
        return Ok(());
    }
    let what =
        format!("SYSLIB_CREATE_INVALID_ERRORLIST Invalid input.\n  {}", problems.join("\n  "));
    Err(refusal(call, key, id, &what))
}

pub(super) fn refusal(call: &Call<'_>, key: &str, id: &str, what: &str) -> Failure {
    Failure::bad_request(SYSTEM.message(call, key, what, id))
}
