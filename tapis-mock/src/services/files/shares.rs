//! Paths shared with some users or with everyone in the tenant.

use serde_json::{Value, json};

use super::access::{Wish, above, shares, users};
use super::target::Target;
use crate::call::Call;
use crate::folder::Within;
use crate::reply::{Failure, Outcome, Reply};

fn key(target: &Target) -> String {
    format!("{}/{}", target.system, target.path)
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let mut info = Vec::new();
    let mut public = None;
    for record in above(&store, &call.tenant, &target.system, &target.path) {
        let path = record["path"].clone();
        info.extend(users(record).map(|user| json!({ "username": user, "path": path })));
        if record["public"] == true {
            public = Some(path);
        }
    }
    let names: Vec<&Value> = info.iter().map(|info| &info["username"]).collect();
    let mut result = json!({
        "isPublic": public.is_some(),
        "userSet": names,
        "userShareInfoSet": info,
    });
    match public {
        Some(path) => result["isPublicPath"] = path,
        None if call.world.settings.deployed() => result["isPublicPath"] = Value::Null,
        None => {}
    }
    Ok(Reply::result(result, "ok"))
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

/// Ends all shares of a path and, if asked to, of everything below it.
pub(super) fn unshare_all(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    let collection = shares(&call.tenant);
    let mut gone = vec![key(&target)];
    if call.flag("recurse") {
        let below = store.records(&collection).filter(|(_, record)| {
            let path = record["path"].as_str().and_then(Within::clean);
            record["systemId"] == target.system.as_str()
                && path.is_some_and(|path| path.is_within(&target.path))
        });
        gone.extend(below.map(|(id, _)| id.to_owned()));
    }
    for id in gone {
        store.remove(&collection, &id);
    }
    Ok(Reply::result(Value::Null, "ok"))
}

fn change(call: &Call<'_>, how: impl FnOnce(&mut Vec<String>, &mut bool)) -> Outcome {
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    let collection = shares(&call.tenant);
    let known = store.get(&collection, &key(&target));
    let mut names: Vec<String> = known.into_iter().flat_map(users).map(str::to_owned).collect();
    let mut public = known.is_some_and(|record| record["public"] == true);
    how(&mut names, &mut public);
    let record = json!({
        "systemId": target.system,
        "path": target.path.to_string(),
        "users": names,
        "public": public,
    });
    store.put(&collection, key(&target), record);
    Ok(Reply::result(Value::Null, "ok"))
}

fn asked(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let body = call.object()?;
    let users = body.get("users").and_then(Value::as_array).into_iter().flatten();
    Ok(users.filter_map(Value::as_str).map(str::to_owned).collect())
}
