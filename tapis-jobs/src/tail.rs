//! Following a text that a job is writing.

use std::time::Duration;

use futures_util::stream;
use tapis_core::Error;
use tapis_core::wait::{PollInterval, Tolerance, Watch};

use crate::Client;
use crate::wait::has_ended;

impl Client {
    /// The text of an output file as the job writes it, such as `tapisjob.out`: what is there
    /// already, and then what is added, until the job has ended.
    ///
    /// The service gives a file as a whole only, so that each look fetches it again: `GET
    /// /v3/jobs/{jobUuid}/output/download/{outputPath}`. As long as there is no such file, nothing
    /// comes. What is not UTF-8 comes as replacement characters. How the job ended is not told: see
    /// [`wait`](Self::wait). Outages are tolerated for 15 minutes, as by a waiter; see
    /// [`Tolerance`].
    pub fn tail(&self, uuid: impl Into<String>, path: impl Into<String>) -> Watch<String> {
        self.tail_at(PollInterval::default(), uuid, path)
    }

    /// As [`tail`](Self::tail), at a pace of the caller's own.
    pub fn tail_at(
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
            told: 0,
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
    /// How many bytes have been told.
    told: usize,
    over: bool,
}

impl Tail {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        while !self.over {
            let mut pause = self.pace.after(self.pause);
            match self.look().await {
                Ok(text) => {
                    self.tolerance.answered();
                    if !text.is_empty() {
                        self.pause = None;
                        return Ok(Some(text));
                    }
                }
                Err(error) => {
                    let now = self.client.session().monotonic();
                    if !self.tolerance.tolerates(&error, now) {
                        self.over = true;
                        return Err(error);
                    }
                    self.over = false;
                    pause = self.tolerance.pause(pause, &error, now);
                }
            }
            if !self.over {
                self.pause = Some(pause);
                self.client.session().sleep(pause).await;
            }
        }
        Ok(None)
    }

    /// What has been added to the file. First comes the job, then the file: what is written until
    /// the end is in the file then.
    async fn look(&mut self) -> Result<String, Error> {
        let job = self.client.get_job(self.uuid.as_str()).await?;
        self.over = has_ended(&job);
        let download = self.client.download_output(self.uuid.as_str(), self.path.as_str());
        let content = match download.while_running().bytes().await {
            Ok(content) => content,
            // It is not there yet; the service says so in more than one way.
            Err(error) if matches!(error.status().map(|s| s.as_u16()), Some(400 | 404)) => {
                return if self.over && self.told > 0 { Err(error) } else { Ok(String::new()) };
            }
            Err(error) => return Err(error),
        };
        if content.len() < self.told {
            // It has been written anew.
            self.told = 0;
        }
        let new = content.get(self.told..).unwrap_or_default();
        let whole = if self.over { new } else { whole_characters(new) };
        self.told += whole.len();
        Ok(String::from_utf8_lossy(whole).into_owned())
    }
}

/// Leaves out a character at the end of which only a part has come.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => bytes,
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
    }
}
