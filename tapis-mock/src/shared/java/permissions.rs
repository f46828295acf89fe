//! Permissions of users on resources.

use serde_json::{Value, json};

use super::access::{Permission, granted, key};
use super::history;
use super::sort::Sort;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};

/// Owners may do everything; others what they were granted.
pub(crate) fn get(call: &Call<'_>, sort: &Sort) -> Outcome {
    let store = call.world.store();
    let record = sort.find_for(call, &store, Permission::Read)?;
    let (id, user) = (call.path(sort.id), call.path("userName"));
    let names = if record["owner"] == user {
        Permission::ALL.map(|permission| permission.word().to_owned()).to_vec()
    } else {
        granted(sort, &store, &call.tenant, id, user)
    };
    let message = sort.message(call, "PERMS_FOUND", "Permissions found.", id);
    Ok(Reply::result(json!({ "names": names }), message))
}

pub(crate) fn grant(call: &Call<'_>, sort: &Sort) -> Outcome {
    let words = asked(call, sort)?;
    let mut store = call.world.store();
    sort.find_own(call, &store)?;
    let (id, user) = (call.path(sort.id), call.path("userName"));
    let mut all = granted(sort, &store, &call.tenant, id, user);
    all.extend(words.iter().map(|word| word.word().to_owned()));
    all.sort();
    all.dedup();
    store.put(&sort.of(&call.tenant, "perms"), key(id, user), json!(all));
    let description = json!({ "user": user, "permissions": all });
    history::record(sort, call, &mut store, id, "grantPerms", &description);
    let message = sort.message(call, "PERMS_GRANTED", "Permissions granted.", id);
    Ok(Reply::result(Value::Null, message))
}

pub(crate) fn revoke(call: &Call<'_>, sort: &Sort) -> Outcome {
    let words = asked(call, sort)?;
    take_away(call, sort, &words)
}

/// Takes away the one permission of the path.
pub(crate) fn revoke_one(call: &Call<'_>, sort: &Sort) -> Outcome {
    let word = word(call, sort, call.path("permission"))?;
    take_away(call, sort, &[word])
}

fn take_away(call: &Call<'_>, sort: &Sort, words: &[Permission]) -> Outcome {
    let mut store = call.world.store();
    let record = sort.find(call, &store)?;
    let (id, user) = (call.path(sort.id), call.path("userName"));
    // Everyone may give up what is theirs.
    if !sort.owns(call, &store, record) && user != call.user() {
        return Err(sort.unauthorized(call, id));
    }
    let mut all = granted(sort, &store, &call.tenant, id, user);
    all.retain(|known| !words.iter().any(|word| word.word() == known));
    store.put(&sort.of(&call.tenant, "perms"), key(id, user), json!(all));
    let description = json!({ "user": user, "permissions": all });
    history::record(sort, call, &mut store, id, "revokePerms", &description);
    let message = sort.message(call, "PERMS_REVOKED", "Permissions revoked.", id);
    Ok(Reply::result(Value::Null, message))
}

/// The permissions in the body.
fn asked(call: &Call<'_>, sort: &Sort) -> Result<Vec<Permission>, Failure> {
    let body = call.object()?;
    let words = body.get("permissions").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<Permission> = words
        .map(|text| word(call, sort, text.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()?;
    if words.is_empty() {
        let sentence = "No permissions specified.";
        let message = sort.message(call, "PERMS_NOPERMS", sentence, call.path(sort.id));
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
