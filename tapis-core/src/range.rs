//! Ranges of a file, as Tapis Files sends them: which range to request, and whether a reply is that
//! range.
//!
//! On a Linux host the service reads a range byte by byte into memory, with a command in which the
//! path is not quoted, and ignores the exit code of that command (tapis-files `SSHDataClient.java`
//! 529 to 554).
//!
//! On a Linux host the service reads a range byte by byte into its memory, by a command in which the path
//! is not quoted, and does not look at whether that worked (tapis-files `SSHDataClient.java` 529 to 554).

use std::ops::Range;

use http::StatusCode;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap};

/// The longest range that is requested: the service reads only some megabytes per second.
const LONGEST: u64 = 8 * 1024 * 1024;
/// The number of last bytes that are kept for comparison. The record at the end of a zip archive
/// fits into it.
pub const TAIL: u16 = 256;

/// A range to request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The requested bytes.
    pub wanted: Range<u64>,
    /// The size of the file.
    pub size: u64,
}

impl Request {
    /// The range `wanted` of a file of `size` bytes; `None` if it would be too long.
    #[must_use]
    pub fn new(wanted: Range<u64>, size: u64) -> Option<Self> {
        let request = Self { wanted, size };
        (request.longest() <= LONGEST).then_some(request)
    }

    /// The value of the header. The second number is a count in the deployed services, and the last
    /// position in their document. This value covers the range in both cases, and is not less than
    /// the first number.
    #[must_use]
    pub fn header(&self) -> String {
        format!("{},{}", self.wanted.start, self.wanted.end)
    }

    /// Whether the headers of a reply can belong to a range.
    #[must_use]
    pub fn is_answered_by(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if status == StatusCode::PARTIAL_CONTENT {
            return text(CONTENT_RANGE).starts_with(&format!("bytes {}-", self.wanted.start));
        }
        // A reply with the whole file has the type `application/octet-stream`.
        text(CONTENT_TYPE).starts_with("text/plain")
    }

    /// The number of bytes in the reply if the second number is a count.
    fn counted(&self) -> u64 {
        self.wanted.end.min(self.size.saturating_sub(self.wanted.start))
    }

    /// The number of bytes in the reply if the second number is a position.
    fn placed(&self) -> u64 {
        self.wanted.end.saturating_add(1).min(self.size).saturating_sub(self.wanted.start)
    }

    /// The maximum number of bytes in the reply, if the file does not change.
    #[must_use]
    pub fn longest(&self) -> u64 {
        self.counted().max(self.placed())
    }

    /// Whether a reply of this length is the requested range, if the file does not change.
    #[must_use]
    pub fn is_whole(&self, length: u64) -> bool {
        length == self.counted() || length == self.placed()
    }
}

/// Whether a shell reads the path as one word with this value, so that a range of a file on a Linux
/// host can be requested.
#[must_use]
pub fn is_harmless(path: &str) -> bool {
    path.chars().all(|letter| letter.is_ascii_alphanumeric() || "._/+=@%,:-".contains(letter))
}

/// The last bytes that were read.
#[derive(Clone, Debug, Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    /// The number of bytes that are kept.
    #[must_use]
    pub fn length(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or_default()
    }

    /// Adds bytes that were read.
    pub fn push(&mut self, bytes: &[u8]) {
        let most = usize::from(TAIL);
        let new = bytes.get(bytes.len().saturating_sub(most)..).unwrap_or(bytes);
        let keep = (most - new.len()).min(self.0.len());
        self.0.drain(..self.0.len() - keep);
        self.0.extend_from_slice(new);
    }

    /// Whether `bytes`, which start at `from`, equal the tail, which ends at `end`, where the two
    /// overlap.
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

    /// Whether this is the end of a zip archive, where its end record is.
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
            // The end of a large file is a short range, its middle is not.
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
        // The tail ends at 110, so it starts at 100.
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
