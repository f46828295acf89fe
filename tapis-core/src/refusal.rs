//! The meaning of refusals. One table maps the status, message id, message and service of a failure
//! to the kind of error, whether the token was refused, and the advice.
//!
//! The services have little in common. The Java services reply to a refused token with plain text
//! that starts with `TAPIS_SECURITY_`, and use 401 for other refusals too. The Python services use
//! 400 for nearly everything, so that only the text tells them apart.

use crate::error_kind::ErrorKind;

/// The parts of a failed reply that the table uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal<'a> {
    pub(crate) service: &'a str,
    pub(crate) status: u16,
    pub(crate) message: &'a str,
    pub(crate) form: Form,
}

/// The form of a failure's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Text,
    Json,
    /// An HTML page from a router or a proxy, which says nothing about the service.
    Page,
}

/// The result of the table for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    pub(crate) token: Token,
    /// The same login would fail again: a wrong password, client or refresh token.
    pub(crate) login_is_hopeless: bool,
    pub(crate) advice: Option<Advice>,
}

/// What a refusal says about the token of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Token {
    /// Nothing: another token would be refused too.
    #[default]
    Accepted,
    /// It was refused; a new one may be accepted.
    Refused,
    /// A 401 that the table does not know; the token may be the reason or not.
    Suspect,
}

/// The advice in the hint of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    CheckPassword,
    CheckClient,
    LogInAgain,
    AskForTokens,
    RightTenant,
    NameTheUser,
    StoreCredential,
    EnableSystem,
}

/// One row of the table: conditions for a refusal, and its meaning.
struct Rule {
    service: Option<&'static str>,
    /// Empty for all statuses.
    statuses: &'static [u16],
    when: When,
    verdict: Verdict,
}

enum When {
    /// The message contains one of these ids, in which `*` stands for anything.
    Id(&'static [&'static str]),
    /// The message starts with one of these ids.
    First(&'static [&'static str]),
    /// The message contains the id and the words.
    IdAnd(&'static [&'static str], &'static str),
    /// The message, without prefixes that services add, starts with one of these.
    Starts(&'static [&'static str]),
    /// The message contains one of these words, in any case.
    Holds(&'static [&'static str]),
    /// The message contains all of these words, in any case.
    All(&'static [&'static str]),
    /// The message has the form `No … found`.
    NoneFound,
    /// The body has this form.
    Is(Form),
    Any,
}

const fn kind(kind: ErrorKind) -> Verdict {
    Verdict { kind, token: Token::Accepted, login_is_hopeless: false, advice: None }
}

const fn token(token: Token) -> Verdict {
    Verdict { token, ..kind(ErrorKind::Authentication) }
}

const fn advised(of: ErrorKind, advice: Advice) -> Verdict {
    Verdict { advice: Some(advice), ..kind(of) }
}

const fn hopeless(advice: Advice) -> Verdict {
    Verdict { login_is_hopeless: true, ..advised(ErrorKind::Authentication, advice) }
}

const fn rule(statuses: &'static [u16], when: When, verdict: Verdict) -> Rule {
    Rule { service: None, statuses, when, verdict }
}

use ErrorKind::{
    Authentication, Conflict, NotFound, Permission, RateLimit, Request, Server, SystemCredential,
    Timeout,
};
use When::{All, Any, First, Holds, Id, IdAnd, Is, NoneFound, Starts};

/// The statuses that say too little: the Python services use 400 for nearly everything and 500 for
/// some of the rest, and a failure can have a success status.
const VAGUE: &[u16] = &[200, 201, 202, 203, 204, 206, 400, 500];

/// The first matching rule applies.
const RULES: &[Rule] = &[
    // A rejected value may quote anything.
    rule(&[400, 422], Starts(&["body, ", "query, ", "path, ", "header, "]), kind(Request)),
    // The Java services check each body against a schema; what they say of it holds names, values and
    // words such as "not found".
    rule(
        &[400],
        Id(&[
            "TAPIS_JSON_VALIDATION_*",
            "NET_INVALID_JSON_INPUT",
            "NET_REQUEST_PAYLOAD_ERROR",
            "*_INVALID_ERRORLIST",
            "*_JSON_INVALID",
        ]),
        kind(Request),
    ),
    // A condition or a body of PgREST that does not suit the table.
    rule(&[400, 500], All(&["column \"", "does not exist"]), kind(Request)),
    rule(&[400, 500], Holds(&["operator does not exist"]), kind(Request)),
    // Files answers a query or header of the wrong type so.
    rule(&[500], Starts(&["HTTP 4"]), kind(Request)),
    // The caller is known and may not do this.
    rule(
        &[],
        Id(&[
            "JOBS_MISMATCHED_*",
            "JOBS_JOB_ACTION_NOT_AUTHORIZED",
            "*_AUTHZ_ERROR",
            "NTFLIB_*UNAUTH*",
            "SYSLIB_*UNAUTH*",
            "SYSAPI_*UNAUTH*",
            "APPLIB_*UNAUTH*",
            "APPAPI_*UNAUTH*",
            "FILES_*UNAUTH*",
            "FAPI_*UNAUTH*",
            "FILES_NOT_AUTHORIZED",
            "FILES_*_NOT_AUTH",
            "POSTIT_NOT_AUTHORIZED",
            "TAPIS_NOT_AUTHORIZED",
            "FILES_CLIENT_SSH_PERM_DENIED",
        ]),
        kind(Permission),
    ),
    // The host behind a system refused Tapis's login, or there is nothing to log in with. The systems
    // service answers 400 for a credential that is malformed, and wraps whatever goes wrong with its
    // own store of credentials into a 500.
    rule(
        &[401, 403],
        Id(&["SYSLIB_CRED_*", "SYSAPI_CRED_*"]),
        advised(SystemCredential, Advice::StoreCredential),
    ),
    rule(
        &[401, 403, 500],
        Id(&[
            "SYSLIB_CRED_VALID_FAIL",
            "SYSLIB_CRED_NOT_FOUND",
            "SYSLIB_CRED_INVALID_*",
            "SYSAPI_CRED_VALID_FAIL",
            "SYSAPI_CRED_NOT_FOUND",
            "SYSAPI_CRED_INVALID_*",
            "FILES_CLIENT_SSH_SESSION_POOL_ERROR",
            "SSH_POOL_MISSING_CREDENTIALS",
            "SYSTEMS_MISSING_CREDENTIALS",
            "FILES_CLIENT_GLOBUS_CRED_ERR",
            "FILES_IRODS_CREDENTIAL_ERROR",
        ]),
        advised(SystemCredential, Advice::StoreCredential),
    ),
    rule(
        &[401, 403, 500],
        IdAnd(&["FILES_CLIENT_S3_*"], "credentials"),
        advised(SystemCredential, Advice::StoreCredential),
    ),
    rule(
        &[500],
        Holds(&["permission denied (publickey"]),
        advised(SystemCredential, Advice::StoreCredential),
    ),
    // The Java services' filter in front of each service, whose text begins with the id.
    rule(
        &[],
        First(&["TAPIS_SECURITY_JWT_WRONG_SITE", "TAPIS_SECURITY_JWT_MISSING_SITE"]),
        kind(Authentication),
    ),
    rule(
        &[],
        First(&["TAPIS_SECURITY_JWT_*", "TAPIS_SECURITY_MISSING_JWT_INFO"]),
        token(Token::Refused),
    ),
    // Further inside, the id may be what another service said of the service's own token.
    rule(
        &[400, 401, 403],
        Id(&["TAPIS_SECURITY_JWT_*", "*MISSING_JWT_INFO"]),
        token(Token::Suspect),
    ),
    rule(&[500], Id(&["TAPIS_SECURITY_JWT_*", "*MISSING_JWT_INFO"]), kind(Server)),
    rule(
        &[],
        Id(&["TAPIS_SECURITY_TENANT_NOT_ALLOWED", "TAPIS_SECURITY_ALLOWABLE_TENANT_ERROR"]),
        advised(Authentication, Advice::RightTenant),
    ),
    rule(&[], Id(&["TAPIS_SECURITY_MISSING_HEADER"]), advised(Authentication, Advice::NameTheUser)),
    rule(&[], Id(&["TAPIS_SECURITY_*"]), kind(Authentication)),
    rule(&[400, 404], Id(&["FILES_SYS_NOTENABLED"]), advised(NotFound, Advice::EnableSystem)),
    // The Python services: a token of another tenant or site, which another login does not mend.
    rule(
        &[400, 401, 403],
        Starts(&[
            "The tenant_id claim in the token",
            "Unauthorized; the tenant claim in the token",
            "Unable to process Tapis token; unexpected tenant_id",
        ]),
        advised(Authentication, Advice::RightTenant),
    ),
    rule(
        &[400, 401, 403],
        Starts(&["Invalid service request; X-Tapis-"]),
        advised(Authentication, Advice::NameTheUser),
    ),
    rule(
        &[400, 401, 403],
        Starts(&[
            "Invalid service token",
            "Unable to process Tapis token",
            "X-WORKFLOW-EXECUTOR-TOKEN header",
        ]),
        kind(Authentication),
    ),
    // The Python services: the token.
    rule(
        &[400, 401, 403],
        Starts(&[
            "No JWT or nonce provided",
            "No Tapis access token found",
            "No Tapis token found",
            "Could not parse the Tapis access token",
            "Invalid Tapis token",
            "Missing header: X-TAPIS-TOKEN",
            "X-Tapis-Token not found",
            "X-Tapis-Token is revoked",
        ]),
        token(Token::Refused),
    ),
    // The router says so with 500, also when it cannot reach its revocation store.
    rule(&[400, 401, 403, 500], Starts(&["Token is revoked"]), token(Token::Refused)),
    // Logins.
    rule(
        &[400, 401, 403],
        Starts(&[
            "Invalid username/password",
            "Missing required payload data; username and password",
            "Tokens API got isAuthorized=False",
            "Invalid service account/password combination",
        ]),
        hopeless(Advice::CheckPassword),
    ),
    rule(
        &[400, 401, 403],
        Starts(&[
            "Invalid client credentials",
            "Invalid client:",
            "Invalid redirect_uri parameter",
            "Client IDs do not match",
        ]),
        hopeless(Advice::CheckClient),
    ),
    rule(
        &[400, 401, 403],
        Starts(&["Invalid refresh_token", "Invalid token type", "Invalid PUT data: <Request"]),
        hopeless(Advice::LogInAgain),
    ),
    // The same text stands for a wrong password and for a store of passwords that is down.
    rule(&[400], Starts(&["Tokens API got an error trying to contact SK"]), kind(Authentication)),
    rule(&[400], Starts(&["device code not ready"]), kind(Authentication)),
    rule(
        &[400],
        Starts(&[
            "authorization code not valid",
            "device code not valid",
            "device code has expired",
            "No db_code found",
        ]),
        advised(Authentication, Advice::LogInAgain),
    ),
    // All of Tapis's connections to the host are in use (tapis-shared-java
    // `SshConnectionGroup.java:158-163`). What was begun may have acted, so only what may be repeated
    // is retried.
    rule(&[500], Id(&["SSH_POOL_RESERVE_TIMEOUT"]), kind(RateLimit)),
    // Jobs has other words for an unknown job here than everywhere else.
    rule(&[400], Id(&["JOBS_JOBRESUBMIT_NOT_FOUND"]), kind(NotFound)),
    // A status that says enough.
    Rule { service: Some("sk"), ..rule(&[401], Is(Form::Json), kind(Permission)) },
    rule(&[401], Is(Form::Page), kind(Authentication)),
    rule(&[401], Any, token(Token::Suspect)),
    rule(
        &[400, 403],
        Starts(&["Unable to validate the Tapis token", "Tapis token validation failed"]),
        token(Token::Suspect),
    ),
    rule(&[403], Any, kind(Permission)),
    rule(&[404, 410], Any, kind(NotFound)),
    rule(&[408], Any, kind(Timeout)),
    rule(&[409], Any, kind(Conflict)),
    rule(&[429], Any, kind(RateLimit)),
    // Only the text tells. A page, quoted or not, is another program's.
    rule(VAGUE, Is(Form::Page), kind(Server)),
    // The Java services say this of a message of their own that has no text.
    rule(&[400], Holds(&["was not found in bundle"]), kind(Request)),
    rule(&[500], Holds(&["was not found in bundle"]), kind(Server)),
    rule(
        VAGUE,
        Holds(&[
            "not authorized",
            "permission denied",
            "does not have access",
            "does not have permission",
        ]),
        kind(Permission),
    ),
    rule(
        VAGUE,
        Holds(&[
            "not found",
            "does not exist",
            "doesn't exist",
            "no such",
            "could not find permission",
            "received no result when retrieving",
            "row affected 0 rows",
            // The user directory's own words for a search without a result.
            "error retrieving user; debug information: {'result': 0,",
        ]),
        kind(NotFound),
    ),
    rule(VAGUE, NoneFound, kind(NotFound)),
    rule(
        VAGUE,
        Holds(&[
            "already exists",
            "already use",
            "duplicate key",
            "pod must be in 'stopped' status",
        ]),
        kind(Conflict),
    ),
];

/// The meaning of `refusal`.
pub(crate) fn judge(refusal: Refusal<'_>) -> Verdict {
    let message = without_page(refusal.message);
    let about = about(message);
    let lower = message.to_ascii_lowercase();
    let fits = |rule: &&Rule| {
        let refusal_is_of = |service: &str| service == refusal.service;
        rule.service.is_none_or(refusal_is_of)
            && (rule.statuses.is_empty() || rule.statuses.contains(&refusal.status))
            && match rule.when {
                Id(patterns) => holds_id(message, patterns),
                IdAnd(patterns, words) => holds_id(message, patterns) && lower.contains(words),
                Starts(starts) => starts
                    .iter()
                    .any(|start| about.starts_with(start) || message.starts_with(start)),
                First(patterns) => {
                    let first = about.split(|c| !part_of_id(c)).next().unwrap_or_default();
                    patterns.iter().any(|pattern| fits_pattern(first, pattern))
                }
                All(words) => words.iter().all(|word| lower.contains(word)),
                Holds(words) => words.iter().any(|word| lower.contains(word)),
                NoneFound => lower.starts_with("no ") && has_word(&lower, "found"),
                Is(form) => form == refusal.form,
                Any => true,
            }
    };
    // A page's text is not the service's, so that only its status counts.
    let rules =
        RULES.iter().filter(|rule| refusal.form != Form::Page || matches!(rule.when, Is(_) | Any));
    let mut rules = rules;
    rules.find(fits).map_or_else(|| by_status(refusal.status), |rule| rule.verdict)
}

/// Whether a failed envelope only reports that there was nothing to change. The Pods service sends
/// such a reply to a PUT whose values are already in effect, with 200 and the object as the result
/// (`api_pods_podid.py`, and similarly for volumes, snapshots, templates and images).
pub(crate) fn is_unchanged(message: &str) -> bool {
    message.starts_with("Incoming data made no changes to ")
}

/// The meaning of a status that no rule covers.
fn by_status(status: u16) -> Verdict {
    kind(if status >= 500 { Server } else { Request })
}

/// The message up to a quoted page.
fn without_page(message: &str) -> &str {
    let lower = message.to_ascii_lowercase();
    let page = ["<html", "<!doctype"].iter().filter_map(|tag| lower.find(tag)).min();
    page.and_then(|start| message.get(..start)).unwrap_or(message)
}

/// The message without the prefixes that services add to the messages of other services.
fn about(message: &str) -> &str {
    const BEFORE: [&str; 3] = [
        "Unable to validate the Tapis token; details: ",
        "Tapis token validation failed; details: ",
        "message: ",
    ];
    let mut about = message.trim_start();
    while let Some(rest) = BEFORE.iter().find_map(|before| about.strip_prefix(before)) {
        about = rest.trim_start();
    }
    about
}

fn part_of_id(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

/// Whether one of the message's ids, such as `SYSLIB_UNAUTH`, matches one of the patterns.
pub(crate) fn holds_id(message: &str, patterns: &[&str]) -> bool {
    message
        .split(|c| !part_of_id(c))
        .filter(|word| word.contains('_'))
        .any(|id| patterns.iter().any(|pattern| fits_pattern(id, pattern)))
}

/// Whether `text` matches `pattern`, in which `*` stands for anything.
fn fits_pattern(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    true
}

fn has_word(text: &str, wanted: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, message: &str) -> Verdict {
        judge(Refusal { service: "systems", status, message, form: Form::Json })
    }

    #[test]
    fn a_refused_token_is_known_by_id_and_by_text() {
        for (status, message) in [
            (401, "TAPIS_SECURITY_JWT_EXPIRED The token has expired."),
            (401, "TAPIS_SECURITY_JWT_PARSE_ERROR Unable to parse"),
            (500, "TAPIS_SECURITY_JWT_KEY_ERROR Unable to get the key"),
            (401, "TAPIS_SECURITY_JWT_CLAIM_NOT_FOUND"),
            (401, "TAPIS_SECURITY_JWT_INVALID_CLAIM"),
            (401, "TAPIS_SECURITY_JWT_INVALID_ALG"),
            (401, "TAPIS_SECURITY_MISSING_JWT_INFO No token"),
            (400, "No Tapis access token found in the request."),
            (403, "No Tapis token found."),
            (400, "Could not parse the Tapis access token."),
            (400, "Invalid Tapis token."),
            (401, "Unable to validate the Tapis token; details: Invalid Tapis token."),
            (403, "Unable to validate the Tapis token; details: message: Invalid Tapis token."),
            (
                403,
                "Tapis token validation failed; details: Could not parse the Tapis access token.",
            ),
            (400, "Missing header: X-TAPIS-TOKEN"),
            (400, "X-Tapis-Token is revoked."),
            (500, "Token is revoked."),
        ] {
            let verdict = of(status, message);
            assert_eq!(
                (verdict.kind, verdict.token),
                (Authentication, Token::Refused),
                "{message}"
            );
            assert!(!verdict.login_is_hopeless, "{message}");
        }
    }

    #[test]
    fn what_another_token_does_not_mend_is_no_refused_token() {
        for (status, message, kind) in [
            (401, "SYSLIB_CRED_NOT_FOUND Credential not found", SystemCredential),
            (401, "SYSAPI_CRED_VALID_FAIL Credential validation failed.", SystemCredential),
            (
                500,
                "SYSAPI_CRED_ERROR Unable. Error: SYSLIB_CRED_INVALID_PRIVATE_SSHKEY2",
                SystemCredential,
            ),
            (401, "FILES_CLIENT_SSH_SESSION_POOL_ERROR cannot log in", SystemCredential),
            (
                500,
                "FILES_CONT_ERR x Error: SSH_POOL_MISSING_CREDENTIALS Missing credentials",
                SystemCredential,
            ),
            (500, "FILES_CLIENT_S3_ERR1 Error: No credentials", SystemCredential),
            (500, "FILES_CLIENT_GLOBUS_CRED_ERR", SystemCredential),
            (500, "FILES_IRODS_CREDENTIAL_ERROR", SystemCredential),
            (400, "SYSLIB_CRED_DISALLOWED_INPUT Access credentials specified", Request),
            (500, "SYSLIB_CRED_SK_ERROR Error operating on credentials.", Server),
            (500, "SYSAPI_CRED_ERROR Unable to operate. Error: NullPointerException", Server),
            (500, "SYSAPI_CRED_ERROR Unable. Error: SYSLIB_UNAUTH Permission denied.", Permission),
            (500, "FILES_CONT_ERR Error: Permission denied (publickey,password)", SystemCredential),
            (404, "SYSAPI_CRED_NOT_FOUND Record not found.", NotFound),
            (401, "JOBS_MISMATCHED_OWNER somebody else's", Permission),
            (500, "JOBS_MISMATCHED_TENANT", Permission),
            (401, "TAPIS_SYSCLIENT_AUTHZ_ERROR", Permission),
            (403, "TAPIS_APPCLIENT_INTERNAL_ERROR", Permission),
            (500, "NTFLIB_SUBSCR_UNAUTH", Permission),
            (401, "NTFLIB_SUBSCR_UNAUTH", Permission),
            (403, "SYSLIB_UNAUTH Permission denied.", Permission),
            (500, "FILES_OPSC_ERR x Error: Permission denied", Permission),
            (403, "Unauthorized; the tenant claim in the token (a) did not match", Authentication),
            (400, "The tenant_id claim in the token, a does not match", Authentication),
            (401, "TAPIS_SECURITY_TENANT_NOT_ALLOWED", Authentication),
            (401, "TAPIS_SECURITY_JWT_WRONG_SITE", Authentication),
        ] {
            let verdict = of(status, message);
            assert_eq!((verdict.kind, verdict.token), (kind, Token::Accepted), "{message}");
        }
    }

    #[test]
    fn an_unknown_401_leaves_the_token_in_doubt_unless_it_is_a_page_or_the_security_kernels() {
        assert_eq!(of(401, "who are you?").token, Token::Suspect);
        // What a service says of another's refusal may be about its own token.
        let nested = of(401, "JOBS_SUBMIT_ERROR for TAPIS_SECURITY_JWT_EXPIRED of our own");
        assert_eq!(nested.token, Token::Suspect);
        for status in [400, 401, 403] {
            let details = "Unable to validate the Tapis token; details: who knows";
            assert_eq!(of(status, details).token, Token::Suspect, "{status}");
        }
        let with = |service, form| judge(Refusal { service, status: 401, message: "x", form });
        assert_eq!(with("files", Form::Page), kind(Authentication));
        assert_eq!(with("sk", Form::Json), kind(Permission));
        assert_eq!(with("sk", Form::Text).token, Token::Suspect);
    }

    #[test]
    fn only_what_a_second_try_cannot_change_makes_a_login_hopeless() {
        for message in [
            "Invalid username/password combination.",
            "Invalid client credentials: id, [redacted]",
            "Invalid refresh_token.",
            "Invalid client: nope",
            "Invalid redirect_uri parameter: does not match callback URL registered with client.",
            "Missing required payload data; username and password are required for the password",
            "Tokens API got isAuthorized=False from SK.",
        ] {
            assert!(of(400, message).login_is_hopeless, "{message}");
        }
        for (status, message) in [
            (429, "Invalid username/password combination."),
            (502, "Invalid username/password combination."),
            (400, "Tokens API got an error trying to contact SK to validate service secret."),
            (400, "device code not ready."),
        ] {
            assert!(!of(status, message).login_is_hopeless, "{status} {message}");
        }
    }

    #[test]
    fn kinds_follow_status_and_message() {
        for (status, message, kind) in [
            (400, "Invalid PUT data: [InvalidSchemaValue(...)]", Request),
            (400, "Tenant with id x not found", NotFound),
            (400, "JOBS_JOBRESUBMIT_NOT_FOUND Job u: unknown job uuid", NotFound),
            (
                500,
                "FILES_OPSR_ERR list. Error: SSH_POOL_RESERVE_TIMEOUT Unable to reserve",
                RateLimit,
            ),
            (400, "No tenant found with tenant_id x.", NotFound),
            (400, "No Sites found", NotFound),
            (400, "Site ID: s already use in project namepsace", Conflict),
            (400, "No foundation for this", Request),
            (400, "body, image: extra fields not permitted", Request),
            (422, "body, name: not found in the list", Request),
            (500, "HTTP 404 Not Found", Request),
            (500, "Property \"JOBS_SEARCHLIST_ERROR\" was not found in bundle a.b.", Server),
            (400, "Property \"TAPIS_JOBS_MISSING_SYSTEM\" was not found in bundle a.b.", Request),
            (400, "some field is missing", Request),
            (
                400,
                "TAPIS_JSON_VALIDATION_ERROR JSON validation error: \
                 TAPIS_JSON_VALIDATION_FAILURE #: required key [appId] not found",
                Request,
            ),
            (400, "column \"x\" does not exist", Request),
            (400, "operator does not exist: text = integer", Request),
            (500, "JOBS_SUBMIT_ERROR for TAPIS_SECURITY_JWT_EXPIRED of our own", Server),
            (403, "", Permission),
            (404, "", NotFound),
            (408, "", Timeout),
            (409, "", Conflict),
            (429, "", RateLimit),
            (500, "Duplicate key found: x", Conflict),
            (500, "Unrecognized exception type", Server),
            (500, "message: b'<html><title>404 Not Found</title>", Server),
            (502, "Permission denied", Server),
            (418, "", Request),
            (200, "Unrecognized exception", Request),
        ] {
            assert_eq!(of(status, message).kind, kind, "{status} {message}");
        }
    }

    #[test]
    fn a_pattern_fits_the_whole_id() {
        for (text, pattern, fits) in [
            ("A_B", "A_B", true),
            ("A_BC", "A_B", false),
            ("A_BC", "A_B*", true),
            ("XA_B", "*A_B", true),
            ("NTFLIB_X_UNAUTH_Y", "NTFLIB_*UNAUTH*", true),
            ("NTFLIB_UNAUTH", "NTFLIB_*UNAUTH*", true),
            ("NTFLIB_AUTH", "NTFLIB_*UNAUTH*", false),
            ("TAPIS_X", "TAPIS_*X_Y", false),
        ] {
            assert_eq!(fits_pattern(text, pattern), fits, "{text} {pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_message_makes_the_table_panic(status in 100u16..600, message in "\\PC{0,80}") {
            for form in [Form::Text, Form::Json, Form::Page] {
                let verdict = judge(Refusal { service: "sk", status, message: &message, form });
                // Only an authentication error can be about the token.
                proptest::prop_assert!(
                    verdict.token == Token::Accepted || verdict.kind == Authentication
                );
            }
        }
    }
}
