//! The table of refusals.

use super::rule::{Rule, When, rule};
use super::verdict::{Advice, Form, Token, advised, hopeless, kind, token};
use crate::error_kind::ErrorKind;

use ErrorKind::{
    Authentication, Conflict, NotFound, Permission, RateLimit, Request, Server, SystemCredential,
    Timeout,
};
use When::{All, Any, First, Holds, Id, IdAnd, Is, NoneFound, Starts};

/// The statuses that say too little: the Python services use 400 for nearly everything and 500 for
/// some of the rest, and a failure can have a success status.
const VAGUE: &[u16] = &[200, 201, 202, 203, 204, 206, 400, 500];

/// The first matching rule applies.
pub(super) const RULES: &[Rule] = &[
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
