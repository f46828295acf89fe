//! `tapis pods`: what people do with pods.

use clap::{ArgMatches, Command};
use serde_json::Value;
use tapis_client::pods::types::Pod;
use tapis_client::wait::Waiter;
use tapis_client::{Error, ErrorKind, Tapis};

use super::parts::{call, flag, is_set, last_lines, limit, limit_of, required, show, text};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::{Column, View};
use crate::{interrupt, terminal};

const VIEW: View = View {
    identity: &["pod_id"],
    columns: &[
        Column::text("ID", "pod_id"),
        Column::text("STATUS", "status"),
        Column::text("REQUESTED", "status_requested"),
        Column::long("IMAGE", "image|template"),
        Column::long("URL", "networking.default.url"),
    ],
    wide: &[
        Column::time("STARTED", "start_instance_ts"),
        Column::time("STOPS", "time_to_stop_ts"),
        Column::time("CREATED", "creation_ts"),
        Column::long("DESCRIPTION", "description"),
    ],
};

pub(super) fn verbs() -> Vec<Command> {
    let id = || required("POD", "The id of the pod");
    let waits = |verb: Command| {
        verb.arg(id())
            .arg(flag("wait", "Wait until it is done; exit code 8 if the pod fails"))
            .arg(limit().requires("wait"))
    };
    vec![
        Command::new("list").alias("ls").about("List your pods"),
        Command::new("show").aliases(["get", "describe"]).about("Show a pod").arg(id()),
        Command::new("logs").about("Print what a pod has written").arg(id()),
        Command::new("wait")
            .about("Wait until a pod is available or complete; exit code 8 if it fails")
            .arg(id())
            .arg(limit()),
        waits(Command::new("start").about("Start a pod that has stopped")),
        waits(Command::new("stop").about("Stop a pod")),
        waits(Command::new("restart").about("Stop a pod and start it again")),
    ]
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let id = text(matches, "POD");
    let path = [("pod_id", id)];
    let (operation, target) = match verb {
        "list" => return show(globals, t, ("pods", "list_pods"), &[], &VIEW).await,
        "show" => return show(globals, t, ("pods", "get_pod"), &path, &VIEW).await,
        "logs" => return logs(globals, t, id).await,
        "wait" => {
            let pod = wait(globals, t, id, "available", matches).await?;
            return globals.output().show_one(pod, &VIEW);
        }
        "start" => ("start_pod", "available"),
        "stop" => ("stop_pod", "stopped"),
        _ => ("restart_pod", "available"),
    };
    let pod = call(globals, t, ("pods", operation), &path).await?;
    let pod = match is_set(matches, "wait") {
        false => pod,
        true => wait(globals, t, id, target, matches).await?,
    };
    globals.output().show_one(pod, &VIEW)
}

/// Waits until the pod is available or stopped, and returns it.
async fn wait(
    globals: &Globals,
    t: &Tapis,
    id: &str,
    target: &str,
    matches: &ArgMatches,
) -> Result<Value, Failure> {
    globals.note(&format!("Waiting until {id} is {target} …"));
    interrupt::leaves(goes_on(id));
    let waiter: Waiter<Pod> = match target {
        "stopped" => t.pods.wait_stopped(id),
        _ => t.pods.wait_available(id),
    };
    match waiter.timeout(limit_of(matches)).await {
        Ok(_) => call(globals, t, ("pods", "get_pod"), &[("pod_id", id)]).await,
        Err(error) => Err(failed(globals, t, id, error).await),
    }
}

fn goes_on(id: &str) -> String {
    format!(
        "the pod goes on; `tapis pods show {id}` shows its state, `tapis pods stop {id}` ends it"
    )
}

/// The failure of a wait: of a pod that failed with the last lines that it has written.
async fn failed(globals: &Globals, t: &Tapis, id: &str, error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Failed => {}
        ErrorKind::Timeout => return Failure::from(error).with_hint(goes_on(id)),
        _ => return error.into(),
    }
    let logs = call(globals, t, ("pods", "get_pod_logs"), &[("pod_id", id)]).await;
    let lines = logs.map(|logs| last_lines(logs["logs"].as_str().unwrap_or_default()));
    let lines = lines.unwrap_or_default();
    let hint = match lines.is_empty() {
        true => format!("`tapis pods get-pod-logs {id}` shows what was done with the pod"),
        false => format!("`tapis pods logs {id}` shows all of what it has written"),
    };
    Failure::of_work(&error).with_lines(lines).with_hint(hint)
}

async fn logs(globals: &Globals, t: &Tapis, id: &str) -> Result<(), Failure> {
    let logs = call(globals, t, ("pods", "get_pod_logs"), &[("pod_id", id)]).await?;
    terminal::write_text(logs["logs"].as_str().unwrap_or_default())?;
    Ok(())
}
