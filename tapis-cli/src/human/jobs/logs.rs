//! What a job prints.

use clap::{Arg, ArgAction, ArgMatches, Command};
use tapis_client::Tapis;
use tapis_client::jobs::types::Job;

use super::super::parts::{flag, is_set};
use super::ending;
use super::parts::{file, uuid};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::{interrupt, terminal};

pub(super) fn verb() -> Command {
    Command::new("logs")
        .about("Print the output of the application of a job")
        .arg(uuid())
        .arg(
            Arg::new("follow")
                .short('f')
                .long("follow")
                .action(ArgAction::SetTrue)
                .help("Print new output until the job has ended"),
        )
        .arg(flag("stderr", "Print its standard error, if the job writes that to a separate file"))
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    uuid: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let job = t.jobs.get_job(uuid).await?;
    let file = file(&job, is_set(matches, "stderr"));
    if is_set(matches, "follow") {
        return follow(t, &job, file).await;
    }
    let hint = |failure: Failure| {
        let remark = format!("`tapis jobs outputs ls {uuid}` lists what the job has written");
        failure.with_hint(remark)
    };
    let opened = t.jobs.download_output(uuid, file).while_running().open().await;
    let mut content = opened.map_err(|error| match error.is_not_found() {
        true => hint(error.into()),
        false => error.into(),
    })?;
    let mut partial = Vec::new();
    while let Some(piece) = content.chunk().await? {
        partial.extend_from_slice(&piece);
        // A character may come in two pieces, a line break never does.
        if let Some(end) = partial.iter().rposition(|byte| *byte == b'\n') {
            let rest = partial.split_off(end.saturating_add(1));
            terminal::write_text(&String::from_utf8_lossy(&partial))?;
            partial = rest;
        }
    }
    terminal::write_text(&String::from_utf8_lossy(&partial))?;
    let status = ending::status(&job);
    if !ending::has_ended(status) {
        globals
            .note(&format!("The job is {status}; --follow prints new output until it has ended."));
    }
    Ok(())
}

/// Prints what a job prints until it has ended.
pub(super) async fn follow(t: &Tapis, job: &Job, file: String) -> Result<(), Failure> {
    interrupt::leaves(ending::goes_on(&job.uuid));
    let mut text = t.jobs.tail(&job.uuid, file);
    while let Some(piece) = text.next().await? {
        terminal::write_text(&piece)?;
    }
    Ok(())
}
