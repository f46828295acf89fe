//! The meaning of refusals. One table maps the status, message id, message and service of a failure
//! to the kind of error, whether the token was refused, and the advice.
//!
//! The services have little in common. The Java services reply to a refused token with plain text
//! that starts with `TAPIS_SECURITY_`, and use 401 for other refusals too. The Python services use
//! 400 for nearly everything, so that only the text tells them apart.

mod rule;
mod table;
mod verdict;

use crate::error_kind::ErrorKind;
use rule::Subject;
use table::RULES;

pub(crate) use rule::holds_id;
pub(crate) use verdict::{Advice, Form, Refusal, Token, Verdict};

/// The meaning of `refusal`.
pub(crate) fn judge(refusal: Refusal<'_>) -> Verdict {
    let subject = Subject::new(refusal);
    let rule = RULES.iter().find(|rule| rule.applies_to(&subject));
    rule.map_or_else(|| by_status(refusal.status), |rule| rule.verdict)
}

/// Whether a failed envelope only reports that there was nothing to change. The Pods service sends
/// such a reply to a PUT whose values are already in effect, with 200 and the object as the result
/// (`api_pods_podid.py`, and similarly for volumes, snapshots, templates and images).
pub(crate) fn is_unchanged(message: &str) -> bool {
    message.starts_with("Incoming data made no changes to ")
}

/// The meaning of a status that no rule covers.
fn by_status(status: u16) -> Verdict {
    verdict::kind(if status >= 500 { ErrorKind::Server } else { ErrorKind::Request })
}

#[cfg(test)]
mod tests {
    use super::verdict::kind;
    use super::*;
    use ErrorKind::{
        Authentication, Conflict, NotFound, Permission, RateLimit, Request, Server,
        SystemCredential, Timeout,
    };

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
