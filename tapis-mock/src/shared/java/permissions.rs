//! Permissions of users on resources.

use serde_json::{Value, json};

use super::access::{Permission, granted, key};
use super::history;
use super::schema::{Form, Record};
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;
use http::StatusCode;

/// `PermsRequest.json` of tapis-systems and of tapis-apps.
static REQUEST: Record = Record {
    fields: &[("permissions", Form::Loose(&Form::Word(&["READ", "MODIFY", "EXECUTE"])))],
    required: &["permissions"],
};

/// The permissions of a user. Owners have access without any.
pub(crate) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.look_up(call, &store)?;
    let (id, user) = (call.path(sort.id), call.path("userName"));
    // A share is not sufficient.
    if !sort.owns(call, &store, record) && !sort.is_granted_to_read(call, &store, id) {
        return Err(sort.unauthorized(call, id));
    }
    let names = granted(sort, &store, &call.tenant, id, user);
    let message = sort.message(call, "PERMS_FOUND", "Permissions found.", id);
    Ok(Reply::result(json!({ "names": names }), message))
}

/// Grants permissions. The permission to change includes the one to read.
pub(crate) fn grant(call: &Call<'_>, sort: &Sort) -> Outcome {
    let mut store = call.world.store();
    let record = sort.look_up(call, &store)?;
    let mut words = asked(call, sort)?;
    sort.require_owner(call, &store, record)?;
    if words.contains(&Permission::Modify) {
        words.push(Permission::Read);
    }
    change(call, sort, &mut store, &words, Change::Grant)
}

pub(crate) fn revoke(call: &Call<'_>, sort: &Sort) -> Outcome {
    take_away(call, sort, || asked(call, sort))
}

/// Revokes the permission of the path.
pub(crate) fn revoke_one(call: &Call<'_>, sort: &Sort) -> Outcome {
    take_away(call, sort, || Ok(vec![word(call, sort, call.path("permission"))?]))
}

/// Revokes permissions. Without the permission to read there is none to change.
fn take_away(
    call: &Call<'_>,
    sort: &Sort,
    asked: impl FnOnce() -> Result<Vec<Permission>, Failure>,
) -> Outcome {
    let mut store = call.world.store();
    let record = sort.look_up(call, &store)?;
    let mut words = asked()?;
    if !sort.owns(call, &store, record) && !gives_up(call, sort, &store, &words) {
        return Err(sort.unauthorized(call, call.path(sort.id)));
    }
    if words.contains(&Permission::Read) {
        words.push(Permission::Modify);
    }
    change(call, sort, &mut store, &words, Change::Revoke)
}

/// Whether the caller revokes their own permissions (`AuthUtils.allowUserRevokePerm` 884-894 of
/// tapis-systems).
fn gives_up(call: &Call<'_>, sort: &Sort, store: &Store, words: &[Permission]) -> bool {
    if call.path("userName") != call.user() {
        return false;
    }
    let own = granted(sort, store, &call.tenant, call.path(sort.id), call.user());
    let has = |wanted: Permission| own.iter().any(|word| word == wanted.word());
    if words.contains(&Permission::Modify) {
        return has(Permission::Modify);
    }
    words.contains(&Permission::Read) && (has(Permission::Read) || has(Permission::Modify))
}

#[derive(Clone, Copy)]
enum Change {
    Grant,
    Revoke,
}

fn change(
    call: &Call<'_>,
    sort: &Sort,
    store: &mut Store,
    words: &[Permission],
    change: Change,
) -> Outcome {
    let (id, user) = (call.path(sort.id), call.path("userName"));
    let before = granted(sort, store, &call.tenant, id, user);
    let named = |word: Permission| words.contains(&word);
    let had = |word: Permission| before.iter().any(|known| known == word.word());
    let after = Permission::ALL.into_iter().filter(|word| match change {
        Change::Grant => had(*word) || named(*word),
        Change::Revoke => had(*word) && !named(*word),
    });
    let after: Vec<&str> = after.map(Permission::word).collect();
    store.put(&sort.of(&call.tenant, "perms"), key(id, user), json!(after));
    let changed = Permission::ALL.into_iter().filter(|word| named(*word)).map(Permission::word);
    let changed: Vec<&str> = changed.collect();
    let description = json!({ sort.noun: id, "TargetUser": user, "Permissions": changed });
    let (operation, key, done) = match change {
        Change::Grant => ("grantPerms", "PERMS_GRANTED", "granted"),
        Change::Revoke => ("revokePerms", "PERMS_REVOKED", "revoked"),
    };
    history::record(sort, call, store, id, operation, &description);
    let message = sort.message(call, key, &format!("Permissions {done}."), id);
    Ok(Reply::result(Value::Null, message).with_status(StatusCode::CREATED))
}

/// Revokes all permissions of all users on a resource.
pub(crate) fn forget(call: &Call<'_>, sort: &Sort, store: &mut Store, id: &str) {
    let collection = sort.of(&call.tenant, "perms");
    let below = key(id, "");
    let keys = store.records(&collection).map(|(key, _)| key.to_owned());
    let keys: Vec<String> = keys.filter(|key| key.starts_with(&below)).collect();
    for key in keys {
        store.remove(&collection, &key);
    }
}

/// The permissions in the body.
fn asked(call: &Call<'_>, sort: &Sort) -> Result<Vec<Permission>, Failure> {
    let body = call.object()?;
    let id = call.path(sort.id);
    REQUEST.check(&body).map_err(|what| {
        Failure::bad_request(sort.message(call, "PERMS_JSON_INVALID", &what, id))
    })?;
    let words = body.get("permissions").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<Permission> =
        words.filter_map(|word| Permission::read(word.as_str()?)).collect();
    if words.is_empty() {
        let message = sort.message(call, "PERMS_NOPERMS", "No permissions specified.", id);
        return Err(Failure::bad_request(message));
    }
    Ok(words)
}

fn word(call: &Call<'_>, sort: &Sort, text: &str) -> Result<Permission, Failure> {
    Permission::read(text).ok_or_else(|| {
        let sentence = format!("Unable to determine permission enum from {text}.");
        let message = sort.message(call, "PERMS_ENUM_ERROR", &sentence, call.path(sort.id));
        Failure::bad_request(message)
    })
}
