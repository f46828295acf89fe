//! The error for a failed job.

use std::fmt;
use std::sync::Arc;

use tapis_core::{Error, ErrorKind};

use crate::log;
use crate::types::{Job, JobRemoteOutcome, JobStatus, JobType};

/// A job that failed or was cancelled while it was waited for: the [source](std::error::Error::source) of the error
/// that the wait returns.
#[derive(Clone, Debug)]
pub struct JobFailed(Arc<Job>);

impl JobFailed {
    /// Returns the failed job that caused `error`; `None` if `error` has another cause.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// The job in its final state.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.0
    }

    /// The error for a job that failed or was cancelled.
    pub(crate) fn error(job: Job) -> Error {
        let hint = hint(&job);
        let failed = Self(Arc::new(job));
        let error = Error::new(ErrorKind::Failed, failed.to_string()).with_source(failed);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

impl fmt::Display for JobFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let job = &self.0;
        write!(f, "job {} is {}", job.uuid, status(job))?;
        if let Some(message) = job.last_message.as_deref().filter(|text| !text.is_empty()) {
            write!(f, ": {message}")?;
        }
        let condition = job.condition.as_ref().map(|condition| condition.as_str());
        let outcome = job.remote_outcome.as_ref().map(JobRemoteOutcome::as_str);
        let facts = [
            ("condition", condition),
            ("remote outcome", outcome),
            ("remote result", job.remote_result_info.as_deref()),
        ];
        let facts: Vec<String> = facts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
            .collect();
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for JobFailed {}

pub(crate) fn status(job: &Job) -> &str {
    job.status.as_ref().map_or("UNKNOWN", JobStatus::as_str)
}

/// The hint for a failed job, by its condition (tapis-jobs `JobConditionCode.java`).
fn hint(job: &Job) -> Option<String> {
    let condition = job.condition.as_ref().map_or("", |condition| condition.as_str());
    Some(match condition {
        // The condition of a failed transfer, of inputs or of output.
        "JOB_TRANSFER_FAILED_OR_CANCELLED" if job.remote_ended.is_some() => not_archived(job),
        "JOB_ARCHIVING_FAILED" => not_archived(job),
        "JOB_UNABLE_TO_STAGE_INPUTS" | "JOB_TRANSFER_FAILED_OR_CANCELLED" => {
            match job.input_transaction_id.as_deref().filter(|id| !id.is_empty()) {
                Some(id) => format!(
                    "an input could not be transferred; t.files.get_transfer_task_details(\"{id}\") \
                     lists the failed files"
                ),
                None => "an input could not be staged; check that its source exists and that you \
                         may read it"
                    .to_owned(),
            }
        }
        "SCHEDULER_TIMEOUT" | "SCHEDULER_DEADLINE" => match job.max_minutes {
            Some(minutes) => format!(
                "the job was stopped after its limit of {minutes} minutes; request more with max_minutes"
            ),
            None => "the job exceeded its time limit; request more with max_minutes".to_owned(),
        },
        "SCHEDULER_OUT_OF_MEMORY" => match job.memory_mb {
            Some(memory) => format!(
                "the job needs more than the {memory} MB of memory that it requested; request more \
                 with memory_mb"
            ),
            None => "the job needs more memory; request more with memory_mb".to_owned(),
        },
        "JOB_REMOTE_ACCESS_ERROR" | "JOB_RECOVERY_TIMEOUT" | "JOB_RECOVERY_FAILURE" => {
            match job.exec_system_id.as_deref() {
                Some(system) => format!(
                    "Tapis could not access the execution system {system}; check your credential \
                     for it, and its definition with t.systems.get_system(\"{system}\")"
                ),
                None => "Tapis could not access the execution system; check your credential for it"
                    .to_owned(),
            }
        }
        "JOB_LAUNCH_FAILURE" | "JOB_UNABLE_TO_STAGE_JOB" => {
            "the job could not be started; check the app's container image, and the job's queue \
             and allocation"
                .to_owned()
        }
        "JOB_INVALID_DEFINITION" if job.job_type == Some(JobType::Batch) => {
            "Tapis cannot run this app as a batch job: apps with the runtime DOCKER need the job \
             type FORK, and a batch job needs a queue of the scheduler"
                .to_owned()
        }
        "CANCELLED_BY_USER" => return None,
        // The application itself failed, or the cause is unknown.
        _ if job.remote_started.is_some() => log::messages(job),
        _ => return None,
    })
}

fn not_archived(job: &Job) -> String {
    let place = match job.exec_output_url() {
        Some(url) => format!("in {url}"),
        None => "on the execution system".to_owned(),
    };
    let which = match job.archive_transaction_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => format!("; t.files.get_transfer_task_details(\"{id}\") lists the failed files"),
        None => String::new(),
    };
    format!("the output was not archived; it is still {place}{which}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(fields: serde_json::Value) -> Error {
        let mut job = serde_json::json!({
            "uuid": "u", "status": "FAILED", "maxMinutes": 10, "memoryMB": 100,
            "inputTransactionId": "tx-1", "execSystemId": "host",
            "execSystemOutputDir": "/work/u/output", "remoteStarted": "2026-01-02T03:04:05Z",
        });
        job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        JobFailed::error(Job::from_json(&job.to_string()).unwrap())
    }

    #[test]
    fn a_condition_becomes_a_hint_to_what_can_be_done() {
        for (condition, hint) in [
            ("JOB_UNABLE_TO_STAGE_INPUTS", "get_transfer_task_details(\"tx-1\")"),
            ("SCHEDULER_TIMEOUT", "10 minutes; request more with max_minutes"),
            ("SCHEDULER_OUT_OF_MEMORY", "100 MB"),
            ("JOB_ARCHIVING_FAILED", "still in tapis://host/work/u/output"),
            ("JOB_REMOTE_ACCESS_ERROR", "t.systems.get_system(\"host\")"),
            ("JOB_LAUNCH_FAILURE", "container image"),
            ("JOB_REMOTE_OUTCOME_ERROR", "download_output(\"u\", \"tapisjob.out\")"),
            ("JOB_TRANSFER_FAILED_OR_CANCELLED", "get_transfer_task_details(\"tx-1\")"),
            ("A_CONDITION_OF_TOMORROW", "jobs.outputs(\"u\")"),
        ] {
            let error = failed(serde_json::json!({"condition": condition}));
            assert!(error.hint().unwrap().contains(hint), "{condition}: {error:?}");
            assert!(error.message().contains(condition), "{error}");
        }
        let batch = serde_json::json!({"condition": "JOB_INVALID_DEFINITION", "jobType": "BATCH"});
        assert!(failed(batch).hint().unwrap().contains("job type FORK"));
        let never_ran = serde_json::json!({"remoteStarted": null});
        assert_eq!(failed(never_ran).hint(), None);
    }
}
