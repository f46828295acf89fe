//! Downloading.

use std::io;

use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};

use super::access::Wish;
use super::target::Target;
use super::transfers;
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::archive;

/// What one page of `more` is.
const PAGE: usize = 1024;

pub(super) fn get(call: &Call<'_>) -> Outcome {
    transfers::settle(call);
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    download(call, &target, call.flag("zip"))
}

/// A file whole, in part or packed; a directory packed.
pub(super) fn download(call: &Call<'_>, target: &Target, zip: bool) -> Outcome {
    let entry = target.entry(call)?;
    let failed = |error: io::Error| target.failure(call, &error);
    let name = if entry.path.is_root() { target.system.as_str() } else { entry.path.name() };
    if zip {
        let bytes = archive::zip(&target.disk, &target.path, failed)?;
        return Ok(attachment(bytes, &format!("{name}.zip")));
    }
    if entry.is_dir {
        let message = "FILES_CONT_DIR A directory can be had as a zip file only.";
        return Err(Failure::bad_request(message));
    }
    let bytes = target.disk.read(&target.path).map_err(failed)?;
    if let Some(range) = call.header("range") {
        let (first, count) = read_range(range)?;
        return Ok(part(&bytes, first, count));
    }
    if let Some(page) = call.header("more") {
        let page = page.trim().parse::<usize>().ok().filter(|page| *page >= 1);
        let page = page.ok_or_else(|| Failure::bad_request("FILES_CONT_MORE Invalid page."))?;
        let first = PAGE.saturating_mul(page - 1);
        return Ok(part(&bytes, first, first.saturating_add(PAGE - 1)));
    }
    Ok(attachment(bytes, name))
}

/// Not the form of HTTP: two numbers with a comma, of which the second says how many bytes and
/// may still not be less than the first.
fn read_range(text: &str) -> Result<(usize, usize), Failure> {
    let numbers = text.split_once(',');
    let numbers = numbers.and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    numbers
        .filter(|(first, second): &(usize, usize)| second >= first)
        .ok_or_else(|| Failure::bad_request(format!("FILES_RANGE Invalid range: {text}")))
}

fn part(bytes: &[u8], first: usize, count: usize) -> Reply {
    let first = first.min(bytes.len());
    let last = first.saturating_add(count).min(bytes.len());
    Reply::raw("text/plain", bytes.get(first..last).unwrap_or_default().to_vec())
}

fn attachment(bytes: Vec<u8>, name: &str) -> Reply {
    let reply = Reply::raw("application/octet-stream", bytes)
        .with_header(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    let name = name.replace(['"', '\\'], "_");
    match HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        Ok(value) => reply.with_header(CONTENT_DISPOSITION, value),
        Err(_) => reply,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
    use super::*;

    #[test]
    fn ranges_are_two_numbers() {
        assert_eq!(read_range("0,9").unwrap(), (0, 9));
        for bad in ["bytes=0-9", "9,0", "0", "a,b", "-1,2", ""] {
            assert!(read_range(bad).is_err(), "{bad}");
        }
    }
}
