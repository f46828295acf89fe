//! `tapis jobs`: what people do with jobs.

mod ending;
mod logs;
mod outputs;
mod parts;
mod submit;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};
use serde_json::Value;
use tapis_client::Tapis;
use tapis_client::jobs::types::Job;
use tapis_client::time::jiff::civil::{Date, DateTime};
use tapis_client::time::jiff::{SignedDuration, Timestamp};

use self::parts::{VIEW, show_job, show_jobs, uuid};
use super::parts::{call, flag, is_set, limit, limit_of, show, text, texts};
use super::{list, search};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::output::{Column, View};

/// The states of jobs, in their order.
const STATUSES: [&str; 13] = [
    "PENDING",
    "PROCESSING_INPUTS",
    "STAGING_INPUTS",
    "STAGING_JOB",
    "SUBMITTING_JOB",
    "QUEUED",
    "RUNNING",
    "ARCHIVING",
    "BLOCKED",
    "PAUSED",
    "FINISHED",
    "CANCELLED",
    "FAILED",
];

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
        list::search_options(
            Command::new("list").alias("ls").about("List your jobs, the newest first"),
        )
        .arg(
            Arg::new("status")
                .long("status")
                .value_name("STATUS")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .ignore_case(true)
                .value_parser(PossibleValuesParser::new(STATUSES))
                .help("Show those in a state, or in one of several, such as RUNNING,QUEUED"),
        )
        .arg(Arg::new("since").long("since").value_name("TIME").help(
            "Show those submitted since a time: 30m, 12h, 7d, 2w ago, or a date such as 2026-01-31",
        )),
        Command::new("show").aliases(["get", "describe"]).about("Show a job").arg(uuid()),
        list::options(Command::new("history").about("List the events of a job")).arg(uuid()),
        submit::verb(),
        submit::again(),
        Command::new("wait")
            .about("Wait for the end of jobs; exit code 8 if one fails")
            .arg(uuid().num_args(1..))
            .arg(limit()),
        logs::verb(),
        outputs::verb(),
        Command::new("cancel")
            .about("Cancel jobs")
            .arg(uuid().num_args(1..))
            .arg(flag("wait", "Wait until they have ended"))
            .arg(limit().requires("wait")),
        Command::new("hide")
            .about("Leave jobs out of lists; the service deletes none")
            .arg(uuid().num_args(1..)),
        Command::new("unhide").about("Show hidden jobs in lists again").arg(uuid().num_args(1..)),
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
        ("resubmit", _) => submit::run_again(globals, t, job, matches).await,
        ("wait", _) => wait(globals, t, matches).await,
        ("logs", _) => logs::run(globals, t, job, matches).await,
        ("outputs", Some("get")) => outputs::get(globals, t, job, matches).await,
        ("outputs", _) => outputs::list(globals, t, job, matches).await,
        ("hide", _) => each(matches, async |job| hide(globals, t, "hideJob", job).await).await,
        ("unhide", _) => each(matches, async |job| hide(globals, t, "unhideJob", job).await).await,
        _ => cancel(globals, t, matches).await,
    }
}

/// Does something for each of the jobs. One that fails does not keep the others from it.
async fn each(
    matches: &ArgMatches,
    action: impl AsyncFn(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let jobs: Vec<&str> = texts(matches, "JOB").collect();
    if let [job] = jobs[..] {
        return action(job).await;
    }
    let mut failures = Failures::default();
    for job in &jobs {
        if let Err(failure) = action(job).await {
            failures.push(*job, failure)?;
        }
    }
    failures.into_result(jobs.len(), "jobs")
}

/// Waits for the end of each of the jobs, and shows those that have ended well: one by itself, several as one list.
async fn each_ended(
    globals: &Globals,
    matches: &ArgMatches,
    end_of: impl AsyncFn(&str, Option<Duration>) -> Result<Job, Failure>,
) -> Result<(), Failure> {
    let deadline = limit_of(matches).and_then(|limit| Instant::now().checked_add(limit));
    let ended = RefCell::new(Vec::new());
    let outcome = each(matches, async |job| {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let job = end_of(job, left).await?;
        ended.borrow_mut().push(job);
        Ok(())
    });
    let outcome = outcome.await;
    let shown = match (&ended.take()[..], texts(matches, "JOB").count()) {
        ([job], 1) => show_job(globals, job),
        (_, 1) => Ok(()),
        (jobs, _) => show_jobs(globals, jobs),
    };
    // That the output cannot be written matters only if nothing else failed.
    outcome.and(shown)
}

async fn wait(globals: &Globals, t: &Tapis, matches: &ArgMatches) -> Result<(), Failure> {
    let end_of =
        async |job: &str, left| ending::wait(globals, t, t.jobs.wait(job).timeout(left)).await;
    each_ended(globals, matches, end_of).await
}

async fn hide(globals: &Globals, t: &Tapis, operation: &str, job: &str) -> Result<(), Failure> {
    call(globals, t, ("jobs", operation), &[("jobUuid", job)]).await?;
    globals.note(&match operation {
        "hideJob" => format!("The job {job} is hidden; `tapis jobs unhide {job}` lists it again."),
        _ => format!("The job {job} is in lists again."),
    });
    Ok(())
}

/// The time that `--since` names: so long before `now`, or a date or time of UTC.
fn since(text: &str, now: Timestamp) -> Result<String, Failure> {
    let ago = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds: u32 = match unit {
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return None,
        };
        let seconds = number.parse::<u32>().ok().and_then(|number| seconds.checked_mul(number))?;
        let then = now.checked_sub(SignedDuration::from_secs(seconds.into())).ok()?;
        Some(then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let is_time = || {
        let has_date = text.parse::<Date>().is_ok() || text.parse::<DateTime>().is_ok();
        has_date || text.parse::<Timestamp>().is_ok()
    };
    ago().or_else(|| is_time().then(|| text.to_owned())).ok_or_else(|| {
        Failure::usage(format!(
            "--since {text:?}: expected a time such as 30m, 12h, 7d, 2w, 2026-01-31 or 2026-01-31T08:00:00Z"
        ))
    })
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
    let statuses: Vec<String> = texts(matches, "status").map(str::to_uppercase).collect();
    if !statuses.is_empty() {
        conditions.push(search::Condition::new("status", "in", &statuses.join(","))?);
    }
    if !text(matches, "since").is_empty() {
        let time = since(text(matches, "since"), Timestamp::now())?;
        conditions.push(search::Condition::new("created", "gte", &time)?);
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

async fn cancel(globals: &Globals, t: &Tapis, matches: &ArgMatches) -> Result<(), Failure> {
    if is_set(matches, "wait") {
        let end_of = async |job: &str, left| Ok(t.jobs.cancel(job).await?.timeout(left).await?);
        return each_ended(globals, matches, end_of).await;
    }
    let request = async |job: &str| {
        let found = t.jobs.cancel(job).await?.watch().next().await?;
        let status = found.as_ref().map_or("UNKNOWN", ending::status);
        globals.note(&match ending::has_ended(status) {
            true => format!("The job {job} has ended: {status}."),
            false => format!("The job {job}: cancellation requested."),
        });
        Ok(())
    };
    each(matches, request).await
}

#[cfg(test)]
mod tests {
    use tapis_client::jobs::types::JobStatus;

    use super::*;

    #[test]
    fn the_states_are_those_of_the_service() {
        for status in STATUSES {
            assert!(!matches!(JobStatus::from(status), JobStatus::UnknownValue(_)), "{status}");
        }
    }

    #[test]
    fn since_is_a_time_or_so_long_ago() {
        let now: Timestamp = "2026-02-03T04:05:06Z".parse().unwrap();
        for (text, time) in [
            ("30m", "2026-02-03T03:35:06Z"),
            ("12h", "2026-02-02T16:05:06Z"),
            ("7d", "2026-01-27T04:05:06Z"),
            ("2w", "2026-01-20T04:05:06Z"),
            ("2026-01-31", "2026-01-31"),
            ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ] {
            assert_eq!(since(text, now).unwrap(), time, "{text}");
        }
        for text in ["", "d", "7", "7y", "-7d", "yesterday", "4000000000d", "7\u{e9}"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}
