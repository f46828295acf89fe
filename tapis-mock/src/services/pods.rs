//! Pods, which come and go with the clock.

use serde_json::{Value, json};

use crate::call::{Call, Handler, text};
use crate::dates::{self, Style};
use crate::engine;
use crate::reply::{Content, Failure, Outcome, Reply};
use crate::shared::stages;
use crate::store::{Store, in_tenant};

const STARTING: [&str; 3] = ["REQUESTED", "CREATING", "AVAILABLE"];
const FAILING: [&str; 3] = ["REQUESTED", "CREATING", "ERROR"];
const STOPPING: [&str; 2] = ["DELETING", "STOPPED"];

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_pod", create),
    ("get_pod", settled),
    ("list_pods", settled),
    ("update_pod", settled),
    ("delete_pod", settled),
    ("start_pod", |call| request(call, "ON", None)),
    ("stop_pod", |call| request(call, "OFF", Some(&STOPPING))),
    ("restart_pod", restart),
    ("get_pod_logs", logs),
    ("add_template_tag", add_tag),
    ("get_pod_permissions", permissions),
    ("get_volume_permissions", permissions),
    ("get_snapshot_permissions", permissions),
    ("get_template_permissions", permissions),
    ("set_pod_permission", grant),
    ("set_volume_permission", grant),
    ("set_snapshot_permission", grant),
    ("set_template_permission", grant),
    ("delete_pod_permission", revoke),
    ("delete_volume_permission", revoke),
    ("delete_snapshot_permission", revoke),
    ("delete_template_permission", revoke),
];

/// Answers for pods in the state that they have reached.
fn settled(call: &Call<'_>) -> Outcome {
    settle(call);
    engine::answer(call)
}

fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/pods")
}

fn action_logs(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pods.action_logs")
}

/// A pod runs from the beginning, unless it is made to wait.
fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut reply = engine::answer(call)?;
    let mut store = call.world.store();
    let id = text(&body, "pod_id").unwrap_or_default();
    let waits = text(&body, "status_requested") == Some("OFF");
    note(call, &mut store, id, &format!("Pod object created by '{}'", call.user()));
    let Some(pod) = store.get_mut(&collection(call), id) else { return Ok(reply) };
    pod["status_requested"] = if waits { "OFF" } else { "ON" }.into();
    pod["creation_ts"] = timestamp(call);
    pod["update_ts"] = timestamp(call);
    let stages = if waits { &["STOPPED"][..] } else { way(pod) };
    stages::begin(call, pod, stages);
    if let Content::Result { result, .. } = &mut reply.content {
        for field in ["status", "status_requested", "creation_ts", "update_ts"] {
            result[field] = pod[field].clone();
        }
    }
    Ok(reply)
}

/// A tag is known by its name and by its name with the time at which it was given.
fn add_tag(call: &Call<'_>) -> Outcome {
    let mut reply = engine::answer(call)?;
    let Content::Result { result, .. } = &mut reply.content else { return Ok(reply) };
    let tag = result["tag"].as_str().unwrap_or_default().to_owned();
    let at = call.world.clock.timestamp().strftime("%Y-%m-%d-%H:%M:%S");
    let timestamp = Value::from(format!("{tag}@{at}"));
    result["tag_timestamp"] = timestamp.clone();
    let tags =
        in_tenant(&call.tenant, &format!("/v3/pods/templates/{}/tags", call.path("template_id")));
    if let Some(record) = call.world.store().get_mut(&tags, &tag) {
        record["tag_timestamp"] = timestamp;
    }
    Ok(reply)
}

/// The stages of a pod that is started.
fn way(pod: &Value) -> &'static [&'static str] {
    let image = pod["image"].as_str().unwrap_or_default();
    if stages::is_to_fail(image) { &FAILING } else { &STARTING }
}

fn request(call: &Call<'_>, wish: &str, stages: Option<&'static [&'static str]>) -> Outcome {
    settle(call);
    {
        let mut store = call.world.store();
        let id = call.path("pod_id");
        let done = if wish == "ON" { "started" } else { "stopped" };
        let pod = find(call, &mut store)?;
        let stages = stages.unwrap_or_else(|| way(pod));
        let is_so =
            pod["status_requested"] == wish && pod["status"] == *stages.last().unwrap_or(&"");
        pod["status_requested"] = wish.into();
        pod["update_ts"] = timestamp(call);
        // What is so already stays so.
        if !is_so {
            stages::begin(call, pod, stages);
        }
        note(call, &mut store, id, &format!("'{}' {done} pod", call.user()));
    }
    engine::read_as(call, "get_pod")
}

fn restart(call: &Call<'_>) -> Outcome {
    settle(call);
    {
        let mut store = call.world.store();
        let pod = find(call, &mut store)?;
        pod["status_requested"] = "ON".into();
        pod["update_ts"] = timestamp(call);
        let stages: Vec<&str> = ["DELETING"].iter().chain(way(pod)).copied().collect();
        stages::begin(call, pod, &stages);
        note(call, &mut store, call.path("pod_id"), &format!("'{}' restarted pod", call.user()));
    }
    engine::read_as(call, "get_pod")
}

fn logs(call: &Call<'_>) -> Outcome {
    settle(call);
    let mut store = call.world.store();
    let pod = find(call, &mut store)?;
    let text = match pod["status"].as_str() {
        Some("AVAILABLE") => format!("{} is up\n", call.path("pod_id")),
        Some("ERROR") => format!("{} ended with exit code 1\n", call.path("pod_id")),
        _ => String::new(),
    };
    let actions = store.get(&action_logs(call), call.path("pod_id")).cloned();
    let result = json!({ "logs": text, "action_logs": actions.unwrap_or_else(|| json!([])) });
    Ok(Reply::result(result, "Pod logs retrieved successfully."))
}

/// Moves all pods of the tenant to where they are by now.
fn settle(call: &Call<'_>) {
    let mut store = call.world.store();
    let mut news = Vec::new();
    for (id, pod) in store.records_mut(&collection(call)) {
        if stages::settle(call, pod) {
            let status = pod["status"].as_str().unwrap_or_default().to_owned();
            if status == "AVAILABLE" {
                pod["start_instance_ts"] = timestamp(call);
            }
            if status == "ERROR" {
                pod["status_container"] = json!({ "phase": "Failed", "message": "The container ended with exit code 1." });
            }
            news.push((id.to_owned(), format!("spawner set status to {status}")));
        }
    }
    for (id, text) in news {
        note(call, &mut store, &id, &text);
    }
}

fn note(call: &Call<'_>, store: &mut Store, id: &str, what: &str) {
    let at = call.world.clock.timestamp().strftime("%y/%m/%d %H:%M").to_string();
    let line = Value::from(format!("{at}: {what}"));
    match store.get_mut(&action_logs(call), id).and_then(Value::as_array_mut) {
        Some(lines) => lines.push(line),
        None => store.put(&action_logs(call), id, json!([line])),
    }
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("pod_id");
    let pod = store.get_mut(&collection(call), id);
    pod.ok_or_else(|| Failure::not_found(format!("Pod {id} not found.")))
}

/// A timestamp in the form of this service, which knows no zones.
fn timestamp(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Naive).into()
}

/// Where permissions on what the path names are kept, and its name.
fn granted<'a>(call: &'a Call<'_>) -> (String, &'a str) {
    let (parameter, id) =
        call.path.first().map_or(("", ""), |(name, value)| (name.as_str(), value.as_str()));
    (in_tenant(&call.tenant, &format!("pods.permissions.{parameter}")), id)
}

fn permissions(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (collection, id) = granted(call);
    let others = store.get(&collection, id).and_then(Value::as_object);
    let own = format!("{}:ADMIN", call.user());
    let others = others.into_iter().flatten().filter(|(user, _)| *user != call.user());
    let all: Vec<String> = std::iter::once(own)
        .chain(others.map(|(user, level)| format!("{user}:{}", level.as_str().unwrap_or_default())))
        .collect();
    Ok(Reply::result(json!({ "permissions": all }), "Permissions retrieved successfully."))
}

fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let (user, level) = (text(&body, "user"), text(&body, "level"));
    let (Some(user), Some(level)) = (user, level) else {
        return Err(Failure::bad_request("user and level are needed."));
    };
    {
        let mut store = call.world.store();
        let (collection, id) = granted(call);
        if store.get(&collection, id).is_none() {
            store.put(&collection, id, json!({}));
        }
        if let Some(known) = store.get_mut(&collection, id) {
            known[user] = level.into();
        }
    }
    permissions(call)
}

fn revoke(call: &Call<'_>) -> Outcome {
    {
        let mut store = call.world.store();
        let (collection, id) = granted(call);
        let known = store.get_mut(&collection, id).and_then(Value::as_object_mut);
        let user = call.path("user");
        if known.and_then(|known| known.remove(user)).is_none() {
            return Err(Failure::not_found(format!("{user} has no permission on {id}.")));
        }
    }
    permissions(call)
}
