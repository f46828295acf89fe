//! Submitting jobs.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::Value;
use tapis_client::Tapis;
use tapis_client::apps::types::{ParameterSetReply, TapisApp};
use tapis_client::definitions::Format as FileFormat;
use tapis_client::jobs::types::{Job, ReqSubmitJob};
use tapis_client::jobs::{JobDefinition, JobRequest};
use tapis_client::wait::Waiter;

use super::parts::{VIEW, file, show_job, uuid};
use super::{ending, logs};
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::human::apps::split;
use crate::human::parts::{flag, is_set, limit, limit_of, split_pair, text, texts};
use crate::input::content;

pub(super) fn verb() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let several = |name, value, help| option(name, value, help).action(ArgAction::Append);
    let number = |name, help| option(name, "NUMBER", help).value_parser(value_parser!(i32));
    let command = Command::new("submit")
        .about("Submit a job of an app, or from a file, after a check of everything at once")
        .arg(Arg::new("WHAT").value_name("FILE|APP").required(true).help(
            "A request in a file (.yaml, .json, .toml, or - for stdin), or the id of an app, with :VERSION for \
             another than the latest",
        ))
        .arg(option("name", "NAME", "The name of the job; the app and its version by default"))
        .arg(several("arg", "NAME=TEXT", "An argument that the app defines, by its name"))
        .arg(several("extra-arg", "TEXT", "A further argument, behind those of the app"))
        .arg(several("env", "NAME=VALUE", "A variable of the environment of the job"))
        .arg(several(
            "input",
            "NAME=URL",
            "The source of an input that the app defines, such as data=tapis://SYSTEM/PATH; without NAME=, a further input",
        ))
        .arg(option("system", "SYSTEM", "The system to run on; that of the app by default"))
        .arg(option("queue", "NAME", "The queue"))
        .arg(number("nodes", "How many nodes"))
        .arg(number("cores", "How many cores on each node"))
        .arg(number("memory-mb", "How much memory on each node, in megabytes"))
        .arg(number("max-minutes", "How long the job may run, in minutes"))
        .arg(option("allocation", "PROJECT", "The project that is charged"))
        .arg(several("tag", "TAG", "A tag to find the job by"))
        .arg(option("archive-to", "tapis://SYSTEM/DIRECTORY", "Where the output is archived"))
        .after_help(
            "Examples:\n  tapis jobs submit hello --arg word=world --follow\n  \
             tapis jobs submit job.yaml --queue normal --max-minutes 30\n  \
             job=$(tapis jobs submit hello --arg word=world -q -o name)",
        );
    waits(command)
}

/// `resubmit`
pub(super) fn again() -> Command {
    let about = "Submit a job again, with the request that it was submitted with";
    waits(Command::new("resubmit").about(about).arg(uuid()))
}

/// With the options for what follows a submission.
fn waits(command: Command) -> Command {
    command
        .arg(flag("wait", "Wait for the end of the job; exit code 8 if it fails"))
        .arg(
            flag("follow", "Print what the job prints, and wait for its end")
                .conflicts_with("wait"),
        )
        .arg(limit())
}

pub(super) async fn run_again(
    globals: &Globals,
    t: &Tapis,
    job: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let new = t.jobs.resubmit_job(job).await?;
    report(globals, t, t.jobs.wait(new.uuid), matches).await
}

pub(super) async fn run(globals: &Globals, t: &Tapis, matches: &ArgMatches) -> Result<(), Failure> {
    let request = options(request(t, text(matches, "WHAT")).await?, matches)?;
    let problems = request.1.check(t).await?;
    if !problems.is_empty() {
        let app = &request.0.id;
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let failure = match lines.as_slice() {
            [one] => Failure::usage(format!("the job request for app {app} is invalid: {one}")),
            several => {
                let count = several.len();
                let message =
                    format!("the job request for app {app} is invalid, for {count} reasons:");
                Failure::usage(message).with_lines(lines)
            }
        };
        return Err(failure.with_hint(format!("`tapis apps show {app}` shows what the app takes")));
    }
    if globals.dry_run {
        return preview(globals, request.1);
    }
    report(globals, t, t.jobs.run(request.1).await?, matches).await
}

/// Shows the job that was submitted: at once, at its end, or with what it prints.
async fn report(
    globals: &Globals,
    t: &Tapis,
    waiter: Waiter<Job>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let waiter = waiter.timeout(limit_of(matches));
    if is_set(matches, "wait") {
        return show_job(globals, &ending::wait(globals, t, waiter).await?);
    }
    // The first look says which job it is.
    let first = waiter.clone().watch().next().await?;
    let job = first.ok_or_else(|| Failure::new(Exit::Failed, "the service returned no job"))?;
    match is_set(matches, "follow") {
        false => {
            show_job(globals, &job)?;
            globals.note(&format!("`tapis jobs logs -f {}` follows the job.", job.uuid));
            Ok(())
        }
        true => follow(globals, t, &job, waiter).await,
    }
}

/// Prints what the job prints, and in the end how it ended.
async fn follow(
    globals: &Globals,
    t: &Tapis,
    job: &Job,
    waiter: Waiter<Job>,
) -> Result<(), Failure> {
    let (ended, printed) =
        tokio::join!(ending::wait(globals, t, waiter), logs::follow(t, job, file(job, false)),);
    // Why a job failed says more than that it has printed nothing.
    ended?;
    printed
}

/// The request as it would be sent.
fn preview(globals: &Globals, request: JobRequest) -> Result<(), Failure> {
    let request = ReqSubmitJob::try_from(request)?;
    let value: Value = serde_json::to_value(&request).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot convert the request to JSON: {error}"))
    })?;
    globals.output().show_as(&value, &VIEW)
}

/// The request of a file or for an app, with its app.
async fn request(t: &Tapis, what: &str) -> Result<(TapisApp, JobRequest), Failure> {
    let is_file = matches!(
        Path::new(what).extension().and_then(|ending| ending.to_str()),
        Some("json" | "yaml" | "yml" | "toml")
    );
    if what != "-" && !is_file {
        let (id, version) = split(what);
        let app = match version {
            Some(version) => t.apps.get_app(id, version).await?,
            None => t.apps.get_app_latest_version(id).await?,
        };
        let request = JobRequest::for_app(&app)?;
        return Ok((app, request));
    }
    let definition = match what {
        "-" => {
            let bytes = content("-")?;
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| Failure::usage("the text on stdin is not UTF-8"))?;
            JobDefinition::from_text(text, FileFormat::Yaml)?
        }
        path => JobDefinition::from_path(path).await?,
    };
    let request = definition.into_request();
    let app = t.apps.get_app(&request.app_id, &request.app_version).await?;
    let request = JobRequest::with_request(&app, request)?;
    Ok((app, request))
}

/// The request with the options of the command line.
fn options(
    (app, mut request): (TapisApp, JobRequest),
    matches: &ArgMatches,
) -> Result<(TapisApp, JobRequest), Failure> {
    let number = |name: &str| matches.get_one::<i32>(name).copied();
    let given = |name: &str| Some(text(matches, name)).filter(|text| !text.is_empty());
    if let Some(name) = given("name") {
        request = request.name(name);
    }
    let known = arguments(&app);
    for pair in texts(matches, "arg") {
        let (name, value) = split_pair("arg", pair)?;
        if !known.iter().any(|known| known == name) {
            return Err(unknown("argument", &app, name, &known)
                .with_hint("--extra-arg TEXT adds an argument that the app does not define"));
        }
        request = request.arg(name, value);
    }
    for value in texts(matches, "extra-arg") {
        request = request.extra_arg(value);
    }
    for pair in texts(matches, "env") {
        let (name, value) = split_pair("env", pair)?;
        request = request.variable(name, value);
    }
    for source in texts(matches, "input") {
        request = match source.split_once('=') {
            Some((name, source)) if !name.contains("://") => request.input(name, source),
            _ => {
                let target = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                request.extra_input(source, target)
            }
        };
    }
    if let Some(system) = given("system") {
        request = request.system(system);
    }
    if let Some(queue) = given("queue") {
        request = request.queue(queue);
    }
    for (name, set) in [
        ("nodes", JobRequest::nodes as fn(JobRequest, i32) -> JobRequest),
        ("cores", JobRequest::cores),
        ("memory-mb", JobRequest::memory_mb),
        ("max-minutes", JobRequest::max_minutes),
    ] {
        if let Some(number) = number(name) {
            request = set(request, number);
        }
    }
    if let Some(project) = given("allocation") {
        request = request.allocation(project);
    }
    for tag in texts(matches, "tag") {
        request = request.tag(tag);
    }
    if let Some(place) = given("archive-to") {
        let (system, directory) = place
            .strip_prefix("tapis://")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(system, _)| !system.is_empty())
            .ok_or_else(|| {
                Failure::usage(format!("--archive-to {place:?}: expected tapis://SYSTEM/DIRECTORY"))
            })?;
        request = request.archive_to(system, format!("/{directory}"));
    }
    Ok((app, request))
}

/// The names of the arguments that the app defines.
fn arguments(app: &TapisApp) -> Vec<String> {
    let set: Option<&ParameterSetReply> =
        app.job_attributes.as_ref().and_then(|attributes| attributes.parameter_set.as_ref());
    let arguments = set.into_iter().flat_map(|set| set.app_args.iter().flatten());
    arguments.filter_map(|argument| argument.name.clone()).collect()
}

fn unknown(what: &str, app: &TapisApp, name: &str, known: &[String]) -> Failure {
    let known = match known.is_empty() {
        true => "it defines none".to_owned(),
        false => format!("it defines {}", known.join(", ")),
    };
    Failure::usage(format!("the app {} has no {what} {name}; {known}", app.id))
}
