//! What Linux itself says and does about files. The mock keeps no owners and modes, so changes
//! of them are noted as done and have no effect.

use serde_json::{Value, json};

use super::access::Wish;
use super::target::Target;
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Outcome, Reply};
use crate::store::in_tenant;

/// The numbers of the user and the group that every file belongs to.
const NUMBER: i32 = 1000;

pub(super) fn stat(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let entry = target.entry(call)?;
    let time = jiff::Timestamp::try_from(entry.modified).unwrap_or_default();
    let time = dates::write(time, Style::Java);
    let result = json!({
        "absolutePath": format!("/{}", target.path),
        "uid": NUMBER,
        "gid": NUMBER,
        "size": entry.size,
        "perms": if entry.is_dir { "drwxr-xr-x" } else { "-rw-r--r--" },
        "accessTime": time,
        "modifyTime": time,
        "dir": entry.is_dir,
        "link": false,
    });
    Ok(Reply::result(result, "ok"))
}

pub(super) fn run(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    target.entry(call)?;
    let operation = text(&body, "operation").unwrap_or_default().to_lowercase();
    let argument = text(&body, "argument").unwrap_or_default();
    let recursive = if call.flag("recursive") { "-R " } else { "" };
    Ok(done(format!("{operation} {recursive}{argument} /{}", target.path)))
}

pub(super) fn get_facl(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    target.entry(call)?;
    let entry = |kind: &str, principal: &str, permissions: &str| {
        json!({
            "defaultAcl": false,
            "type": kind,
            "principal": principal,
            "permissions": permissions,
        })
    };
    let mut entries =
        vec![entry("user", "", "rwx"), entry("group", "", "r-x"), entry("other", "", "r-x")];
    let added = store.get(&in_tenant(&call.tenant, "files.acls"), &key(&target));
    for one in added.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let mut parts = one.splitn(3, ':');
        let mut part = || parts.next().unwrap_or_default();
        entries.push(entry(part(), part(), part()));
    }
    Ok(Reply::result(entries, "ok"))
}

pub(super) fn set_facl(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    target.entry(call)?;
    let collection = in_tenant(&call.tenant, "files.acls");
    let acl = text(&body, "aclString").unwrap_or_default();
    let known = store.get(&collection, &key(&target)).and_then(Value::as_array);
    let mut known = known.cloned().unwrap_or_default();
    let flag = match text(&body, "operation") {
        Some("ADD") => {
            known.extend(acl.split(',').map(Value::from));
            "-m"
        }
        Some("REMOVE") => {
            known.retain(|one| one.as_str().is_none_or(|one| !one.starts_with(acl)));
            "-x"
        }
        Some("REMOVE_DEFAULT") => "-k",
        _ => {
            known.clear();
            "-b"
        }
    };
    store.put(&collection, key(&target), known.into());
    Ok(done(format!("setfacl {flag} {acl} /{}", target.path)))
}

fn key(target: &Target) -> String {
    format!("{}/{}", target.system, target.path)
}

fn done(command: String) -> Reply {
    let result = json!({ "command": command, "exitCode": 0, "stdOut": "", "stdErr": "" });
    Reply::result(result, "ok")
}
