//! The output of jobs.

use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::job::{Lookup, OUTPUT, find_visible, is_over};
use super::native::directory;
use super::progress;
use crate::call::Call;
use crate::family::Family;
use crate::folder::{Disk, Entry, Within};
use crate::query::number;
use crate::reply::{Content, Failure, Kind, Outcome, Reply};
use crate::shared::listing::{DEPTH, Page, deep};
use crate::shared::{archive, files};

/// The default number of entries of a directory in a list.
const DEFAULT_LIMIT: usize = 100;
/// The maximum number of entries in a list of Files.
const MOST: i64 = 1000;
/// Larger single files are sent as an archive. The constant is named a gigabyte in kilobytes, and
/// is compared with bytes (tapis-jobs `JobOutputDownloadResource.java:57, 270`).
const PACKED_FROM: u64 = 1_000_000;

/// The location of a job's output.
struct Output {
    system: String,
    disk: Disk,
    /// The target of the path of the call.
    path: Within,
    /// The same as the text of the request to Files.
    asked: String,
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let (limit, skip) = (number(call, "limit")?, number(call, "skip")?.unwrap_or_default());
    let output = open(call)?;
    let refused = |kind: Kind, what: &str| Err(Failure::new(kind, refusal(&output, what)));
    let page = match limit {
        Some(limit) if limit > MOST => return refused(Kind::BadRequest, "limit is at most 1000"),
        Some(limit) if limit < 0 => return refused(Kind::Server, "limit is negative"),
        _ if skip < 0 => return refused(Kind::BadRequest, "offset is negative"),
        // A page makes the list one of a single directory.
        None if skip == 0 => output.tree()?,
        _ => {
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            let offset = usize::try_from(skip).unwrap_or_default();
            let limit = limit.unwrap_or(DEFAULT_LIMIT);
            output.page(&Page { limit, offset, pattern: None })?
        }
    };
    let page: Vec<Value> = page.iter().map(|entry| files::info(&output.system, entry)).collect();
    let metadata = json!({
        "recordCount": page.len(),
        "recordLimit": limit.unwrap_or_else(|| i64::try_from(DEFAULT_LIMIT).unwrap_or_default()),
        "recordsSkipped": skip,
        "totalCount": 0,
    });
    let id = call.path("jobUuid");
    let message = format!("JOBS_OUTPUT_FILES_LIST_RETRIEVED Job {id} output files list retrieved.");
    Ok(Reply::result(page, message).with_metadata(metadata))
}

pub(super) fn download(call: &Call<'_>) -> Outcome {
    let output = open(call)?;
    let asked = call.path("outputPath");
    let zip = match output.tree()?.as_slice() {
        [] => return Ok(empty(call)),
        [one] => {
            call.flag("compress")
                || one.is_dir()
                || one.size > PACKED_FROM
                // Entries of a list are in a directory if they are below the requested path, but
                // every path ends in an empty path.
                || !one.path.to_string().ends_with(asked)
        }
        _ => true,
    };
    let top = output.disk.entry(&output.path).map_err(|_| missing(&output))?;
    let bytes = if zip {
        let base = if asked.ends_with('/') { output.path.clone() } else { output.path.parent() };
        archive::zip(&output.disk, &output.path, &base, |_| missing(&output))?.into()
    } else if top.is_dir() {
        // The service ignores the status of the reply of Files.
        let message =
            format!("FILES_CONT_DIR_NOZIP A directory comes as a zip file only: {}", output.path);
        match Family::Files.fail(Failure::bad_request(message)).content {
            Content::Raw(bytes) => bytes,
            Content::Result { .. } | Content::Empty => bytes::Bytes::new(),
        }
    } else {
        output.disk.read(&output.path).map_err(|_| missing(&output))?.into()
    };
    let reply = Reply::raw("application/octet-stream", bytes)
        .with_header(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    // Without quotes, as the service writes it.
    match HeaderValue::from_str(&format!("attachment; filename={}", output.file_name(zip))) {
        Ok(value) => Ok(reply.with_header(CONTENT_DISPOSITION, value)),
        Err(_) => Ok(reply),
    }
}

impl Output {
    /// A page of the directory, or the file itself.
    fn page(&self, page: &Page) -> Result<Vec<Entry>, Failure> {
        page.of(&self.disk, &self.path).map_err(|_| missing(self))
    }

    /// The first entries of the directory, and of each directory among them, recursively.
    fn tree(&self) -> Result<Vec<Entry>, Failure> {
        let page = Page::first(DEFAULT_LIMIT);
        deep(&self.path, DEPTH, &|path| page.of(&self.disk, path)).map_err(|_| missing(self))
    }

    /// The last segment of the path in the request to Files; for an archive without its extension.
    fn file_name(&self, zip: bool) -> String {
        let name = self.asked.rsplit('/').next().unwrap_or_default();
        if !zip {
            return name.to_owned();
        }
        format!("{}.zip", name.rsplit_once('.').map_or(name, |(stem, _)| stem))
    }
}

/// The output of the job of the path. Before the job has ended, only `allowIfRunning` gives access
/// to it.
fn open(call: &Call<'_>) -> Result<Output, Failure> {
    progress::settle(call);
    let mut store = call.world.store();
    let job = find_visible(call, &mut store, Lookup::SharedRecord(OUTPUT))?;
    if !is_over(job) && !call.flag("allowIfRunning") {
        let status = job["status"].as_str().unwrap_or_default();
        let id = call.path("jobUuid");
        let mut failure = Failure::bad_request(format!(
            "JOBS_JOB_NOT_TERMINATED Job {id} has not terminated yet: it is {status}."
        ));
        failure.result = json!({ "name": id });
        return Err(failure);
    }
    let (system, dir) = if is_archived(job) {
        ("archiveSystemId", "archiveSystemDir")
    } else {
        ("execSystemId", "execSystemOutputDir")
    };
    let within = Within::clean(call.path("outputPath"))
        .ok_or_else(|| Failure::bad_request("FILES_REMOTE_LIST_ERROR Invalid path."))?;
    let system = job[system].as_str().unwrap_or_default().to_owned();
    let top = job[dir].as_str().unwrap_or_default();
    let asked = match call.path("outputPath") {
        "" => top.to_owned(),
        path => format!("{top}/{path}"),
    };
    let path = directory(job, dir).below(&within);
    let disk = call.world.folder.system(&call.tenant, &system);
    Ok(Output { system, disk, path, asked })
}

/// Whether the output is in the archive: for jobs that finished, and for those that failed unless
/// the failure prevents archiving (tapis-jobs `DataLocator.java:57-72`). Output that is never
/// archived stays at its place, according to the document.
fn is_archived(job: &Value) -> bool {
    let ended = job["status"] == "FINISHED"
        || (job["status"] == "FAILED" && job["remoteOutcome"] != "FAILED_SKIP_ARCHIVE");
    ended && job["archiveMode"] != "NEVER"
}

/// The reply to a download of an empty directory: JSON with the content type of bytes.
fn empty(call: &Call<'_>) -> Reply {
    let (id, path) = (call.path("jobUuid"), call.path("outputPath"));
    let message = format!("JOBS_EMPTY_DIR_FOR_DOWNLOAD Empty Directory {path} found for job {id}.");
    let reply = Reply::result(json!({ "name": id }), message);
    let label = HeaderValue::from_static("application/octet-stream");
    call.service.family.finish(reply, true).with_header(CONTENT_TYPE, label)
}

/// The service's error if Files cannot list.
fn refusal(output: &Output, what: &str) -> String {
    format!(
        "FILES_REMOTE_LIST_ERROR Unable to list {} on system {}: {what}",
        output.asked, output.system
    )
}

fn missing(output: &Output) -> Failure {
    Failure::not_found(refusal(output, "404"))
}
