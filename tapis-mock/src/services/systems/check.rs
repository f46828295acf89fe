//! Checks the consistency of a system (tapis-systems `TSystem.checkAttributeRestrictions` 524-536
//! and the methods that it calls, `SystemsServiceImpl.validateTSystem` 1854-1916).

use serde_json::{Map, Value};

use super::credentials::OPENSSH;
use super::definition::{NOT_SET, is};
use super::host;
use crate::call::{Call, text};
use crate::shared::java::Permission;
use crate::shared::systems::PROFILE;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// Attributes without control characters.
const CONTROLLED: [&str; 12] = [
    "id",
    "owner",
    "tenant",
    "host",
    "effectiveUserId",
    "bucketName",
    "rootDir",
    "proxyHost",
    "dtnSystemId",
    "mpiCmd",
    "batchDefaultLogicalQueue",
    "batchSchedulerProfile",
];

/// The faults of a system and of the credential in the request, one per line.
pub(super) fn problems(
    call: &Call<'_>,
    store: &Store,
    system: &Map<String, Value>,
    credential: Option<&Value>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    check_texts(system, &mut wrong);
    if is(system, "canExec") {
        check_execution(system, &mut wrong);
    }
    if is(system, "canRunBatch") {
        check_batch(system, &mut wrong);
    }
    check_sort(system, &mut wrong);
    check_login(system, credential, &mut wrong);
    check_variables(system, &mut wrong);
    check_others(call, store, system, &mut wrong);
    wrong
}

/// Checks that apply only at creation (`TSystem.checkRootDirHostEvalDuringCreate` 546-577).
pub(super) fn problems_of_root(
    system: &Map<String, Value>,
    credential: Option<&Value>,
) -> Vec<String> {
    let root = text(system, "rootDir").unwrap_or_default();
    let mut wrong = Vec::new();
    if !root.contains(host::EVAL) {
        return wrong;
    }
    if text(system, "systemType") != Some("LINUX") {
        wrong.push("SYSLIB_ROOT_HOST_EVAL_SYSTYPE The system is not of type LINUX.".to_owned());
    }
    if credential.is_none() {
        wrong.push("SYSLIB_ROOT_HOST_EVAL_CREDS There is no credential.".to_owned());
    }
    if !host::evaluates(root) {
        wrong.push("SYSLIB_ROOT_HOST_EVAL_ERR It does not come first.".to_owned());
    }
    if root.matches(host::EVAL).count() > 1 {
        wrong.push("SYSLIB_ROOT_HOST_EVAL_MULTIPLE It is there more than once.".to_owned());
    }
    if text(system, "effectiveUserId") == Some("${apiUserId}") {
        wrong.push("SYSLIB_ROOT_HOST_EVAL_EFFUSR The effective user is not static.".to_owned());
    }
    wrong
}

/// Whether a text is an id: letters, digits and `-._~`, of which the last four must not be first.
pub(super) fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(allowed)
}

fn blank(system: &Map<String, Value>, name: &str) -> bool {
    text(system, name).is_none_or(|text| text.trim().is_empty())
}

fn check_texts(system: &Map<String, Value>, wrong: &mut Vec<String>) {
    for name in ["id", "systemType", "host", "defaultAuthnMethod"] {
        if blank(system, name) {
            wrong.push(format!("SYSLIB_CREATE_MISSING_ATTR Missing attribute: {name}"));
        }
    }
    if let Some(id) = text(system, "id").filter(|id| !is_id(id)) {
        wrong.push(format!("SYSLIB_INVALID_STR_ATTR Attribute: id Text: {id}"));
    }
    for name in CONTROLLED {
        if text(system, name).is_some_and(|text| text.chars().any(char::is_control)) {
            wrong.push(format!("SYSLIB_CTL_CHR_ATTR Attribute: {name}"));
        }
    }
}

fn check_execution(system: &Map<String, Value>, wrong: &mut Vec<String>) {
    if text(system, "systemType") != Some("LINUX") {
        wrong.push("SYSLIB_CANEXEC_INVALID_SYSTYPE Only LINUX systems run jobs.".to_owned());
    }
    if blank(system, "jobWorkingDir") {
        let what = "SYSLIB_CANEXEC_NO_JOBWORKINGDIR_INPUT canExec needs jobWorkingDir.";
        wrong.push(what.to_owned());
    }
    if system.get("jobRuntimes").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        wrong.push("SYSLIB_CANEXEC_NO_JOBRUNTIME_INPUT canExec needs jobRuntimes.".to_owned());
    }
}

fn check_batch(system: &Map<String, Value>, wrong: &mut Vec<String>) {
    if blank(system, "batchScheduler") {
        wrong.push("SYSLIB_ISBATCH_NOSCHED canRunBatch needs batchScheduler.".to_owned());
    }
    let queues = system.get("batchLogicalQueues").and_then(Value::as_array);
    if queues.is_none_or(Vec::is_empty) {
        wrong.push("SYSLIB_ISBATCH_NOQUEUES canRunBatch needs batchLogicalQueues.".to_owned());
    }
    match text(system, "batchDefaultLogicalQueue") {
        None => {
            let what = "SYSLIB_ISBATCH_NODEFAULTQ canRunBatch needs batchDefaultLogicalQueue.";
            wrong.push(what.to_owned());
        }
        Some(default) => {
            let mut names = queues.into_iter().flatten().filter_map(|queue| queue.get("name"));
            if !names.any(|name| name == default) {
                wrong.push(format!("SYSLIB_ISBATCH_DEFAULTQ_NOTINLIST Queue: {default}"));
            }
        }
    }
}

fn check_sort(system: &Map<String, Value>, wrong: &mut Vec<String>) {
    let root = text(system, "rootDir").unwrap_or_default();
    let rooted = |wrong: &mut Vec<String>| {
        if root.is_empty() {
            wrong.push("SYSLIB_NOROOTDIR There is no rootDir.".to_owned());
        } else if !root.starts_with('/') && !root.starts_with(host::EVAL) {
            wrong.push(format!("SYSLIB_ROOTDIR_NOSLASH Root dir: {root}"));
        }
    };
    match text(system, "systemType") {
        Some("LINUX") => rooted(wrong),
        Some("IRODS") => {
            rooted(wrong);
            let port = system.get("port").and_then(Value::as_i64);
            if !port.is_some_and(|port| (1..=65_535).contains(&port)) {
                wrong.push("SYSLIB_NOPORT There is no port.".to_owned());
            }
        }
        Some("S3") => {
            if blank(system, "bucketName") {
                wrong.push("SYSLIB_S3_NOBUCKET_INPUT There is no bucketName.".to_owned());
            }
            if is(system, "canExec") {
                wrong.push("SYSLIB_S3_CANEXEC_INPUT A bucket runs no jobs.".to_owned());
            }
        }
        _ => {}
    }
}

fn check_login(system: &Map<String, Value>, credential: Option<&Value>, wrong: &mut Vec<String>) {
    let user = text(system, "effectiveUserId").unwrap_or_default();
    if text(system, "defaultAuthnMethod") == Some("CERT")
        && !["${apiUserId}", "${owner}"].contains(&user)
        && text(system, "owner") != Some(user)
    {
        wrong.push("SYSLIB_INVALID_EFFECTIVEUSERID_INPUT CERT is for owners.".to_owned());
    }
    let Some(credential) = credential else { return };
    if user == "${apiUserId}" {
        let what = "SYSLIB_CRED_DISALLOWED_INPUT The effective user is dynamic.";
        wrong.push(what.to_owned());
    }
    if credential["privateKey"].as_str().is_some_and(|key| key.contains(OPENSSH)) {
        wrong.push("SYSLIB_CRED_INVALID_PRIVATE_SSHKEY1 The key is not PEM.".to_owned());
    }
}

fn check_variables(system: &Map<String, Value>, wrong: &mut Vec<String>) {
    let variables = system.get("jobEnvVariables").and_then(Value::as_array);
    for variable in variables.into_iter().flatten() {
        let of = |name: &str| variable[name].as_str().unwrap_or_default();
        let (key, value) = (of("key"), of("value"));
        if key.trim().is_empty() {
            wrong.push("SYSLIB_ENV_VAR_NO_NAME A variable has no key.".to_owned());
        }
        match of("inputMode") {
            "FIXED" if value == NOT_SET => {
                wrong.push(format!("SYSLIB_ENV_VAR_FIXED_UNSET Name: {key}"));
            }
            "REQUIRED" if value != NOT_SET => {
                wrong.push(format!("SYSLIB_ENV_VAR_REQUIRED_SET Name: {key}"));
            }
            _ => {}
        }
        if key.starts_with("_tapis") {
            wrong.push(format!("SYSLIB_ENV_VAR_INVALID_PREFIX Name: {key}"));
        }
    }
}

/// The references of the system to other records.
fn check_others(
    call: &Call<'_>,
    store: &Store,
    system: &Map<String, Value>,
    wrong: &mut Vec<String>,
) {
    if let Some(id) = text(system, "dtnSystemId") {
        if !is(system, "canExec") {
            wrong.push(format!("SYSLIB_DTN_CANEXEC_FALSE dtnSystemId: {id}"));
        }
        match SYSTEM.live(call, store, id) {
            None => wrong.push(format!("SYSLIB_DTN_NO_SYSTEM DTN System ID: {id}")),
            Some(dtn) if !SYSTEM.allows(call, store, dtn, Permission::Read) => {
                wrong.push(format!("SYSLIB_DTN_403 DTN System ID: {id}"));
            }
            Some(dtn)
                if dtn["rootDir"].as_str() != system.get("rootDir").and_then(Value::as_str) =>
            {
                wrong.push(format!("SYSLIB_DTN_ROOTDIR_MISMATCH DTN System ID: {id}"));
            }
            Some(_) => {}
        }
    }
    if let Some(profile) = text(system, "batchSchedulerProfile")
        && !store.contains(&PROFILE.in_tenant(&call.tenant), profile)
    {
        wrong.push(format!("SYSLIB_PRF_NO_PROFILE Profile name: {profile}"));
    }
}
