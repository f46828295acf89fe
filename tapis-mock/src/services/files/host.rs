//! The operations on hosts, with the commands that the service runs there (`SSHDataClient`).

use std::io;

use super::target::Target;
use crate::call::Call;
use crate::folder::{Entry, Kind, Within};
use crate::reply::{self, Failure};

/// `mv` or `cp -r`, after creating the parent directories of the target: into an existing
/// directory, or in place of a file.
pub(super) fn move_or_copy(
    call: &Call<'_>,
    source: &Target,
    to: &Target,
    moved: bool,
) -> Result<(), Failure> {
    if to.path.is_root() && to.is_whole_host() {
        // The root of a host has no parent directory that could be created.
        return Err(source.server(call, "FILES_OPSC_ERR", "\"targetParentPath\" is null"));
    }
    let disk = &source.disk;
    // A failure here shows in the next step.
    let _ = disk.make_dir(&to.path.parent());
    let into = disk.entry(&to.path).is_ok_and(|entry| entry.is_dir());
    let name = source.path.name();
    let target = if into { to.path.join(name) } else { to.path.clone() };
    let done = if moved { shell_move(source, &target) } else { shell_copy(call, source, &target) };
    done.map_err(|said| {
        let command = if moved { "mv" } else { "cp" };
        let sentence = format!("A command on the host ended with 1. StdErr: {command}: {said}");
        source.server(call, "FILES_CLIENT_SSH_CMD_ERR", &sentence)
    })
}

fn shell_move(source: &Target, target: &Within) -> Result<(), String> {
    let (disk, from) = (&source.disk, &source.path);
    if from == target {
        return Err(format!("'{from}' and '{target}' are the same file"));
    }
    let moving = disk.own_entry(from).map_err(|error| words(&error))?;
    if moving.is_dir() && (from.is_root() || target.is_within(from)) {
        return Err(format!("cannot move '{from}' to a subdirectory of itself, '{target}'"));
    }
    refuse_other_kind(&moving, disk.own_entry(target).ok().as_ref())?;
    // For an empty directory, this does what the command does; for others it fails.
    disk.rename(from, target)
        .map_err(|error| format!("cannot move '{from}' to '{target}': {}", words(&error)))
}

fn shell_copy(call: &Call<'_>, source: &Target, target: &Within) -> Result<(), String> {
    let (disk, from) = (&source.disk, &source.path);
    let copying = disk.own_entry(from).map_err(|error| words(&error))?;
    if from == target && !copying.is_dir() {
        return Err(format!("'{from}' and '{target}' are the same file"));
    }
    if copying.is_dir() && target.is_within(from) {
        return Err(format!("cannot copy a directory, '{from}', into itself, '{target}'"));
    }
    let now = call.world.clock.now();
    if copying.kind == Kind::Link {
        let link = disk.link_target(from).and_then(|leads_to| disk.link(target, &leads_to));
        return link.map_err(|error| words(&error));
    }
    let conflicts = if copying.is_dir() { disk.walk(from, usize::MAX) } else { Ok(vec![copying]) };
    for entry in conflicts.map_err(|error| words(&error))? {
        let below = entry.path.relative_to(from);
        let onto = Within::clean(&format!("{target}/{below}"));
        refuse_other_kind(&entry, onto.and_then(|path| disk.entry(&path).ok()).as_ref())?;
    }
    disk.copy(from, disk, target, now).map(drop).map_err(|error| words(&error))
}

/// Neither command replaces a file by a directory, or a directory by a file.
fn refuse_other_kind(one: &Entry, onto: Option<&Entry>) -> Result<(), String> {
    match onto {
        Some(there) if one.is_dir() && !there.is_dir() => Err(format!(
            "cannot overwrite non-directory '{}' with directory '{}'",
            there.path, one.path
        )),
        Some(there) if !one.is_dir() && there.is_dir() => Err(format!(
            "cannot overwrite directory '{}' with non-directory '{}'",
            there.path, one.path
        )),
        _ => Ok(()),
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::DirectoryNotEmpty => "Directory not empty".to_owned(),
        io::ErrorKind::PermissionDenied => "Permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "Not a directory".to_owned(),
        kind => kind.to_string(),
    }
}

/// Deletes a file, a link or a directory with its content; the root is emptied. The path itself is
/// read through links, so a broken link is reported as missing. A special file stops the operation.
pub(super) fn delete(call: &Call<'_>, target: &Target) -> Result<(), Failure> {
    let failed = |error: io::Error| target.failure(call, &error);
    target.disk.entry(&target.path).map_err(failed)?;
    remove(call, target, target.disk.own_entry(&target.path).map_err(failed)?)
}

fn remove(call: &Call<'_>, target: &Target, entry: Entry) -> Result<(), Failure> {
    let failed = |error: io::Error| target.failure(call, &error);
    match entry.kind {
        Kind::Other => {
            let sentence = "This is a special file.";
            let message = target.say(call, "FILES_CLIENT_SPECIAL_FILE", sentence);
            // The service's exception mapper uses 501 for this and for unknown media types.
            return Err(Failure::new(reply::Kind::MediaType, message));
        }
        Kind::Dir => {
            for held in target.disk.list(&entry.path).map_err(failed)? {
                remove(call, target, held)?;
            }
        }
        Kind::File | Kind::Link => {}
    }
    if entry.path.is_root() { Ok(()) } else { target.disk.delete(&entry.path).map_err(failed) }
}

/// A path after `FilenameUtils.normalize`, which the service calls before it writes or creates
/// directories: backslashes become slashes, and a text that looks like an invalid drive has no
/// path.
pub(super) fn normalized(path: &Within) -> Option<Within> {
    let text = path.to_string().replace('\\', "/");
    let mut letters = text.chars();
    let (first, second) = (letters.next(), letters.next());
    let odd = first == Some(':')
        || (second == Some(':') && !first.is_some_and(|first| first.is_ascii_alphabetic()));
    if odd { None } else { Within::clean(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_like_drives_have_no_path() {
        let normal =
            |text: &str| normalized(&Within::clean(text).unwrap()).map(|path| path.to_string());
        assert_eq!(normal("a/b:c").unwrap(), "a/b:c");
        assert_eq!(normal("c:x").unwrap(), "c:x");
        assert_eq!(normal(":x"), None);
        assert_eq!(normal("1:x"), None);
        assert_eq!(normal("a/1:x").unwrap(), "a/1:x");
        #[cfg(not(windows))]
        assert_eq!(normal("a\\b").unwrap(), "a/b");
    }
}
