//! Downloads.

use std::io;

use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};

use super::access::Wish;
use super::bucket;
use super::target::{Sort, Target};
use super::transfers;
use crate::call::Call;
use crate::folder::Within;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::archive;

/// The size of a page of `more`.
const PAGE: u64 = 1024;
/// The maximum size of a range on iRODS.
const IRODS_PART: u64 = 1_000_000;
const BYTES: &str = "application/octet-stream";
const TEXT: &str = "text/plain";

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let range = call.header("range").map(Range::read).transpose()?;
    let more = call.header("more").map(read_page).transpose()?;
    transfers::settle(call);
    let store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    let asked = &call.path_to_its_end("path");
    if call.flag("zip") {
        let reply = Reply::raw(BYTES, zip(call, &target, asked)?);
        return Ok(disposed(reply, &attachment(&zip_name(asked))));
    }
    let entry = target.look(call)?.ok_or_else(|| no_such_file(call, &target))?;
    if entry.is_dir() {
        let sentence = "A directory comes as a zip file only.";
        let message = target.say(call, "FILES_CONT_DIR_NOZIP", sentence);
        return Err(Failure::bad_request(message));
    }
    let (reply, disposition) = match (range, more) {
        (Some(range), _) => {
            (Reply::raw(TEXT, part(call, &target, &range)?), attachment(&name(asked)))
        }
        (None, Some(page)) => {
            let first = PAGE.saturating_mul(page - 1);
            // The service passes the number of the last byte as the number of bytes.
            let range = Range { first: Some(first), count: first.saturating_add(PAGE - 1) };
            (Reply::raw(TEXT, part(call, &target, &range)?), "inline".to_owned())
        }
        (None, None) => (Reply::raw(BYTES, whole(call, &target)?), attachment(&name(asked))),
    };
    Ok(disposed(cached(reply), &disposition))
}

pub(super) fn no_such_file(call: &Call<'_>, target: &Target) -> Failure {
    let sentence = "There is no such path.";
    Failure::not_found(target.say(call, "FILES_CONT_NO_FILEINFO", sentence))
}

/// A whole file.
pub(super) fn whole(call: &Call<'_>, target: &Target) -> Result<Vec<u8>, Failure> {
    match target.sort {
        Sort::S3 => bucket::read(call, target),
        Sort::Globus => {
            let sentence = "Globus gives no content.";
            Err(target.server(call, "FILES_OPS_UNSUPPORTED", sentence))
        }
        Sort::Linux | Sort::Irods => {
            target.disk.read(&target.path).map_err(|error| unreadable(call, target, &error))
        }
    }
}

/// A file or a directory as a zip archive.
pub(super) fn zip(call: &Call<'_>, target: &Target, asked: &str) -> Result<Vec<u8>, Failure> {
    if target.path.is_root() && target.is_whole_host() {
        let sentence = "This would be everything that the host has.";
        return Err(Failure::bad_request(target.say(call, "FILES_CONT_NOZIP", sentence)));
    }
    // Names start with that of the directory, unless the path ends in a slash.
    let base = if asked.ends_with('/') { target.path.clone() } else { target.path.parent() };
    target
        .log_in(call)
        .map_err(|failure| target.server(call, "FILES_CONT_ERR", &failure.message))?;
    let failed = |error: io::Error| target.failure(call, &error);
    if target.sort != Sort::S3 {
        return archive::zip(&target.disk, &target.path, &base, failed);
    }
    let objects = bucket::list(call, target, usize::MAX, 0)?;
    let files = objects.into_iter().map(|object| {
        let key = object.path.to_string();
        Ok((object.path.relative_to(&base), target.bucket.read(&key)?))
    });
    archive::zip_files(files.collect::<io::Result<_>>().map_err(failed)?, failed)
}

/// The file name of an archive: without its extension.
pub(super) fn zip_name(asked: &str) -> String {
    let name = name(asked);
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    format!("{stem}.zip")
}

/// The file name of a download.
pub(super) fn name(asked: &str) -> String {
    let last = asked.split('/').rev().map(str::trim).find(|segment| !segment.is_empty());
    last.unwrap_or("systemRoot").to_owned()
}

/// Allows caches to keep it for an hour.
pub(super) fn cached(reply: Reply) -> Reply {
    reply.with_header(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"))
}

pub(super) fn disposed(reply: Reply, disposition: &str) -> Reply {
    match HeaderValue::from_str(disposition) {
        Ok(value) => reply.with_header(CONTENT_DISPOSITION, value),
        Err(_) => reply,
    }
}

pub(super) fn attachment(name: &str) -> String {
    format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], "_"))
}

/// The error if the content of an existing file cannot be read.
fn unreadable(call: &Call<'_>, target: &Target, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => "Permission denied".to_owned(),
        _ => error.to_string(),
    };
    target.server(call, "FILES_CONT_ERR", &format!("The content cannot be read: {reason}."))
}

/// Two numbers with a comma. The second is a count, but still must not be less than the first.
struct Range {
    /// The start of the range; `None` if it is before the start of the file.
    first: Option<u64>,
    count: u64,
}

impl Range {
    /// The numbers that Java parses from the header; the part after a second comma is ignored.
    fn read(text: &str) -> Result<Self, Failure> {
        let mut numbers = text.split(',').map(str::parse::<i64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(first)), Some(Ok(second))) if second >= first => {
                let count = u64::try_from(second).unwrap_or_default();
                Ok(Self { first: u64::try_from(first).ok(), count })
            }
            _ => Err(Failure::new(Kind::Server, "HTTP 400 Bad Request")),
        }
    }

    fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let Some(first) = self.first else { return Vec::new() };
        let skipped = usize::try_from(first).unwrap_or(usize::MAX);
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        bytes.iter().skip(skipped).take(count).copied().collect()
    }
}

fn read_page(text: &str) -> Result<u64, Failure> {
    let page: i64 = text.parse().map_err(|_| Failure::new(Kind::Server, "HTTP 400 Bad Request"))?;
    u64::try_from(page).ok().filter(|page| *page >= 1).ok_or_else(|| {
        Failure::bad_request("getContents.startPage: must be greater than or equal to 1")
    })
}

/// A part of a file, as each kind of storage returns it.
fn part(call: &Call<'_>, target: &Target, range: &Range) -> Result<Vec<u8>, Failure> {
    match target.sort {
        // The host's shell gets the path without quotes, and the exit code of the command is
        // ignored.
        Sort::Linux if is_split_by_shell(&target.path) => Ok(Vec::new()),
        Sort::Linux => Ok(whole(call, target).map(|bytes| range.of(&bytes)).unwrap_or_default()),
        Sort::Irods if range.count > IRODS_PART => {
            let sentence = "So many bytes do not come at once.";
            Err(Failure::not_found(target.say(call, "FILES_IRODS_MAX_BYTES_ERROR", sentence)))
        }
        Sort::S3 => {
            let bytes = bucket::read(call, target)?;
            // A range of no bytes cannot be expressed for S3, which then sends everything.
            if range.count == 0 {
                return Ok(bytes);
            }
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if range.first.is_some_and(|first| first >= size) {
                let sentence = "The range begins after the end.";
                return Err(target.server(call, "FILES_CONT_ERR", sentence));
            }
            Ok(range.of(&bytes))
        }
        Sort::Irods | Sort::Globus => {
            let range = Range { first: range.first.or(Some(0)), count: range.count };
            whole(call, target).map(|bytes| range.of(&bytes))
        }
    }
}

/// Whether a shell reads the path as something else than one word with this value.
fn is_split_by_shell(path: &Within) -> bool {
    let special = |letter: char| letter.is_whitespace() || "'\"\\$`&;|<>()".contains(letter);
    let path = path.to_string();
    path.contains(special)
        || (path.contains('{') && path.contains([',', '.']) && path.contains('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_two_numbers() {
        let read = |text| Range::read(text).ok().map(|range| (range.first, range.count));
        assert_eq!(read("0,9"), Some((Some(0), 9)));
        assert_eq!(read("0,9,3"), Some((Some(0), 9)));
        assert_eq!(read("-1,2"), Some((None, 2)));
        for bad in ["bytes=0-9", "9,0", "0", "a,b", "0, 9", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_shell_splits_some_paths() {
        let split = |text| is_split_by_shell(&Within::clean(text).unwrap());
        for plain in ["a/b.txt", "a+b=c@d%e,f:g", "é", "a*b", "[x]", "#x", "a{b}"] {
            assert!(!split(plain), "{plain}");
        }
        for odd in ["a b", "it's", "a;b", "$(x)", "a&b", "(1)", "a{b,c}", "`x`"] {
            assert!(split(odd), "{odd}");
        }
    }

    #[test]
    fn archives_have_names_without_extensions() {
        assert_eq!(zip_name("a/v1.2"), "v1.zip");
        assert_eq!(zip_name("a/d/"), "d.zip");
        assert_eq!(zip_name(""), "systemRoot.zip");
        assert_eq!(zip_name("/"), "systemRoot.zip");
        assert_eq!(name("a/f.txt"), "f.txt");
    }
}
