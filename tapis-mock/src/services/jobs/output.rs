//! What jobs leave behind.

use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::job::{Part, find, is_over};
use super::progress;
use crate::call::Call;
use crate::folder::{Disk, Within};
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::shared::{archive, files};

/// How deep a list goes.
const DEPTH: usize = 20;
const MOST: usize = 1000;

/// Where the output of a job is.
struct Output {
    system: String,
    disk: Disk,
    dir: Within,
    path: Within,
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let number = |name: &str| match call.query(name) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| {
            Failure::new(Kind::BadQuery, format!("TAPIS_QUERY_PARAM_INVALID Parameter {name}"))
        }),
    };
    let (limit, skip) = (number("limit")?, number("skip")?.unwrap_or_default());
    let output = open(call)?;
    // Asking for a page turns the list into that of one directory.
    let depth = if limit.is_none() && skip == 0 { DEPTH } else { 0 };
    let top = output.disk.entry(&output.path).map_err(|_| gone(call))?;
    let entries = if top.is_dir() {
        output.disk.walk(&output.path, depth).map_err(|_| gone(call))?
    } else {
        vec![top]
    };
    let limit = limit.unwrap_or(MOST);
    let page: Vec<Value> = entries
        .iter()
        .skip(skip)
        .take(limit)
        .map(|entry| files::info(&output.system, entry))
        .collect();
    let metadata = json!({
        "recordCount": page.len(),
        "recordLimit": limit,
        "recordsSkipped": skip,
        "totalCount": 0,
    });
    Ok(Reply::result(page, "JOBS_JOB_OUTPUT_LIST Output found.").with_metadata(metadata))
}

pub(super) fn download(call: &Call<'_>) -> Outcome {
    let output = open(call)?;
    let top = output.disk.entry(&output.path).map_err(|_| gone(call))?;
    let empty = top.is_dir() && output.disk.list(&output.path).is_ok_and(|list| list.is_empty());
    if empty && call.world.settings.deployed() {
        let reply = Reply::result(Value::Null, "JOBS_JOB_OUTPUT_EMPTY There is no output.");
        let label = HeaderValue::from_static("application/octet-stream");
        return Ok(call.service.family.finish(reply, true).with_header(CONTENT_TYPE, label));
    }
    let zip = top.is_dir() || call.flag("compress");
    let bytes = if zip {
        archive::zip(&output.disk, &output.path, &output.path.parent(), |_| gone(call))?
    } else {
        output.disk.read(&output.path).map_err(|_| gone(call))?
    };
    let whole = output.path == output.dir;
    let name = if whole { call.path("jobUuid") } else { output.path.name() };
    let name = if zip { format!("{name}.zip") } else { name.to_owned() };
    let reply = Reply::raw("application/octet-stream", bytes);
    // Without quotes, as the service writes it.
    match HeaderValue::from_str(&format!("attachment; filename={name}")) {
        Ok(value) => Ok(reply.with_header(CONTENT_DISPOSITION, value)),
        Err(_) => Ok(reply),
    }
}

/// The output of the job of the path. Before the job is over only those have it who insist.
fn open(call: &Call<'_>) -> Result<Output, Failure> {
    progress::settle(call);
    let mut store = call.world.store();
    let job = find(call, &mut store, Part::Output)?;
    let over = is_over(job);
    if !over && !call.flag("allowIfRunning") {
        let status = job["status"].as_str().unwrap_or_default();
        let id = call.path("jobUuid");
        let message = format!("JOBS_JOB_NOT_TERMINATED Job {id} is still {status}.");
        return Err(Failure::bad_request(message));
    }
    let archived = over && job["archiveMode"] != "NEVER";
    let (system, dir) = if archived {
        ("archiveSystemId", "archiveSystemDir")
    } else {
        ("execSystemId", "execSystemOutputDir")
    };
    let system = job[system].as_str().unwrap_or_default().to_owned();
    let dir = progress::directory(job, dir);
    let path = Within::clean(call.path("outputPath"))
        .ok_or_else(|| Failure::bad_request("JOBS_JOB_OUTPUT_PATH Invalid path."))?;
    let path = dir.below(&path);
    let disk = call.world.folder.system(&call.tenant, &system);
    Ok(Output { system, disk, dir, path })
}

fn gone(call: &Call<'_>) -> Failure {
    let (id, path) = (call.path("jobUuid"), call.path("outputPath"));
    Failure::not_found(format!("JOBS_JOB_OUTPUT_NOT_FOUND Job {id} has no output {path}."))
}
