//! Where a job writes the standard output and errors of its application.

use crate::types::{Job, JobType};

/// The default name of the file for both.
const USUAL: &str = "tapisjob.out";

/// The hint for a job in a Docker container.
const CONTAINER: &str = "the job ran in a Docker container, whose standard output is not saved to a file: let the \
    application write to a file in /TapisOutput, or set the app's runtime to SINGULARITY";

/// Where the standard output and errors of an application go.
enum Log {
    /// To these two files, relative to the output directory.
    Files([String; 2]),
    /// To no file: the job ran in a Docker container.
    Container,
}

impl Log {
    fn of(job: &Job) -> Self {
        // A container id has 64 hexadecimal digits; process and scheduler ids are numbers
        // (tapis-jobs `DockerNativeLauncher.java` 132 to 144).
        let is_container = job.job_type != Some(JobType::Batch)
            && job.remote_job_id.as_deref().is_some_and(|id| {
                id.len() == 64 && id.chars().all(|letter| letter.is_ascii_alphanumeric())
            });
        if is_container {
            return Self::Container;
        }
        let config = job.parameter_set().ok().flatten().and_then(|set| set.log_config);
        let (stdout, stderr) = match config {
            Some(log) => (log.stdout_filename, log.stderr_filename),
            None => (None, None),
        };
        let name = |name: Option<String>| {
            name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| USUAL.to_owned())
        };
        Self::Files([name(stdout), name(stderr)])
    }
}

/// The hint for an output file that does not exist.
pub(crate) fn hint(job: &Job, path: &str) -> String {
    let path = path.trim_matches('/');
    let list = format!("t.jobs.outputs(\"{}\") lists the job's output files", job.uuid);
    match Log::of(job) {
        Log::Container => format!("{CONTAINER}; {list}"),
        Log::Files([stdout, stderr]) if path == USUAL && stdout != USUAL && stderr != USUAL => {
            format!(
                "the job's standard output is in {stdout}, its standard error in {stderr}; {list}"
            )
        }
        Log::Files(_) => list,
    }
}

/// The hint for a job whose application failed: where its own error messages are.
pub(crate) fn messages(job: &Job) -> String {
    let uuid = &job.uuid;
    let list = format!("t.jobs.outputs(\"{uuid}\") lists the job's output files");
    match Log::of(job) {
        Log::Container => format!("{CONTAINER}; {list}"),
        Log::Files([_, stderr]) => format!(
            "the application's own messages are in its output: \
             t.jobs.download_output(\"{uuid}\", \"{stderr}\"); {list}"
        ),
    }
}
