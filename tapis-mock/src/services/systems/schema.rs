//! The schemas of bodies (`SystemPostRequest.json` and the others beside it in tapis-systems).
//! Attributes that are only in the document of 25Q4 or in the published Rust client of 26Q2 are
//! marked as newer.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::reply::Failure;
use crate::shared::java::schema::Form::{
    self, Filled, Flag, Int, List, Loose, Notes, Null, Open, Text, Word,
};
use crate::shared::java::schema::Record;

const ANY: usize = usize::MAX;
const USER: Form = Text(1, 60);
const SYSTEM_ID: Form = Text(1, 80);
const SCHEDULERS: Form = Word(&["SLURM", "CONDOR", "PBS", "SGE", "UGE", "TORQUE"]);
const MODES: Form = Word(&["REQUIRED", "FIXED", "INCLUDE_ON_DEMAND", "INCLUDE_BY_DEFAULT"]);
/// `TMS_KEYS` is newer.
const METHODS: Form = Word(&["PASSWORD", "PKI_KEYS", "ACCESS_KEY", "TOKEN", "TMS_KEYS", "CERT"]);

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

/// Newer.
static SCHEDULER_OPTION: Record = Record {
    fields: &[
        ("name", Text(1, 80)),
        ("description", Null(&Text(0, 8096))),
        ("inputMode", MODES),
        ("arg", Null(&Text(0, ANY))),
        ("notes", Notes),
    ],
    required: &["name"],
};

static QUEUE: Record = Record {
    fields: &[
        ("name", Text(1, 128)),
        // Newer.
        ("description", Null(&Text(0, 2048))),
        ("hpcQueueName", Text(1, 128)),
        ("maxJobs", Int),
        ("maxJobsPerUser", Int),
        ("minNodeCount", Int),
        ("maxNodeCount", Int),
        ("minCoresPerNode", Int),
        ("maxCoresPerNode", Int),
        ("minMemoryMB", Int),
        ("maxMemoryMB", Int),
        ("minMinutes", Int),
        ("maxMinutes", Int),
        // Newer.
        ("schedulerOptions", Null(&Loose(&Form::Record(&SCHEDULER_OPTION)))),
    ],
    required: &["name", "hpcQueueName"],
};

static RUNTIME: Record = Record {
    fields: &[
        ("runtimeType", Word(&["DOCKER", "SINGULARITY", "ZIP"])),
        ("version", Null(&Text(0, ANY))),
    ],
    required: &["runtimeType"],
};

static CAPABILITY: Record = Record {
    fields: &[
        (
            "category",
            Word(&[
                "SCHEDULER",
                "OS",
                "HARDWARE",
                "SOFTWARE",
                "JOB",
                "CONTAINER",
                "MISC",
                "CUSTOM",
            ]),
        ),
        ("subcategory", Text(0, 128)),
        ("name", Text(1, 128)),
        ("datatype", Word(&["STRING", "INTEGER", "BOOLEAN", "NUMBER", "TIMESTAMP"])),
        ("precedence", Int),
        ("value", Null(&Text(0, 128))),
    ],
    required: &["category", "name", "datatype"],
};

pub(super) static CREDENTIAL: Record = Record {
    fields: &[
        ("loginUser", Text(0, ANY)),
        ("password", Text(0, ANY)),
        ("privateKey", Text(0, ANY)),
        ("publicKey", Text(0, ANY)),
        ("accessKey", Text(0, ANY)),
        ("accessSecret", Text(0, ANY)),
        ("accessToken", Text(0, ANY)),
        ("refreshToken", Text(0, ANY)),
        ("certificate", Text(0, ANY)),
    ],
    required: &[],
};

const RUNTIMES: Form = Null(&Filled(&Form::Record(&RUNTIME)));
const CAPABILITIES: Form = Loose(&Form::Record(&CAPABILITY));
const TAGS: Form = Loose(&Text(1, 128));

/// The attributes of POST and PUT; POST does not allow an empty `mpiCmd`. The last nine are
/// accepted and ignored, so that a reply can be sent back.
const SENT: &[(&str, Form)] = &[
    ("id", Null(&SYSTEM_ID)),
    ("systemType", Word(&["LINUX", "S3", "IRODS", "GLOBUS"])),
    ("owner", USER),
    ("enabled", Flag),
    ("bucketName", Null(&Text(0, 63))),
    ("rootDir", Null(&Text(0, 4096))),
    ("canExec", Flag),
    ("authnCredential", Null(&Form::Record(&CREDENTIAL))),
    ("description", Null(&Text(0, 2048))),
    ("host", Text(1, 256)),
    ("effectiveUserId", USER),
    ("defaultAuthnMethod", METHODS),
    ("port", Int),
    ("useProxy", Flag),
    ("proxyHost", Null(&Text(1, 256))),
    ("proxyPort", Int),
    ("dtnSystemId", Null(&SYSTEM_ID)),
    ("canRunBatch", Flag),
    ("enableCmdPrefix", Flag),
    ("allowChildren", Flag),
    ("mpiCmd", Null(&Text(0, 126))),
    ("jobRuntimes", RUNTIMES),
    ("jobWorkingDir", Null(&Text(1, 4096))),
    ("jobEnvVariables", Null(&Loose(&Form::Record(&VARIABLE)))),
    ("jobMaxJobs", Int),
    ("jobMaxJobsPerUser", Int),
    ("batchScheduler", Null(&SCHEDULERS)),
    ("batchLogicalQueues", List(&Form::Record(&QUEUE))),
    ("batchDefaultLogicalQueue", Null(&Text(0, 128))),
    ("batchSchedulerProfile", Null(&SYSTEM_ID)),
    ("jobCapabilities", CAPABILITIES),
    ("tags", TAGS),
    ("notes", Notes),
    ("importRefId", Null(&Text(0, ANY))),
    ("parentId", Null(&SYSTEM_ID)),
    ("tenant", Text(0, ANY)),
    ("uuid", Text(0, ANY)),
    ("deleted", Flag),
    ("created", Text(0, ANY)),
    ("updated", Text(0, ANY)),
    ("isPublic", Flag),
    ("sharedWithUsers", Loose(&Text(0, ANY))),
    ("isDynamicEffectiveUser", Flag),
];

pub(super) static POST: Record = Record {
    fields: SENT,
    required: &["id", "systemType", "host", "defaultAuthnMethod", "canExec"],
};

pub(super) static PUT: Record = Record { fields: SENT, required: &[] };

pub(super) static PATCH: Record = Record {
    fields: &[
        ("description", Text(0, 2048)),
        ("host", Text(1, 256)),
        ("effectiveUserId", USER),
        ("defaultAuthnMethod", METHODS),
        ("port", Int),
        ("useProxy", Flag),
        ("proxyHost", Null(&Text(1, 256))),
        ("proxyPort", Int),
        ("dtnSystemId", SYSTEM_ID),
        ("canRunBatch", Flag),
        ("enableCmdPrefix", Flag),
        ("allowChildren", Flag),
        ("mpiCmd", Text(0, 126)),
        ("jobRuntimes", RUNTIMES),
        ("jobWorkingDir", Text(1, 4096)),
        ("jobEnvVariables", Loose(&Form::Record(&VARIABLE))),
        ("jobMaxJobs", Int),
        ("jobMaxJobsPerUser", Int),
        ("batchScheduler", SCHEDULERS),
        ("batchLogicalQueues", Loose(&Form::Record(&QUEUE))),
        ("batchDefaultLogicalQueue", Text(0, 128)),
        ("batchSchedulerProfile", Null(&SYSTEM_ID)),
        ("jobCapabilities", CAPABILITIES),
        ("tags", TAGS),
        ("notes", Notes),
        ("importRefId", Text(0, ANY)),
    ],
    required: &[],
};

pub(super) static PATCH_CHILD: Record =
    Record { fields: &[("effectiveUserId", USER)], required: &[] };

pub(super) static CHILD: Record = Record {
    fields: &[
        ("id", Null(&SYSTEM_ID)),
        ("effectiveUserId", USER),
        ("rootDir", Null(&Text(0, 4096))),
        ("enabled", Flag),
        ("owner", USER),
    ],
    required: &["effectiveUserId", "rootDir"],
};

static MODULES: Record = Record {
    fields: &[("moduleLoadCommand", Text(1, ANY)), ("modulesToLoad", Null(&List(&Text(1, ANY))))],
    required: &["moduleLoadCommand"],
};

pub(super) static PROFILE: Record = Record {
    fields: &[
        ("name", Null(&SYSTEM_ID)),
        ("description", Null(&Text(0, 2048))),
        ("owner", USER),
        ("moduleLoads", Null(&List(&Open(&MODULES)))),
        // PARTITION is newer.
        ("hiddenOptions", List(&Word(&["MEM", "PARTITION"]))),
        ("tenant", Text(0, ANY)),
        ("uuid", Text(0, ANY)),
        ("created", Text(0, ANY)),
        ("updated", Text(0, ANY)),
    ],
    required: &["name"],
};

/// The schema of a call's body, if it has one.
pub(super) fn read(call: &Call<'_>, record: &Record) -> Result<Map<String, Value>, Failure> {
    let body = call.object().map_err(|failure| Failure::invalid_json(&failure.message))?;
    record.check(&body).map_err(|what| Failure::invalid_json(&what))?;
    Ok(body)
}
