//! Credentials of users on systems.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::schema;
use crate::call::{Call, text};
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::java::{Permission, history};
use crate::shared::logins::Login;
use crate::shared::systems::{SYSTEM, is_dynamic, login_key, login_user, logins};
use crate::store::Store;

/// The authentication methods, and the secrets that are stored for each.
const METHODS: [(&str, &[&str]); 6] = [
    ("PASSWORD", &["password"]),
    ("PKI_KEYS", &["privateKey", "publicKey"]),
    ("ACCESS_KEY", &["accessKey", "accessSecret"]),
    ("TOKEN", &["accessToken", "refreshToken"]),
    ("CERT", &["certificate"]),
    ("TMS_KEYS", &["tmsPrivateKey", "tmsPublicKey", "tmsFingerprint"]),
];
/// The first line of private keys that the services cannot read.
pub(super) const OPENSSH: &str = "BEGIN OPENSSH PRIVATE KEY";
/// The services that may read secrets (`AuthUtils.SVCLIST_GETCRED`).
const READERS: [&str; 2] = ["files", "jobs"];

/// The path of a credential. Those of a static effective user and those of Tapis users are
/// separate, by the name in the path of the call (`CredUtils.getTargetUserSecretPath`).
fn key(system: &Value, user: &str) -> String {
    let kind = if is_dynamic(system) { "dynamic" } else { "static" };
    format!("{}/{kind}+{user}", system["id"].as_str().unwrap_or_default())
}

fn collection(tenant: &str) -> String {
    SYSTEM.of(tenant, "credentials")
}

/// The secrets of an authentication method, if all of them are present.
fn secrets(credential: &Value, method: &str) -> Option<Map<String, Value>> {
    let (_, names) = METHODS.iter().find(|(known, _)| *known == method)?;
    let filled =
        |name: &&&str| credential[**name].as_str().is_some_and(|text| !text.trim().is_empty());
    let found: Vec<_> = names.iter().filter(filled).collect();
    if found.len() < names.len() {
        return None;
    }
    Some(found.into_iter().map(|name| ((*name).to_owned(), credential[*name].clone())).collect())
}

/// The credential for the login to a system by a method.
pub(super) fn find(
    store: &Store,
    tenant: &str,
    system: &Value,
    user: &str,
    method: &str,
) -> Option<Value> {
    let kept = store.get(&collection(tenant), &key(system, user))?;
    let mut credential = secrets(kept, method)?;
    credential.insert("authnMethod".into(), method.into());
    let login =
        if is_dynamic(system) { login_user(store, tenant, system, user) } else { user.to_owned() };
    credential.insert("loginUser".into(), login.into());
    Some(Value::Object(credential))
}

/// The user whose credential is used for a caller.
pub(super) fn holder<'a>(system: &'a Value, caller: &'a str) -> &'a str {
    if is_dynamic(system) { caller } else { system["effectiveUserId"].as_str().unwrap_or(caller) }
}

/// Stores secrets beside those of other methods.
pub(super) fn keep(store: &mut Store, tenant: &str, system: &Value, user: &str, given: &Value) {
    let key = key(system, user);
    let mut kept = store.get(&collection(tenant), &key).cloned().unwrap_or_else(|| json!({}));
    for (name, secret) in METHODS.iter().filter_map(|(method, _)| secrets(given, method)).flatten()
    {
        kept[name] = secret;
    }
    store.put(&collection(tenant), key, kept);
}

/// Deletes the secrets of all methods.
pub(super) fn forget(store: &mut Store, tenant: &str, system: &Value, user: &str) {
    store.remove(&collection(tenant), &key(system, user));
}

/// Stores a credential, usually after a check on the host
/// (`CredentialResource.createUserCredential`, `CredUtils.createCredentialForUser` 181-250).
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let system = SYSTEM.look_up(call, &store)?.clone();
    let user = call.path("userName");
    let (credential, login) = read(call)?;
    may_touch(call, &store, &system, user)?;
    if call.flag("createTmsKeys") {
        return create_tms_keys(call, &mut store, &system, login.as_deref());
    }
    // Older services ignore it (document of 25Q4).
    if login.is_some() && !is_dynamic(&system) {
        let message = about_user(call, "SYSLIB_CRED_INVALID_LOGINUSER", "The user is static.");
        return Err(Failure::bad_request(message));
    }
    if !call.flag("skipCredentialCheck") && is_tried(&system) {
        verify(call, &store, &system, &credential, login.as_deref().unwrap_or(user))?;
    }
    keep(&mut store, &call.tenant, &system, user, &credential);
    let mapped = login.filter(|login| login != user);
    if let Some(login) = mapped {
        let key = login_key(call.path("systemId"), user);
        store.put(&logins(&call.tenant), key, login.into());
    }
    note(call, &mut store, "setCred");
    Ok(done(call, "CRED_UPDATED", "Credential updated.").with_status(StatusCode::CREATED))
}

/// Generates a key pair for the user (document of 25Q4).
fn create_tms_keys(
    call: &Call<'_>,
    store: &mut Store,
    system: &Value,
    login: Option<&str>,
) -> Outcome {
    if system["systemType"] != "LINUX" || !is_dynamic(system) || login.is_some() {
        let sentence = "Keys are made for LINUX systems with a dynamic user and without loginUser.";
        return Err(Failure::bad_request(about_user(call, "SYSAPI_CRED_TMS_ERROR", sentence)));
    }
    let random = &call.world.random;
    let keys = json!({
        "tmsPrivateKey": random.text(40),
        "tmsPublicKey": random.text(40),
        "tmsFingerprint": format!("SHA256:{}", random.text(43)),
    });
    keep(store, &call.tenant, system, call.path("userName"), &keys);
    note(call, store, "setCred");
    Ok(done(call, "CRED_UPDATED", "Credential updated.").with_status(StatusCode::CREATED))
}

/// The credential in the body, and the login name on the host.
fn read(call: &Call<'_>) -> Result<(Value, Option<String>), Failure> {
    let id = call.path("systemId");
    let say = |key: &str, sentence: &str| SYSTEM.message(call, key, sentence, id);
    let invalid = |what: &str| Failure::server(say("CRED_JSON_INVALID", what));
    let body = match call.body.is_empty() && call.flag("createTmsKeys") {
        true => Map::new(),
        false => call.object().map_err(|failure| invalid(&failure.message))?,
    };
    schema::CREDENTIAL.check(&body).map_err(|what| invalid(&what))?;
    let blank = |name: &str| text(&body, name).is_none_or(|text| text.trim().is_empty());
    for (method, names) in METHODS {
        let missing = names.iter().filter(|name| blank(name)).count();
        if missing > 0 && missing < names.len() {
            let sentence = format!("Secret pair missing one value. Secret type: {method}");
            return Err(Failure::bad_request(say("CRED_SECRET_MISSING", &sentence)));
        }
    }
    if text(&body, "privateKey").is_some_and(|key| key.contains(OPENSSH)) {
        let sentence = "The private key is not in the format PEM.";
        return Err(Failure::server(say("CRED_INVALID_PRIVATE_SSHKEY", sentence)));
    }
    let login = text(&body, "loginUser").filter(|login| !login.trim().is_empty());
    let login = login.map(str::to_owned);
    Ok((Value::Object(body), login))
}

/// Only two services can read a credential.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = SYSTEM.look_up(call, &store)?;
    let id = call.path("systemId");
    let method = method(call, system).map_err(Failure::server)?;
    refuse_reader(call, id)?;
    let user = call.path("userName");
    let credential = find(&store, &call.tenant, system, user, method).ok_or_else(|| {
        Failure::not_found(about_user(call, "SYSAPI_CRED_NOT_FOUND", "Record not found."))
    })?;
    Ok(Reply::result(credential, "Credential found."))
}

/// Refuses to return secrets, except to the services that log in with them.
pub(super) fn refuse_reader(call: &Call<'_>, id: &str) -> Result<(), Failure> {
    let service = call.caller.as_ref().and_then(|caller| caller.service.as_deref());
    if service.is_some_and(|service| READERS.contains(&service)) {
        return Ok(());
    }
    let sentence = "Only services may read credentials.";
    Err(Failure::forbidden(SYSTEM.say(call, "SYSLIB_UNAUTH_GETCRED", sentence, id)))
}

/// Deletes a credential, whether it exists or not, and the login name on the host.
pub(super) fn remove(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let system = SYSTEM.look_up(call, &store)?.clone();
    let user = call.path("userName");
    may_touch(call, &store, &system, user)?;
    forget(&mut store, &call.tenant, &system, user);
    if is_dynamic(&system) {
        store.remove(&logins(&call.tenant), &login_key(call.path("systemId"), user));
    }
    note(call, &mut store, "removeCred");
    Ok(done(call, "CRED_DELETED", "Credential removed.").with_status(StatusCode::CREATED))
}

/// Checks a stored credential on the host.
pub(super) fn check(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = SYSTEM.look_up(call, &store)?;
    let user = call.path("userName");
    let method = method(call, system).map_err(Failure::bad_request)?;
    may_touch(call, &store, system, user)?;
    let credential = find(&store, &call.tenant, system, user, method).ok_or_else(|| {
        let message = about_user(call, "SYSLIB_CRED_NOT_FOUND", "No such credential is stored.");
        Failure::new(Kind::Unauthorized, message)
    })?;
    verify_by(call, &store, system, &credential, method, user)?;
    Ok(done(call, "CRED_OK", "Credential validation succeeded."))
}

/// The authentication method of a call; by default that of the system.
pub(super) fn method<'a>(call: &'a Call<'_>, system: &'a Value) -> Result<&'a str, String> {
    let default = system["defaultAuthnMethod"].as_str().unwrap_or_default();
    let method = call.query("authnMethod").filter(|method| !method.is_empty()).unwrap_or(default);
    if METHODS.iter().any(|(known, _)| *known == method) {
        return Ok(method);
    }
    let sentence = format!("Unable to determine access method enum. Input access method: {method}");
    Err(SYSTEM.message(call, "ACCMETHOD_ENUM_ERROR", &sentence, call.path("systemId")))
}

/// Whether credentials of a system are checked before they are stored.
pub(super) fn is_tried(system: &Value) -> bool {
    ["LINUX", "S3"].iter().any(|sort| system["systemType"] == *sort)
}

/// Logs in to the host of a system by its default method.
pub(super) fn verify(
    call: &Call<'_>,
    store: &Store,
    system: &Value,
    credential: &Value,
    user: &str,
) -> Result<(), Failure> {
    let method = system["defaultAuthnMethod"].as_str().unwrap_or_default();
    verify_by(call, store, system, credential, method, user)
}

/// Logs in to the host of a system (`CredUtils.verifyConnection`). The host accepts every
/// credential unless a test configured otherwise.
fn verify_by(
    call: &Call<'_>,
    store: &Store,
    system: &Value,
    credential: &Value,
    method: &str,
    user: &str,
) -> Result<(), Failure> {
    let id = system["id"].as_str().unwrap_or_default();
    let invalid = |why: &str| {
        let sentence = format!("Credential validation failed. User: {user} Message: {why}");
        let message = SYSTEM.message(call, "CRED_VALID_FAIL", &sentence, id);
        Err(Failure::new(Kind::Unauthorized, message))
    };
    let of_sort = match method {
        "PASSWORD" | "PKI_KEYS" | "TMS_KEYS" => "LINUX",
        "ACCESS_KEY" => "S3",
        _ => return invalid("SYSLIB_CRED_NOT_SUPPORTED Not by this method."),
    };
    if system["systemType"] != of_sort {
        return invalid("SYSLIB_CRED_NOT_SUPPORTED Not for systems of this type.");
    }
    if secrets(credential, method).is_none() {
        return invalid("SYSLIB_CRED_NOT_FOUND There are no secrets for the method.");
    }
    match Login::of(store, &call.tenant, id) {
        Login::Refused => invalid("SYSLIB_CRED_VALID_FAIL The host refuses the login."),
        Login::Accepted | Login::Missing => Ok(()),
    }
}

/// The URL at which a user allows Tapis to use Globus.
pub(super) fn globus_url(call: &Call<'_>) -> Outcome {
    require_globus(call)?;
    let session = call.world.random.uuid().to_string();
    let result = json!({
        "url": format!("https://auth.globus.invalid/v2/oauth2/authorize?state={session}"),
        "sessionId": session,
        "systemId": call.path("systemId"),
    });
    Ok(Reply::result(result, "Globus authorization address found."))
}

/// Stores tokens. Every failure is an error of the server here
/// (`CredentialResource.generateGlobusTokens` 594-602).
pub(super) fn globus_tokens(call: &Call<'_>) -> Outcome {
    require_globus(call)?;
    let mut store = call.world.store();
    let system = SYSTEM.look_up(call, &store)?.clone();
    let user = call.path("userName");
    may_touch(call, &store, &system, user).map_err(|failure| {
        Failure::server(about_user(call, "SYSAPI_CRED_ERROR", &failure.message))
    })?;
    let tokens = json!({
        "accessToken": call.world.random.text(40),
        "refreshToken": call.world.random.text(40),
    });
    keep(&mut store, &call.tenant, &system, user, &tokens);
    note(call, &mut store, "setAccessRefreshTokens");
    Ok(done(call, "CRED_UPDATED", "Globus tokens stored.").with_status(StatusCode::CREATED))
}

fn require_globus(call: &Call<'_>) -> Result<(), Failure> {
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    if system["systemType"] == "GLOBUS" {
        return Ok(());
    }
    let sentence = "The system is not of type GLOBUS.";
    let message = SYSTEM.message(call, "GLOBUS_AUTHURL_ERR", sentence, call.path("systemId"));
    Err(Failure::bad_request(message))
}

/// Users manage their own credentials on systems that they may read; owners and administrators
/// manage those of all users.
fn may_touch(call: &Call<'_>, store: &Store, system: &Value, user: &str) -> Result<(), Failure> {
    let own = user == call.user() && SYSTEM.allows(call, store, system, Permission::Read);
    if own || SYSTEM.owns(call, store, system) {
        return Ok(());
    }
    Err(SYSTEM.unauthorized(call, call.path("systemId")))
}

fn note(call: &Call<'_>, store: &mut Store, operation: &str) {
    let id = call.path("systemId");
    let description = json!({ "System": id, "TargetUser": call.path("userName") });
    history::record(&SYSTEM, call, store, id, operation, &description);
}

fn about_user(call: &Call<'_>, key: &str, sentence: &str) -> String {
    let message = SYSTEM.say(call, key, sentence, call.path("systemId"));
    format!("{message} User: {}", call.path("userName"))
}

fn done(call: &Call<'_>, key: &str, sentence: &str) -> Reply {
    Reply::result(Value::Null, about_user(call, &format!("SYSAPI_{key}"), sentence))
}
