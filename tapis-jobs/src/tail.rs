//! Following a text that a job is writing.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tapis_core::wait::{PollInterval, Tolerance, Watch};
use tapis_core::{Error, ErrorKind};

use crate::Client;
use crate::download::{OutputStream, last_segment};
use crate::location::explain;
use crate::types::FileType;
use crate::wait::has_ended;

impl Client {
    /// The text of an output file as the job writes it, such as `tapisjob.out`: what is there already,
    /// and then what is added, until the job has ended.
    ///
    /// Each look asks for the job, `GET /v3/jobs/{jobUuid}`, and for the size of the file, `GET
    /// /v3/jobs/{jobUuid}/output/list/{outputPath}`. Only if the file has grown is it downloaded, `GET
    /// /v3/jobs/{jobUuid}/output/download/{outputPath}`: the service sends a file as a whole, of which
    /// the part that is known is passed over. As long as there is no such file and the job goes on,
    /// nothing comes. Bytes that are not UTF-8 come as replacement characters.
    ///
    /// How the job ended is not reported; see [`wait`](Self::wait). If the job fails before its output
    /// is archived, the text ends with what was there. Outages are tolerated for 15 minutes, as by a
    /// waiter; see [`Tolerance`].
    ///
    /// Apps of the runtime SINGULARITY print to `tapisjob.out`, or to what the log configuration of the
    /// job names. Those of DOCKER print to no file.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the job has ended and there was no such file at any time; its hint
    /// says where the job prints to.
    pub fn tail(&self, uuid: impl Into<String>, path: impl Into<String>) -> Watch<String> {
        self.tail_with_poll_interval(PollInterval::default(), uuid, path)
    }

    /// As [`tail`](Self::tail), with a pace of the caller's own.
    pub fn tail_with_poll_interval(
        &self,
        pace: PollInterval,
        uuid: impl Into<String>,
        path: impl Into<String>,
    ) -> Watch<String> {
        let (uuid, path) = (uuid.into(), path.into());
        let tail = Tail {
            client: self.clone(),
            uuid,
            path,
            pace,
            pause: None,
            tolerance: Tolerance::default(),
            position: 0,
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
    pace: PollInterval,
    pause: Option<Duration>,
    tolerance: Tolerance,
    /// How many bytes of the file are known.
    position: u64,
    /// The beginning of a character whose end has not come.
    partial: Vec<u8>,
    /// The file, while it is read.
    content: Option<OutputStream>,
    /// How many bytes of it are still to be passed over.
    skip: u64,
    /// The file has been there.
    found: bool,
    looked: bool,
    /// The job has ended, and its file is the last one.
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
                            self.skip = self.position;
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

    /// Looks for more. First comes the job, then the file: what is written until the end is in the
    /// file then.
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
                let message = format!("the output {:?} is a directory", self.path);
                return Err(Error::new(ErrorKind::Input, message));
            }
            match file.size.and_then(|size| u64::try_from(size).ok()) {
                Some(size) if size == self.position => return Ok(None),
                Some(size) if size < self.position => self.forget(),
                _ => {}
            }
        }
        let download = self.client.download_output(self.uuid.as_str(), self.path.as_str());
        match download.while_running().open().await {
            Ok(content) => {
                self.found = true;
                Ok(Some(content))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The error for a job that has ended without the file.
    async fn absent(&self) -> Error {
        let message = format!("job {} has ended and left no output file {}", self.uuid, self.path);
        let error = Error::new(ErrorKind::NotFound, message);
        explain(&self.client, &self.uuid, &self.path, error).await
    }

    /// The new text in a chunk of the file, if there is any.
    fn take(&mut self, mut chunk: Bytes) -> Option<String> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let known = self.skip.min(length);
        self.skip = self.skip.saturating_sub(known);
        let _ = chunk.split_to(usize::try_from(known).unwrap_or(usize::MAX).min(chunk.len()));
        self.position = self.position.saturating_add(length.saturating_sub(known));
        self.partial.extend_from_slice(&chunk);
        let whole = whole_characters(&self.partial).len();
        let text = String::from_utf8_lossy(self.partial.get(..whole)?).into_owned();
        self.partial.drain(..whole);
        Some(text).filter(|text| !text.is_empty())
    }

    /// What is left at the end: a part of a character.
    fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.partial);
        (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned())
    }

    /// The file is shorter than before: it has been written anew.
    fn restart(&mut self) {
        self.forget();
        self.over = false;
        self.looked = false;
    }

    fn forget(&mut self) {
        self.position = 0;
        self.partial.clear();
    }

    /// Tolerates an error that may pass.
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
        let pause = self.pace.after(self.pause);
        self.pause = Some(pause);
        pause
    }

    async fn sleep(&mut self) {
        let pause = self.next_pause();
        self.client.session().sleep(pause).await;
    }
}

/// Whether a file is not there, which the service says in more than one way.
fn is_absent(error: &Error) -> bool {
    error.is_not_found() || matches!(error.status().map(|s| s.as_u16()), Some(400 | 404))
}

/// Leaves out a character at the end of which only a part has come.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let mut from = 0;
    // Wrong bytes before it do not matter.
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
        assert_eq!(whole_characters(b"a\xffb"), b"a\xffb", "what is wrong does not hold it up");
        assert_eq!(whole_characters(b"\xff\xe2\x82"), b"\xff");
    }
}
