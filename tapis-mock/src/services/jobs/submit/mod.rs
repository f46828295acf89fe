//! Submission: the attributes of a job come from the request, the application and the system, in
//! this order (tapis-jobs `SubmitContext.java`).

mod arguments;
mod environment;
mod inputs;
mod kept;
mod limits;
mod macros;
mod merged;
mod options;
mod parameters;
mod schema;
mod sharing;
mod systems;
mod text;

use serde_json::{Map, Value, json};

use super::job::collection;
use super::record::{self, OWN};
use super::runtime::Runtime;
use super::{events, progress, subscriptions};
use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::systems::login_user;
use crate::store::{Store, in_tenant};
use arguments::Sort;
use kept::written_again;
use limits::Resources;
use macros::Macros;
use parameters::Parameters;
use sharing::Sharing;
use systems::Systems;
use text::{as_doubles, bad, field, in_map, refuse_control, refuse_traversal};

/// The default directories.
const EXEC_DIR: &str = "/${JobWorkingDir}/jobs/${JobUUID}";
const OUTPUT_DIR: &str = "/${JobWorkingDir}/jobs/${JobUUID}/output";
const ARCHIVE_DIR: &str = "/jobs/${JobUUID}/archive";

pub(super) fn submit(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    start(call, read(call.body)?)
}

/// Submits a request again.
pub(super) fn resubmit(call: &Call<'_>) -> Outcome {
    progress::settle(call);
    let request = kept_request(call, &call.world.store())?;
    start(call, request)
}

/// The request of a job.
pub(super) fn request(call: &Call<'_>) -> Outcome {
    let request = kept_request(call, &call.world.store())?;
    let message = "JOBS_RESUBMIT_REQUEST_RETRIEVED Job request retrieved.";
    let deployed = call.world.settings.deployed();
    let request = if deployed { written_again(request) } else { Value::Object(request) };
    Ok(Reply::result(request, message))
}

fn read(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    let request = serde_json::from_slice(body).map_err(|error| {
        let what = format!("Error accessing payload for submitJob request: {error}");
        bad("NET_REQUEST_PAYLOAD_ERROR", &what)
    })?;
    schema::check(&request)?;
    Ok(request)
}

/// The collection of requests, as received.
fn requests(tenant: &str) -> String {
    in_tenant(tenant, "jobs.requests")
}

fn kept_request(call: &Call<'_>, store: &Store) -> Result<Map<String, Value>, Failure> {
    let id = call.path("jobUuid");
    let request = store.get(&requests(&call.tenant), id).and_then(Value::as_object).cloned();
    request.ok_or_else(|| {
        let message = format!("JOBS_JOBRESUBMIT_NOT_FOUND Job {id}: unknown job uuid");
        Failure::bad_request(message)
    })
}

fn start(call: &Call<'_>, request: Map<String, Value>) -> Outcome {
    let mut store = call.world.store();
    let job = prepare(call, &store, &request)?;
    let text = |name: &str| job[name].as_str().unwrap_or_default().to_owned();
    let (id, owner) = (text("uuid"), text("owner"));
    store.put(&requests(&call.tenant), id.clone(), Value::Object(request));
    let entry = events::new_status(&job, None, &job["created"]);
    events::note(&mut store, &call.tenant, &id, entry);
    let wanted: Vec<Map<String, Value>> =
        serde_json::from_str(&text("subscriptions")).unwrap_or_default();
    for one in &wanted {
        subscriptions::add(call, &mut store, &id, &owner, one);
    }
    if !wanted.is_empty() {
        let entry = events::subscription(&job, "ADDED", wanted.len(), &job["created"]);
        events::note(&mut store, &call.tenant, &id, entry);
    }
    let shown = record::show(call, &job);
    store.put(&collection(&call.tenant), id.clone(), job);
    Ok(Reply::result(shown, format!("JOBS_CREATED Job {id} created.")))
}

/// Derives all attributes of a new job, with the checks in the order of the service.
fn prepare(call: &Call<'_>, store: &Store, request: &Map<String, Value>) -> Result<Value, Failure> {
    let owner = owner(call, store, request)?;
    let app = systems::find_app(call, store, request)?;
    let attributes = &app["jobAttributes"];
    check_log(attributes)?;
    let mut sharing = Sharing::new(systems::sharing_owner(call, store, app));
    let systems = Systems::find(call, store, request, app, &mut sharing)?;
    let system = systems.exec;
    let job_type = limits::job_type(request, app);
    let mut parameters = Parameters::merge(request, attributes, system)?;
    options::check_profile(call, store, parameters.of(Sort::Scheduler))?;
    options::check_container(Runtime::of_app(app), parameters.of(Sort::Container))?;
    let of_app = |name: &str| field(attributes, name);
    let given = |name: &str| in_map(request, name).or_else(|| of_app(name));
    let output = given("execSystemOutputDir").unwrap_or(OUTPUT_DIR);
    // Output is not copied unless it is archived on another system.
    let one_system = systems.archive["id"] == system["id"];
    let archive =
        given("archiveSystemDir").unwrap_or(if one_system { output } else { ARCHIVE_DIR });
    let mut directories = [
        ("execSystemInputDir", given("execSystemInputDir").unwrap_or(EXEC_DIR).to_owned()),
        ("execSystemExecDir", given("execSystemExecDir").unwrap_or(EXEC_DIR).to_owned()),
        ("execSystemOutputDir", output.to_owned()),
        ("archiveSystemDir", archive.to_owned()),
    ];
    share_directories(&mut sharing, &directories, attributes, one_system);
    for (name, directory) in &directories {
        refuse_traversal(name, directory)?;
    }
    let (is_mpi, mpi_cmd, prefix) = merged::launch(request, attributes, system)?;
    let resources = Resources::read(request, attributes);
    let (queue, remote_queue) = match job_type {
        "BATCH" => {
            let queue = limits::queue(request, app, system)?;
            resources.fit(queue)?;
            (field(queue, "name"), field(queue, "hpcQueueName"))
        }
        // The name in the request is kept.
        _ => (in_map(request, "execSystemLogicalQueue"), None),
    };
    let inputs = inputs::merge(&Value::Object(request.clone()), app, &sharing)?;
    inputs::add_keys(&inputs, &mut parameters.variables)?;

    let id = format!("{}-007", call.world.random.uuid());
    let created = call.world.clock.timestamp();
    let flag = |name: &str| {
        let asked = request.get(name).and_then(Value::as_bool);
        asked.or_else(|| attributes[name].as_bool())
    };
    let archives_errors = flag("archiveOnAppError").unwrap_or(true);
    let mut macros = Macros::default();
    let system_text = |name: &str| system[name].as_str();
    let (date, time) = date_and_time(created);
    for (name, value) in [
        ("JobUUID", id.clone()),
        ("Tenant", call.tenant.clone()),
        ("JobOwner", owner.clone()),
        ("EffectiveUserId", login_user(store, &call.tenant, system, &owner)),
        ("DynamicExecSystem", false.to_string()),
        ("ArchiveOnAppError", archives_errors.to_string()),
        ("Nodes", resources.nodes.to_string()),
        ("CoresPerNode", resources.cores.to_string()),
        ("MemoryMB", resources.memory.to_string()),
        ("MaxMinutes", resources.minutes.to_string()),
        ("JobCreateTimestamp", dates::write(created, Style::Java)),
        ("JobCreateDate", date),
        ("JobCreateTime", time),
    ] {
        macros.set(name, value);
    }
    for (name, value) in [
        ("AppId", in_map(request, "appId")),
        ("AppVersion", in_map(request, "appVersion")),
        ("ExecSystemId", system_text("id")),
        ("ArchiveSystemId", systems.archive["id"].as_str()),
        ("SysRootDir", system_text("rootDir")),
        ("SysHost", system_text("host")),
        ("SysBucketName", system_text("bucketName")),
        ("SysBatchScheduler", system_text("batchScheduler")),
        ("ExecSystemLogicalQueue", queue),
        ("ExecSystemHPCQueue", queue.and_then(|name| limits::hpc_queue(system, name))),
        ("DtnSystemId", systems.dtn.as_ref().map(|dtn| dtn.id)),
    ] {
        macros.set_some(name, value);
    }
    let name = macros.replace(in_map(request, "name").unwrap_or_default());
    refuse_control("", "jobName", &name)?;
    macros.set("JobName", name.clone());
    let working = macros.resolve(system_text("jobWorkingDir").unwrap_or_default(), &owner)?;
    macros.set("JobWorkingDir", working.clone());
    let names =
        ["ExecSystemInputDir", "ExecSystemExecDir", "ExecSystemOutputDir", "ArchiveSystemDir"];
    // A value that needs no other macro can be a macro itself.
    for ((_, directory), name) in directories.iter().zip(names) {
        if !directory.contains("${") && !directory.starts_with("HOST_EVAL(") {
            macros.set(name, directory.clone());
        }
    }
    for ((_, directory), name) in directories.iter_mut().zip(names) {
        *directory = macros.resolve(directory, &owner)?;
        macros.set(name, directory.clone());
    }
    let mut on_dtn = Vec::new();
    if let Some(dtn) = &systems.dtn {
        for ((field, directory), name) in
            dtn.directories.iter().zip(["DtnSystemInputDir", "DtnSystemOutputDir"])
        {
            let directory = macros.resolve(directory, &owner)?;
            macros.set(name, directory.clone());
            on_dtn.push((*field, directory));
        }
        on_dtn.push(("dtnSystemId", dtn.id.to_owned()));
    }
    parameters.replace(&mut macros, &owner)?;
    macros.set("JobWorkingDir", canonical(&working));
    for ((field, directory), name) in directories.iter_mut().zip(names) {
        refuse_traversal(field, directory)?;
        *directory = canonical(directory);
        macros.set(name, directory.clone());
    }
    let description = in_map(request, "description").or_else(|| of_app("description"));
    let description = description.map(str::to_owned).unwrap_or_else(|| {
        let text = |name: &str| in_map(request, name).unwrap_or_default();
        format!("{}-{} submitted by {owner}@{}", text("appId"), text("appVersion"), call.tenant)
    });
    let number = store.records(&collection(&call.tenant)).count() + 1;
    let notes = request.get("notes").or_else(|| app.get("notes")).filter(|n| n.is_object());
    let mut job = json!({
        "id": number,
        "uuid": id,
        "name": name,
        "description": macros.replace(&description),
        "owner": owner,
        "tenant": call.tenant,
        "createdby": call.user(),
        "createdbyTenant": call.tenant,
        "appId": request.get("appId"),
        "appVersion": request.get("appVersion"),
        "jobType": job_type,
        "execSystemId": system["id"],
        "archiveSystemId": systems.archive["id"],
        "archiveMode": given("archiveMode").unwrap_or("ALWAYS"),
        "archiveOnAppError": archives_errors,
        "dynamicExecSystem": false,
        "status": "PENDING",
        "created": dates::write(created, Style::Java),
        "lastUpdated": dates::write(created, Style::Java),
        "lastMessage": "Job created",
        "visible": true,
        "isMpi": is_mpi,
        "nodeCount": resources.nodes,
        "coresPerNode": resources.cores,
        "memoryMB": resources.memory,
        "maxMinutes": resources.minutes,
        "blockedCount": 0,
        "remoteSubmitRetries": 0,
        "remoteChecksSuccess": 0,
        "remoteChecksFailed": 0,
        "tapisQueue": "tapis.jobq.submit.DefaultQueue",
        "sharedAppCtx": "",
        "tags": merged::tags(request, attributes),
        "notes": notes.map_or_else(|| json!({}), as_doubles),
        "fileInputs": Value::from(inputs).to_string(),
        "parameterSet": parameters.finish(&macros).to_string(),
        "subscriptions": merged::subscriptions(request, attributes).to_string(),
    });
    for (name, directory) in directories.into_iter().chain(on_dtn) {
        job[name] = directory.into();
    }
    for (name, value) in [
        ("mpiCmd", mpi_cmd),
        ("cmdPrefix", prefix),
        ("execSystemLogicalQueue", queue.map(str::to_owned)),
        ("remoteQueue", remote_queue.map(str::to_owned)),
        ("execSystemConstraints", merged::constraints(request, attributes)),
    ] {
        if let Some(value) = value {
            job[name] = value.into();
        }
    }
    sharing.note(&mut job);
    job[OWN] = json!({
        "step": 0,
        "outcome": "FINISHED",
        "held": false,
        "batch": system["canRunBatch"],
        "scheduler": system["batchScheduler"],
        "runtime": app["runtime"],
    });
    Ok(job)
}

/// The directories that are used through a shared application (tapis-jobs
/// `SubmitContext.java:1013-1047`).
fn share_directories(
    sharing: &mut Sharing<'_>,
    directories: &[(&'static str, String); 4],
    attributes: &Value,
    one_system: bool,
) {
    let [input, exec, output, archive] = directories;
    for (attribute, (name, used), default) in [
        ("SAC_EXEC_SYSTEM_INPUT_DIR", input, EXEC_DIR),
        ("SAC_EXEC_SYSTEM_EXEC_DIR", exec, EXEC_DIR),
        ("SAC_EXEC_SYSTEM_OUTPUT_DIR", output, OUTPUT_DIR),
    ] {
        sharing.exec_dir(attribute, used, field(attributes, name), default);
    }
    let (name, used) = archive;
    let on_exec = field(attributes, "archiveSystemId").is_none() && one_system;
    sharing.archive_dir(used, field(attributes, name), on_exec, ARCHIVE_DIR);
}

/// Refuses an application with only one of the two log files.
fn check_log(attributes: &Value) -> Result<(), Failure> {
    let log = &attributes["parameterSet"]["logConfig"];
    if field(log, "stdoutFilename").is_some() == field(log, "stderrFilename").is_some() {
        return Ok(());
    }
    let what = "The application names one of stdoutFilename and stderrFilename.";
    Err(bad("JOBS_INCOMPLETE_APP_LOGCONFIG", what))
}

/// The owner of a job. Only administrators submit for others.
fn owner(call: &Call<'_>, store: &Store, request: &Map<String, Value>) -> Result<String, Failure> {
    if let Some(tenant) = in_map(request, "tenant").filter(|tenant| *tenant != call.tenant) {
        let what =
            format!("The current tenant id ({}) is not that of the job ({tenant}).", call.tenant);
        return Err(bad("JOBS_MISMATCHED_TENANT", &what));
    }
    match in_map(request, "owner") {
        Some(owner) if owner != call.user() && !roles::is_admin(call, store) => {
            let what = format!("User {} is not an administrator.", call.user());
            Err(bad("SK_REQUESTOR_NOT_ADMIN", &what))
        }
        Some(owner) => Ok(owner.to_owned()),
        None => Ok(call.user().to_owned()),
    }
}

/// A path with one leading slash and no redundant slashes.
fn canonical(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

fn date_and_time(at: jiff::Timestamp) -> (String, String) {
    let text = dates::write(at, Style::Java);
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    (format!("{date}Z"), time.to_owned())
}
