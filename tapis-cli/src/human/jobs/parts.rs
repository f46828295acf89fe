//! What the verbs of jobs have in common.

use clap::Arg;
use serde_json::Value;
use tapis_client::jobs::types::Job;

use super::super::parts::required;
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, View};

/// The name of the file unless the app or the request chooses others.
const USUAL: &str = "tapisjob.out";

/// How jobs are listed.
pub(super) const VIEW: View = View {
    identity: &["uuid"],
    columns: &[
        Column::text("UUID", "uuid"),
        Column::text("STATUS", "status"),
        Column::long("NAME", "name"),
        Column::age("AGE", "created"),
    ],
    wide: &[
        Column::time("CREATED", "created"),
        Column::text("APP", "appId"),
        Column::text("VERSION", "appVersion"),
        Column::text("SYSTEM", "execSystemId"),
        Column::time("STARTED", "remoteStarted"),
        Column::time("ENDED", "ended"),
        Column::text("OWNER", "owner"),
    ],
};

pub(super) fn uuid() -> Arg {
    required("JOB", "The UUID of the job")
}

/// Shows a job in short.
pub(super) fn show_job(globals: &Globals, job: &Job) -> Result<(), Failure> {
    let value: Value = serde_json::to_value(job).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot convert the job to JSON: {error}"))
    })?;
    globals.output().show_one(value, &VIEW)
}

/// Shows several jobs as a list.
pub(super) fn show_jobs(globals: &Globals, jobs: &[Job]) -> Result<(), Failure> {
    let value: Value = serde_json::to_value(jobs).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot convert the jobs to JSON: {error}"))
    })?;
    globals.output().show_as(&value, &VIEW)
}

/// The file that a job prints to, below its output directory.
pub(super) fn file(job: &Job, errors: bool) -> String {
    let config = job.parameter_set().ok().flatten().and_then(|set| set.log_config);
    let name = config.and_then(|config| match errors {
        true => config.stderr_filename,
        false => config.stdout_filename,
    });
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| USUAL.to_owned())
}
