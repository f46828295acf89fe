//! What a job's record holds and how it is shown.

use serde_json::{Map, Value, json};

use crate::call::{Call, text};
use crate::shared::java::present;

/// The field that holds what the mock knows and does not tell.
pub(super) const OWN: &str = "_mock";
/// The component that describes a job.
pub(super) const COMPONENT: &str = "Job";

/// What a job is made from, beside its request.
pub(super) struct Plan<'a> {
    pub(super) app: &'a Value,
    pub(super) system: &'a Value,
    pub(super) system_id: &'a str,
    pub(super) archive_id: &'a str,
    pub(super) login_user: String,
    pub(super) number: usize,
}

/// The record of a new job. `fields` is the request filled up from the application.
pub(super) fn build(
    call: &Call<'_>,
    fields: &Map<String, Value>,
    request: &Map<String, Value>,
    plan: &Plan<'_>,
) -> Value {
    let id = format!("{}-007", call.world.random.uuid());
    let now = call.now();
    let working = plan.system["jobWorkingDir"].as_str().unwrap_or("jobs");
    let batch = text(fields, "jobType").or(plan.app["jobType"].as_str()) == Some("BATCH");
    let queue = plan.system["batchDefaultLogicalQueue"].clone();
    let mut job = json!({
        "id": plan.number,
        "uuid": id,
        "name": fields.get("name"),
        "owner": call.user(),
        "tenant": call.tenant,
        "createdby": call.user(),
        "createdbyTenant": call.tenant,
        "appId": fields.get("appId"),
        "appVersion": fields.get("appVersion"),
        "execSystemId": plan.system_id,
        "archiveSystemId": plan.archive_id,
        "archiveMode": "ALWAYS",
        "archiveOnAppError": true,
        "dynamicExecSystem": false,
        "status": "PENDING",
        "created": now,
        "lastUpdated": now,
        "lastMessage": "Job created",
        "visible": true,
        "isMpi": false,
        "jobType": if batch { "BATCH" } else { "FORK" },
        "nodeCount": 1,
        "coresPerNode": 1,
        "memoryMB": 100,
        "maxMinutes": 10,
        "blockedCount": 0,
        "remoteSubmitRetries": 0,
        "remoteChecksSuccess": 0,
        "remoteChecksFailed": 0,
        "tapisQueue": "tapis.jobq.submit.DefaultQueue",
        "tags": [],
        "notes": {},
        "execSystemExecDir": "/${JobWorkingDir}/jobs/${JobUUID}",
        "execSystemInputDir": "/${JobWorkingDir}/jobs/${JobUUID}",
        "execSystemOutputDir": "/${JobWorkingDir}/jobs/${JobUUID}/output",
    });
    if batch && !queue.is_null() {
        job["execSystemLogicalQueue"] = queue;
    }
    let known = present::fields(call.service, COMPONENT);
    for (name, value) in fields {
        let kept = matches!(name.as_str(), "owner" | "tenant" | "jobType");
        if known.contains_key(name) && !kept && !value.is_null() && name != "subscriptions" {
            job[name] = value.clone();
        }
    }
    // Output stays where it is unless it is archived on another system.
    if job.get("archiveSystemDir").is_none() {
        job["archiveSystemDir"] = if plan.archive_id == plan.system_id {
            job["execSystemOutputDir"].clone()
        } else {
            "/jobs/${JobUUID}/archive".into()
        };
    }
    // These travel as JSON inside of texts.
    let attributes = &plan.app["jobAttributes"];
    let inputs: Vec<Value> = input_uris(request, attributes)
        .into_iter()
        .map(|uri| json!({ "sourceUrl": uri, "targetPath": last_segment(&uri) }))
        .collect();
    let from_app = |name: &str| attributes.get(name).cloned();
    let parameters = request.get("parameterSet").cloned().or_else(|| from_app("parameterSet"));
    let constraints = request.get("execSystemConstraints").cloned();
    job["fileInputs"] = json!(inputs).to_string().into();
    job["parameterSet"] = parameters.unwrap_or_else(|| json!({})).to_string().into();
    job["execSystemConstraints"] = constraints.unwrap_or_else(|| json!([])).to_string().into();
    job["subscriptions"] = json!([]).to_string().into();
    let macros = [
        ("JobUUID", id.as_str()),
        ("JobOwner", call.user()),
        ("JobName", text(fields, "name").unwrap_or_default()),
        ("AppId", text(fields, "appId").unwrap_or_default()),
        ("AppVersion", text(fields, "appVersion").unwrap_or_default()),
        ("ExecSystemId", plan.system_id),
        ("Tenant", &call.tenant),
        ("EffectiveUserId", &plan.login_user),
        ("JobWorkingDir", working),
    ];
    for name in
        ["execSystemExecDir", "execSystemInputDir", "execSystemOutputDir", "archiveSystemDir"]
    {
        let mut dir = job[name].as_str().unwrap_or_default().to_owned();
        for (word, value) in macros {
            dir = dir.replace(&format!("${{{word}}}"), value);
        }
        job[name] = canonical(&dir).into();
    }
    let slurm = plan.system["canRunBatch"] == true && plan.system["batchScheduler"] == "SLURM";
    job[OWN] = json!({ "step": 0, "outcome": "FINISHED", "held": false, "slurm": slurm });
    job
}

/// The addresses of a job's input files.
pub(super) fn input_uris(request: &Map<String, Value>, attributes: &Value) -> Vec<String> {
    let of_app = attributes.get("fileInputs").and_then(Value::as_array).into_iter().flatten();
    let of_request = request.get("fileInputs").and_then(Value::as_array).into_iter().flatten();
    let uris = of_app.chain(of_request).filter_map(|input| input["sourceUrl"].as_str());
    uris.map(str::to_owned).collect()
}

/// A path with one slash in front and none elsewhere that means nothing.
fn canonical(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

fn last_segment(uri: &str) -> &str {
    uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// A job as its callers see it.
pub(super) fn show(call: &Call<'_>, job: &Value) -> Value {
    let mut shown = job.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove(OWN);
    }
    if call.world.settings.deployed() {
        shown["notes"] = shown["notes"].to_string().into();
        shown["_fileInputsSpec"] = Value::Null;
        shown["_parameterSetModel"] = Value::Null;
    }
    present::as_deployed(call, COMPONENT, shown, false)
}
