//! What runs the application of a job, as far as it decides which files there are
//! (tapis-jobs `JobExecStageFactory.java`).

use serde_json::Value;

use super::record::{OWN, embedded};

/// The script that launches the application, and the file with its environment.
pub(super) const SCRIPT: &str = "tapisjob.sh";
pub(super) const ENVIRONMENT: &str = "tapisjob.env";
/// Where the number of the process of a ZIP application is (tapis-jobs `JobExecutionUtils.java:38`).
const PROCESS: &str = "tapisjob.pid";

/// A runtime of containers, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    Docker,
    /// `singularity run`; Apps takes instances no more.
    Singularity,
    Zip,
}

impl Runtime {
    /// What an application names. Apps takes no other.
    pub(super) fn of_app(app: &Value) -> Self {
        Self::read(&app["runtime"])
    }

    /// What a job was made with.
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

/// Why nothing launches a job: a scheduler starts no applications of Docker, and only Slurm starts
/// others (tapis-jobs `JobLauncherFactory.java:50-165`).
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

/// The files in the directory of execution that are archived with the output. That with the
/// environment is missing on a system that can run batch jobs with Slurm, for single jobs too
/// (tapis-jobs `JobExecutionContext.java:373-386`).
pub(super) fn archived_launch_files(job: &Value) -> &'static [&'static str] {
    let slurm = job[OWN]["batch"] == true && job[OWN]["scheduler"] == "SLURM";
    if slurm { &[SCRIPT] } else { &[SCRIPT, ENVIRONMENT] }
}

/// The name of the job on its host: a container (tapis-jobs `DockerNativeLauncher.java:84-90`), or a
/// number of a process or of the scheduler's.
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

/// The file in the directory of execution that names the running application, with its content.
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

/// The files in the directory of output that take what the application prints, its errors last; the
/// same where they are one. Docker sends it to no file (tapis-jobs
/// `SingularityRunCmd.java:100-115`, `ZipRunCmd.java:135-149`, `SlurmOptions.java:670-688`).
pub(super) fn logs(job: &Value) -> Option<[String; 2]> {
    if Runtime::of_job(job) == Runtime::Docker {
        return None;
    }
    let config = &embedded(job, "parameterSet")["logConfig"];
    let name = |field: &str| config[field].as_str().unwrap_or_default().to_owned();
    Some([name("stdoutFilename"), name("stderrFilename")])
}
