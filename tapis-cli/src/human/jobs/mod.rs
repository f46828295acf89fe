//! `tapis jobs`: what people do with jobs.

mod ending;
mod logs;
mod outputs;
mod parts;
mod submit;

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use tapis_client::Tapis;

use self::parts::{VIEW, show_job, uuid};
use super::parts::{flag, is_set, limit, limit_of, show, text};
use super::{list, search};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::{Column, View};

const HISTORY: View = View {
    identity: &["event"],
    columns: &[
        Column::time("TIME", "created"),
        Column::text("EVENT", "event"),
        Column::text("DETAIL", "eventDetail"),
        Column::long("DESCRIPTION", "description"),
    ],
    wide: &[Column::text("TRANSFER", "transferTaskUuid")],
};

pub(super) fn verbs() -> Vec<Command> {
    vec![
        list::search_options(Command::new("list").about("List your jobs, the newest first")).arg(
            Arg::new("status")
                .long("status")
                .value_name("STATUS")
                .help("Show those in a state, such as RUNNING"),
        ),
        Command::new("show").about("Show a job").arg(uuid()),
        list::options(Command::new("history").about("List the events of a job")).arg(uuid()),
        submit::verb(),
        Command::new("wait")
            .about("Wait for the end of a job; exit code 8 if it fails")
            .arg(uuid())
            .arg(limit()),
        logs::verb(),
        outputs::verb(),
        Command::new("cancel")
            .about("Cancel a job")
            .arg(uuid())
            .arg(flag("wait", "Wait until it has ended"))
            .arg(limit().requires("wait")),
    ]
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: (&str, Option<&str>),
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let job = text(matches, "JOB");
    match verb {
        ("list", _) => jobs(globals, t, matches).await,
        ("show", _) => show(globals, t, ("jobs", "getJob"), &[("jobUuid", job)], &VIEW).await,
        ("history", _) => {
            let call = t.operation("jobs", "getJobHistory")?.text_argument("jobUuid", job);
            let mut events = list::all(globals, matches, call).await?;
            if globals.output().is_table() {
                events.as_array_mut().into_iter().flatten().for_each(say_message);
            }
            globals.output().show_as(&events, &HISTORY)
        }
        ("submit", _) => submit::run(globals, t, matches).await,
        ("wait", _) => {
            let ended =
                ending::wait(globals, t, t.jobs.wait(job).timeout(limit_of(matches))).await?;
            show_job(globals, &ended)
        }
        ("logs", _) => logs::run(globals, t, job, matches).await,
        ("outputs", Some("get")) => outputs::get(globals, t, job, matches).await,
        ("outputs", _) => outputs::list(globals, t, job, matches).await,
        _ => cancel(globals, t, job, matches).await,
    }
}

/// The description of an event is JSON in a text, of which people read the message.
fn say_message(event: &mut Value) {
    let description = event["description"].as_str().map(serde_json::from_str::<Value>);
    if let Some(Ok(Value::Object(mut details))) = description
        && let Some(message) = details.remove("message")
    {
        event["description"] = message;
    }
}

async fn jobs(globals: &Globals, t: &Tapis, matches: &ArgMatches) -> Result<(), Failure> {
    let mut conditions = search::conditions(matches)?;
    if !text(matches, "status").is_empty() {
        let status = text(matches, "status").to_uppercase();
        conditions.push(search::Condition::equals("status", &status)?);
    }
    let mut call = t
        .operation("jobs", "getJobSearchList")?
        .text_argument("select", &list::select(globals, &VIEW));
    if is_set(matches, "shared") {
        call = call.text_argument("listType", "ALL_JOBS");
    }
    for condition in conditions {
        call = call.with_query(condition.name, condition.value);
    }
    list::show(globals, matches, call, &VIEW).await
}

async fn cancel(
    globals: &Globals,
    t: &Tapis,
    job: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let waiter = t.jobs.cancel(job).await?;
    if !is_set(matches, "wait") {
        globals.note(&format!("The job {job} is asked to end."));
        return Ok(());
    }
    show_job(globals, &waiter.timeout(limit_of(matches)).await?)
}
