//! Native operations on Linux. The mock has no owners of files, so changes of owners succeed
//! without an effect.

use serde_json::{Value, json};

use super::access::Wish;
use super::target::{Sort, Target};
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::folder::{Disk, Kind};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::files::{OWNER, permissions};
use crate::store::{Store, in_tenant};

pub(super) fn stat(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = on_linux(call, &store, Wish::Read)?;
    let follow = call.flag("followLinks");
    let found = if follow { Disk::entry } else { Disk::own_entry };
    let entry = found(&target.disk, &target.path).map_err(|e| target.failure(call, &e))?;
    let time = jiff::Timestamp::try_from(entry.modified).unwrap_or_default();
    let time = dates::write(time, Style::Java);
    let result = json!({
        "absolutePath": format!("/{}", target.path),
        "uid": OWNER,
        "gid": OWNER,
        "size": entry.size,
        "perms": permissions(entry.mode),
        "accessTime": time,
        "modifyTime": time,
        "dir": entry.is_dir(),
        "link": entry.kind == Kind::Link,
    });
    Ok(Reply::result(result, "ok"))
}

/// A path on a host; other kinds of systems have no commands.
fn on_linux(call: &Call<'_>, store: &Store, wish: Wish) -> Result<Target, Failure> {
    let target = Target::of(call, store, wish)?;
    if target.sort == Sort::Linux {
        target.log_in(call)?;
        return Ok(target);
    }
    let sentence = "This sort of system runs no commands.";
    Err(target.server(call, "FILES_CLIENT_INVALID", sentence))
}

/// The same, for a path that must exist.
fn existing(call: &Call<'_>, store: &Store, wish: Wish) -> Result<Target, Failure> {
    let target = on_linux(call, store, wish)?;
    let top = target.disk.entry(&target.path).map_err(|error| target.failure(call, &error))?;
    // The service lists the path to check that it exists.
    if top.is_dir() {
        target.disk.list(&target.path).map_err(|error| target.failure(call, &error))?;
    }
    Ok(target)
}

pub(super) fn run(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let store = call.world.store();
    let target = existing(call, &store, Wish::Modify)?;
    let operation = text(&body, "operation").unwrap_or_default().to_lowercase();
    let argument = text(&body, "argument").unwrap_or_default();
    let command = |flag: &str| format!("{operation} {flag}'{argument}' '/{}'", target.path);
    if argument.trim().is_empty() {
        let sentence = "The operation needs an argument.";
        return Err(target.server(call, "FILES_OPS_ERR FILES_CLIENT_SSH_LINUXOP_NOARG", sentence));
    }
    if operation != "chmod" && !is_name(argument) {
        let id = "FILES_OPS_ERR FILES_CLIENT_SSH_LINUXOP_USRGRP";
        return Err(target.server(call, id, "This is not the name of a user or of a group."));
    }
    let recursive = call.flag("recursive");
    let command = command(if recursive { "-R " } else { "" });
    if operation != "chmod" {
        return Ok(done(command));
    }
    match change_mode(&target, argument, recursive) {
        Ok(()) => Ok(done(command)),
        Err(said) => Ok(ended(command, 1, &format!("chmod: {said}\n"))),
    }
}

/// Whether a text may be the name of a user or of a group on Linux.
fn is_name(text: &str) -> bool {
    let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let (first, rest) = text.split_at_checked(1).unwrap_or_default();
    let rest = rest.strip_suffix('$').unwrap_or(rest);
    first.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'))
        && !first.is_empty()
        && text.len() <= 32
        && rest.bytes().all(inside)
}

/// Performs `chmod` with a number.
fn change_mode(target: &Target, argument: &str, recursive: bool) -> Result<(), String> {
    let mode = u32::from_str_radix(argument, 8).ok().filter(|mode| *mode <= 0o7777);
    let mode = mode.ok_or_else(|| format!("invalid mode: '{argument}'"))?;
    let failed = |error: std::io::Error| error.kind().to_string();
    let mut paths = vec![target.path.clone()];
    if recursive && target.disk.entry(&target.path).map_err(failed)?.is_dir() {
        let held = target.disk.walk(&target.path, usize::MAX).map_err(failed)?;
        let held = held.into_iter().filter(|entry| entry.kind != Kind::Link);
        paths.extend(held.map(|entry| entry.path));
    }
    // The deepest paths first, because they may not be accessible afterwards.
    paths.iter().rev().try_for_each(|path| target.disk.set_mode(path, mode).map_err(failed))
}

pub(super) fn get_facl(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = existing(call, &store, Wish::Read)?;
    let entry = |kind: &str, principal: &str, permissions: &str| {
        json!({
            "defaultAcl": false,
            "type": kind,
            "principal": principal,
            "permissions": permissions,
        })
    };
    let found = target.disk.entry(&target.path).map_err(|error| target.failure(call, &error))?;
    let letters = permissions(found.mode);
    let of = |from: usize| letters.get(from..from + 3).unwrap_or_default();
    let mut entries =
        vec![entry("user", "", of(0)), entry("group", "", of(3)), entry("other", "", of(6))];
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
    let target = existing(call, &store, Wish::Modify)?;
    let collection = in_tenant(&call.tenant, "files.acls");
    let acl = text(&body, "aclString").unwrap_or_default();
    let known = store.get(&collection, &key(&target)).and_then(Value::as_array);
    let mut known = known.cloned().unwrap_or_default();
    let operation = text(&body, "operation");
    if matches!(operation, Some("ADD" | "REMOVE")) && !acl.split(',').all(is_acl_entry) {
        let command = format!("setfacl '{acl}' '/{}'", target.path);
        let said = "setfacl: Option -m: Invalid argument near character 1\n";
        return Ok(ended(command, 2, said));
    }
    let flag = match operation {
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

/// Whether a text is an entry of an access list, such as `user:ada:rw`.
fn is_acl_entry(text: &str) -> bool {
    let text = ["default:", "d:"].into_iter().find_map(|d| text.strip_prefix(d)).unwrap_or(text);
    let mut parts = text.split(':');
    let kind = parts.next().unwrap_or_default();
    let known = ["user", "u", "group", "g", "mask", "m", "other", "o"].contains(&kind);
    known && (1..=2).contains(&parts.count())
}

fn key(target: &Target) -> String {
    format!("{}/{}", target.system, target.path)
}

fn done(command: String) -> Reply {
    ended(command, 0, "")
}

fn ended(command: String, code: i32, said: &str) -> Reply {
    let result = json!({ "command": command, "exitCode": code, "stdOut": "", "stdErr": said });
    Reply::result(result, "ok")
}
