//! Reads the end of an output file: the bytes that a job has added since the last read.
//!
//! The Jobs service sends whole files only. The Files service can send the end of a file from the job's execution
//! system, if the caller may read there.

use bytes::{Bytes, BytesMut};
use tapis_core::range::{Request, Tail, is_harmless};
use tapis_core::{Error, Method, RawRequest, Session};

use crate::types::Job;

/// The part of a file that has been read.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Its length in bytes.
    pub(crate) length: u64,
    /// Its last bytes.
    tail: Tail,
    /// Whether the Files service has refused to send the end of the file.
    refused: bool,
}

impl Known {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(count);
        self.tail.push(bytes);
    }

    /// Forgets the content, because the file was replaced.
    pub(crate) fn forget(&mut self) {
        (self.length, self.tail) = (0, Tail::default());
    }

    /// Returns the bytes after the known part of the output file at `path`, which has at least `size` bytes: `GET
    /// /v3/files/content/{systemId}/{path}` with a range. `None` if Files cannot send them; then the whole file must
    /// be downloaded.
    pub(crate) async fn added(
        &mut self,
        session: &Session,
        job: &Job,
        path: &str,
        size: u64,
    ) -> Option<Bytes> {
        // The last known bytes are requested again, to check that the file was not replaced.
        let from = self.length.saturating_sub(self.tail.length());
        if self.refused || self.length == 0 || size <= self.length {
            return None;
        }
        let (address, request) = (address(job, path)?, Request::new(from..size, size)?);
        match read(session, &address, &request).await {
            Ok(Some(mut bytes)) => {
                let known = self.length.saturating_sub(from);
                let known = usize::try_from(known).unwrap_or(usize::MAX);
                let known = bytes.split_to(known.min(bytes.len()));
                let agrees = self.tail.agrees(self.length, from, &known);
                Some(bytes).filter(|bytes| agrees && !bytes.is_empty())
            }
            Ok(None) => {
                self.refused = true;
                None
            }
            Err(error) => {
                self.refused = !error.is_retryable();
                None
            }
        }
    }
}

/// The URL path of an output file's content on the execution system, which is always a Linux host (tapis-systems
/// `TSystem.java` 692 to 697). `None` for a path that is not safe to send to Files.
fn address(job: &Job, path: &str) -> Option<String> {
    let system = job.exec_system_id.as_deref().filter(|system| !system.is_empty())?;
    let directory = job.exec_system_output_dir.as_deref().filter(|dir| !dir.is_empty())?;
    let path = format!("{directory}/{path}");
    let segments = || path.split('/').filter(|segment| !segment.is_empty());
    if !is_harmless(system)
        || !is_harmless(&path)
        || segments().any(|one| matches!(one, "." | ".."))
    {
        return None;
    }
    let path = segments().collect::<Vec<_>>().join("/").replace('%', "%25");
    Some(format!("/v3/files/content/{system}/{path}"))
}

/// Reads a range, and more if the file has grown. `None` if the reply is not the requested range.
async fn read(session: &Session, address: &str, request: &Request) -> Result<Option<Bytes>, Error> {
    let call = RawRequest::new(session, Method::GET, address);
    let mut reply = call.with_header("range", request.header()).stream().await?;
    if !request.is_answered_by(reply.status(), reply.headers()) {
        return Ok(None);
    }
    let mut bytes = BytesMut::new();
    let length = |bytes: &BytesMut| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    while let Some(chunk) = reply.chunk().await? {
        bytes.extend_from_slice(&chunk);
        // The file has become much longer; the next poll reads the rest.
        if length(&bytes) > request.longest().saturating_mul(2) {
            break;
        }
    }
    let is_whole = length(&bytes) >= request.size.saturating_sub(request.wanted.start);
    Ok(is_whole.then(|| bytes.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_addressed_only_where_its_path_is_safe() {
        let of = |system: &str, directory: &str, path: &str| {
            let job = serde_json::json!({
                "uuid": "u", "execSystemId": system, "execSystemOutputDir": directory,
            });
            address(&Job::from_json(&job.to_string()).unwrap(), path)
        };
        let expected = "/v3/files/content/s/work/jobs/1-007/output/sub/a.log";
        assert_eq!(of("s", "/work//jobs/1-007/output/", "sub/a.log").as_deref(), Some(expected));
        assert_eq!(of("s", "o", "100%").as_deref(), Some("/v3/files/content/s/o/100%25"));
        for (system, directory, path) in [
            ("", "o", "a"),
            ("s", "", "a"),
            ("s", "my work", "a"),
            ("s", "o", "a;b"),
            ("s", "o", "$(a)"),
            ("s", "o", "../a"),
            ("s", "o", "a/./b"),
        ] {
            assert_eq!(of(system, directory, path), None, "{system} {directory} {path}");
        }
    }
}
