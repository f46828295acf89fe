//! What a job is made of: its request, its application and its system.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

/// A mock with a system for single jobs, one with queues, and an application of these attributes.
async fn ready(attributes: Value) -> MockTapis {
    let mock = mock().await;
    let mut plain = linux("s");
    plain["jobEnvVariables"] = json!([
        { "key": "OF_SYSTEM", "value": "1" },
        { "key": "SITE", "value": "here", "inputMode": "FIXED" },
    ]);
    make_system(&mock, "testuser", plain).await;
    let mut batch = linux("b");
    batch["canRunBatch"] = true.into();
    batch["batchScheduler"] = "SLURM".into();
    batch["batchDefaultLogicalQueue"] = "normal".into();
    batch["batchSchedulerProfile"] = "site".into();
    batch["batchLogicalQueues"] = json!([
        { "name": "normal", "hpcQueueName": "n", "maxNodeCount": 2, "minNodeCount": 1,
          "maxCoresPerNode": 4, "maxMemoryMB": 1000, "maxMinutes": 60, "minMinutes": 5 },
        { "name": "big", "hpcQueueName": "b", "minNodeCount": 3 },
    ]);
    let site = json!({ "name": "site" });
    post(&mock, "/v3/systems/schedulerProfile", site).by("testuser").send().await.result();
    make_system(&mock, "testuser", batch).await;
    make_app(&mock, "app", attributes, json!({})).await;
    mock
}

async fn submit(mock: &MockTapis, change: Value) -> Got {
    let mut body = json!({ "name": "j", "appId": "app", "appVersion": "1" });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    post(mock, "/v3/jobs/submit", body).by("testuser").send().await
}

async fn job(mock: &MockTapis, change: Value) -> Value {
    submit(mock, change).await.result()
}

fn parameters(job: &Value) -> Value {
    serde_json::from_str(job["parameterSet"].as_str().unwrap()).unwrap()
}

fn inputs(job: &Value) -> Vec<Value> {
    serde_json::from_str(job["fileInputs"].as_str().unwrap()).unwrap()
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let values = list.as_array().unwrap().iter();
    values.map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

fn variable(job: &Value, key: &str) -> Option<String> {
    let set = parameters(job);
    let mut variables = set["envVariables"].as_array().unwrap().iter();
    let found = variables.find(|variable| variable["key"] == key)?;
    Some(found["value"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_request_of_the_wrong_form_is_refused() {
    let mock = ready(json!({})).await;
    for change in [
        json!({ "color": "red" }),
        json!({ "name": "" }),
        json!({ "name": "x".repeat(65) }),
        json!({ "description": "" }),
        json!({ "memoryMB": 0 }),
        json!({ "tags": ["a", "a"] }),
        json!({ "tags": ["x".repeat(127)] }),
        json!({ "notes": "text" }),
        json!({ "notes": null }),
        json!({ "jobType": "CRON" }),
        json!({ "parameterSet": { "appArgs": [{ "arg": "" }] } }),
        json!({ "parameterSet": { "appArgs": [{ "name": "a" }] } }),
        json!({ "parameterSet": { "appArgs": [{ "arg": "x" }, { "arg": "x" }] } }),
        json!({ "parameterSet": { "envVariables": [{ "key": "A" }] } }),
        json!({ "parameterSet": { "logConfig": { "stdoutFilename": "o" } } }),
        json!({ "fileInputs": [{ "sourceUrl": "no address" }] }),
        json!({ "fileInputs": [{ "color": "red" }] }),
        json!({ "fileInputArrays": [{ "sourceUrls": ["/tmp/x"] }] }),
    ] {
        submit(&mock, change.clone()).await.fails(400, "NET_REQUEST_PAYLOAD_ERROR");
    }
    assert_eq!(submit(&mock, json!({ "mpiCmd": null, "cmdPrefix": null })).await.status, 200);
}

#[tokio::test]
async fn a_job_that_cannot_run_is_refused() {
    let mock = ready(json!({})).await;
    let mut still = linux("still");
    still["canExec"] = false.into();
    make_system(&mock, "testuser", still).await;
    for (change, status, id) in [
        (json!({ "appId": "none" }), 404, "TAPIS_APPCLIENT_NOT_FOUND"),
        (json!({ "appVersion": "9" }), 404, "TAPIS_APPCLIENT_NOT_FOUND"),
        (json!({ "execSystemId": "none" }), 404, "TAPIS_SYSCLIENT_NOT_FOUND execution"),
        (json!({ "archiveSystemId": "none" }), 404, "TAPIS_SYSCLIENT_NOT_FOUND archive"),
        (json!({ "execSystemId": "still" }), 403, "TAPIS_SYSCLIENT_INTERNAL_ERROR"),
        (json!({ "execSystemId": "a;b" }), 400, "JOBS_INVALID_INPUT_CHARACTERS"),
        (json!({ "owner": "other" }), 400, "SK_REQUESTOR_NOT_ADMIN"),
        (json!({ "cmdPrefix": "time" }), 400, "JOBS_CMD_PREFIX_NOT_ENABLED_FOR_SYSTEM"),
        (json!({ "isMpi": true }), 400, "JOBS_MISSING_MPI_CMD"),
        (json!({ "archiveSystemDir": "a/../b" }), 400, "TAPIS_PROHIBITED_DIR_PATTERN"),
        (json!({ "archiveSystemDir": "${none}" }), 400, "JOBS_MACRO_NOT_RESOLVED"),
    ] {
        submit(&mock, change).await.fails(status, id);
    }
    let body = json!({ "name": "j", "appId": "app", "appVersion": "1" });
    let got = post(&mock, "/v3/jobs/submit", body.clone()).by("stranger").send().await;
    got.fails(403, "TAPIS_APPCLIENT_INTERNAL_ERROR");
    post(&mock, "/v3/systems/s/disable", Value::Null).by("testuser").send().await.result();
    submit(&mock, json!({})).await.fails(400, "JOBS_SYSTEM_NOT_AVAILABLE");
    post(&mock, "/v3/apps/app/disable", Value::Null).by("testuser").send().await.result();
    submit(&mock, json!({})).await.fails(400, "JOBS_APP_NOT_AVAILABLE");
}

#[tokio::test]
async fn a_shared_application_opens_the_systems_that_it_names_and_no_others() {
    let mock = ready(json!({})).await;
    let share = json!({ "users": ["other"] });
    post(&mock, "/v3/apps/share/app", share).by("testuser").send().await.result();
    let body = json!({ "name": "j", "appId": "app", "appVersion": "1" });
    let got = post(&mock, "/v3/jobs/submit", body.clone()).by("other").send().await;
    assert_eq!(got.result()["sharedAppCtx"], "testuser");
    let mut elsewhere = body;
    elsewhere["execSystemId"] = "b".into();
    let got = post(&mock, "/v3/jobs/submit", elsewhere).by("other").send().await;
    got.fails(403, "TAPIS_SYSCLIENT_INTERNAL_ERROR");
}

#[tokio::test]
async fn arguments_of_the_application_come_first_and_keep_their_places() {
    let args = json!([
        { "name": "demand", "arg": "-d" },
        { "name": "usual", "arg": "-u", "inputMode": "INCLUDE_BY_DEFAULT" },
        { "name": "must", "arg": "-m", "inputMode": "REQUIRED" },
        { "name": "fixed", "arg": "-f", "inputMode": "FIXED" },
        { "name": "empty", "inputMode": "INCLUDE_BY_DEFAULT" },
    ]);
    let mock = ready(json!({ "parameterSet": { "appArgs": args } })).await;
    let with = async |args: Value| {
        let job = job(&mock, json!({ "parameterSet": { "appArgs": args } })).await;
        texts(&parameters(&job)["appArgs"], "arg")
    };
    assert_eq!(with(json!([])).await, ["-u", "-m", "-f"]);
    let asked = json!([{ "arg": "last" }, { "name": "must", "arg": "mine" }]);
    assert_eq!(with(asked).await, ["-u", "mine", "-f", "last"]);
    let asked = json!([{ "name": "demand", "arg": "on" }]);
    assert_eq!(with(asked).await, ["on", "-u", "-m", "-f"]);
    let asked = json!([{ "name": "usual", "arg": "x", "include": false },
        { "name": "demand", "arg": "y", "include": false }]);
    assert_eq!(with(asked).await, ["-m", "-f"]);
    let asked = json!([{ "name": "unknown", "arg": "z", "include": false }]);
    assert_eq!(with(asked).await, ["-u", "-m", "-f", "z"], "unknown names are added in any case");
    let asked = json!([{ "name": "fixed", "arg": "-f" }]);
    assert_eq!(with(asked).await, ["-u", "-m", "-f"], "the same text changes nothing");
    for (asked, id) in [
        (json!([{ "name": "fixed", "arg": "other" }]), "JOBS_FIXED_ARG_ERROR"),
        (
            json!([{ "name": "must", "arg": "a" }, { "name": "must", "arg": "b" }]),
            "JOBS_DUPLICATE_NAMED_ARG",
        ),
        (json!([{ "arg": "a; rm" }]), "JOBS_INVALID_INPUT_CHARACTERS"),
        (json!([{ "arg": " " }]), "JOBS_MISSING_ARG"),
    ] {
        submit(&mock, json!({ "parameterSet": { "appArgs": asked } })).await.fails(400, id);
    }
}

#[tokio::test]
async fn a_required_argument_without_a_value_has_to_be_given() {
    let args = json!([{ "name": "must", "inputMode": "REQUIRED" }]);
    let mock = ready(json!({ "parameterSet": { "containerArgs": args } })).await;
    submit(&mock, json!({})).await.fails(400, "JOBS_MISSING_ARG");
    let asked = json!([{ "name": "must", "arg": "--x a;b" }]);
    let given = json!({ "parameterSet": { "containerArgs": asked } });
    assert_eq!(submit(&mock, given).await.status, 200, "only what is before a blank is looked at");
}

#[tokio::test]
async fn variables_come_from_the_request_the_application_and_the_system() {
    let variables = json!([
        { "key": "USUAL", "value": "a" },
        { "key": "UNSET", "value": "!tapis_not_set" },
        { "key": "DEMAND", "value": "d", "inputMode": "INCLUDE_ON_DEMAND" },
        { "key": "FIXED", "value": "f", "inputMode": "FIXED" },
    ]);
    let mock = ready(json!({ "parameterSet": { "envVariables": variables } })).await;
    let with = async |variables: Value| {
        job(&mock, json!({ "parameterSet": { "envVariables": variables } })).await
    };
    let plain = with(json!([])).await;
    for (key, value) in [
        ("USUAL", Some("a")),
        ("UNSET", None),
        ("DEMAND", None),
        ("FIXED", Some("f")),
        ("OF_SYSTEM", Some("1")),
        ("SITE", Some("here")),
        ("_tapisJobOwner", Some("testuser")),
    ] {
        assert_eq!(variable(&plain, key).as_deref(), value, "{key}");
    }
    let keys = texts(&parameters(&plain)["envVariables"], "key");
    let mut sorted = keys.clone();
    sorted.sort_by_key(|key| key.to_lowercase());
    assert_eq!(keys, sorted);
    let asked = with(json!([
        { "key": "USUAL", "value": "" },
        { "key": "DEMAND", "value": "!tapis_not_set" },
        { "key": "FIXED", "value": "f" },
    ]))
    .await;
    assert_eq!(variable(&asked, "USUAL").as_deref(), Some(""), "the empty text is a value");
    assert_eq!(variable(&asked, "DEMAND").as_deref(), Some("d"), "that of the application");
    let excluded = with(json!([{ "key": "USUAL", "value": "mine", "include": false }])).await;
    assert_eq!(variable(&excluded, "USUAL").as_deref(), Some("mine"), "it only stops the merge");
    for (asked, id) in [
        (json!([{ "key": "FIXED", "value": "x" }]), "JOBS_FIXED_ENV_VAR_ERROR"),
        (json!([{ "key": "FIXED", "value": "f", "notes": {} }]), "JOBS_FIXED_ENV_VAR_ERROR"),
        (json!([{ "key": "SITE", "value": "x" }]), "JOBS_FIXED_ENV_VAR_ERROR"),
        (json!([{ "key": "_tapisX", "value": "x" }]), "JOBS_RESERVED_ENV_VAR"),
        (json!([{ "key": "1X", "value": "x" }]), "JOBS_INVALID_ENV_VAR_CHAR"),
        (
            json!([{ "key": "A", "value": "1" }, { "key": "A", "value": "2" }]),
            "JOBS_DUPLICATE_ENV_VAR",
        ),
        (json!([{ "key": "UNSET", "value": "!tapis_not_set" }]), "JOBS_MISSING_ENV_VALUE"),
    ] {
        submit(&mock, json!({ "parameterSet": { "envVariables": asked } })).await.fails(400, id);
    }
}

#[tokio::test]
async fn inputs_are_filled_in_by_name() {
    let defined = json!([
        { "name": "must", "targetPath": "*", "inputMode": "REQUIRED", "description": "what" },
        { "name": "may", "targetPath": "may.txt", "sourceUrl": "tapis://s/may" },
        { "name": "bare", "targetPath": "bare.txt" },
        { "name": "fixed", "targetPath": "f", "sourceUrl": "tapis://s/fixed", "inputMode": "FIXED",
          "envKey": "FIXED_AT" },
    ]);
    let mock = ready(json!({ "fileInputs": defined })).await;
    submit(&mock, json!({})).await.fails(400, "JOBS_NO_SOURCE_URL");
    let asked = json!([
        { "name": "must", "sourceUrl": "tapis://s/dir/data.csv", "description": "mine" },
        { "name": "bare" },
        { "sourceUrl": "https://example.invalid/x/y.txt" },
        { "name": "unknown", "sourceUrl": "tapis://s/dir/", "targetPath": "all" },
    ]);
    let job = job(&mock, json!({ "fileInputs": asked })).await;
    let staged: Vec<(Value, Value)> =
        inputs(&job).iter().map(|one| (one["name"].clone(), one["targetPath"].clone())).collect();
    let expected = [
        (json!("must"), "data.csv"),
        (Value::Null, "y.txt"),
        (json!("unknown"), "all"),
        (json!("may"), "may.txt"),
        (json!("fixed"), "f"),
    ];
    assert_eq!(staged, expected.map(|(name, target)| (name, json!(target))));
    let first = &inputs(&job)[0];
    assert_eq!(first["description"], "what\n\nmine");
    assert_eq!((&first["optional"], &first["notes"]), (&json!(false), &json!("{}")));
    assert_eq!(variable(&job, "FIXED_AT").as_deref(), Some("f"));
    let must = json!({ "name": "must", "sourceUrl": "tapis://s/a" });
    for (more, id) in [
        (json!({ "name": "must", "sourceUrl": "tapis://s/b" }), "JOBS_DUPLICATE_FILE_INPUT"),
        (json!({ "name": "fixed", "sourceUrl": "tapis://s/other" }), "JOBS_FIXED_INPUT_ERROR"),
        (json!({ "sourceUrl": "tapis://s/dir/" }), "JOBS_NO_TARGET_PATH"),
        (
            json!({ "sourceUrl": "tapis://s/a", "targetPath": "../b" }),
            "TAPIS_PROHIBITED_DIR_PATTERN",
        ),
        (json!({ "sourceUrl": "tapis://s/a", "envKey": "_tapisA" }), "JOBS_INVALID_INPUT_ENVKEY"),
        (json!({ "sourceUrl": "tapis://s/a", "envKey": "SITE" }), "JOBS_DUPLICATE_ENV_VAR"),
    ] {
        submit(&mock, json!({ "fileInputs": [must, more] })).await.fails(400, id);
    }
}

#[tokio::test]
async fn strict_applications_take_named_inputs_that_they_define() {
    let mock = ready(json!({})).await;
    make_app(&mock, "strict", json!({}), json!({})).await;
    let strict = patch(&mock, "/v3/apps/strict/1", json!({ "strictFileInputs": true }));
    assert_eq!(strict.by("testuser").send().await.status, 200);
    let with = async |input: Value| {
        submit(&mock, json!({ "appId": "strict", "fileInputs": [input] })).await
    };
    with(json!({ "sourceUrl": "tapis://s/a" })).await.fails(400, "JOBS_UNNAMED_FILE_INPUT");
    let named = with(json!({ "name": "x", "sourceUrl": "tapis://s/a" })).await;
    named.fails(400, "JOBS_NO_FILE_INPUT_DEFINITION");
}

#[tokio::test]
async fn arrays_of_inputs_become_single_ones() {
    let defined = json!([{ "name": "set", "targetDir": "sets", "inputMode": "REQUIRED",
        "sourceUrls": ["tapis://s/1.txt", "tapis://s/2.txt"] }]);
    let mock = ready(json!({ "fileInputArrays": defined })).await;
    let asked = json!([{ "sourceUrls": ["tapis://s/3.txt"] }]);
    let job = job(&mock, json!({ "fileInputArrays": asked })).await;
    let staged: Vec<(String, String)> = inputs(&job)
        .iter()
        .map(|one| ["name", "targetPath"].map(|name| one[name].as_str().unwrap().to_owned()).into())
        .collect();
    let expected = [("_1.1", "/3.txt"), ("set_2.1", "sets/1.txt"), ("_2.2", "sets/2.txt")];
    assert_eq!(staged, expected.map(|(name, path)| (name.to_owned(), path.to_owned())));
    let local = json!([{ "sourceUrls": ["tapislocal://exec.tapis/x"] }]);
    let got = submit(&mock, json!({ "fileInputArrays": local })).await;
    got.fails(400, "JOBS_TAPISLOCAL_NOT_ALLOWED");
}

#[tokio::test]
async fn batch_jobs_have_a_queue_with_limits() {
    let mock = ready(json!({})).await;
    let attributes = json!({ "execSystemId": "b", "nodeCount": 1, "coresPerNode": 1,
        "memoryMB": 100, "maxMinutes": 30 });
    make_app(&mock, "batch", attributes, json!({ "jobType": "BATCH" })).await;
    let of_batch = |mut change: Value| {
        change["appId"] = "batch".into();
        change
    };
    let plain = job(&mock, of_batch(json!({}))).await;
    assert_eq!(plain["jobType"], "BATCH");
    assert_eq!(
        (&plain["execSystemLogicalQueue"], &plain["remoteQueue"]),
        (&json!("normal"), &json!("n"))
    );
    assert_eq!(
        ["nodeCount", "coresPerNode", "memoryMB", "maxMinutes"].map(|name| plain[name].clone()),
        [1, 1, 100, 30].map(Value::from)
    );
    let options = texts(&parameters(&plain)["schedulerOptions"], "arg");
    assert_eq!(options, ["--tapis-profile site"]);
    let fork = job(&mock, of_batch(json!({ "jobType": "FORK" }))).await;
    assert_eq!(
        (fork["jobType"].as_str(), fork.get("execSystemLogicalQueue")),
        (Some("FORK"), None)
    );
    for (change, id) in [
        (json!({ "execSystemLogicalQueue": "none" }), "JOBS_INVALID_LOGICAL_QUEUE"),
        (json!({ "nodeCount": 3 }), "JOBS_Q_EXCEEDED_MAX_NODES"),
        (json!({ "coresPerNode": 5 }), "JOBS_Q_EXCEEDED_MAX_CORES"),
        (json!({ "memoryMB": 1001 }), "JOBS_Q_EXCEEDED_MAX_MEM"),
        (json!({ "maxMinutes": 61 }), "JOBS_Q_EXCEEDED_MAX_MINUTES"),
        (json!({ "maxMinutes": 4 }), "JOBS_Q_EXCEEDED_MAX_MINUTES"),
        (json!({ "execSystemLogicalQueue": "big" }), "JOBS_Q_MIN_NODES_ERROR"),
    ] {
        submit(&mock, of_batch(change)).await.fails(400, id);
    }
    let got = submit(&mock, of_batch(json!({ "execSystemId": "s" }))).await;
    got.fails(400, "JOBS_NO_LOGICAL_QUEUE");
    let other = job(&mock, of_batch(json!({ "nodeCount": 0 }))).await;
    assert_eq!(other["nodeCount"], 1, "what is no number of nodes has the default");
}

#[tokio::test]
async fn the_rest_is_filled_in_from_the_application() {
    let subscription = |field: &str, kind: &str| {
        json!({ field: kind, "deliveryTargets":
            [{ "deliveryMethod": "WEBHOOK", "deliveryAddress": "https://example.invalid" }] })
    };
    let attributes = json!({ "tags": ["b", "a"], "subscriptions": [subscription("jobEventCategoryFilter", "ALL")],
        "archiveOnAppError": false,
        "parameterSet": { "archiveFilter": { "includes": ["*.x"], "includeLaunchFiles": false } } });
    let mock = ready(json!({})).await;
    make_app(&mock, "full", attributes, json!({ "notes": { "of": "app" } })).await;
    let change = json!({ "appId": "full", "tags": ["c", "a"],
        "subscriptions": [subscription("eventCategoryFilter", "JOB_NEW_STATUS")],
        "parameterSet": { "archiveFilter": { "includes": ["*.y"] } } });
    let job = job(&mock, change).await;
    assert_eq!(job["tags"], json!(["a", "b", "c"]));
    assert_eq!(job["description"], "full-1 submitted by testuser@dev");
    assert_eq!(job["notes"], json!({ "of": "app" }));
    assert_eq!(job["archiveOnAppError"], false);
    let filter = &parameters(&job)["archiveFilter"];
    assert_eq!(filter["includes"], json!(["*.y", "*.x"]));
    assert_eq!(filter["includeLaunchFiles"], false);
    let path = format!("/v3/jobs/subscribe/{}", job["uuid"].as_str().unwrap());
    let kept = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(kept.as_array().unwrap().len(), 2);
    let bad = json!({ "parameterSet": { "archiveFilter": { "includes": ["{a"] } } });
    submit(&mock, bad).await.fails(400, "JOBS_INVALID_GLOB_FILTER");
    let bad = json!({ "parameterSet": { "archiveFilter": { "excludes": ["REGEX:("] } } });
    submit(&mock, bad).await.fails(400, "JOBS_INVALID_REGEX_FILTER");
}

#[tokio::test]
async fn macros_are_replaced_in_names_directories_and_arguments() {
    let mock = ready(json!({})).await;
    let change = json!({ "name": "run-${AppId}", "description": "${JobName} of ${none}",
        "archiveSystemId": "b", "archiveSystemDir": "out//${JobName}/",
        "parameterSet": { "appArgs": [{ "arg": "${ExecSystemOutputDir}" }] } });
    let job = job(&mock, change).await;
    assert_eq!(job["name"], "run-app");
    assert_eq!(job["description"], "run-app of ${none}");
    assert_eq!(job["archiveSystemDir"], "/out/run-app");
    let output = format!("/jobs/jobs/{}/output", job["uuid"].as_str().unwrap());
    assert_eq!(job["execSystemOutputDir"], output);
    assert!(texts(&parameters(&job)["appArgs"], "arg")[0].ends_with("/output"));
    assert_eq!(variable(&job, "_tapisExecSystemOutputDir"), Some(output));
}
