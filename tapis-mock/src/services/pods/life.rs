//! Starts and stops pods: operations set the requested status, and a loop brings it about.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::records::{collection, find, note, timestamp, unexpected, written};
use super::{change, checks, rights};
use crate::call::{Call, text};
use crate::engine;
use crate::reply::Outcome;
use crate::shared::stages;

const STARTING: [&str; 3] = ["REQUESTED", "SPAWNER SETUP", "CREATING"];
/// The internal time of the end of an instance.
const STOP_AT: &str = "_stop_at";

/// The end of a container, by the name of its image.
fn outcome(pod: &Value) -> &'static [&'static str] {
    let image = pod["image"].as_str().unwrap_or_default();
    match image {
        image if stages::is_to_fail(image) => &["ERROR"],
        image if image.contains("complete") => &["AVAILABLE", "COMPLETE"],
        image if image.contains("pull") => &["ERROR", "AVAILABLE"],
        _ => &["AVAILABLE"],
    }
}

/// A pod runs from the beginning, unless the request says otherwise.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    checks::pod(&body)?;
    checks::image(&body)?;
    rights::created(call, engine::answer(call)?)?;
    let id = text(&body, "pod_id").unwrap_or_default();
    {
        let mut store = call.world.store();
        note(call, &mut store, id, &format!("Pod object created by '{}'", call.user()));
        if let Some(pod) = store.get_mut(&collection(call), id) {
            change::fill(call, pod);
            pod["creation_ts"] = timestamp(call);
            pod["update_ts"] = timestamp(call);
            pod["status_container"] = json!({});
            if pod["status_requested"] == "ON" {
                begin(call, pod, &[&STARTING[..], outcome(pod)].concat());
            } else {
                stages::begin(call, pod, &["STOPPED"]);
                act(call, pod);
            }
        }
    }
    Ok(engine::read_as(&call.at("pod_id", id), "get_pod")?.saying("Pod created successfully."))
}

/// The effect of a change on a pod: none, unless it requests another status.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    settle(call);
    checks::pod(&call.object()?)?;
    let asked = find(call, &mut call.world.store())?["status_requested"].clone();
    let reply = change::update(call)?;
    let mut store = call.world.store();
    let pod = find(call, &mut store)?;
    pod["update_ts"] = timestamp(call);
    if pod["status_requested"] != asked {
        act(call, pod);
    }
    note(call, &mut store, call.path("pod_id"), &format!("'{}' updated pod", call.user()));
    let remark =
        json!({ "note": ["Changes to the container take effect when the pod starts again."] });
    Ok(reply.saying("Pod updated successfully.").with_metadata(remark))
}

/// Sets the requested status; the loop acts on it.
pub(super) fn request(call: &Call<'_>, wish: &str) -> Outcome {
    settle(call);
    {
        let mut store = call.world.store();
        let pod = find(call, &mut store)?;
        pod["status_requested"] = wish.into();
        pod["update_ts"] = timestamp(call);
        act(call, pod);
        let operation = call.operation.id;
        let what = format!("'{}' ran {operation}, set to {wish}", call.user());
        note(call, &mut store, call.path("pod_id"), &what);
    }
    let reply = engine::read_as(call, "get_pod")?;
    Ok(reply.saying(format!("Updated pod's status_requested to {wish}.")))
}

/// Only a stopped pod can be started.
pub(super) fn start(call: &Call<'_>) -> Outcome {
    settle(call);
    {
        let mut store = call.world.store();
        let pod = find(call, &mut store)?;
        if pod["status"] != "STOPPED" {
            let error = "RuntimeError(\"Pod must be in 'STOPPED' status to run 'start_pod'. \
                         Please run 'stop_pod' or 'restart_pod' instead.\")";
            return Err(unexpected(error));
        }
        pod["status_requested"] = "ON".into();
        pod["update_ts"] = timestamp(call);
        begin(call, pod, &[&STARTING[..], outcome(pod)].concat());
        let what = format!("'{}' ran start_pod, set to ON and REQUESTED", call.user());
        note(call, &mut store, call.path("pod_id"), &what);
    }
    let reply = engine::read_as(call, "get_pod")?;
    Ok(reply.saying("Updated pod's status_requested to ON and requested pod."))
}

/// The next step of the loop for a pod, by its requested and its actual status.
fn act(call: &Call<'_>, pod: &mut Value) {
    let status = pod["status"].as_str().unwrap_or_default().to_owned();
    let asked = pod["status_requested"].as_str().unwrap_or_default().to_owned();
    let up = [&STARTING[..], outcome(pod)].concat();
    let way: Vec<&str> = match (asked.as_str(), status.as_str()) {
        ("ON" | "RESTART", "STOPPED") => [&["STOPPED"], &up[..]].concat(),
        ("OFF", "STOPPED") => return,
        ("OFF", status) => vec![status, "DELETING", "STOPPED"],
        // In one pass, the loop writes STOPPED and then REQUESTED, so that no request sees STOPPED.
        ("RESTART", status) => [&[status, "DELETING"], &up[..]].concat(),
        _ => return,
    };
    begin(call, pod, &way);
}

fn begin(call: &Call<'_>, pod: &mut Value, way: &[&str]) {
    stages::begin(call, pod, way);
    catch_up(call, pod);
}

/// Updates all pods of the tenant to the current time.
pub(super) fn settle(call: &Call<'_>) {
    let mut store = call.world.store();
    let mut news = Vec::new();
    for (id, pod) in store.records_mut(&collection(call)) {
        let entered = catch_up(call, pod);
        news.extend(entered.into_iter().map(|status| (id.to_owned(), status)));
    }
    for (id, status) in news {
        let by =
            if matches!(status.as_str(), "CREATING" | "REQUESTED") { "spawner" } else { "health" };
        note(call, &mut store, &id, &format!("{by} set status to {status}"));
    }
}

/// Sets the current status of a pod, with the effects of the statuses before it.
fn catch_up(call: &Call<'_>, pod: &mut Value) -> Vec<String> {
    let mut entered = Vec::new();
    for (status, at) in stages::entered(call, pod) {
        enter(pod, &status, at);
        entered.push(status);
    }
    let over = pod[STOP_AT].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    if pod["status_requested"] == "ON"
        && over.is_some_and(|over| over < call.world.clock.timestamp())
    {
        pod["status_requested"] = "OFF".into();
        pod[STOP_AT] = Value::Null;
        act(call, pod);
    }
    entered
}

fn enter(pod: &mut Value, status: &str, at: Timestamp) {
    let container = |phase: &str, message: &str| json!({ "phase": phase, "start_time": written(at), "message": message });
    match status {
        "REQUESTED" => {
            end_instance(pod);
            pod["status_requested"] = "ON".into();
        }
        "CREATING" => pod["status_container"] = container("Pending", "Pod is still initializing."),
        "AVAILABLE" => {
            pod["start_instance_ts"] = written(at);
            pod["status_container"] = container("Running", "Pod is running.");
            let seconds = [&pod["time_to_stop_instance"], &pod["time_to_stop_default"]];
            let seconds = seconds.into_iter().find_map(Value::as_i64).unwrap_or(43200);
            let seconds = u64::try_from(seconds).ok().map(Duration::from_secs);
            if let Some(over) = seconds.and_then(|seconds| at.checked_add(seconds).ok()) {
                pod["time_to_stop_ts"] = written(over);
                pod[STOP_AT] = over.to_string().into();
            }
        }
        "ERROR" if outcome(pod) == ["ERROR"] => {
            pod["status_container"] =
                container("Failed", "Pod in terminated state for reason: exit code 1.");
        }
        "ERROR" => {
            pod["status_container"] =
                container("Pending", "Pod in waiting state for reason: the image is being pulled.");
        }
        "COMPLETE" => {
            pod["status_container"] =
                container("Succeeded", "Pod phase in Succeeded, putting in COMPLETE status.");
        }
        "STOPPED" => end_instance(pod),
        _ => {}
    }
}

/// Removes the data of the instance that has ended.
fn end_instance(pod: &mut Value) {
    if let Some(fields) = pod.as_object_mut() {
        for field in ["start_instance_ts", "time_to_stop_ts", "time_to_stop_instance", STOP_AT] {
            fields.remove(field);
        }
    }
    pod["status_container"] = json!({});
}
