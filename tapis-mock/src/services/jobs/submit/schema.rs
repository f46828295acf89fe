//! The schema of a request to submit a job (tapis-jobs `SubmitJobRequest.json`).

use serde_json::{Map, Value};

use super::text::{bad, is_uri, list};
use crate::reply::Failure;
use crate::shared::java::schema::Form::{self, Flag, List, Loose, Notes, Null, Number, Text, Word};
use crate::shared::java::schema::Record;

const ANY: usize = usize::MAX;

pub(super) static ARGUMENT: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Text(1, 8096)),
        ("include", Flag),
        ("arg", Text(1, ANY)),
        ("notes", Notes),
    ],
    required: &["arg"],
};

pub(super) static VARIABLE: Record = Record {
    fields: &[
        ("key", Text(1, ANY)),
        ("value", Text(0, ANY)),
        ("description", Text(1, 8096)),
        ("include", Flag),
        ("notes", Notes),
    ],
    required: &["key", "value"],
};

pub(super) static INPUT: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Text(1, 8096)),
        ("envKey", Text(1, ANY)),
        ("autoMountLocal", Flag),
        ("sourceUrl", Text(1, ANY)),
        ("targetPath", Text(0, ANY)),
        ("notes", Notes),
    ],
    required: &[],
};

pub(super) static INPUT_ARRAY: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Text(1, 8096)),
        ("envKey", Text(1, ANY)),
        ("sourceUrls", Null(&Loose(&Text(1, ANY)))),
        ("targetDir", Text(1, ANY)),
        ("notes", Notes),
    ],
    required: &[],
};

pub(super) static FILTER: Record = Record {
    fields: &[
        ("includes", List(&Text(1, ANY))),
        ("excludes", List(&Text(1, ANY))),
        ("includeLaunchFiles", Flag),
    ],
    required: &[],
};

pub(super) static LOG: Record = Record {
    fields: &[("stdoutFilename", Text(1, ANY)), ("stderrFilename", Text(1, ANY))],
    required: &["stdoutFilename", "stderrFilename"],
};

static PARAMETERS: Record = Record {
    fields: &[
        ("appArgs", List(&Form::Record(&ARGUMENT))),
        ("containerArgs", List(&Form::Record(&ARGUMENT))),
        ("schedulerOptions", List(&Form::Record(&ARGUMENT))),
        ("envVariables", List(&Form::Record(&VARIABLE))),
        ("archiveFilter", Form::Record(&FILTER)),
        ("logConfig", Form::Record(&LOG)),
    ],
    required: &[],
};

static TARGET: Record = Record {
    fields: &[
        ("deliveryMethod", Word(&["WEBHOOK", "EMAIL", "QUEUE", "ACTOR"])),
        ("deliveryAddress", Text(1, 2048)),
    ],
    required: &[],
};

pub(super) static SUBSCRIPTION: Record = Record {
    fields: &[
        ("description", Text(1, 2048)),
        ("enabled", Flag),
        ("ttlMinutes", Number(0)),
        (
            "eventCategoryFilter",
            Word(&[
                "JOB_NEW_STATUS",
                "JOB_INPUT_TRANSACTION_ID",
                "JOB_ARCHIVE_TRANSACTION_ID",
                "JOB_SUBSCRIPTION",
                "JOB_SHARE_EVENT",
                "JOB_ERROR_MESSAGE",
                "JOB_USER_EVENT",
                "ALL",
            ]),
        ),
        ("deliveryTargets", List(&Form::Record(&TARGET))),
    ],
    required: &["eventCategoryFilter", "deliveryTargets"],
};

pub(super) static JOB: Record = Record {
    fields: &[
        ("name", Text(1, 64)),
        ("owner", Text(0, 64)),
        ("tenant", Text(0, 24)),
        ("description", Text(1, 2048)),
        ("appId", Text(1, 80)),
        ("appVersion", Text(1, 64)),
        ("jobType", Word(&["FORK", "BATCH"])),
        ("archiveOnAppError", Flag),
        // Only the document, which is newer, has this one.
        ("archiveMode", Word(&["ALWAYS", "SKIP_ON_FAIL", "NEVER"])),
        ("dynamicExecSystem", Flag),
        ("execSystemId", Text(0, 80)),
        ("execSystemExecDir", Text(0, 4096)),
        ("execSystemInputDir", Text(0, 4096)),
        ("execSystemOutputDir", Text(0, 4096)),
        ("execSystemLogicalQueue", Text(0, 80)),
        ("archiveSystemId", Text(0, 80)),
        ("archiveSystemDir", Text(0, 4096)),
        ("dtnSystemInputDir", Text(0, 4096)),
        ("dtnSystemOutputDir", Text(0, 4096)),
        ("nodeCount", Number(i64::MIN)),
        ("coresPerNode", Number(i64::MIN)),
        ("memoryMB", Number(1)),
        ("maxMinutes", Number(1)),
        ("fileInputs", List(&Form::Record(&INPUT))),
        ("fileInputArrays", List(&Form::Record(&INPUT_ARRAY))),
        ("parameterSet", Form::Record(&PARAMETERS)),
        ("execSystemConstraints", List(&Text(0, ANY))),
        ("subscriptions", List(&Form::Record(&SUBSCRIPTION))),
        ("tags", List(&Text(1, 126))),
        ("isMpi", Flag),
        ("mpiCmd", Null(&Text(1, 126))),
        ("cmdPrefix", Null(&Text(1, 1024))),
        ("notes", Notes),
    ],
    required: &["name", "appId", "appVersion"],
};

/// Refuses an invalid request.
pub(super) fn check(request: &Map<String, Value>) -> Result<(), Failure> {
    let refuse = |what: String| {
        let what = format!("Error accessing payload for submitJob request: {what}");
        bad("NET_REQUEST_PAYLOAD_ERROR", &what)
    };
    JOB.check(request).map_err(refuse)?;
    let request = Value::Object(request.clone());
    let single =
        list(&request, "fileInputs").iter().filter_map(|input| input["sourceUrl"].as_str());
    let arrays = list(&request, "fileInputArrays").iter();
    let arrays = arrays.flat_map(|array| list(array, "sourceUrls")).filter_map(Value::as_str);
    let single = single.filter(|url| !url.trim().is_empty());
    match single.chain(arrays).find(|url| !is_uri(url)) {
        Some(url) => Err(refuse(format!("TAPIS_INVALID_PARAMETER sourceUrl {url}"))),
        None => Ok(()),
    }
}
