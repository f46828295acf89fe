//! Listing, uploading, moving and deleting.

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::access::Wish;
use super::target::Target;
use super::transfers;
use crate::call::{Call, text};
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::files::info;

/// How many entries come at most, and unless the call says otherwise.
const MOST: usize = 1000;
/// How deep a list goes that goes deep.
const DEPTH: usize = 20;

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let number = |name: &str, usual: usize| match call.query(name) {
        None => Ok(usual),
        Some(text) => text.parse::<usize>().map_err(|_| {
            Failure::new(Kind::BadQuery, format!("FILES_QUERY Invalid value for {name}."))
        }),
    };
    let (limit, offset) = (number("limit", MOST)?, number("offset", 0)?);
    if limit > MOST {
        return Err(Failure::bad_request(format!("FILES_LIMIT At most {MOST} entries at once.")));
    }
    let pattern = call.query("pattern").map(Pattern::read).transpose()?;
    transfers::settle(call);
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let top = match target.entry(call) {
        // The top of a system is there even when nobody has put anything into it.
        Err(_) if target.path.is_root() => {
            target.disk.make_dir(&target.path).map_err(|error| target.failure(call, &error))?;
            target.entry(call)?
        }
        found => found?,
    };
    let entries = if top.is_dir {
        let depth = if call.flag("recurse") { DEPTH } else { 0 };
        target.disk.walk(&target.path, depth).map_err(|error| target.failure(call, &error))?
    } else {
        vec![top]
    };
    let listed: Vec<Value> = entries
        .iter()
        .filter(|entry| pattern.as_ref().is_none_or(|p| p.fits(entry.path.name())))
        .skip(offset)
        .take(limit)
        .map(|entry| info(&target.system, call.user(), entry))
        .map(|info| if target.is_bucket { as_in_bucket(call, info) } else { info })
        .collect();
    Ok(Reply::result(listed, "ok"))
}

pub(super) fn make_dir(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let path = text(&body, "path").unwrap_or_default();
    let store = call.world.store();
    let target = Target::at(call, &store, call.path("systemId"), path, Wish::Modify)?;
    target.disk.make_dir(&target.path).map_err(|error| target.failure(call, &error))?;
    Ok(Reply::result(Value::Null, "ok"))
}

pub(super) fn upload(call: &Call<'_>) -> Outcome {
    let bytes = uploaded(call)?;
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    if target.path.is_root() {
        return Err(Failure::bad_request("FILES_UPLOAD The path must name a file."));
    }
    target
        .disk
        .write(&target.path, &bytes, call.world.clock.now())
        .map_err(|error| target.failure(call, &error))?;
    Ok(Reply::result(Value::Null, "ok"))
}

pub(super) fn move_or_copy(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let new_path = text(&body, "newPath").unwrap_or_default();
    let store = call.world.store();
    let source = Target::of(call, &store, Wish::Modify)?;
    let target = Target::at(call, &store, &source.system, new_path, Wish::Modify)?;
    source.entry(call)?;
    if source.path.is_root() || target.path.is_root() {
        return Err(Failure::bad_request("FILES_MOVE The top cannot be moved or replaced."));
    }
    let done = if text(&body, "operation") == Some("COPY") {
        let now = call.world.clock.now();
        source.disk.copy(&source.path, &target.disk, &target.path, now).map(|_| ())
    } else if target.path.is_within(&source.path) {
        return Err(Failure::bad_request("FILES_MOVE A path cannot be moved below itself."));
    } else {
        source.disk.rename(&source.path, &target.path)
    };
    done.map_err(|error| target.failure(call, &error))?;
    Ok(Reply::result(Value::Null, "ok"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Modify)?;
    target.entry(call)?;
    target.disk.delete(&target.path).map_err(|error| target.failure(call, &error))?;
    Ok(Reply::result(Value::Null, "ok"))
}

/// The part of a multipart form that is named `file`.
pub(crate) fn uploaded(call: &Call<'_>) -> Result<Bytes, Failure> {
    let value = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = value.and_then(|value| multer::parse_boundary(value).ok());
    let missing = || Failure::bad_request("FILES_UPLOAD The form has no part named file.");
    let boundary = boundary.ok_or_else(missing)?;
    let body = call.body.clone();
    let body = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut form = multer::Multipart::new(body, boundary);
    // All of the body is here, so nothing has to be waited for.
    let find = async {
        while let Some(field) = form.next_field().await.ok()? {
            if field.name() == Some("file") {
                return field.bytes().await.ok();
            }
        }
        None
    };
    find.now_or_never().flatten().ok_or_else(missing)
}

/// What a deployed service tells of an object in a bucket, which has no owner and no mode.
fn as_in_bucket(call: &Call<'_>, mut info: Value) -> Value {
    if call.world.settings.deployed() {
        for name in ["mimeType", "owner", "group", "nativePermissions"] {
            info[name] = Value::Null;
        }
        // Folders are only thought of there.
        if info["type"] == "dir" {
            info["lastModified"] = Value::Null;
        }
    }
    info
}

/// Which names a list is about.
enum Pattern {
    Glob(String),
    Regex(regex_lite::Regex),
}

impl Pattern {
    fn read(text: &str) -> Result<Self, Failure> {
        let bad = |error: String| Failure::bad_request(format!("FILES_PATTERN {error}"));
        if let Some(regex) = text.strip_prefix("regex:") {
            let whole = format!("^(?:{regex})$");
            return regex_lite::Regex::new(&whole).map(Self::Regex).map_err(|e| bad(e.to_string()));
        }
        let text = text.strip_prefix("glob:").unwrap_or(text);
        fast_glob::validate(text).map_err(|error| bad(error.to_string()))?;
        Ok(Self::Glob(text.to_owned()))
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Glob(glob) => fast_glob::glob_match(glob, name),
            Self::Regex(regex) => regex.is_match(name),
        }
    }
}
