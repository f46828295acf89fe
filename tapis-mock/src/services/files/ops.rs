//! Creates directories, uploads, moves, copies and deletes.

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::access::{self, Wish};
use super::target::{Sort, Target, is_missing};
use super::{bucket, host};
use crate::call::{Call, text};
use crate::folder::Within;
use crate::reply::{Failure, Outcome, Reply};

pub(super) fn make_dir(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let path = text(&body, "path").unwrap_or_default();
    if path.trim().is_empty() || path.contains("..") {
        let message = "mkdir.mkdirRequest.path: must not be blank and must not hold two dots.";
        return Err(Failure::bad_request(message));
    }
    let store = call.world.store();
    let target = Target::at(call, &store, call.path("systemId"), path, Wish::Modify)?;
    target.log_in(call)?;
    if target.sort == Sort::S3 {
        let sentence = "Buckets have no directories.";
        return Err(target.server(call, "FILES_CLIENT_S3_NO_SUPPORT", sentence));
    }
    let path = host::normalized(&target.path).ok_or_else(|| no_path(call, &target))?;
    make_dirs(call, &target, &path)?;
    Ok(done())
}

/// Creates a directory and its parents; a file among them is an error.
fn make_dirs(call: &Call<'_>, target: &Target, path: &Within) -> Result<(), Failure> {
    let mut above = path.clone();
    loop {
        match target.disk.entry(&above) {
            Ok(entry) if entry.is_dir() => break,
            Ok(_) => {
                let sentence = "There is a file at this path, or above it.";
                let message = target.say(call, "FILES_CLIENT_SSH_MKDIR_FILE", sentence);
                return Err(Failure::bad_request(message));
            }
            Err(error) if is_missing(&error) => above = above.parent(),
            Err(error) => return Err(target.failure(call, &error)),
        }
    }
    target.disk.make_dir(path).map_err(|error| target.failure(call, &error))
}

pub(super) fn upload(call: &Call<'_>) -> Outcome {
    let bytes = uploaded(call);
    let now = call.world.clock.now();
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    if target.path.is_root() {
        return Err(target.server(call, "FILES_ERR_EMPTY_PATH", "The path must name a file."));
    }
    if target.look(call)?.is_some_and(|entry| entry.is_dir()) {
        let message = target.say(call, "FILES_ERR_UPLOAD_DIR", "The path is a directory.");
        return Err(Failure::bad_request(message));
    }
    match target.sort {
        Sort::Globus => {
            return Err(target.server(call, "FILES_OPS_UNSUPPORTED", "Not implemented."));
        }
        Sort::S3 => {
            let bytes = bytes.ok_or_else(|| no_part(call, &target))?;
            let key = target.path.to_string();
            let written = target.bucket.write(&key, &bytes, now);
            written.map_err(|error| target.trouble(call, &error))?;
        }
        Sort::Linux | Sort::Irods => {
            let path = host::normalized(&target.path).ok_or_else(|| no_path(call, &target))?;
            make_dirs(call, &target, &path.parent())?;
            // The file is opened before anything is read, so it exists in any case.
            let content = bytes.as_deref().unwrap_or_default();
            target.disk.write(&path, content, now).map_err(|_| {
                // The service's message if its own clean-up fails, whatever the reason.
                let sentence = "Cannot invoke \"java.io.OutputStream.close()\" because \
                                \"outputStream\" is null";
                Failure::server(sentence)
            })?;
            if bytes.is_none() {
                return Err(no_part(call, &target));
            }
        }
    }
    Ok(done())
}

pub(super) fn move_or_copy(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let new_path = text(&body, "newPath").unwrap_or_default();
    let moved = text(&body, "operation") != Some("COPY");
    let mut store = call.world.store();
    let wish = if moved { Wish::Modify } else { Wish::Read };
    let source = Target::of(call, &store, wish)?;
    let to = Target::at(call, &store, &source.system, new_path, Wish::Modify)?;
    if source.look(call)?.is_none() {
        let message = source.say(call, "FILES_PATH_NOT_FOUND", "There is no such path.");
        return Err(Failure::not_found(message));
    }
    if source.path == to.path {
        let message = source.say(call, "FILES_SRC_DST_SAME", "Both paths are the same.");
        return Err(Failure::not_found(message));
    }
    match source.sort {
        Sort::S3 => {
            bucket::move_or_copy(call, &source, &to, moved, call.world.clock.now())?;
        }
        Sort::Globus if !moved => {
            let sentence = "Not implemented.";
            return Err(source.server(call, "FILES_OPS_UNSUPPORTED", sentence));
        }
        Sort::Globus if to.disk.entry(&to.path).is_ok_and(|entry| !entry.is_dir()) => {
            let sentence = "There is a file at the new path.";
            let message = source.say(call, "FILES_CLIENT_GLOBUS_RENAME_FILE", sentence);
            return Err(Failure::bad_request(message));
        }
        Sort::Irods if moved && to.disk.entry(&to.path).is_ok() => {
            let sentence = "Destination already exists.";
            return Err(source.server(call, "FILES_OPSC_ERR", sentence));
        }
        Sort::Linux | Sort::Globus | Sort::Irods => {
            host::move_or_copy(call, &source, &to, moved)?;
        }
    }
    if moved {
        access::follow(&mut store, &call.tenant, &source.system, &source.path, &to.path);
    }
    Ok(done())
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    target.log_in(call)?;
    match target.sort {
        Sort::S3 => bucket::delete(call, &target)?,
        _ => host::delete(call, &target)?,
    }
    access::forget(&mut store, &call.tenant, &target.system, &target.path);
    Ok(done())
}

fn done() -> Reply {
    Reply::result(Value::Null, "FAPI_OP_COMPLETE Done.")
}

fn no_path(call: &Call<'_>, target: &Target) -> Failure {
    target.server(call, "FILES_OPSC_ERR", "\"path\" is null: this name cannot be used.")
}

fn no_part(call: &Call<'_>, target: &Target) -> Failure {
    let sentence = "\"fileStream\" is null: the form has no part named file.";
    target.server(call, "FILES_OPSC_ERR", sentence)
}

/// The part of a multipart form with the name `file`.
fn uploaded(call: &Call<'_>) -> Option<Bytes> {
    let value = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = value.and_then(|value| multer::parse_boundary(value).ok());
    let boundary = boundary?;
    let body = call.body.clone();
    let body = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut form = multer::Multipart::new(body, boundary);
    // The whole body is in memory, so this never waits.
    let find = async {
        while let Some(field) = form.next_field().await.ok()? {
            if field.name() == Some("file") {
                return field.bytes().await.ok();
            }
        }
        None
    };
    find.now_or_never().flatten()
}
