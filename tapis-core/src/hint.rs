//! The hint of an error: the next step for the caller.

use crate::call::Call;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Method;
use crate::refusal::{Advice, holds_id};
use crate::token::Tokens;

/// Adds a hint to the error, if there is one and it has none yet. That the request may have been
/// carried out replaces any other hint. `sent` are the tokens of the request.
pub(crate) fn give(error: Error, call: &Call, sent: Option<&Tokens>) -> Error {
    if error.hint().is_some() && !may_have_acted(&error, call) {
        return error;
    }
    let tenant = sent.and_then(|tokens| tokens.access.claims().tenant_id.as_deref());
    match of(&error, call, tenant) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The hint for `error`, with which `call` failed; `tenant` is the tenant of its token.
fn of(error: &Error, call: &Call, tenant: Option<&str>) -> Option<String> {
    if let Some(advice) = error.advice() {
        return Some(by_advice(advice, call, tenant));
    }
    if error.status().is_some()
        && let Some(hint) = by_message(error.message())
    {
        return Some(hint.to_owned());
    }
    match error.kind() {
        ErrorKind::NotFound if error.is_after_lost_reply() => Some(
            "the reply to an earlier attempt was lost; that attempt may have succeeded".to_owned(),
        ),
        _ if may_have_acted(error, call) => Some(
            "the request may have been carried out; check the state on the server before you send \
             it again"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Whether no reply arrived although the request may have changed something.
fn may_have_acted(error: &Error, call: &Call) -> bool {
    let acts = !matches!(call.operation.method, Method::GET | Method::HEAD | Method::OPTIONS);
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout) && error.maybe_sent() && acts
}

/// The meaning of message ids of Files and Jobs for the caller, where the kind of the error is not
/// specific enough. The ids are in `FilesMessages.properties` of tapis-files and
/// `TapisMessages.properties` of tapis-shared-java. In an id, `*` stands for any text.
const MESSAGES: &[(&[&str], &str)] = &[
    (&["FILES_SYS_NOTFOUND"], "the system does not exist; check its id"),
    (&["FILES_SRC_DST_SAME"], "source and target are the same path"),
    (
        &["FILES_NOT_AUTHORIZED", "FILES_OPS_NOT_AUTH", "FILES_PERM_NOT_AUTH"],
        "Tapis denied access: ask the owner of the system for a permission or a share",
    ),
    (
        &["FILES_CLIENT_SSH_PERM_DENIED"],
        "the host denied access: the login user of the system has no permission for this path",
    ),
    (
        &["SSH_POOL_RESERVE_TIMEOUT"],
        "Tapis has too many connections to the host at the moment; try again later",
    ),
    (
        &["SSH_POOL_UNABLE_TO_ESTABLISH_SESSION"],
        "Tapis cannot reach the host of the system; check its host and port, or try again later",
    ),
    (&["FILES_CLIENT_S3_NO_SUPPORT"], "a bucket does not support this operation"),
    (
        &["FILES_CLIENT_SPECIAL_FILE"],
        "a socket, a pipe or a device is in the way; remove it on the host",
    ),
    (
        &["JOBS_MISMATCHED_*", "JOBS_JOB_ACTION_NOT_AUTHORIZED"],
        "the job belongs to another user, who can share it with t.jobs.share_job",
    ),
    (
        &["TAPIS_APPCLIENT_AUTHZ_ERROR", "TAPIS_APPCLIENT_INTERNAL_ERROR"],
        "ask the owner of the app to share it with you",
    ),
    (
        &["TAPIS_SYSCLIENT_AUTHZ_ERROR", "TAPIS_SYSCLIENT_INTERNAL_ERROR"],
        "ask the owner of the system to share it with you; a shared app gives access only to the \
         systems and directories that its definition names",
    ),
    (
        &["TAPIS_APPCLIENT_NOT_FOUND"],
        "check the id and the version of the app; t.apps.get_app_latest_version() has the latest",
    ),
    (&["TAPIS_SYSCLIENT_NOT_FOUND"], "check the ids of the job's systems"),
    (&["JOBS_APP_NOT_AVAILABLE"], "the app is disabled; its owner can enable it"),
    (&["JOBS_SYSTEM_NOT_AVAILABLE"], "the system is disabled; its owner can enable it"),
    (
        &["JOBS_JOB_NOT_TERMINATED"],
        "the job has not ended; use allow_if_running(true) or while_running() to read its \
         present output",
    ),
    (&["JOBS_JOB_IN_TERMINAL_STATE"], "the job has ended already"),
    (&["JOBS_JOB_NOT_IN_TERMINAL_STATE"], "wait for the end of the job"),
    (
        &["JOBS_NO_LOGICAL_QUEUE", "JOBS_INVALID_LOGICAL_QUEUE"],
        "name a queue of the system: batch_logical_queues of t.systems.get_system() has them",
    ),
    (
        &[
            "JOBS_MISSING_ARG",
            "JOBS_FIXED_ARG_ERROR",
            "JOBS_MISSING_ENV_VALUE",
            "JOBS_NO_SOURCE_URL",
        ],
        "JobRequest::check() lists everything that the app requires and the request lacks",
    ),
    (
        &["FILES_TRANSFER_HISTORY_RETRIEVE_ERROR"],
        "Files does not show a transfer of the job; t.jobs.watch() continues with the other events",
    ),
];

fn by_message(message: &str) -> Option<&'static str> {
    if message.contains("\"outputStream\" is null") {
        return Some("the login user of the system has no permission to write there on the host");
    }
    MESSAGES.iter().find(|(ids, _)| holds_id(message, ids)).map(|(_, hint)| *hint)
}

fn by_advice(advice: Advice, call: &Call, tenant: Option<&str>) -> String {
    match advice {
        Advice::CheckPassword => "check the username and the password".to_owned(),
        Advice::CheckClient => {
            "check the OAuth client's id, its key and its redirect URL".to_owned()
        }
        Advice::LogInAgain => "log in again".to_owned(),
        Advice::AskForTokens => {
            "this access token cannot be renewed: obtain a new one, or give the \
             client a password or a refresh token"
                .to_owned()
        }
        Advice::RightTenant => {
            let base = call.session.base_url();
            match tenant.and_then(plain) {
                Some(tenant) => format!(
                    "the token belongs to the tenant {tenant}, but the base URL is {base}; use the base \
                     URL of that tenant or a token of this one"
                ),
                None => format!("use a token of the tenant that {base} belongs to"),
            }
        }
        Advice::NameTheUser => {
            "a service must name the tenant or user that it acts for: call through in_tenant() \
             or on_behalf_of()"
                .to_owned()
        }
        Advice::StoreCredential => match path_value(call, "systemId").and_then(plain) {
            Some(system) => format!(
                "register a working credential for the system: \
                 t.systems.set_credential(\"{system}\")"
            ),
            None => "register a working credential for the system with \
                     t.systems.set_credential(system)"
                .to_owned(),
        },
        Advice::EnableSystem => {
            "the system is disabled; its owner can enable it with t.systems.enable_system()"
                .to_owned()
        }
    }
}

/// The value of a parameter in the path.
fn path_value<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let at = call.operation.path.iter().position(|parameter| parameter.name == name)?;
    call.path.get(at)?.as_deref()
}

/// The value, if it has only letters, digits and `._~-`, because users copy hints into a shell.
fn plain(value: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    (!value.is_empty() && value.bytes().all(is_plain)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_has_a_hint_wherever_it_stands() {
        for (message, hint) in [
            ("JOBS_MISMATCHED_OWNER Job u is owned by jane.", "share_job"),
            ("JOBS_X Error: TAPIS_APPCLIENT_NOT_FOUND app a", "version of the app"),
            ("FILES_X Error: SSH_POOL_RESERVE_TIMEOUT", "try again later"),
            ("JOBS_JOB_NOT_IN_TERMINAL_STATE", "wait for the end"),
            ("Cannot invoke x because \"outputStream\" is null", "no permission to write"),
        ] {
            assert!(by_message(message).is_some_and(|text| text.contains(hint)), "{message}");
        }
        for message in ["", "JOBS_SOMETHING_NEW", "XFILES_SYS_NOTFOUND", "files_sys_notfound"] {
            assert_eq!(by_message(message), None, "{message}");
        }
    }

    #[test]
    fn only_plain_values_enter_a_hint() {
        for value in ["frontera", "my-system.1_~"] {
            assert_eq!(plain(value), Some(value));
        }
        for value in ["", "a b", "$(touch x)", "a;b", "a\u{202e}", "é", "`x`", "a/b"] {
            assert_eq!(plain(value), None, "{value}");
        }
    }
}
