//! The schemas of requests for apps (`AppPostRequest.json`, `AppPutRequest.json`,
//! `AppPatchRequest.json` and `Definitions.json` of tapis-apps at 2a93b5e). The document is
//! narrower: the service accepts `null` for most attributes, and it accepts and ignores attributes
//! that it sets itself.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::reply::Failure;
use crate::shared::java::schema::Form::{
    self, Filled, Flag, Int, List, Loose, Notes, Null, Open, Text, Word,
};
use crate::shared::java::schema::Record;

const ANY: usize = usize::MAX;
const SYSTEM_ID: Form = Null(&Text(1, 80));
const DIRECTORY: Form = Null(&Text(1, 4096));
const MODES: Form = Word(&["REQUIRED", "FIXED", "INCLUDE_ON_DEMAND", "INCLUDE_BY_DEFAULT"]);
const INPUT_MODES: Form = Word(&["OPTIONAL", "REQUIRED", "FIXED"]);
const RUNTIMES: Form = Word(&["SINGULARITY", "DOCKER", "ZIP"]);
const OPTIONS: Form = Filled(&Word(&["NONE", "SINGULARITY_START", "SINGULARITY_RUN"]));
const JOB_TYPES: Form = Null(&Word(&["BATCH", "FORK"]));
const TAGS: Form = List(&Text(1, 128));
/// Names are not checked for duplicates.
const ARGUMENTS: Form = Null(&Loose(&Form::Record(&ARGUMENT)));

static ARGUMENT: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Null(&Text(1, 8096))),
        ("inputMode", MODES),
        ("arg", Null(&Text(1, ANY))),
        ("notes", Notes),
    ],
    required: &["name"],
};

static VARIABLE: Record = Record {
    fields: &[
        ("key", Text(1, ANY)),
        ("value", Null(&Text(0, ANY))),
        ("description", Null(&Text(0, 2048))),
        ("inputMode", MODES),
        ("notes", Notes),
    ],
    required: &["key"],
};

static FILTER: Record = Record {
    fields: &[
        ("includes", Null(&Loose(&Text(1, ANY)))),
        ("excludes", Null(&Loose(&Text(1, ANY)))),
        ("includeLaunchFiles", Flag),
    ],
    required: &[],
};

static LOG: Record = Record {
    fields: &[("stdoutFilename", Text(0, ANY)), ("stderrFilename", Text(0, ANY))],
    required: &["stdoutFilename", "stderrFilename"],
};

static PARAMETERS: Record = Record {
    fields: &[
        ("appArgs", ARGUMENTS),
        ("containerArgs", ARGUMENTS),
        ("schedulerOptions", ARGUMENTS),
        ("envVariables", Null(&Loose(&Form::Record(&VARIABLE)))),
        ("archiveFilter", Form::Record(&FILTER)),
        ("logConfig", Form::Record(&LOG)),
    ],
    required: &[],
};

static INPUT: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Null(&Text(0, 8096))),
        ("inputMode", INPUT_MODES),
        ("autoMountLocal", Flag),
        ("envKey", Null(&Text(1, ANY))),
        ("notes", Notes),
        ("sourceUrl", Null(&Text(1, ANY))),
        ("targetPath", Text(1, ANY)),
    ],
    required: &["name", "targetPath"],
};

static INPUT_ARRAY: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Null(&Text(0, 8096))),
        ("inputMode", INPUT_MODES),
        ("envKey", Null(&Text(1, ANY))),
        ("notes", Notes),
        ("sourceUrls", Null(&Loose(&Text(0, ANY)))),
        ("targetDir", Text(1, ANY)),
    ],
    required: &["name", "targetDir"],
};

/// Of a target, only the required attributes are checked.
static TARGET: Record = Record { fields: &[], required: &["deliveryMethod", "deliveryAddress"] };

static SUBSCRIPTION: Record = Record {
    fields: &[
        ("description", Null(&Text(0, 2048))),
        ("enabled", Flag),
        (
            "jobEventCategoryFilter",
            Word(&[
                "ALL",
                "JOB_NEW_STATUS",
                "JOB_INPUT_TRANSACTION_ID",
                "JOB_ARCHIVE_TRANSACTION_ID",
                "JOB_ERROR_MESSAGE",
                "JOB_SUBSCRIPTION",
            ]),
        ),
        ("ttlMinutes", Int),
        ("deliveryTargets", Filled(&Open(&TARGET))),
    ],
    required: &["jobEventCategoryFilter", "deliveryTargets"],
};

static ATTRIBUTES: Record = Record {
    fields: &[
        ("description", Null(&Text(0, 2048))),
        ("dynamicExecSystem", Flag),
        ("execSystemConstraints", Null(&Filled(&Text(3, ANY)))),
        ("execSystemId", SYSTEM_ID),
        ("execSystemExecDir", DIRECTORY),
        ("execSystemInputDir", DIRECTORY),
        ("execSystemOutputDir", DIRECTORY),
        ("dtnSystemInputDir", DIRECTORY),
        ("dtnSystemOutputDir", DIRECTORY),
        ("execSystemLogicalQueue", Null(&Text(1, 128))),
        ("archiveSystemId", SYSTEM_ID),
        ("archiveSystemDir", DIRECTORY),
        ("archiveOnAppError", Flag),
        // Newer: only the document has it.
        ("archiveMode", Null(&Word(&["ALWAYS", "SKIP_ON_FAIL", "NEVER"]))),
        ("isMpi", Flag),
        ("mpiCmd", Null(&Text(1, 126))),
        ("cmdPrefix", Null(&Text(1, 4096))),
        ("parameterSet", Form::Record(&PARAMETERS)),
        ("fileInputs", Null(&Loose(&Form::Record(&INPUT)))),
        ("fileInputArrays", Null(&Loose(&Form::Record(&INPUT_ARRAY)))),
        ("nodeCount", Int),
        ("coresPerNode", Int),
        ("memoryMB", Int),
        ("maxMinutes", Int),
        ("subscriptions", Null(&Loose(&Form::Record(&SUBSCRIPTION)))),
        ("tags", TAGS),
    ],
    required: &[],
};

/// A whole app, with the attributes that the service sets. Only in PUT may the version be empty;
/// this has no effect, because PUT uses the version of the path.
const WHOLE: &[(&str, Form)] = &[
    ("id", Text(1, 80)),
    ("version", Text(0, 64)),
    ("description", Null(&Text(0, 2048))),
    ("owner", Text(1, 60)),
    ("enabled", Flag),
    ("versionEnabled", Flag),
    ("locked", Flag),
    ("runtime", RUNTIMES),
    ("runtimeVersion", Null(&Text(0, 128))),
    ("runtimeOptions", Null(&OPTIONS)),
    ("containerImage", Text(0, 128)),
    ("jobType", JOB_TYPES),
    ("maxJobs", Int),
    ("maxJobsPerUser", Int),
    ("strictFileInputs", Flag),
    ("jobAttributes", Form::Record(&ATTRIBUTES)),
    ("tags", TAGS),
    ("notes", Notes),
    ("sharedAppCtx", Null(&Text(0, ANY))),
    ("isPublic", Flag),
    ("sharedWithUsers", Loose(&Text(0, ANY))),
    ("tenant", Text(0, ANY)),
    ("uuid", Text(0, ANY)),
    ("deleted", Flag),
    ("created", Text(0, ANY)),
    ("updated", Text(0, ANY)),
];

pub(super) static POST: Record =
    Record { fields: WHOLE, required: &["id", "version", "containerImage"] };

pub(super) static PUT: Record = Record { fields: WHOLE, required: &[] };

/// The attributes that can be changed. At the top level only the job type may be `null`.
pub(super) static PATCH: Record = Record {
    fields: &[
        ("description", Text(0, 2048)),
        ("runtime", RUNTIMES),
        ("runtimeVersion", Text(0, 128)),
        ("runtimeOptions", OPTIONS),
        ("containerImage", Text(0, 128)),
        ("jobType", JOB_TYPES),
        ("maxJobs", Int),
        ("maxJobsPerUser", Int),
        ("strictFileInputs", Flag),
        ("jobAttributes", Form::Record(&ATTRIBUTES)),
        ("tags", TAGS),
        ("notes", Notes),
    ],
    required: &[],
};

/// The schema of a call's body, if it has one.
pub(super) fn read(call: &Call<'_>, record: &Record) -> Result<Map<String, Value>, Failure> {
    let body = call.object().map_err(|failure| Failure::invalid_json(&failure.message))?;
    record.check(&body).map_err(|what| Failure::invalid_json(&what))?;
    Ok(body)
}
