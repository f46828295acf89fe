//! The runtime of a job's application, as far as it determines its files (tapis-jobs
//! `JobExecStageFactory.java`).

use serde_json::Value;

use super::record::{OWN, embedded};

/// The script that launches the application, and the file with its environment.
pub(super) const SCRIPT: &str = "tapisjob.sh";
pub(super) const ENVIRONMENT: &str = "tapisjob.env";
/// The file with the process id of a ZIP application (tapis-jobs `JobExecutionUtils.java:38`).
const PROCESS: &str = "tapisjob.pid";

/// A container runtime, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    Docker,
    /// `singularity run`; Apps no longer accepts instances.
    Singularity,
    Zip,
}

impl Runtime {
    /// The runtime of an application. Apps accepts no other.
    pub(super) fn of_app(app: &Value) -> Self {
        Self::read(&app["runtime"])
    }

    /// The runtime that a job was created with.
    fn of_job(job: &Value) -> Self {
        Self::read(&job[OWN]["runtime"])
    }

    fn read(word: &Value) -> Self {
        match word.as_str() {
            Some("SINGULARITY") => Self::Singularity,
            Some("ZIP") => Self::Zip,
            _ => Self::Docker,
        }
    }
}

fn is_batch(job: &Value) -> bool {
    job["jobType"] == "BATCH"
}

/// Why nothing can launch a job: a scheduler cannot launch Docker, and only Slurm can launch others
/// (tapis-jobs `JobLauncherFactory.java:50-165`).
pub(super) fn refusal(job: &Value) -> Option<String> {
    if !is_batch(job) {
        return None;
    }
    let Some(scheduler) = job[OWN]["scheduler"].as_str() else {
        return Some(format!(
            "JOBS_SYSTEM_MISSING_SCHEDULER Job {} reports system {} does not define a scheduler.",
            job["uuid"].as_str().unwrap_or_default(),
            job["execSystemId"].as_str().unwrap_or_default()
        ));
    };
    let runtime = match Runtime::of_job(job) {
        Runtime::Docker => "DOCKER",
        Runtime::Singularity => "SINGULARITY",
        Runtime::Zip => "ZIP",
    };
    (runtime == "DOCKER" || scheduler != "SLURM").then(|| {
        format!(
            "TAPIS_UNSUPPORTED_APP_RUNTIME JobLauncherFactory does not support the \
             \"{scheduler}({runtime})\" application runtime."
        )
    })
}

/// The files of the execution directory that are archived with the output. The file with the
/// environment is not, on a system that can run batch jobs with Slurm, even for FORK jobs
/// (tapis-jobs `JobExecutionContext.java:373-386`).
pub(super) fn archived_launch_files(job: &Value) -> &'static [&'static str] {
    let slurm = job[OWN]["batch"] == true && job[OWN]["scheduler"] == "SLURM";
    if slurm { &[SCRIPT] } else { &[SCRIPT, ENVIRONMENT] }
}

/// The id of the job on its host: a container name (tapis-jobs `DockerNativeLauncher.java:84-90`),
/// or the id of a process or of a batch job.
pub(super) fn remote_id(job: &Value) -> String {
    match Runtime::of_job(job) {
        Runtime::Docker => {
            let uuid = job["uuid"].as_str().unwrap_or_default();
            let letters: String = uuid.chars().filter(char::is_ascii_hexdigit).collect();
            letters.chars().cycle().take(64).collect()
        }
        _ => (1000 + job["id"].as_u64().unwrap_or_default()).to_string(),
    }
}

/// The file of the execution directory with the id of the running application.
pub(super) fn mark(job: &Value) -> Option<(String, String)> {
    let name = match Runtime::of_job(job) {
        // tapis-jobs `DockerStager.java:168-175`.
        Runtime::Docker => format!("{}.cid", job["uuid"].as_str().unwrap_or_default()),
        // tapis-jobs `ZipRunCmd.java:99-106`.
        Runtime::Zip if !is_batch(job) => PROCESS.to_owned(),
        _ => return None,
    };
    Some((name, remote_id(job)))
}

/// The files of the output directory with the application's stdout and stderr, in this order; one
/// file if they are the same. Docker writes to no file (tapis-jobs
/// `SingularityRunCmd.java:100-115`, `ZipRunCmd.java:135-149`, `SlurmOptions.java:670-688`).
pub(super) fn logs(job: &Value) -> Option<[String; 2]> {
    if Runtime::of_job(job) == Runtime::Docker {
        return None;
    }
    let config = &embedded(job, "parameterSet")["logConfig"];
    let name = |field: &str| config[field].as_str().unwrap_or_default().to_owned();
    Some([name("stdoutFilename"), name("stderrFilename")])
}
