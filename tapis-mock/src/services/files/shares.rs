//! Paths shared with some users or with everyone in the tenant.

use serde_json::{Value, json};

use super::access::{Wish, above, drop_records, is_granted_exactly, shares, users};
use super::target::{Sort, denied, enabled_system, message};
use crate::call::Call;
use crate::folder::Within;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The owner of the system, and users with READ on a path, see the shares of the path.
pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let id = call.path("systemId");
    let system = enabled_system(call, &store, id)?;
    let path = within(call)?;
    if system["owner"] != call.user()
        && !is_granted_exactly(&store, &call.tenant, id, call.user(), &path, Wish::Read)
    {
        return Err(denied(call, id, &path, "READ"));
    }
    let mut info = Vec::new();
    let mut public = None;
    let in_directories = Sort::of(system) == Sort::Linux;
    for record in above(&store, &call.tenant, id, &path, in_directories) {
        let shared = format!("/{}", record["path"].as_str().unwrap_or_default());
        info.extend(
            users(record).map(
                |user| json!({ "username": user, "path": shared, "grantor": record["grantor"] }),
            ),
        );
        if record["public"] == true {
            public = Some(shared);
        }
    }
    let mut names: Vec<&Value> = info.iter().map(|info| &info["username"]).collect();
    names.dedup();
    let mut result = json!({
        "isPublic": public.is_some(),
        "userSet": names,
        "userShareInfoSet": info,
    });
    match public {
        Some(path) => result["isPublicPath"] = path.into(),
        None if call.world.settings.deployed() => result["isPublicPath"] = Value::Null,
        None => {}
    }
    Ok(Reply::result(result, "FAPI_SHARE_FOUND Shares found."))
}

pub(super) fn share(call: &Call<'_>) -> Outcome {
    let wanted = asked(call)?;
    change(call, |users, _| {
        users.extend(wanted);
        users.sort();
        users.dedup();
    })
}

pub(super) fn unshare(call: &Call<'_>) -> Outcome {
    let wanted = asked(call)?;
    change(call, |users, _| users.retain(|user| !wanted.contains(user)))
}

pub(super) fn share_public(call: &Call<'_>) -> Outcome {
    change(call, |_, public| *public = true)
}

pub(super) fn unshare_public(call: &Call<'_>) -> Outcome {
    change(call, |_, public| *public = false)
}

/// Removes all shares of a path and, with `recurse`, of all paths that start with its text.
pub(super) fn unshare_all(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    require_owner(call, &store)?;
    let path = within(call)?.to_string();
    let recurse = call.flag("recurse");
    let is_one = |known: &str| known == path || (recurse && known.starts_with(&path));
    drop_records(&mut store, &shares(&call.tenant), call.path("systemId"), &is_one);
    Ok(Reply::result(Value::Null, "FAPI_SHARE_DEL_ALL All shares removed."))
}

fn change(call: &Call<'_>, how: impl FnOnce(&mut Vec<String>, &mut bool)) -> Outcome {
    let mut store = call.world.store();
    require_owner(call, &store)?;
    let path = within(call)?.to_string();
    let (collection, key) = (shares(&call.tenant), format!("{}/{path}", call.path("systemId")));
    let known = store.get(&collection, &key);
    let mut names: Vec<String> = known.into_iter().flat_map(users).map(str::to_owned).collect();
    let mut public = known.is_some_and(|record| record["public"] == true);
    how(&mut names, &mut public);
    let record = json!({
        "systemId": call.path("systemId"),
        "path": path,
        "users": names,
        "public": public,
        "grantor": call.user(),
    });
    store.put(&collection, key, record);
    Ok(Reply::result(Value::Null, "FAPI_SHARE_UPDATED Sharing updated."))
}

/// Only the owner of a system shares its paths.
fn require_owner(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    let id = call.path("systemId");
    if enabled_system(call, store, id)?["owner"] == call.user() {
        return Ok(());
    }
    Err(denied(call, id, &within(call)?, call.operation.id))
}

fn within(call: &Call<'_>) -> Result<Within, Failure> {
    let path = call.path("path");
    Within::clean(path).ok_or_else(|| {
        let (id, sentence) = ("FILES_PATH_INVALID", "This path cannot be used.");
        Failure::bad_request(message(call, id, sentence, call.path("systemId"), path))
    })
}

/// The users of the body, which must have at least one, and no other attributes.
fn asked(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let body = call.object()?;
    let users = body.get("users").and_then(Value::as_array).map(Vec::as_slice);
    let users = users.unwrap_or_default().iter().map(Value::as_str);
    let users: Option<Vec<String>> = users.map(|user| user.map(str::to_owned)).collect();
    let only_users = body.keys().all(|name| name == "users");
    users
        .filter(|users| only_users && !users.is_empty() && !users.iter().any(String::is_empty))
        .ok_or_else(|| {
            let sentence = "The body must name users, and hold nothing else.";
            let (system, path) = (call.path("systemId"), call.path("path"));
            let id = "FAPI_SHARE_JSON_INVALID";
            Failure::bad_request(message(call, id, sentence, system, path))
        })
}
