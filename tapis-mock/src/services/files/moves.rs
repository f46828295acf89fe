//! The elements of a transfer: one file, or the content of a directory
//! (`ParentTaskTransferService`, `ChildTaskTransferService`).

use std::io;

use serde_json::{Value, json};

use super::access::Wish;
use super::bucket;
use super::target::{Sort, Target, is_missing};
use super::uri::Uri;
use crate::call::Call;
use crate::folder::{Entry, Kind, Within};
use crate::shared::listing::{DEPTH, Page, deep};
use crate::store::Store;
use crate::tokens::verify::Caller;

/// The maximum number of files of one element. Sites configure it.
const MOST: usize = 10_000;

/// Why an element failed.
pub(super) struct Failed {
    pub(super) text: String,
    /// Whether the task fails even if the element is optional.
    pub(super) ends_task: bool,
}

impl Failed {
    fn because(text: impl Into<String>) -> Self {
        Self { text: text.into(), ends_task: false }
    }
}

/// Performs one element of a task, and records its files.
pub(super) fn perform(
    call: &Call<'_>,
    store: &Store,
    parent: &mut Value,
    now: &str,
) -> Result<(), Failed> {
    let uri = |name: &str| {
        Uri::read(parent[name].as_str().unwrap_or_default())
            .map_err(|failure| Failed::because(failure.message))
    };
    let (from, to) = (uri("sourceURI")?, uri("destinationURI")?);
    let at = |uri: &Uri, wish| {
        let user = parent["username"].as_str().unwrap_or_default();
        let owner =
            Caller { username: user.to_owned(), tenant: call.tenant.clone(), service: None };
        Target::at(&call.on_behalf_of(owner), store, &uri.system, &uri.path, wish)
            .map_err(|failure| Failed::because(failure.message))
    };
    let target = at(&to, Wish::Modify)?;
    if !from.is_tapis() {
        // The mock has no network, so the file contains the URL that it would come from.
        let text = format!("The mock fetches nothing. This stands for {}\n", from.text());
        let child = child(call, parent, &from.text(), &to.text(), None);
        let written = write(call, &target, &target.path, text.as_bytes());
        return settle_children(parent, vec![(child, written)], now);
    }
    let source = at(&from, Wish::Read)?;
    let entries = list(call, &source)?;
    if entries.len() > MOST {
        let id = "FILES_TXFR_PARENT_ERROR_TOO_MANY_FILES";
        let text = format!("{id} FileCount: {} MaxAllowed: {MOST}", entries.len());
        return Err(Failed { text, ends_task: true });
    }
    let mut children = Vec::new();
    let mut total = 0_u64;
    for entry in entries {
        if target.sort == Sort::S3 && entry.is_dir() {
            continue;
        }
        if !entry.is_dir() {
            total = total.saturating_add(entry.size);
        }
        let path = destination(&source.path, &entry.path, &target.path, &to.path);
        let uris = (
            format!("tapis://{}/{}", source.system, entry.path),
            format!("tapis://{}/{path}", target.system),
        );
        let mut child = child(call, parent, &uris.0, &uris.1, Some(&entry));
        let done = if uris.0 == uris.1 {
            child["bytesTransferred"] = entry.size.into();
            Ok(())
        } else {
            copy(call, &source, &entry, &target, &path)
        };
        children.push((child, done));
    }
    parent["totalBytes"] = total.into();
    settle_children(parent, children, now)
}

/// All files of a source, in the order of a recursive list; links are listed as such.
fn list(call: &Call<'_>, source: &Target) -> Result<Vec<Entry>, Failed> {
    let missing = || {
        let id = "FILES_TXFR_SVC_SRCPATH_NOTFOUND";
        Failed::because(source.say(call, id, "There is nothing at the source."))
    };
    let entry = source.look(call).map_err(|failure| Failed::because(failure.message))?;
    entry.ok_or_else(missing)?;
    if source.sort == Sort::S3 {
        return bucket::list(call, source, usize::MAX, 0)
            .map_err(|failure| Failed::because(failure.message));
    }
    let level = |path: &Within| Page::whole().of(&source.disk, path);
    deep(&source.path, DEPTH, &level).map_err(|error| Failed::because(error.to_string()))
}

/// The destination of a file. The source itself becomes the destination, or goes into it if that
/// ends in a slash. Files below the source go below the destination; keys that only start with the
/// same text go beside it.
fn destination(source: &Within, path: &Within, target: &Within, asked: &str) -> Within {
    if path == source && asked.ends_with('/') {
        return target.join(source.name());
    }
    let relative = path.relative_to(source);
    Within::clean(&format!("{target}/{relative}")).unwrap_or_else(|| target.clone())
}

fn copy(
    call: &Call<'_>,
    source: &Target,
    entry: &Entry,
    target: &Target,
    path: &Within,
) -> Result<(), String> {
    let words = |error: io::Error| error.to_string();
    if entry.is_dir() {
        return target.disk.make_dir(path).map_err(words);
    }
    let bytes = if source.sort == Sort::S3 {
        source.bucket.read(&entry.path.to_string())
    } else {
        // Through a link to a file; a link to a directory is not a file.
        source.disk.read(&entry.path)
    };
    let bytes = bytes.map_err(|error| match is_missing(&error) {
        true => format!("FILES_CLIENT_SSH_NOT_FOUND Path: {}", entry.path),
        false => format!("FILES_CLIENT_SSH_OP_ERR1 Path: {} Error: {error}", entry.path),
    })?;
    write(call, target, path, &bytes)?;
    if source.sort == Sort::Linux && target.sort == Sort::Linux && is_executable(source, entry) {
        let written = target.disk.entry(path).map_err(words)?;
        target.disk.set_mode(path, written.mode | 0o100).map_err(words)?;
    }
    Ok(())
}

fn is_executable(source: &Target, entry: &Entry) -> bool {
    entry.kind != Kind::Link
        && source.disk.entry(&entry.path).is_ok_and(|entry| entry.mode & 0o100 != 0)
}

fn write(call: &Call<'_>, target: &Target, path: &Within, bytes: &[u8]) -> Result<(), String> {
    let now = call.world.clock.now();
    let written = if target.sort == Sort::S3 {
        target.bucket.write(&path.to_string(), bytes, now)
    } else {
        target.disk.write(path, bytes, now)
    };
    written.map_err(|error| format!("FILES_CLIENT_SSH_OP_ERR1 Path: {path} Error: {error}"))
}

/// Records the files of their element, and fails with the first failed one. Bytes are not counted,
/// because the service never calls the method that would.
fn settle_children(
    parent: &mut Value,
    children: Vec<(Value, Result<(), String>)>,
    now: &str,
) -> Result<(), Failed> {
    let mut failed = None;
    let mut noted = Vec::new();
    let mut bytes = 0_i64;
    for (mut child, done) in children {
        child["startTime"] = now.into();
        child["endTime"] = now.into();
        child["status"] = if done.is_ok() { "COMPLETED" } else { "FAILED" }.into();
        if let Err(message) = done {
            child["errorMessage"] = message.as_str().into();
            failed = failed.or(Some(message));
        }
        bytes = bytes.saturating_add(child["bytesTransferred"].as_i64().unwrap_or_default());
        noted.push(child);
    }
    parent["children"] = noted.into();
    parent["bytesTransferred"] = bytes.into();
    match failed {
        None => Ok(()),
        Some(message) => Err(Failed::because(format!("FILES_TXFR_SVC_ERR1 Error: {message}"))),
    }
}

fn child(call: &Call<'_>, parent: &Value, from: &str, to: &str, entry: Option<&Entry>) -> Value {
    json!({
        "id": 0,
        "uuid": call.world.random.uuid(),
        "taskId": parent["taskId"],
        "parentTaskId": parent["id"],
        "tenantId": parent["tenantId"],
        "username": parent["username"],
        "sourceURI": from,
        "destinationURI": to,
        "bytesTransferred": 0,
        "totalBytes": entry.map_or(0, |entry| entry.size),
        "retries": 1,
        "created": parent["created"],
        "dir": entry.is_some_and(Entry::is_dir),
    })
}
