//! Where a job sends what its application prints.

use crate::types::{Job, JobType};

/// The name of the file unless the app or the request chooses others.
const USUAL: &str = "tapisjob.out";

/// How to get what a container of Docker prints.
const CONTAINER: &str = "the job ran in a Docker container, which sends what it prints to no file: let the \
    application write to a file in /TapisOutput, or give the app the runtime SINGULARITY";

/// Where the output of an application goes.
enum Log {
    /// The files for its output and its errors, below the directory of output.
    Files([String; 2]),
    /// Nowhere: the job ran in a container of Docker.
    Container,
}

impl Log {
    fn of(job: &Job) -> Self {
        // The id of a container has 64 letters; those of processes and of schedulers are numbers
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

/// What to do about a file of output that is not there.
pub(crate) fn hint(job: &Job, path: &str) -> String {
    let path = path.trim_matches('/');
    let list = format!("t.jobs.outputs(\"{}\") lists what the job has written", job.uuid);
    match Log::of(job) {
        Log::Container => format!("{CONTAINER}; {list}"),
        Log::Files([stdout, stderr]) if path == USUAL && stdout != USUAL && stderr != USUAL => {
            format!("the job sends what it prints to {stdout}, and its errors to {stderr}; {list}")
        }
        Log::Files(_) => list,
    }
}

/// Where the application's own messages are.
pub(crate) fn messages(job: &Job) -> String {
    let uuid = &job.uuid;
    let list = format!("t.jobs.outputs(\"{uuid}\") lists what the job has written");
    match Log::of(job) {
        Log::Container => format!("{CONTAINER}; {list}"),
        Log::Files([_, stderr]) => format!(
            "the application's own messages are in its output: \
             t.jobs.download_output(\"{uuid}\", \"{stderr}\"); {list}"
        ),
    }
}
