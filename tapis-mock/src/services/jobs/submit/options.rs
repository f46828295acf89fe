//! Options with a special meaning: the scheduler profile, and the option of ZIP applications that
//! replaces container options (tapis-jobs `SubmitContext.java:2868-2951`).

use serde_json::Value;

use super::super::runtime::Runtime;
use super::text::bad;
use crate::call::Call;
use crate::reply::Failure;
use crate::shared::systems::PROFILE;
use crate::store::Store;

/// The option that names a scheduler profile.
pub(super) const PROFILE_OPTION: &str = "--tapis-profile";
/// The option that keeps the archive of a ZIP application.
const ZIP_OPTION: &str = "--tapis-zip-save";

fn texts(options: &[Value]) -> impl Iterator<Item = &str> {
    options.iter().filter_map(|option| option["arg"].as_str()).map(str::trim)
}

/// Refuses an unknown profile.
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

/// Refuses container options without a container, and the option of ZIP applications elsewhere.
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
