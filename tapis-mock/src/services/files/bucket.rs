//! The operations on buckets, which have keys and no directories (`S3DataClient`).

use std::io;
use std::time::SystemTime;

use super::target::{Target, is_missing};
use crate::call::Call;
use crate::folder::Entry;
use crate::reply::Failure;

/// All objects whose keys start with the path, with or without a following slash. An empty page is
/// an error, unless the path itself is an object or is empty.
pub(super) fn list(
    call: &Call<'_>,
    target: &Target,
    limit: usize,
    offset: usize,
) -> Result<Vec<Entry>, Failure> {
    let key = target.path.to_string();
    let failed = |error: io::Error| target.failure(call, &error);
    let objects = target.bucket.objects(&key).map_err(failed)?;
    let is_there = objects.first().is_some_and(|object| object.key == key)
        || (key.is_empty() && target.root_dir.is_empty());
    let page: Vec<Entry> = objects.into_iter().skip(offset).take(limit).map(Entry::from).collect();
    if page.is_empty() && !is_there {
        return Err(failed(io::ErrorKind::NotFound.into()));
    }
    Ok(page)
}

/// Copies one object and, for a move, deletes it. With a `rootDir` the service adds it to the key
/// twice when it deletes, so the object stays.
pub(super) fn move_or_copy(
    call: &Call<'_>,
    source: &Target,
    to: &Target,
    moved: bool,
    now: SystemTime,
) -> Result<(), Failure> {
    let failed = |error: io::Error| source.failure(call, &error);
    let key = source.path.to_string();
    let bytes = source.bucket.read(&key).map_err(failed)?;
    if to.path.is_root() {
        let sentence = "An object needs a key.";
        return Err(source.server(call, "FILES_OPSC_ERR", sentence));
    }
    source.bucket.write(&to.path.to_string(), &bytes, now).map_err(failed)?;
    if moved && source.is_whole_host() {
        source.bucket.delete(&key).map_err(failed)?;
    }
    Ok(())
}

/// Deletes the object with this key, if there is one, or all objects of the bucket.
pub(super) fn delete(call: &Call<'_>, target: &Target) -> Result<(), Failure> {
    let failed = |error: io::Error| target.trouble(call, &error);
    if !target.path.is_root() {
        return target.bucket.delete(&target.path.to_string()).map_err(failed);
    }
    // With a `rootDir` the key is that text, which is rarely an object.
    if target.root_dir.is_empty() { target.bucket.clear().map_err(failed) } else { Ok(()) }
}

/// The content of the object with exactly this key.
pub(super) fn read(call: &Call<'_>, target: &Target) -> Result<Vec<u8>, Failure> {
    let key = target.path.to_string();
    target.bucket.read(&key).map_err(|error| match is_missing(&error) {
        true => Failure::not_found(format!("There is no object with this key: {key}")),
        false => target.trouble(call, &error),
    })
}
