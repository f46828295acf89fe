//! `tapis pods`: what people do with pods.

use clap::{ArgMatches, Command};
use tapis_client::Tapis;
use tapis_client::pods::types::Pod;
use tapis_client::wait::Waiter;

use super::parts::{call, flag, is_set, limit, limit_of, required, show, text};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::{Column, View};
use crate::terminal;

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
        verb.arg(id()).arg(flag("wait", "Wait until it is done")).arg(limit().requires("wait"))
    };
    vec![
        Command::new("list").alias("ls").about("List your pods"),
        Command::new("show").aliases(["get", "describe"]).about("Show a pod").arg(id()),
        Command::new("logs").about("Print what a pod has written").arg(id()),
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
        "start" => ("start_pod", "available"),
        "stop" => ("stop_pod", "stopped"),
        _ => ("restart_pod", "available"),
    };
    let pod = call(globals, t, ("pods", operation), &path).await?;
    let pod = match is_set(matches, "wait") {
        false => pod,
        true => {
            globals.note(&format!("Waiting until {id} is {target} …"));
            wait(t, id, target).timeout(limit_of(matches)).await?;
            call(globals, t, ("pods", "get_pod"), &path).await?
        }
    };
    globals.output().show_one(pod, &VIEW)
}

fn wait(t: &Tapis, id: &str, target: &str) -> Waiter<Pod> {
    match target {
        "stopped" => t.pods.wait_stopped(id),
        _ => t.pods.wait_available(id),
    }
}

async fn logs(globals: &Globals, t: &Tapis, id: &str) -> Result<(), Failure> {
    let logs = call(globals, t, ("pods", "get_pod_logs"), &[("pod_id", id)]).await?;
    terminal::write_text(logs["logs"].as_str().unwrap_or_default())?;
    Ok(())
}
