//! What a request about an app may look like (tapis-apps `AppPostRequest.json`,
//! `AppPutRequest.json`, `AppPatchRequest.json` and `Definitions.json` at 2a93b5e). The document
//! is narrower: the service takes `null` in most places, and what it makes itself, which it ignores.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::schema::check::Checker;

const ANY: u64 = i32::MAX as u64;

static POST: LazyLock<Checker> = LazyLock::new(|| {
    let mut schema = whole(1);
    schema["required"] = json!(["id", "version", "containerImage"]);
    checker(&schema)
});
static PUT: LazyLock<Checker> = LazyLock::new(|| checker(&whole(0)));
static PATCH: LazyLock<Checker> = LazyLock::new(|| checker(&record(&[], changeable(false))));

/// The checker for the body of an operation; `None` where the document says all.
pub(crate) fn of_body(operation: &str) -> Option<&'static Checker> {
    match operation {
        "createAppVersion" => Some(&POST),
        "putApp" => Some(&PUT),
        "patchApp" => Some(&PATCH),
        _ => None,
    }
}

fn checker(schema: &Value) -> Checker {
    Checker::new(&Value::Null, schema)
}

/// A whole app.
fn whole(least_version: u64) -> Value {
    let mut properties = changeable(true);
    let mut add = |name: &str, schema: Value| properties.push((name.to_owned(), schema));
    add("id", text(1, 80));
    add("version", text(least_version, 64));
    add("owner", text(1, 60));
    for name in ["enabled", "versionEnabled", "locked", "isPublic", "deleted"] {
        add(name, flag());
    }
    for name in ["tenant", "uuid", "created", "updated"] {
        add(name, text(0, ANY));
    }
    add("sharedAppCtx", or_null(text(0, ANY)));
    add("sharedWithUsers", list(0, &text(0, ANY)));
    record(&[], properties)
}

/// What PATCH takes. There `null` is refused at the top.
fn changeable(nulls: bool) -> Vec<(String, Value)> {
    let open = |schema: Value| if nulls { or_null(schema) } else { schema };
    let options = words(&["NONE", "SINGULARITY_START", "SINGULARITY_RUN"]);
    named([
        ("description", open(text(0, 2048))),
        ("runtime", words(&["SINGULARITY", "DOCKER", "ZIP"])),
        ("runtimeVersion", open(text(0, 128))),
        ("runtimeOptions", open(without_doubles(list(1, &options)))),
        ("containerImage", text(0, 128)),
        ("jobType", job_type()),
        ("maxJobs", number()),
        ("maxJobsPerUser", number()),
        ("strictFileInputs", flag()),
        ("jobAttributes", job_attributes()),
        ("tags", tags()),
        ("notes", notes()),
    ])
}

fn job_attributes() -> Value {
    let id = || or_null(text(1, 80));
    let directory = || or_null(text(1, 4096));
    let properties = named([
        ("description", or_null(text(0, 2048))),
        ("dynamicExecSystem", flag()),
        ("execSystemConstraints", or_null(list(1, &text(3, ANY)))),
        ("execSystemId", id()),
        ("execSystemExecDir", directory()),
        ("execSystemInputDir", directory()),
        ("execSystemOutputDir", directory()),
        ("dtnSystemInputDir", directory()),
        ("dtnSystemOutputDir", directory()),
        ("execSystemLogicalQueue", or_null(text(1, 128))),
        ("archiveSystemId", id()),
        ("archiveSystemDir", directory()),
        ("archiveOnAppError", flag()),
        // Only the document, which is newer, knows this one.
        ("archiveMode", or_null(words(&["ALWAYS", "SKIP_ON_FAIL", "NEVER"]))),
        ("isMpi", flag()),
        ("mpiCmd", or_null(text(1, 126))),
        ("cmdPrefix", or_null(text(1, 4096))),
        ("parameterSet", parameter_set()),
        ("fileInputs", or_null(list(0, &file_input()))),
        ("fileInputArrays", or_null(list(0, &file_input_array()))),
        ("nodeCount", number()),
        ("coresPerNode", number()),
        ("memoryMB", number()),
        ("maxMinutes", number()),
        ("subscriptions", or_null(list(0, &subscription()))),
        ("tags", tags()),
    ]);
    record(&[], properties)
}

fn parameter_set() -> Value {
    let log = named([("stdoutFilename", text(0, ANY)), ("stderrFilename", text(0, ANY))]);
    let filter = named([
        ("includes", or_null(list(0, &text(1, ANY)))),
        ("excludes", or_null(list(0, &text(1, ANY)))),
        ("includeLaunchFiles", flag()),
    ]);
    let arguments = || or_null(list(0, &argument()));
    let properties = named([
        ("appArgs", arguments()),
        ("containerArgs", arguments()),
        ("schedulerOptions", arguments()),
        ("envVariables", or_null(list(0, &variable()))),
        ("archiveFilter", record(&[], filter)),
        ("logConfig", record(&["stdoutFilename", "stderrFilename"], log)),
    ]);
    record(&[], properties)
}

fn argument() -> Value {
    let properties = named([
        ("name", text(1, 80)),
        ("description", or_null(text(1, 8096))),
        ("inputMode", input_mode()),
        ("arg", or_null(text(1, ANY))),
        ("notes", notes()),
    ]);
    record(&["name"], properties)
}

fn variable() -> Value {
    let properties = named([
        ("key", text(1, ANY)),
        ("value", or_null(text(0, ANY))),
        ("description", or_null(text(0, 2048))),
        ("inputMode", input_mode()),
        ("notes", notes()),
    ]);
    record(&["key"], properties)
}

fn file_input() -> Value {
    let mut properties = input();
    properties.extend(named([
        ("autoMountLocal", flag()),
        ("sourceUrl", or_null(text(1, ANY))),
        ("targetPath", text(1, ANY)),
    ]));
    record(&["name", "targetPath"], properties)
}

fn file_input_array() -> Value {
    let mut properties = input();
    properties.extend(named([
        ("sourceUrls", or_null(list(0, &text(0, ANY)))),
        ("targetDir", text(1, ANY)),
    ]));
    record(&["name", "targetDir"], properties)
}

/// What both sorts of file inputs have.
fn input() -> Vec<(String, Value)> {
    named([
        ("name", text(1, 80)),
        ("description", or_null(text(0, 8096))),
        ("inputMode", words(&["OPTIONAL", "REQUIRED", "FIXED"])),
        ("envKey", or_null(text(1, ANY))),
        ("notes", notes()),
    ])
}

fn subscription() -> Value {
    let events = words(&[
        "ALL",
        "JOB_NEW_STATUS",
        "JOB_INPUT_TRANSACTION_ID",
        "JOB_ARCHIVE_TRANSACTION_ID",
        "JOB_ERROR_MESSAGE",
        "JOB_SUBSCRIPTION",
    ]);
    // Nothing more is said of a target than which attributes it needs.
    let target = json!({ "type": "object", "required": ["deliveryMethod", "deliveryAddress"] });
    let properties = named([
        ("description", or_null(text(0, 2048))),
        ("enabled", flag()),
        ("jobEventCategoryFilter", events),
        ("ttlMinutes", number()),
        ("deliveryTargets", list(1, &target)),
    ]);
    record(&["jobEventCategoryFilter", "deliveryTargets"], properties)
}

fn input_mode() -> Value {
    words(&["REQUIRED", "FIXED", "INCLUDE_ON_DEMAND", "INCLUDE_BY_DEFAULT"])
}

fn job_type() -> Value {
    or_null(words(&["BATCH", "FORK"]))
}

fn tags() -> Value {
    without_doubles(list(0, &text(1, 128)))
}

fn notes() -> Value {
    json!({ "type": "object" })
}

fn text(least: u64, most: u64) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn list(least: u64, items: &Value) -> Value {
    json!({ "type": "array", "minItems": least, "items": items })
}

fn without_doubles(mut list: Value) -> Value {
    list["uniqueItems"] = true.into();
    list
}

fn or_null(mut schema: Value) -> Value {
    schema["nullable"] = true.into();
    schema
}

fn named<const N: usize>(properties: [(&str, Value); N]) -> Vec<(String, Value)> {
    properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn record(required: &[&str], properties: Vec<(String, Value)>) -> Value {
    let properties: Map<String, Value> = properties.into_iter().collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}
