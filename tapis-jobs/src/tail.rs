//! Returns the text of an output file while the job writes it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tapis_core::wait::{PollInterval, Tolerance, Watch};
use tapis_core::{Error, ErrorKind};

use crate::Client;
use crate::added::Known;
use crate::download::{OutputStream, last_segment};
use crate::location::explain;
use crate::types::FileType;
use crate::wait::has_ended;

impl Client {
    /// Returns the text of an output file, such as `tapisjob.out`, while the job writes it. The stream
    /// returns the existing text, then each addition, and ends when the job has ended.
    ///
    /// Each poll requests the job, `GET /v3/jobs/{jobUuid}`, and the size of the file, `GET
    /// /v3/jobs/{jobUuid}/output/list/{outputPath}`. If you can read the job's system and the path has
    /// no characters that are special to a shell, only the addition is downloaded, `GET
    /// /v3/files/content/{systemId}/{path}` with a range. Otherwise the whole file is downloaded, `GET
    /// /v3/jobs/{jobUuid}/output/download/{outputPath}`, and the known part is skipped. While the job
    /// runs and the file does not exist, nothing is returned. Bytes that are not UTF-8 become
    /// replacement characters.
    ///
    /// The stream does not report whether the job succeeded; use [`wait`](Self::wait) for that. If the
    /// job fails before its output is archived, the stream ends with the last text that it could read.
    /// Outages are tolerated for 15 minutes, as by a waiter; see [`Tolerance`].
    ///
    /// For apps with the runtime SINGULARITY, standard output is saved to `tapisjob.out`, or to the file
    /// in the job's log configuration. For apps with the runtime DOCKER, standard output is not saved to
    /// a file.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the job has ended and the file never existed; its hint names the file
    /// that standard output is saved to. [`ErrorKind::Input`] if the path is a directory.
    #[doc(alias = "follow")]
    #[doc(alias = "log")]
    #[doc(alias = "stdout")]
    #[doc(alias = "job log")]
    pub fn tail(&self, uuid: impl Into<String>, path: impl Into<String>) -> Watch<String> {
        self.tail_with_poll_interval(PollInterval::default(), uuid, path)
    }

    /// [`tail`](Self::tail) with the given poll interval.
    pub fn tail_with_poll_interval(
        &self,
        poll_interval: PollInterval,
        uuid: impl Into<String>,
        path: impl Into<String>,
    ) -> Watch<String> {
        let (uuid, path) = (uuid.into(), path.into());
        let tail = Tail {
            client: self.clone(),
            uuid,
            path,
            poll_interval,
            pause: None,
            tolerance: Tolerance::default(),
            known: Known::default(),
            partial: Vec::new(),
            content: None,
            skip: 0,
            found: false,
            looked: false,
            over: false,
        };
        Watch::new(stream::try_unfold(tail, |mut tail| async move {
            Ok(tail.next().await?.map(|text| (text, tail)))
        }))
    }
}

struct Tail {
    client: Client,
    uuid: String,
    path: String,
    poll_interval: PollInterval,
    pause: Option<Duration>,
    tolerance: Tolerance,
    /// The part of the file that has been read.
    known: Known,
    /// The first bytes of an incomplete character.
    partial: Vec<u8>,
    /// The download in progress.
    content: Option<OutputStream>,
    /// The number of bytes of the download still to skip.
    skip: u64,
    /// Whether the file existed at any poll.
    found: bool,
    /// Whether the next poll must wait for the poll interval.
    looked: bool,
    /// Whether the job has ended, so that the file does not change any more.
    over: bool,
}

impl Tail {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            let step = match &mut self.content {
                Some(content) => content.chunk().await,
                None if self.over && !self.found => return Err(self.absent().await),
                None if self.over => return Ok(self.rest()),
                None => {
                    if self.looked {
                        self.sleep().await;
                    }
                    self.looked = true;
                    match self.look().await {
                        Ok(content) => {
                            self.tolerance.answered();
                            self.content = content;
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
            };
            match step {
                Ok(Some(chunk)) => {
                    if let Some(text) = self.take(chunk) {
                        self.pause = None;
                        return Ok(Some(text));
                    }
                }
                Ok(None) => {
                    self.content = None;
                    if self.skip > 0 {
                        self.restart();
                    }
                }
                Err(error) => self.bear(error).await?,
            }
        }
    }

    /// Polls for an addition. The job is requested before the file: if the job has ended by then, the
    /// file is complete.
    async fn look(&mut self) -> Result<Option<OutputStream>, Error> {
        let job = self.client.get_job(self.uuid.as_str()).await?;
        self.over = has_ended(&job);
        let list = self.client.get_job_output_list(self.uuid.as_str(), self.path.as_str());
        let files = match list.limit(2).allow_if_running(true).await {
            Ok(files) => files,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some(file) = files.first() {
            self.found = true;
            if file.type_ == Some(FileType::Dir) || file.name != last_segment(&self.path) {
                self.over = true;
                let message = format!(
                    "the output {:?} is a directory: give the path of a file in it",
                    self.path
                );
                return Err(Error::new(ErrorKind::Input, message));
            }
            match file.size.and_then(|size| u64::try_from(size).ok()) {
                Some(size) if size == self.known.length => return Ok(None),
                Some(size) if size < self.known.length => self.forget(),
                Some(size) => {
                    let session = self.client.session();
                    let added = self.known.added(session, &job, &self.path, size).await;
                    if let Some(added) = added {
                        self.skip = 0;
                        return Ok(Some(OutputStream::of(added)));
                    }
                }
                None => {}
            }
        }
        let download = self.client.download_output(self.uuid.as_str(), self.path.as_str());
        match download.while_running().open().await {
            Ok(content) => {
                self.found = true;
                self.skip = self.known.length;
                Ok(Some(content))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The error for a job that has ended without the file.
    async fn absent(&self) -> Error {
        let message = format!("job {} has ended and has no output file {}", self.uuid, self.path);
        let error = Error::new(ErrorKind::NotFound, message);
        explain(&self.client, &self.uuid, &self.path, error).await
    }

    /// Returns the new text in a chunk of the file; `None` if there is none.
    fn take(&mut self, mut chunk: Bytes) -> Option<String> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let known = self.skip.min(length);
        self.skip = self.skip.saturating_sub(known);
        let _ = chunk.split_to(usize::try_from(known).unwrap_or(usize::MAX).min(chunk.len()));
        self.known.push(&chunk);
        self.partial.extend_from_slice(&chunk);
        let whole = whole_characters(&self.partial).len();
        let text = String::from_utf8_lossy(self.partial.get(..whole)?).into_owned();
        self.partial.drain(..whole);
        Some(text).filter(|text| !text.is_empty())
    }

    /// Returns the incomplete character at the end of the file, if any.
    fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.partial);
        (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned())
    }

    /// Starts again, because the file is shorter than before and so was replaced.
    fn restart(&mut self) {
        self.forget();
        self.over = false;
        self.looked = false;
    }

    fn forget(&mut self) {
        self.known.forget();
        self.partial.clear();
    }

    /// Waits after an error that is tolerated; returns any other error.
    async fn bear(&mut self, error: Error) -> Result<(), Error> {
        let now = self.client.session().monotonic();
        self.content = None;
        if !self.tolerance.tolerates(&error, now) {
            self.over = true;
            self.partial.clear();
            return Err(error);
        }
        self.over = false;
        self.looked = false;
        let pause = self.next_pause();
        let pause = self.tolerance.pause(pause, &error, now);
        self.client.session().sleep(pause).await;
        Ok(())
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.poll_interval.after(self.pause);
        self.pause = Some(pause);
        pause
    }

    async fn sleep(&mut self) {
        let pause = self.next_pause();
        self.client.session().sleep(pause).await;
    }
}

/// Whether the file does not exist, which the service reports with several statuses.
fn is_absent(error: &Error) -> bool {
    error.is_not_found() || matches!(error.status().map(|s| s.as_u16()), Some(400 | 404))
}

/// Removes an incomplete character from the end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let mut from = 0;
    // Invalid bytes elsewhere are kept; they become replacement characters.
    loop {
        match std::str::from_utf8(bytes.get(from..).unwrap_or_default()) {
            Ok(_) => return bytes,
            Err(error) => match error.error_len() {
                None => return bytes.get(..from + error.valid_up_to()).unwrap_or_default(),
                Some(length) => from += error.valid_up_to() + length,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_told_when_all_of_it_is_there() {
        let text = "a€".as_bytes();
        assert_eq!(whole_characters(&text[..1]), b"a");
        assert_eq!(whole_characters(&text[..3]), b"a");
        assert_eq!(whole_characters(text), text);
        assert_eq!(whole_characters(b"a\xffb"), b"a\xffb", "invalid bytes are returned at once");
        assert_eq!(whole_characters(b"\xff\xe2\x82"), b"\xff");
    }
}
