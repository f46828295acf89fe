//! Lists.

use std::io;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::access::Wish;
use super::bucket;
use super::target::{Sort, Target};
use super::transfers;
use crate::call::Call;
use crate::dates::{self, Style};
use crate::folder::{Entry, Within};
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::files::info;
use crate::shared::listing::{DEPTH, Page, Pattern, deep};

/// The maximum and the default number of entries of a directory.
const MOST: i64 = 1000;

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let limit = limit(call)?;
    let offset = offset(call)?;
    transfers::settle(call);
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    target.log_in(call)?;
    // Only after the permission check.
    let limit = usize::try_from(limit)
        .map_err(|_| Failure::new(Kind::Server, format!("FILES_LIMIT {limit}")))?;
    let entries = match target.sort {
        Sort::S3 => bucket::list(call, &target, limit, offset)?,
        _ => on_host(call, &target, limit, offset)?,
    };
    let mut listed: Vec<Value> = entries.iter().map(|entry| show(call, &target, entry)).collect();
    // A single file.
    if target.sort == Sort::Irods
        && let ([entry], [info]) = (entries.as_slice(), listed.as_mut_slice())
        && entry.path == target.path
    {
        info["lastModified"] = misread(entry.modified).into();
    }
    Ok(Reply::result(listed, "FAPI_OP_COMPLETE Listed."))
}

/// The timestamp of a file whose milliseconds were read as seconds (tapis-files
/// `IrodsDataClient.java:121`), as Java writes it.
fn misread(modified: SystemTime) -> String {
    /// The calendar repeats after 400 years.
    const YEARS: i64 = 400;
    const SECONDS: i64 = 146_097 * 86_400;

    let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let time = Timestamp::from_second(seconds.rem_euclid(SECONDS)).unwrap_or_default();
    let year = i64::from(time.to_zoned(TimeZone::UTC).year());
    let year = year.saturating_add(YEARS.saturating_mul(seconds.div_euclid(SECONDS)));
    let text = dates::write(time, Style::Java);
    let rest = text.get(4..).unwrap_or_default();
    if year > 9999 { format!("+{year}{rest}") } else { format!("{year:04}{rest}") }
}

fn on_host(
    call: &Call<'_>,
    target: &Target,
    limit: usize,
    offset: usize,
) -> Result<Vec<Entry>, Failure> {
    let pattern = match (target.sort, call.query("pattern")) {
        // Only one storage client of the service supports patterns.
        (Sort::Linux, Some(pattern)) => Pattern::read(pattern),
        _ => Ok(None),
    };
    let invalid = |error| Failure::new(Kind::Server, format!("FILES_PATTERN {error}"));
    let page = Page { limit, offset, pattern: pattern.map_err(invalid)? };
    let level = |path: &Within| level(target, &page, path);
    let depth = if call.flag("recurse") { DEPTH } else { 0 };
    deep(&target.path, depth, &level).map_err(|error| target.failure(call, &error))
}

/// One page of one directory.
fn level(target: &Target, page: &Page, path: &Within) -> io::Result<Vec<Entry>> {
    if target.sort == Sort::Linux {
        return page.of(&target.disk, path);
    }
    // A single file is on every page.
    let top = target.disk.entry(path)?;
    if !top.is_dir() {
        return Ok(vec![top]);
    }
    let mut entries = target.disk.list(path)?;
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut shown = page.cut(entries);
    if target.sort == Sort::Globus {
        // Globus has skipped the first entries, and the service skips them again.
        shown.drain(..page.offset.min(shown.len()));
    }
    Ok(shown)
}

fn show(call: &Call<'_>, target: &Target, entry: &Entry) -> Value {
    let mut info = info(&target.system, entry);
    if target.sort == Sort::S3
        && let Some(fields) = info.as_object_mut()
    {
        // An object has no owner and no mode.
        for name in ["owner", "group", "nativePermissions"] {
            fields.remove(name);
        }
    }
    if call.world.settings.deployed()
        && let Some(fields) = info.as_object_mut()
    {
        for name in ["mimeType", "owner", "group", "nativePermissions"] {
            fields.entry(name).or_insert(Value::Null);
        }
    }
    info
}

/// A filter of all Java services parses the limit first, and the service then checks it.
fn limit(call: &Call<'_>) -> Result<i64, Failure> {
    let limit = match call.query("limit") {
        None => MOST,
        Some(text) => text.parse::<i64>().map_err(|_| {
            let message = "TAPIS_QUERY_PARAM_NOTINT The parameter limit is not an integer.";
            Failure::new(Kind::BadQuery, message)
        })?,
    };
    if limit > MOST {
        let message = format!("listFiles.limit: must be less than or equal to {MOST}");
        return Err(Failure::bad_request(message));
    }
    Ok(limit)
}

fn offset(call: &Call<'_>) -> Result<usize, Failure> {
    let Some(text) = call.query("offset") else { return Ok(0) };
    let offset: i64 = text.parse().map_err(|_| Failure::new(Kind::Server, "HTTP 404 Not Found"))?;
    usize::try_from(offset)
        .map_err(|_| Failure::bad_request("listFiles.offset: must be greater than or equal to 0"))
}
