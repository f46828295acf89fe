//! Credentials of users on systems.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::java::Permission;
use crate::shared::logins::Login;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// Secrets that are good for something only together.
const PAIRS: [(&str, &str); 3] =
    [("privateKey", "publicKey"), ("accessKey", "accessSecret"), ("accessToken", "refreshToken")];
/// How to log in, and which secret a stored credential must have for it.
const METHODS: [(&str, &str); 6] = [
    ("PASSWORD", "password"),
    ("PKI_KEYS", "privateKey"),
    ("ACCESS_KEY", "accessKey"),
    ("TOKEN", "accessToken"),
    ("CERT", "certificate"),
    ("TMS_KEYS", "tmsPrivateKey"),
];
/// All that a credential may have.
const FIELDS: [&str; 9] = [
    "loginUser",
    "password",
    "privateKey",
    "publicKey",
    "accessKey",
    "accessSecret",
    "accessToken",
    "refreshToken",
    "certificate",
];
/// How a private key begins that the services cannot read.
const OPENSSH: &str = "BEGIN OPENSSH PRIVATE KEY";

fn key(id: &str, user: &str) -> String {
    format!("{id}/{user}")
}

/// The credential of a user, if one was registered.
pub(super) fn find<'a>(store: &'a Store, tenant: &str, id: &str, user: &str) -> Option<&'a Value> {
    store.get(&SYSTEM.of(tenant, "credentials"), &key(id, user))
}

/// Registers a credential: its secrets come beside those of other methods.
pub(super) fn keep(
    store: &mut Store,
    tenant: &str,
    id: &str,
    user: &str,
    system: &Value,
    credential: &Value,
) {
    let mut kept = find(store, tenant, id, user).cloned().unwrap_or_else(|| json!({}));
    for (name, secret) in credential.as_object().into_iter().flatten() {
        kept[name.as_str()] = secret.clone();
    }
    kept["authnMethod"] = system["defaultAuthnMethod"].clone();
    kept["loginUser"] = user.into();
    store.put(&SYSTEM.of(tenant, "credentials"), key(id, user), kept);
}

/// Stores a credential, as a rule after it was tried on the host.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = Value::Object(call.object()?);
    let (id, user) = (call.path("systemId"), call.path("userName"));
    let mut store = call.world.store();
    let system = found(call, &store)?.clone();
    check_body(call, &body)?;
    may_touch(call, &store, &system, user)?;
    let is_tried = ["LINUX", "S3"].iter().any(|sort| system["systemType"] == *sort);
    if is_tried && !call.flag("skipCredentialCheck") {
        try_on_host(call, &store)?;
    }
    keep(&mut store, &call.tenant, id, user, &system, &body);
    Ok(done(call, "CRED_UPDATED", "Credential updated.").with_status(StatusCode::CREATED))
}

/// What is wrong with a credential before anybody is asked.
fn check_body(call: &Call<'_>, body: &Value) -> Result<(), Failure> {
    let id = call.path("systemId");
    let say = |key: &str, sentence: &str| SYSTEM.message(call, key, sentence, id);
    let fields = body.as_object().into_iter().flatten();
    let mut unknown = fields.filter(|(name, _)| !FIELDS.contains(&name.as_str()));
    if let Some((name, _)) = unknown.next() {
        let sentence = format!("The credential has an unknown field: {name}.");
        return Err(Failure::server(say("CRED_JSON_INVALID", &sentence)));
    }
    for (one, other) in PAIRS {
        if body.get(one).is_some() != body.get(other).is_some() {
            let sentence = format!("Secret pair missing one value: {one} and {other}.");
            return Err(Failure::bad_request(say("CRED_SECRET_MISSING", &sentence)));
        }
    }
    if body["privateKey"].as_str().is_some_and(|key| key.contains(OPENSSH)) {
        let sentence = "The private key is not in the format PEM.";
        return Err(Failure::server(say("CRED_INVALID_PRIVATE_SSHKEY", sentence)));
    }
    Ok(())
}

/// Only services see what is in a credential.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    found(call, &store)?;
    let id = call.path("systemId");
    if call.caller.as_ref().is_none_or(|caller| caller.service.is_none()) {
        let sentence = "Only services may read credentials.";
        return Err(Failure::forbidden(SYSTEM.say(call, "SYSLIB_UNAUTH_GETCRED", sentence, id)));
    }
    let credential = find(&store, &call.tenant, id, call.path("userName")).ok_or_else(|| {
        Failure::not_found(about_user(call, "SYSAPI_CRED_NOT_FOUND", "Record not found."))
    })?;
    Ok(Reply::result(credential.clone(), "Credential found."))
}

/// Forgets a credential, whether there was one or not.
pub(super) fn remove(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let system = found(call, &store)?;
    let (id, user) = (call.path("systemId"), call.path("userName"));
    may_touch(call, &store, system, user)?;
    store.remove(&SYSTEM.of(&call.tenant, "credentials"), &key(id, user));
    Ok(done(call, "CRED_DELETED", "Credential removed.").with_status(StatusCode::CREATED))
}

/// Tries a stored credential on the host.
pub(super) fn check(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = found(call, &store)?;
    let (id, user) = (call.path("systemId"), call.path("userName"));
    let asked = call.query("authnMethod").filter(|word| !word.is_empty());
    let method = asked.or_else(|| system["defaultAuthnMethod"].as_str()).unwrap_or_default();
    let Some((_, secret)) = METHODS.iter().find(|(known, _)| *known == method) else {
        let sentence = format!("Unknown method: {method}.");
        return Err(Failure::bad_request(SYSTEM.message(
            call,
            "ACCMETHOD_ENUM_ERROR",
            &sentence,
            id,
        )));
    };
    may_touch(call, &store, system, user)?;
    let stored = find(&store, &call.tenant, id, user);
    if stored.is_none_or(|credential| credential.get(*secret).is_none()) {
        let message = about_user(call, "SYSLIB_CRED_NOT_FOUND", "No such credential is stored.");
        return Err(Failure::new(Kind::Unauthorized, message));
    }
    if ["GLOBUS", "IRODS"].iter().any(|sort| system["systemType"] == *sort) {
        return Err(invalid(call, "SYSLIB_CRED_NOT_SUPPORTED Not for systems of this type."));
    }
    try_on_host(call, &store)?;
    Ok(done(call, "CRED_OK", "Credential validation succeeded."))
}

/// Logs in to the host of the system. Any credential is good unless it was arranged otherwise.
fn try_on_host(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    match Login::of(store, &call.tenant, call.path("systemId")) {
        Login::Refused => Err(invalid(call, "SYSLIB_CRED_VALID_FAIL The host refuses the login.")),
        Login::Accepted | Login::Missing => Ok(()),
    }
}

fn invalid(call: &Call<'_>, why: &str) -> Failure {
    let sentence = format!("Credential validation failed. {why}");
    Failure::new(Kind::Unauthorized, about_user(call, "SYSAPI_CRED_VALID_FAIL", &sentence))
}

/// The system of the call, as the calls about credentials look for it.
fn found<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    SYSTEM.find(call, store).map_err(|_| {
        let message = SYSTEM.message(call, "NOSYSTEM", "No system found.", call.path("systemId"));
        Failure::not_found(message)
    })
}

/// Where a user agrees to let Tapis use Globus.
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

pub(super) fn globus_tokens(call: &Call<'_>) -> Outcome {
    require_globus(call)?;
    let mut store = call.world.store();
    let system = SYSTEM.find(call, &store)?.clone();
    let tokens = json!({
        "accessToken": call.world.random.text(40),
        "refreshToken": call.world.random.text(40),
    });
    let (id, user) = (call.path("systemId"), call.path("userName"));
    keep(&mut store, &call.tenant, id, user, &system, &tokens);
    Ok(done(call, "CRED_UPDATED", "Globus tokens stored."))
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

/// Users handle their own credentials where they may read the system; its owner and administrators
/// those of all.
fn may_touch(call: &Call<'_>, store: &Store, system: &Value, user: &str) -> Result<(), Failure> {
    let own = user == call.user() && SYSTEM.allows(call, store, system, Permission::Read);
    if own || SYSTEM.owns(call, store, system) {
        return Ok(());
    }
    Err(SYSTEM.unauthorized(call, call.path("systemId")))
}

fn about_user(call: &Call<'_>, key: &str, sentence: &str) -> String {
    let message = SYSTEM.say(call, key, sentence, call.path("systemId"));
    format!("{message} User: {}", call.path("userName"))
}

fn done(call: &Call<'_>, key: &str, sentence: &str) -> Reply {
    Reply::result(Value::Null, about_user(call, &format!("SYSAPI_{key}"), sentence))
}
