//! The location of a job's output.

use tapis_core::Error;

use crate::Client;
use crate::log;
use crate::types::{Job, JobRemoteOutcome, JobStatus};

impl Job {
    /// The directory in which the service looks for the job's output, as `tapis://system/path`: the
    /// archive if the job has finished, or failed after it ran; in all other cases the directory on
    /// the execution system, [`exec_output_url`](Self::exec_output_url).
    ///
    /// `t.files` accepts it, for listings and downloads with all options of the Files service.
    #[must_use]
    pub fn output_url(&self) -> Option<String> {
        if self.is_archived() {
            return url(self.archive_system_id.as_deref()?, self.archive_system_dir.as_deref()?);
        }
        self.exec_output_url()
    }

    /// The directory that the job writes its output to while it runs, as `tapis://system/path`.
    /// If an error occurs before or during archiving, the output stays in this directory.
    #[must_use]
    pub fn exec_output_url(&self) -> Option<String> {
        url(self.exec_system_id.as_deref()?, self.exec_system_output_dir.as_deref()?)
    }

    /// The rule of tapis-jobs `DataLocator.java` 51 to 75.
    fn is_archived(&self) -> bool {
        match self.status {
            Some(JobStatus::Finished) => true,
            Some(JobStatus::Failed) => {
                self.remote_outcome != Some(JobRemoteOutcome::FailedSkipArchive)
            }
            _ => false,
        }
    }

    /// The directory of [`output_url`](Self::output_url), as Files writes it in listings.
    pub(crate) fn output_directory(&self) -> Option<String> {
        let directory = match self.is_archived() {
            true => self.archive_system_dir.as_deref(),
            false => self.exec_system_output_dir.as_deref(),
        };
        let segments = directory?.split('/').filter(|segment| !matches!(*segment, "" | "."));
        Some(segments.collect::<Vec<_>>().join("/"))
    }
}

fn url(system: &str, directory: &str) -> Option<String> {
    (!system.is_empty()).then(|| format!("tapis://{system}/{}", directory.trim_start_matches('/')))
}

/// `error`, with a hint where the output at `path` is: elsewhere, if the job failed before it was
/// archived, in another file, or nowhere.
pub(crate) async fn explain(client: &Client, uuid: &str, path: &str, error: Error) -> Error {
    if !error.is_not_found() || error.hint().is_some() {
        return error;
    }
    let Ok(job) = client.get_job(uuid).await else { return error };
    let directory = job.exec_output_url().filter(|url| job.output_url().as_ref() != Some(url));
    match directory {
        Some(url) if job.status == Some(JobStatus::Failed) => error.with_hint(format!(
            "the job failed, and its output may not have been archived; it may still be in {url}, \
             where t.files finds it"
        )),
        _ if path.trim_matches('/').is_empty() => error,
        _ => error.with_hint(log::hint(&job, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_in_the_archive_only_if_the_job_finished_or_failed_after_it_ran() {
        for (status, outcome, expected) in [
            ("FINISHED", "FINISHED", "tapis://a/archive/1"),
            ("FAILED", "FAILED", "tapis://a/archive/1"),
            ("FAILED", "FAILED_SKIP_ARCHIVE", "tapis://e/work/output"),
            ("CANCELLED", "FINISHED", "tapis://e/work/output"),
            ("RUNNING", "FINISHED", "tapis://e/work/output"),
        ] {
            let job = serde_json::json!({
                "uuid": "u", "status": status, "remoteOutcome": outcome,
                "archiveSystemId": "a", "archiveSystemDir": "/archive/1",
                "execSystemId": "e", "execSystemOutputDir": "work/output",
            });
            let job = Job::from_json(&job.to_string()).unwrap();
            assert_eq!(job.output_url().as_deref(), Some(expected), "{status} {outcome}");
            assert_eq!(job.exec_output_url().as_deref(), Some("tapis://e/work/output"));
        }
        assert_eq!(Job::from_json(r#"{"uuid": "u"}"#).unwrap().output_url(), None);
    }
}
