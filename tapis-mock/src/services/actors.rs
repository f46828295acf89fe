//! Actors: a message makes an execution, which goes on with the clock. What an actor of the mock
//! gives is what it was sent.

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::call::{Call, Handler, text};
use crate::dates::{self, Style};
use crate::engine;
use crate::reply::{Content, Failure, Outcome, Reply};
use crate::shared::stages;
use crate::store::{Store, in_tenant};

const RUNNING: [&str; 3] = ["SUBMITTED", "RUNNING", "COMPLETE"];
const FAILING: [&str; 3] = ["SUBMITTED", "RUNNING", "ERROR"];
/// Fields of an execution that nobody sees.
const SENT: &str = "_sent";
const FETCHED: &str = "_fetched";

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("send_json_message", send),
    ("create_actor", |call| Ok(with_links(call, engine::answer(call)?))),
    ("get_actor", |call| Ok(with_links(call, engine::answer(call)?))),
    ("list_actors", |call| Ok(with_links(call, engine::answer(call)?))),
    ("update_actor", |call| Ok(with_links(call, engine::answer(call)?))),
    ("get_messages", count_messages),
    ("delete_pending_messages", purge),
    ("list_executions", list),
    ("get_execution", get),
    ("get_execution_result", result),
    ("get_execution_logs", logs),
    ("get_state", state),
    ("update_state", set_state),
    ("list_permissions", permissions),
    ("update_permissions", grant),
];

fn actors(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/actors")
}

fn executions(call: &Call<'_>) -> String {
    format!("{}/{}/executions", actors(call), call.path("actor_id"))
}

fn actor<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("actor_id");
    let actor = store.get_mut(&actors(call), id);
    actor.ok_or_else(|| Failure::not_found(format!("No actor found with identifier: {id}.")))
}

fn send(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let image = actor(call, &mut store)?["image"].as_str().unwrap_or_default().to_owned();
    let is_json = call
        .headers
        .get(CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .is_some_and(|media| media.starts_with("application/json"));
    let message = if is_json {
        let body: Value = serde_json::from_slice(call.body)
            .map_err(|error| Failure::bad_request(error.to_string()))?;
        body.get("message").cloned().unwrap_or(body)
    } else {
        Value::from(String::from_utf8_lossy(call.body).into_owned())
    };
    let sent = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    // The service answers with what the actor gave and nothing around it, which no document says.
    if call.flag("_abaco_synchronous") && call.world.settings.deployed() {
        return Ok(Reply::raw("application/octet-stream", sent));
    }
    let id = call.world.random.code(13);
    let mut execution = json!({
        "id": id,
        "actor_id": call.path("actor_id"),
        "api_server": call.base_url,
        "owner": call.user(),
        "worker_id": call.world.random.code(13),
        "cpu": 0, "io": 0, "runtime": 0,
    });
    execution[SENT] = sent.into();
    execution["message_received_time"] = timestamp(call);
    let stages = if stages::is_to_fail(&image) { &FAILING } else { &RUNNING };
    stages::begin(call, &mut execution, stages);
    store.put(&executions(call), id.as_str(), execution);
    let result = json!({ "execution_id": id, "msg": message });
    Ok(Reply::result(result, "The request was successful"))
}

/// Moves an execution to where it is by now.
fn settle(call: &Call<'_>, execution: &mut Value) {
    if stages::settle(call, execution) {
        match execution["status"].as_str() {
            Some("RUNNING") => execution["start_time"] = timestamp(call),
            Some("COMPLETE" | "ERROR") => {
                if execution.get("start_time").is_none() {
                    execution["start_time"] = timestamp(call);
                }
                execution["finish_time"] = timestamp(call);
                let step = call.world.settings.step.as_secs();
                execution["runtime"] = step.into();
                execution["cpu"] = 1_000_000.into();
                execution["io"] = execution[SENT].as_str().map_or(0, str::len).into();
            }
            _ => {}
        }
    }
}

fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    actor(call, store)?;
    let id = call.path("execution_id");
    let execution = store.get_mut(&executions(call), id);
    let execution =
        execution.ok_or_else(|| Failure::not_found(format!("Execution not found {id}.")))?;
    settle(call, execution);
    Ok(execution)
}

fn all(call: &Call<'_>, store: &mut Store) -> Result<Vec<Value>, Failure> {
    actor(call, store)?;
    let mut found = Vec::new();
    for (_, execution) in store.records_mut(&executions(call)) {
        settle(call, execution);
        found.push(execution.clone());
    }
    Ok(found)
}

fn count_messages(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let waiting = all(call, &mut store)?.iter().filter(|e| e["status"] == "SUBMITTED").count();
    Ok(Reply::result(json!({ "messages": waiting }), "The request was successful"))
}

fn purge(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    for execution in all(call, &mut store)?.iter().filter(|e| e["status"] == "SUBMITTED") {
        store.remove(&executions(call), execution["id"].as_str().unwrap_or_default());
    }
    Ok(Reply::result(Value::Null, "Actor mailbox purged"))
}

fn list(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let executions = all(call, &mut store)?;
    let sum = |field: &str| executions.iter().filter_map(|e| e[field].as_i64()).sum::<i64>();
    let kept = ["id", "status", "start_time", "finish_time", "message_received_time"];
    let summaries: Vec<Value> = executions.iter().map(|one| only(one, &kept)).collect();
    let result = json!({
        "actor_id": call.path("actor_id"),
        "api_server": call.base_url,
        "owner": call.user(),
        "total_executions": executions.len(),
        "total_cpu": sum("cpu"),
        "total_io": sum("io"),
        "total_runtime": sum("runtime"),
        "executions": summaries,
    });
    Ok(Reply::result(result, "Actor executions retrieved successfully."))
}

fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let mut shown = find(call, &mut store)?.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('_') && name != "finish_time");
        // The service writes a timestamp that has not come as a text.
        if call.world.settings.deployed() {
            fields.entry("start_time").or_insert_with(|| "None".into());
        }
    }
    if call.world.settings.deployed() {
        let itself = format!("/{}/executions/{}", call.path("actor_id"), call.path("execution_id"));
        add_links(call, &mut shown, &itself, "logs");
    }
    Ok(Reply::result(shown, "Actor execution retrieved successfully."))
}

/// Each result is given once.
fn result(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let execution = find(call, &mut store)?;
    let ready = execution["status"] == "COMPLETE" && execution[FETCHED] != true;
    let sent = if ready { execution[SENT].as_str().unwrap_or_default() } else { "" }.to_owned();
    if ready {
        execution[FETCHED] = true.into();
    }
    Ok(Reply::raw("application/octet-stream", sent))
}

fn logs(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let execution = find(call, &mut store)?;
    let text = match execution["status"].as_str() {
        Some("COMPLETE") => format!("message: {}\n", execution[SENT].as_str().unwrap_or_default()),
        Some("ERROR") => "the actor ended with exit code 1\n".to_owned(),
        _ => String::new(),
    };
    Ok(Reply::result(json!({ "logs": text }), "Logs retrieved successfully."))
}

fn state(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let state = actor(call, &mut store)?.get("state").cloned().unwrap_or_else(|| json!({}));
    Ok(Reply::result(json!({ "state": state }), "Actor state retrieved successfully."))
}

fn set_state(call: &Call<'_>) -> Outcome {
    let new: Value = serde_json::from_slice(call.body)
        .map_err(|error| Failure::bad_request(error.to_string()))?;
    {
        let mut store = call.world.store();
        let actor = actor(call, &mut store)?;
        if actor["stateless"] == true {
            return Err(Failure::bad_request("actor is stateless."));
        }
        actor["state"] = new;
    }
    engine::read_as(call, "get_actor")
}

fn permissions(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    actor(call, &mut store)?;
    let known = store.get(&in_tenant(&call.tenant, "actors.permissions"), call.path("actor_id"));
    let mut all = Map::from_iter([(call.user().to_owned(), Value::from("UPDATE"))]);
    all.extend(known.and_then(Value::as_object).cloned().unwrap_or_default());
    Ok(Reply::result(Value::Object(all), "Permissions retrieved successfully."))
}

fn grant(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let (Some(user), Some(level)) = (text(&body, "user"), text(&body, "level")) else {
        return Err(Failure::bad_request("Missing required parameter: user and level."));
    };
    {
        let mut store = call.world.store();
        let collection = in_tenant(&call.tenant, "actors.permissions");
        let id = call.path("actor_id");
        if !store.contains(&collection, id) {
            store.put(&collection, id, json!({}));
        }
        if let Some(known) = store.get_mut(&collection, id) {
            known[user] = level.into();
        }
    }
    permissions(call)
}

/// Deployed, the service adds addresses that no document knows.
fn with_links(call: &Call<'_>, mut reply: Reply) -> Reply {
    if let (true, Content::Result { result, .. }) =
        (call.world.settings.deployed(), &mut reply.content)
    {
        let actors = match result {
            Value::Array(actors) => actors.iter_mut().collect(),
            actor => vec![actor],
        };
        for actor in actors {
            let itself = format!("/{}", actor["id"].as_str().unwrap_or_default());
            add_links(call, actor, &itself, "executions");
        }
    }
    reply
}

fn add_links(call: &Call<'_>, record: &mut Value, itself: &str, below: &str) {
    let owner = record["owner"].as_str().unwrap_or_default().to_owned();
    record["_links"] = json!({
        "self": format!("{}/v3/actors{itself}", call.base_url),
        "owner": format!("{}/v3/oauth2/profiles/{owner}", call.base_url),
        below: format!("{}/v3/actors{itself}/{below}", call.base_url),
    });
}

fn only(record: &Value, names: &[&str]) -> Value {
    let fields =
        names.iter().filter_map(|name| Some(((*name).to_owned(), record.get(*name)?.clone())));
    Value::Object(fields.collect())
}

/// A timestamp in the form of this service.
fn timestamp(call: &Call<'_>) -> Value {
    let time = call.world.clock.timestamp();
    if call.world.settings.deployed() {
        return dates::write(time, Style::Abaco).into();
    }
    call.now().into()
}
