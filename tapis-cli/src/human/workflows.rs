//! `tapis workflows`: what people do with pipelines.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};
use tapis_client::workflows::types::{RunStatus, TaskExecution};
use tapis_client::{Error, ErrorKind, Tapis};

use super::parts::{
    call, flag, is_set, last_lines, limit, limit_of, required, show, split_pair, text, texts,
};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::{Column, View};
use crate::{interrupt, terminal};

const PIPELINES: View = View {
    identity: &["group", "id"],
    columns: &[
        Column::text("GROUP", "group"),
        Column::text("ID", "id"),
        Column::text("OWNER", "owner"),
        Column::time("UPDATED", "updated_at"),
    ],
    wide: &[
        Column::text("LAST RUN", "last_run"),
        Column::text("CURRENT RUN", "current_run"),
        Column::long("DESCRIPTION", "description"),
    ],
};

const RUNS: View = View {
    identity: &["uuid"],
    columns: &[
        Column::text("UUID", "uuid"),
        Column::text("STATUS", "status"),
        Column::time("STARTED", "started_at"),
    ],
    wide: &[
        Column::time("CHANGED", "last_modified"),
        Column::long("NAME", "name"),
        Column::long("DESCRIPTION", "description"),
    ],
};

pub(super) fn verbs() -> Vec<Command> {
    let group = || required("GROUP", "The id of the group");
    let pipeline = |verb: &'static str, about: &'static str| {
        Command::new(verb)
            .about(about)
            .arg(group())
            .arg(required("PIPELINE", "The id of the pipeline"))
    };
    let run = || required("RUN", "The UUID of the run");
    vec![
        Command::new("list")
            .alias("ls")
            .about("List the pipelines of a group, or of all of your groups")
            .arg(group().required(false)),
        pipeline("show", "Show a pipeline").aliases(["get", "describe"]),
        pipeline("runs", "List the runs of a pipeline, the newest first"),
        pipeline("run", "Run a pipeline")
            .arg(
                Arg::new("arg")
                    .long("arg")
                    .value_name("NAME=VALUE")
                    .action(ArgAction::Append)
                    .help("The value of a parameter of the pipeline"),
            )
            .arg(flag("wait", "Wait for the end of the run; exit code 8 if it fails"))
            .arg(limit().requires("wait")),
        pipeline("wait", "Wait for the end of a run; exit code 8 if it fails")
            .arg(run())
            .arg(limit()),
        pipeline("logs", "Print what the tasks of a run have printed").arg(run()),
    ]
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (group, pipeline) = (text(matches, "GROUP"), text(matches, "PIPELINE"));
    let path = [("group_id", group), ("pipeline_id", pipeline)];
    match verb {
        "list" => list(globals, t, group).await,
        "show" => show(globals, t, ("workflows", "getPipeline"), &path, &PIPELINES).await,
        "runs" => {
            let mut runs = call(globals, t, ("workflows", "listPipelineRuns"), &path).await?;
            if let Value::Array(runs) = &mut runs {
                let started = |run: &Value| run["started_at"].as_str().map(str::to_owned);
                // The service has the newest last, and times that are equal.
                runs.reverse();
                runs.sort_by_key(|run| std::cmp::Reverse(started(run)));
            }
            globals.output().show_as(&runs, &RUNS)
        }
        "wait" => {
            let run = Run { group, pipeline, uuid: text(matches, "RUN") };
            globals.output().show_one(run.wait(globals, t, matches).await?, &RUNS)
        }
        "logs" => Run { group, pipeline, uuid: text(matches, "RUN") }.logs(t).await,
        _ => start(globals, t, (group, pipeline), matches).await,
    }
}

async fn list(globals: &Globals, t: &Tapis, group: &str) -> Result<(), Failure> {
    let groups = match group.is_empty() {
        false => vec![group.to_owned()],
        true => {
            let groups = call(globals, t, ("workflows", "listGroups"), &[]).await?;
            let ids = groups.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str());
            ids.map(str::to_owned).collect()
        }
    };
    let mut all = Vec::new();
    for group in groups {
        let pipelines =
            call(globals, t, ("workflows", "listPipelines"), &[("group_id", &group)]).await?;
        if let Value::Array(pipelines) = pipelines {
            all.extend(pipelines.into_iter().map(|mut pipeline| {
                // Where it is there already, it is the uuid of the group, by which no call finds it.
                pipeline["group"] = group.as_str().into();
                pipeline
            }));
        }
    }
    globals.output().show_as(&Value::Array(all), &PIPELINES)
}

async fn start(
    globals: &Globals,
    t: &Tapis,
    (group, pipeline): (&str, &str),
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let mut args = Map::new();
    for pair in texts(matches, "arg") {
        let (name, value) = split_pair("arg", pair)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        args.insert(name.to_owned(), json!({"value": value}));
    }
    let body = match args.is_empty() {
        true => json!({}),
        false => json!({"args": args}),
    };
    let run = t
        .operation("workflows", "runPipeline")?
        .text_argument("group_id", group)
        .text_argument("pipeline_id", pipeline)
        .body(body)
        .await?;
    let uuid = run["uuid"].as_str().unwrap_or_default();
    let run = match is_set(matches, "wait") {
        false => run,
        true => {
            let run = Run { group, pipeline, uuid };
            run.wait(globals, t, matches).await?
        }
    };
    globals.output().show_one(run, &RUNS)
}

/// A run, by what names it.
struct Run<'a> {
    group: &'a str,
    pipeline: &'a str,
    uuid: &'a str,
}

impl Run<'_> {
    /// Waits for the end of the run, and returns it.
    async fn wait(
        &self,
        globals: &Globals,
        t: &Tapis,
        matches: &ArgMatches,
    ) -> Result<Value, Failure> {
        let Self { group, pipeline, uuid } = *self;
        globals.note(&format!("Waiting for the end of the run {uuid} …"));
        interrupt::leaves(self.goes_on());
        let waiter = t.workflows.wait_run(group, pipeline, uuid);
        if let Err(error) = waiter.timeout(limit_of(matches)).await {
            return Err(self.failed(t, error).await);
        }
        let path = [("group_id", group), ("pipeline_id", pipeline), ("pipeline_run_uuid", uuid)];
        call(globals, t, ("workflows", "getPipelineRun"), &path).await
    }

    /// The words behind a verb that name the run.
    fn words(&self) -> String {
        format!("{} {} {}", self.group, self.pipeline, self.uuid)
    }

    fn goes_on(&self) -> String {
        format!("the run goes on; `tapis workflows wait {}` waits for it", self.words())
    }

    /// The failure of a wait: of a run that failed with the last lines of the task that failed.
    async fn failed(&self, t: &Tapis, error: Error) -> Failure {
        match error.kind() {
            ErrorKind::Failed => {}
            ErrorKind::Timeout => return Failure::from(error).with_hint(self.goes_on()),
            _ => return error.into(),
        }
        let failed = |one: &TaskExecution| one.status == Some(RunStatus::Failed);
        let executions = self.executions(t).await.unwrap_or_default();
        let lines = executions.iter().find(|one| failed(one)).map(|task| {
            let texts = [&task.stderr, &task.last_message, &task.stdout].into_iter().flatten();
            last_lines(
                texts.map(|text| text.trim_end()).find(|text| !text.is_empty()).unwrap_or_default(),
            )
        });
        let hint =
            format!("`tapis workflows logs {}` shows what its tasks have printed", self.words());
        Failure::of_work(&error).with_lines(lines.unwrap_or_default()).with_hint(hint)
    }

    async fn executions(&self, t: &Tapis) -> Result<Vec<TaskExecution>, Error> {
        t.workflows.list_task_executions(self.group, self.pipeline, self.uuid).await
    }

    /// Prints what each task has printed, under its name if there are several.
    async fn logs(&self, t: &Tapis) -> Result<(), Failure> {
        let executions = self.executions(t).await?;
        for task in &executions {
            let id = task.task_id.as_deref().unwrap_or_default();
            let status = task.status.as_ref().map_or("unknown", RunStatus::as_str);
            if executions.len() > 1 {
                terminal::write_text(&format!("==> {} ({status}) <==\n", terminal::printable(id)))?;
            }
            for text in [&task.stdout, &task.stderr].into_iter().flatten() {
                terminal::write_text(text)?;
                if !text.is_empty() && !text.ends_with('\n') {
                    terminal::write_text("\n")?;
                }
            }
        }
        Ok(())
    }
}
