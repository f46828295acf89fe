//! Options that are more than texts: the profile of the scheduler, and what ZIP applications take
//! instead of options of a container (tapis-jobs `SubmitContext.java:2868-2951`).

use serde_json::Value;

use super::super::runtime::Runtime;
use super::text::bad;
use crate::call::Call;
use crate::reply::Failure;
use crate::shared::systems::PROFILE;
use crate::store::Store;

/// The option that names a profile of the scheduler.
pub(super) const PROFILE_OPTION: &str = "--tapis-profile";
/// Keeps the archive of a ZIP application.
const ZIP_OPTION: &str = "--tapis-zip-save";

fn texts(options: &[Value]) -> impl Iterator<Item = &str> {
    options.iter().filter_map(|option| option["arg"].as_str()).map(str::trim)
}

/// Refuses a profile that there is not.
pub(super) fn check_profile(
    call: &Call<'_>,
    store: &Store,
    options: &[Value],
) -> Result<(), Failure> {
    for rest in texts(options).filter_map(|option| option.strip_prefix(PROFILE_OPTION)) {
        if rest.is_empty() {
            let what = format!("User {} names no scheduler profile.", call.user());
            return Err(bad("JOBS_SCHEDULER_PROFILE_NO_NAME", &what));
        }
        let Some(name) = rest.strip_prefix(' ').map(str::trim) else { continue };
        if !store.contains(&PROFILE.in_tenant(&call.tenant), name) {
            let message =
                format!("JOBS_SCHEDULER_PROFILE_NOT_FOUND Scheduler profile {name} not found.");
            return Err(Failure::not_found(message));
        }
    }
    Ok(())
}

/// Refuses options of a container where there is none, and the one in their place elsewhere.
pub(super) fn check_container(runtime: Runtime, options: &[Value]) -> Result<(), Failure> {
    let is_zip = runtime == Runtime::Zip;
    match texts(options).find(|option| is_zip != (*option == ZIP_OPTION)) {
        Some(option) => {
            let what = format!("The runtime does not support the option {option}.");
            Err(bad("JOBS_CONTAINER_UNSUPPORTED_ARG", &what))
        }
        None => Ok(()),
    }
}
