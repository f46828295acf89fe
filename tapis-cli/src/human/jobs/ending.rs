//! Waits for the end of a job, and explains a failed one.

use tapis_client::jobs::JobFailed;
use tapis_client::jobs::types::{Job, JobStatus};
use tapis_client::wait::Waiter;
use tapis_client::{Error, ErrorKind, Tapis};

use super::parts;
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;

/// Waits for the end of a job, with a line on stderr for each state on the way.
pub(super) async fn wait(
    globals: &Globals,
    t: &Tapis,
    waiter: Waiter<Job>,
) -> Result<Job, Failure> {
    let mut changes = waiter.watch();
    let (mut last, mut shown) = (None, None);
    loop {
        match changes.next().await {
            Ok(Some(job)) => {
                if shown.is_none() {
                    interrupt::leaves(goes_on(&job.uuid));
                }
                let status = status(&job).to_owned();
                if shown.as_ref() != Some(&status) {
                    globals.note(&format!("{} {status}", job.uuid));
                    shown = Some(status);
                }
                last = Some(job);
            }
            Ok(None) => break,
            Err(error) if error.kind() == ErrorKind::Timeout => {
                let goes_on = last.as_ref().map(|job: &Job| goes_on(&job.uuid));
                let failure = Failure::from(error);
                return Err(goes_on.into_iter().fold(failure, Failure::with_hint));
            }
            Err(error) => return Err(failed(t, error).await),
        }
    }
    last.ok_or_else(|| Failure::new(Exit::Failed, "the service returned no job"))
}

/// The hint of an interruption.
pub(super) fn goes_on(uuid: &str) -> String {
    format!(
        "the job goes on; `tapis jobs wait {uuid}` waits for it, `tapis jobs cancel {uuid}` ends it"
    )
}

pub(super) fn status(job: &Job) -> &str {
    job.status.as_ref().map_or("UNKNOWN", JobStatus::as_str)
}

/// Whether a state is a job's last.
pub(super) fn has_ended(status: &str) -> bool {
    matches!(status, "FINISHED" | "FAILED" | "CANCELLED")
}

/// The failure of a wait: of a job that failed with the reason and the last lines that it has printed.
pub(super) async fn failed(t: &Tapis, error: Error) -> Failure {
    let Some(job) = JobFailed::of(&error).map(|failed| failed.job().clone()) else {
        return error.into();
    };
    let uuid = &job.uuid;
    let lines = last_lines(t, &job).await;
    let hint = match lines.is_empty() {
        true => format!("`tapis jobs history {uuid}` shows what happened"),
        false => format!("`tapis jobs logs {uuid}` shows all of what it has printed"),
    };
    Failure::of_work(&error).with_lines(lines).with_hint(hint)
}

/// The last lines of what the job has printed; none if there are none to be had.
async fn last_lines(t: &Tapis, job: &Job) -> Vec<String> {
    let file = parts::file(job, true);
    let Ok(bytes) = t.jobs.download_output(&job.uuid, file).while_running().bytes().await else {
        return Vec::new();
    };
    super::super::parts::last_lines(&String::from_utf8_lossy(&bytes))
}
