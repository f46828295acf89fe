//! The location of a job's output.

use tapis_core::Error;

use crate::Client;
use crate::log;
use crate::types::{Job, JobRemoteOutcome, JobStatus};

impl Job {
    /// The directory from which the service lists and downloads the job's output, as
    /// `tapis://system/path`. This is the archive directory if the job has finished, or has failed
    /// with another remote outcome than `FAILED_SKIP_ARCHIVE`; otherwise the directory on the
    /// execution system, [`exec_output_url`](Self::exec_output_url). `None` if the job does not
    /// have these fields.
    ///
    /// `t.files.at(url)` accepts it, for listings and downloads with all options of the Files service.
    #[must_use]
    pub fn output_url(&self) -> Option<String> {
        if self.is_archived() {
            return url(self.archive_system_id.as_deref()?, self.archive_system_dir.as_deref()?);
        }
        self.exec_output_url()
    }

    /// The directory on the execution system to which the job writes its output, as
    /// `tapis://system/path`. If archiving fails or is skipped, the output stays there. `None` if
    /// the job does not have these fields.
    #[must_use]
    pub fn exec_output_url(&self) -> Option<String> {
        url(self.exec_system_id.as_deref()?, self.exec_system_output_dir.as_deref()?)
    }

    /// Whether the service reads the output from the archive (tapis-jobs `DataLocator.java` 51 to 75).
    fn is_archived(&self) -> bool {
        match self.status {
            Some(JobStatus::Finished) => true,
            Some(JobStatus::Failed) => {
                self.remote_outcome != Some(JobRemoteOutcome::FailedSkipArchive)
            }
            _ => false,
        }
    }

    /// The directory of [`output_url`](Self::output_url), in the form of the paths in listings.
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

/// Adds a hint to a `NotFound` error: where the output at `path` is instead. It may be on the execution system, because
/// the job failed before archiving, or in another file.
pub(crate) async fn explain(client: &Client, uuid: &str, path: &str, error: Error) -> Error {
    if !error.is_not_found() || error.hint().is_some() {
        return error;
    }
    let Ok(job) = client.get_job(uuid).await else { return error };
    let directory = job.exec_output_url().filter(|url| job.output_url().as_ref() != Some(url));
    match directory {
        Some(url) if job.status == Some(JobStatus::Failed) => error.with_hint(format!(
            "the job failed, and its output may not have been archived; look for it in {url}"
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
