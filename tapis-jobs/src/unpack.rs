//! Decompresses the single file in a zip archive while it is downloaded.
//!
//! The Jobs service sends a file of more than 1,000,000 bytes as a zip archive, even if no archive was requested
//! (tapis-jobs `JobOutputDownloadResource.java` 57, 263). A `java.util.zip.ZipOutputStream` writes it: the one entry
//! is deflated, and its checksum and sizes follow its data (tapis-files `FileOpsService.java` 1021, 1079). The crates
//! for zip archives need to seek, or do not support sizes after the data, so this module reads the entry itself.

use bytes::Bytes;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const CENTRAL_HEADER: &[u8] = b"PK\x01\x02";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const DEFLATED: u16 = 8;
/// The length of a local header without the name of its entry and the extra field.
const FIXED: usize = 30;
/// The length of the longest descriptor and the signature that follows it.
const TRAILER: usize = 24 + 4;
/// The maximum number of bytes that are decompressed at once.
const PIECE: usize = 64 * 1024;

/// The type of a downloaded content, judged by its first bytes.
pub(crate) enum Content {
    /// Unknown; more bytes are needed.
    Undecided,
    /// The file itself.
    Plain,
    /// An archive whose first entry is the file.
    Packed(Entry),
}

/// The header of an entry.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The offset of its data.
    pub(crate) data: usize,
    /// Checksum and sizes; empty if they follow the data.
    sizes: Vec<u8>,
}

/// Returns the type of `content`, which was requested as the file `name`. An archive is decompressed only if its first
/// entry has the name of the file: an archive that the job itself wrote begins with another name.
pub(crate) fn recognise(content: &[u8], name: &str) -> Content {
    let common = content.len().min(LOCAL_HEADER.len());
    if content.get(..common) != LOCAL_HEADER.get(..common) {
        return Content::Plain;
    }
    let Some(header) = content.get(..FIXED) else { return Content::Undecided };
    let number = |at: usize| match header.get(at..at.saturating_add(2)) {
        Some([low, high]) => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    let (flags, method, lengths) = (number(6), number(8), [number(26), number(28)]);
    let [name_length, extra_length] = lengths.map(usize::from);
    let (is_encrypted, sizes_follow) = (flags & 1 != 0, flags & 0b1000 != 0);
    if method != DEFLATED || is_encrypted || name_length != name.len() {
        return Content::Plain;
    }
    let data = FIXED.saturating_add(name_length).saturating_add(extra_length);
    match content.get(FIXED..FIXED.saturating_add(name_length)) {
        Some(entry) if entry != name.as_bytes() => Content::Plain,
        Some(_) if content.len() >= data => {
            let sizes = header.get(14..26).filter(|_| !sizes_follow).unwrap_or_default().to_vec();
            Content::Packed(Entry { data, sizes })
        }
        _ => Content::Undecided,
    }
}

/// The next result of decompressing an archive.
#[derive(Debug)]
pub(crate) enum Unpacked {
    Piece(Bytes),
    /// More of the archive is needed.
    Starved,
    /// The file is complete, and its checksum is correct.
    End,
}

/// Decompresses one entry in pieces.
pub(crate) struct Unpacker {
    state: Box<InflateState>,
    checksum: crc32fast::Hasher,
    packed: u64,
    length: u64,
    input: Bytes,
    ended: bool,
    /// Checksum and sizes, followed by the bytes after the data.
    trailer: Vec<u8>,
}

impl Unpacker {
    /// Starts with `input`, the first bytes of the entry's data.
    pub(crate) fn new(entry: Entry, input: Bytes) -> Self {
        Self {
            state: InflateState::new_boxed(DataFormat::Raw),
            checksum: crc32fast::Hasher::new(),
            packed: 0,
            length: 0,
            input,
            ended: false,
            trailer: entry.sizes,
        }
    }

    /// Adds the next bytes of the archive.
    pub(crate) fn feed(&mut self, input: Bytes) {
        self.input = input;
    }

    /// Returns the next piece of the file.
    ///
    /// # Errors
    /// The reason why the archive is invalid.
    pub(crate) fn next(&mut self) -> Result<Unpacked, &'static str> {
        if self.ended {
            return self.end();
        }
        let mut piece = vec![0; PIECE];
        let result = inflate(&mut self.state, &self.input, &mut piece, MZFlush::None);
        let _ = self.input.split_to(result.bytes_consumed.min(self.input.len()));
        piece.truncate(result.bytes_written);
        self.checksum.update(&piece);
        self.packed = add(self.packed, result.bytes_consumed);
        self.length = add(self.length, piece.len());
        match result.status {
            Ok(MZStatus::StreamEnd) => self.ended = true,
            Ok(_) | Err(MZError::Buf) => {}
            Err(_) => return Err("the archive is damaged"),
        }
        match piece.is_empty() {
            false => Ok(Unpacked::Piece(piece.into())),
            true if self.ended => self.end(),
            true => Ok(Unpacked::Starved),
        }
    }

    /// Compares the file with the checksum and sizes in the archive.
    fn end(&mut self) -> Result<Unpacked, &'static str> {
        let missing = TRAILER.saturating_sub(self.trailer.len());
        self.trailer.extend_from_slice(&self.input.split_to(missing.min(self.input.len())));
        if self.trailer.len() < TRAILER {
            return Ok(Unpacked::Starved);
        }
        let checksum = self.checksum.clone().finalize().to_le_bytes();
        // Files of more than 4 GiB have wider sizes.
        let wide = [&checksum[..], &self.packed.to_le_bytes(), &self.length.to_le_bytes()].concat();
        let narrow = [self.packed, self.length].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        let [packed, length] = narrow.map(u32::to_le_bytes);
        let narrow = [checksum, packed, length].concat();
        let fits = |descriptor: &[u8]| {
            let signed = [DESCRIPTOR, descriptor, CENTRAL_HEADER].concat();
            let bare = [descriptor, CENTRAL_HEADER].concat();
            self.trailer.starts_with(&signed) || self.trailer.starts_with(&bare)
        };
        match fits(&wide) || fits(&narrow) {
            true => Ok(Unpacked::End),
            false => Err("its checksum or size does not match, or the archive has several files"),
        }
    }
}

fn add(sum: u64, count: usize) -> u64 {
    sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    const NAME: &str = "result.dat";

    /// An archive of one file, in the form that Java's `ZipOutputStream` writes.
    fn archive(name: &str, content: &[u8]) -> Vec<u8> {
        let packed = compress_to_vec(content, 6);
        let checksum = crc32fast::hash(content).to_le_bytes();
        let size = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let header = [LOCAL_HEADER, &[20, 0, 8, 8, 8, 0], &[0; 16], &name_length, &[0, 0]].concat();
        let descriptor =
            [DESCRIPTOR, &checksum, &size(packed.len()), &size(content.len())].concat();
        [&header, name.as_bytes(), &packed, &descriptor, CENTRAL_HEADER, &[0; 60]].concat()
    }

    /// Decompresses `archive`, fed in pieces of `size`.
    fn unpack(archive: &[u8], size: usize) -> Result<Vec<u8>, &'static str> {
        let Content::Packed(entry) = recognise(archive, NAME) else { return Err("not packed") };
        let mut pieces = archive[entry.data..].chunks(size).map(Bytes::copy_from_slice);
        let mut unpacker = Unpacker::new(entry, Bytes::new());
        let mut content = Vec::new();
        loop {
            match unpacker.next()? {
                Unpacked::Piece(piece) => content.extend_from_slice(&piece),
                Unpacked::Starved => unpacker.feed(pieces.next().ok_or("cut off")?),
                Unpacked::End => return Ok(content),
            }
        }
    }

    fn content(length: u32) -> Vec<u8> {
        (0..length).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect()
    }

    #[test]
    fn a_packed_file_comes_out_as_it_was() {
        for length in [0, 1, 70_000, 3_000_000] {
            let content = content(length);
            let archive = archive(NAME, &content);
            for size in [1 << 20, 4096, 1] {
                if size > 1 || length < 100_000 {
                    assert!(unpack(&archive, size).unwrap() == content, "{length} {size}");
                }
            }
        }
    }

    #[test]
    fn sizes_may_stand_in_front_of_the_data() {
        let content = content(70_000);
        let mut archive = archive(NAME, &content);
        let descriptor = archive.len() - 64 - 16;
        let sizes: Vec<u8> = archive.drain(descriptor..descriptor + 16).skip(4).collect();
        archive[6] = 0;
        archive[14..26].copy_from_slice(&sizes);
        assert!(unpack(&archive, 1000).unwrap() == content);
        archive[14] ^= 1;
        assert!(unpack(&archive, 1000).is_err(), "another checksum");
    }

    #[test]
    fn an_archive_that_breaks_off_or_is_damaged_is_an_error() {
        let content = content(50_000);
        let whole = archive(NAME, &content);
        for end in (40..whole.len() - 60).step_by(97) {
            assert!(unpack(&whole[..end], 1000).is_err(), "{end}");
        }
        for at in (FIXED + NAME.len()..whole.len() - 64).step_by(1009) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(unpack(&damaged, 1000).is_err(), "{at}");
        }
        let second = [&whole[..whole.len() - 64], &archive("other", b"x")].concat();
        assert!(unpack(&second, 1000).is_err(), "an archive of two files is not one file");
    }

    #[test]
    fn only_an_archive_that_the_service_made_of_the_file_is_unpacked() {
        let is_packed =
            |content: &[u8], name| matches!(recognise(content, name), Content::Packed(_));
        let packed = archive(NAME, b"content");
        assert!(is_packed(&packed, NAME));
        assert!(!is_packed(&packed, "result.zip") && !is_packed(&packed, "esult.dat"));
        assert!(!is_packed(&archive("word/document.xml", b"x"), "report.docx"));
        let mut stored = packed.clone();
        stored[8] = 0;
        assert!(!is_packed(&stored, NAME));
        let mut encrypted = packed.clone();
        encrypted[6] |= 1;
        assert!(!is_packed(&encrypted, NAME));
        for content in [&b"text"[..], b"PL", b"PK\x05\x06"] {
            assert!(matches!(recognise(content, NAME), Content::Plain), "{content:?}");
        }
        for end in 0..FIXED + NAME.len() {
            assert!(matches!(recognise(&packed[..end], NAME), Content::Undecided), "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(content in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let head = archive(NAME, b"");
            let _ = unpack(&content, 7);
            let _ = unpack(&[&head[..FIXED + NAME.len()], &content].concat(), 7);
        }
    }
}
