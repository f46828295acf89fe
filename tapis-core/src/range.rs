//! Ranges of a file, as Tapis Files sends them: what is requested, and whether a reply is it.
//!
//! On a Linux host the service reads a range byte by byte into its memory, by a command in which the path
//! is not quoted, and does not look at whether that worked (tapis-files `SSHDataClient.java` 529 to 554).

use std::ops::Range;

use http::StatusCode;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap};

/// The longest range that is requested: the service reads some megabytes a second.
const LONGEST: u64 = 8 * 1024 * 1024;
/// How many of the last bytes are kept to be compared. The record at the end of an archive fits in too.
pub const TAIL: u16 = 256;

/// A range that is to be requested.
#[derive(Clone, Debug)]
pub struct Request {
    /// The bytes that are wanted.
    pub wanted: Range<u64>,
    /// The size of the file.
    pub size: u64,
}

impl Request {
    /// The range `wanted` of a file of `size` bytes, unless it would be too long.
    #[must_use]
    pub fn new(wanted: Range<u64>, size: u64) -> Option<Self> {
        let request = Self { wanted, size };
        (request.longest() <= LONGEST).then_some(request)
    }

    /// The value of the header. The second number is a count in the services that run, and the last position in
    /// their document; this is at least what is wanted in both readings, and not less than the first number.
    #[must_use]
    pub fn header(&self) -> String {
        format!("{},{}", self.wanted.start, self.wanted.end)
    }

    /// Whether the head of a reply may be that of a range.
    #[must_use]
    pub fn is_answered_by(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if status == StatusCode::PARTIAL_CONTENT {
            return text(CONTENT_RANGE).starts_with(&format!("bytes {}-", self.wanted.start));
        }
        // The whole file would be an octet stream.
        text(CONTENT_TYPE).starts_with("text/plain")
    }

    /// How many bytes come if the second number is a count.
    fn counted(&self) -> u64 {
        self.wanted.end.min(self.size.saturating_sub(self.wanted.start))
    }

    /// How many bytes come if the second number is a position.
    fn placed(&self) -> u64 {
        self.wanted.end.saturating_add(1).min(self.size).saturating_sub(self.wanted.start)
    }

    /// The most bytes that may come of a file that does not change.
    #[must_use]
    pub fn longest(&self) -> u64 {
        self.counted().max(self.placed())
    }

    /// Whether so many bytes are what was requested of a file that does not change.
    #[must_use]
    pub fn is_whole(&self, length: u64) -> bool {
        length == self.counted() || length == self.placed()
    }
}

/// Whether a shell takes the path for one word that is the path, so that a range of a file on a Linux host can be
/// requested.
#[must_use]
pub fn is_harmless(path: &str) -> bool {
    path.chars().all(|letter| letter.is_ascii_alphanumeric() || "._/+=@%,:-".contains(letter))
}

/// The last bytes of what has been read.
#[derive(Clone, Debug, Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    /// How many bytes are kept.
    #[must_use]
    pub fn length(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or_default()
    }

    /// Adds what has been read.
    pub fn push(&mut self, bytes: &[u8]) {
        let most = usize::from(TAIL);
        let new = bytes.get(bytes.len().saturating_sub(most)..).unwrap_or(bytes);
        let keep = (most - new.len()).min(self.0.len());
        self.0.drain(..self.0.len() - keep);
        self.0.extend_from_slice(new);
    }

    /// Whether `bytes`, which begin at `from`, are equal to the tail, which ends at `end`, where they meet.
    #[must_use]
    pub fn agrees(&self, end: u64, from: u64, bytes: &[u8]) -> bool {
        let start = end.saturating_sub(self.length());
        let own = usize::try_from(from.saturating_sub(start)).unwrap_or(usize::MAX);
        let theirs = usize::try_from(start.saturating_sub(from)).unwrap_or(usize::MAX);
        let (Some(own), Some(theirs)) = (self.0.get(own..), bytes.get(theirs..)) else {
            return true;
        };
        own.iter().zip(theirs).all(|(own, theirs)| own == theirs)
    }

    /// Whether this is the end of a zip archive, where the record of its directory ends.
    #[must_use]
    pub fn ends_an_archive(&self) -> bool {
        self.0.windows(4).any(|window| window == b"PK\x05\x06")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_requested_only_of_a_path_that_is_one_word_of_a_shell() {
        for path in ["a/b-1_2.txt", "work/jobs/1-007/output/tapisjob.out", "a+b=c@d%e,f:g"] {
            assert!(is_harmless(path), "{path}");
        }
        for path in ["a b", "a;b", "$(a)", "a'b", "\u{e4}", "a*", "a{b,c}", "~a", "a\\b"] {
            assert!(!is_harmless(path), "{path}");
        }
    }

    #[test]
    fn a_range_is_requested_only_if_it_is_short() {
        let mib = 1024 * 1024;
        for (wanted, size, fits) in [
            (10..20, 100, true),
            // The last bytes of a large file are few, its middle is not.
            (99 * mib..100 * mib, 100 * mib, true),
            (50 * mib..51 * mib, 100 * mib, false),
            (1..100 * mib, 100 * mib, false),
        ] {
            assert_eq!(Request::new(wanted.clone(), size).is_some(), fits, "{wanted:?} of {size}");
        }
    }

    #[test]
    fn a_reply_is_a_range_only_with_its_own_length_and_type() {
        let request = Request::new(10..20, 100).unwrap();
        let of_length = |length| request.is_whole(length);
        assert!(of_length(20) && of_length(11), "a count, or a position");
        assert!(!of_length(100) && !of_length(10) && !of_length(0) && !of_length(90));
        let to_the_end = Request::new(90..100, 100).unwrap();
        assert!(to_the_end.is_whole(10) && !to_the_end.is_whole(100) && !to_the_end.is_whole(9));

        let head = |status: u16, pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (name.parse::<http::header::HeaderName>().unwrap(), value.parse().unwrap())
            });
            let headers: HeaderMap = pairs.collect();
            request.is_answered_by(StatusCode::from_u16(status).unwrap(), &headers)
        };
        assert!(head(200, &[("content-type", "text/plain")]));
        assert!(!head(200, &[("content-type", "application/octet-stream")]));
        assert!(!head(200, &[]));
        assert!(head(206, &[("content-range", "bytes 10-19/100")]));
        assert!(!head(206, &[("content-range", "bytes 100-119/1000")]));
    }

    #[test]
    fn a_tail_agrees_with_what_is_equal_where_they_meet() {
        let mut tail = Tail::default();
        tail.push(b"0123456789");
        // It ends at 110, so that it begins at 100.
        assert!(tail.agrees(110, 100, b"0123456789"));
        assert!(tail.agrees(110, 105, b"56789"));
        assert!(tail.agrees(110, 90, b"..........01234"));
        assert!(tail.agrees(110, 0, b"..........."), "they do not meet");
        assert!(!tail.agrees(110, 100, b"0123x"));
        assert!(!tail.agrees(110, 90, b"..........x"));
        assert!(Tail::default().agrees(110, 100, b"anything"));
        for length in [1, 100, 1000] {
            let mut tail = Tail::default();
            let bytes: Vec<u8> = (0..2000_u16).map(|n| n.to_le_bytes()[0]).collect();
            bytes.chunks(length).for_each(|piece| tail.push(piece));
            assert_eq!(tail.0, bytes[2000 - usize::from(TAIL)..], "{length}");
        }
    }
}
