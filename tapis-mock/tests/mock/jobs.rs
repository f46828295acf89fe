//! Jobs.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const STEP: Duration = Duration::from_secs(1);

async fn ready(builder: tapis_mock::Builder) -> MockTapis {
    let mock = start(builder.clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    make_system(&mock, "testuser", linux("s")).await;
    let app = json!({ "id": "wc", "version": "1", "containerImage": "busybox",
        "jobAttributes": { "execSystemId": "s", "nodeCount": 2 } });
    let got = post(&mock, "/v3/apps", app).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    mock
}

fn request() -> Value {
    json!({ "name": "count", "appId": "wc", "appVersion": "1",
        "parameterSet": { "appArgs": [{ "arg": "-l" }] } })
}

async fn submit(mock: &MockTapis) -> String {
    let got = post(mock, "/v3/jobs/submit", request()).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.result()["uuid"].as_str().unwrap().to_owned()
}

async fn field(mock: &MockTapis, id: &str, name: &str) -> Value {
    let path = format!("/v3/jobs/{id}");
    get(mock, &path).by("testuser").send().await.result()[name].clone()
}

#[tokio::test]
async fn a_submitted_job_takes_from_its_app_what_it_does_not_say() {
    let mock = ready(builder()).await;
    let got = post(&mock, "/v3/jobs/submit", request()).by("testuser").send().await;
    let job = got.result();
    assert_eq!(job["status"], "PENDING");
    assert_eq!(job["execSystemId"], "s");
    assert_eq!(job["nodeCount"], 2);
    assert_eq!(job["owner"], "testuser");
    let parameters: Value = serde_json::from_str(job["parameterSet"].as_str().unwrap()).unwrap();
    assert_eq!(parameters["appArgs"][0]["arg"], "-l");
    let id = job["uuid"].as_str().unwrap();
    assert_eq!(job["archiveSystemDir"], format!("/jobs/{id}/archive"));
    assert!(job.get("_mock").is_none());
}

#[tokio::test]
async fn a_job_that_cannot_run_is_refused() {
    let mock = ready(builder()).await;
    let refused = async |name: &str, value: &str, message: &str| {
        let mut body = request();
        body[name] = value.into();
        let got = post(&mock, "/v3/jobs/submit", body).by("testuser").send().await;
        got.fails(400, message);
    };
    refused("appId", "none", "App none-1 not found").await;
    refused("appVersion", "9", "App wc-9 not found").await;
    refused("execSystemId", "none", "System none not found").await;
    refused("archiveSystemId", "none", "no archive system").await;
    post(&mock, "/v3/systems/s/disable", Value::Null).by("testuser").send().await.result();
    refused("name", "x", "System s is disabled").await;
    let got = post(&mock, "/v3/jobs/submit", request()).by("stranger").send().await;
    got.fails(400, "cannot be used");
}

#[tokio::test]
async fn a_job_moves_on_with_the_clock_until_it_is_over() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let status = async || {
        let path = format!("/v3/jobs/{id}/status");
        get(&mock, &path).by("testuser").send().await.result()["status"].clone()
    };
    let mut seen = vec![status().await];
    for _ in 0..9 {
        mock.advance(STEP);
        seen.push(status().await);
    }
    let way = [
        "PENDING",
        "PROCESSING_INPUTS",
        "STAGING_INPUTS",
        "STAGING_JOB",
        "SUBMITTING_JOB",
        "QUEUED",
        "RUNNING",
        "ARCHIVING",
        "FINISHED",
        "FINISHED",
    ];
    assert_eq!(seen, way);
    assert_eq!(field(&mock, &id, "condition").await, "NORMAL_COMPLETION");
    assert_eq!(field(&mock, &id, "ended").await, "1970-01-01T00:00:08Z");
    let path = format!("/v3/jobs/{id}/history");
    let history = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(history.as_array().unwrap().len(), 9);
    assert_eq!(history[6]["created"], "1970-01-01T00:00:06Z");
}

#[tokio::test]
async fn a_job_that_nobody_watched_is_just_as_far() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    mock.advance(STEP * 100);
    assert_eq!(field(&mock, &id, "status").await, "FINISHED");
    assert_eq!(field(&mock, &id, "remoteStarted").await, "1970-01-01T00:00:06Z");
}

#[tokio::test]
async fn without_steps_a_job_is_over_at_once() {
    let mock = ready(builder().step(Duration::ZERO)).await;
    let id = submit(&mock).await;
    assert_eq!(field(&mock, &id, "status").await, "FINISHED");
}

#[tokio::test]
async fn output_is_there_when_the_job_is_over() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let list = format!("/v3/jobs/{id}/output/list/");
    let download =
        |path: &str| get(&mock, &format!("/v3/jobs/{id}/output/download/{path}")).by("testuser");
    get(&mock, &list).by("testuser").send().await.fails(400, "JOBS_JOB_NOT_TERMINATED");
    download("").send().await.fails(400, "JOBS_JOB_NOT_TERMINATED");
    mock.advance(STEP * 8);
    let files = get(&mock, &list).by("testuser").send().await.result();
    assert_eq!(files[0]["name"], "tapisjob.out");
    let got = download("tapisjob.out").send().await;
    assert!(got.text().contains("arguments: -l"), "{}", got.text());
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=tapisjob.out"));
    let got = download("").send().await;
    assert!(zip::ZipArchive::new(std::io::Cursor::new(got.bytes)).is_ok());
    download("none").send().await.fails(404, "JOBS_JOB_OUTPUT_NOT_FOUND");
    let archived = format!("/v3/files/content/s/jobs/{id}/archive/tapisjob.out");
    assert_eq!(get(&mock, &archived).by("testuser").send().await.status, 200);
}

#[tokio::test]
async fn inputs_are_staged_and_missing_ones_fail_the_job() {
    let mock = ready(builder()).await;
    let ask = ask(&mock, http::Method::POST, "/v3/files/ops/s/in/data.txt").by("testuser");
    ask.file(b"data").send().await.result();
    let submit = async |source: &str| {
        let mut body = request();
        body["fileInputs"] = json!([{ "sourceUrl": source }]);
        let got = post(&mock, "/v3/jobs/submit", body).by("testuser").send().await;
        got.result()["uuid"].as_str().unwrap().to_owned()
    };
    let good = submit("tapis://s/in/data.txt").await;
    let bad = submit("tapis://s/in/none.txt").await;
    mock.advance(STEP * 4);
    assert_eq!(field(&mock, &good, "status").await, "SUBMITTING_JOB");
    let dir = field(&mock, &good, "execSystemInputDir").await;
    let staged = format!("/v3/files/content/s/{}/data.txt", dir.as_str().unwrap());
    assert_eq!(get(&mock, &staged).by("testuser").send().await.text(), "data");
    assert_eq!(field(&mock, &bad, "status").await, "FAILED");
    assert_eq!(field(&mock, &bad, "condition").await, "JOB_FILES_SERVICE_ERROR");
}

#[tokio::test]
async fn a_job_can_be_cancelled_while_it_is_not_over() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let path = format!("/v3/jobs/{id}/cancel");
    let cancel = || post(&mock, &path, Value::Null).by("testuser");
    cancel().send().await.result();
    assert_eq!(field(&mock, &id, "status").await, "CANCELLED");
    mock.advance(STEP * 20);
    assert_eq!(field(&mock, &id, "status").await, "CANCELLED");
    cancel().send().await.fails(409, "JOBS_JOB_IN_TERMINAL_STATE");
}

#[tokio::test]
async fn a_test_decides_how_a_job_goes_on() {
    let mock = ready(builder()).await;
    let (failing, held) = (submit(&mock).await, submit(&mock).await);
    mock.fail_job(&failing).unwrap();
    mock.set_job_status(&held, "BLOCKED").unwrap();
    mock.advance(STEP * 20);
    assert_eq!(field(&mock, &failing, "status").await, "FAILED");
    assert_eq!(field(&mock, &held, "status").await, "BLOCKED");
    mock.release_job(&held).unwrap();
    assert_eq!(field(&mock, &held, "status").await, "FINISHED");
    assert!(mock.fail_job("none").is_err());
    assert!(mock.set_job_status(&held, "FLYING").is_err());
}

#[tokio::test]
async fn jobs_are_listed_searched_and_selected() {
    let mock = ready(builder()).await;
    let first = submit(&mock).await;
    mock.advance(STEP * 10);
    let second = submit(&mock).await;
    let ids = async |query: &str| -> Vec<String> {
        let got = get(&mock, &format!("/v3/jobs/{query}")).by("testuser").send().await;
        let jobs = got.result();
        jobs.as_array().unwrap().iter().map(|j| j["uuid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("list").await, [second.clone(), first.clone()]);
    assert_eq!(ids("list?orderBy=created(asc)&limit=1").await, [first.as_str()]);
    assert_eq!(ids("search?status=FINISHED").await, [first.as_str()]);
    assert_eq!(ids("search?status.neq=FINISHED&select=uuid").await, [second.as_str()]);
    let body = json!({ "search": ["status = 'PENDING' AND nodeCount > 1"] });
    let got = post(&mock, "/v3/jobs/search", body).by("testuser").send().await;
    assert_eq!(got.result()[0]["uuid"], second);
    let got = get(&mock, "/v3/jobs/list").by("stranger").send().await;
    assert_eq!(got.result(), json!([]));
}

#[tokio::test]
async fn a_hidden_job_is_missing_almost_everywhere() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    post(&mock, &format!("/v3/jobs/{id}/hide"), Value::Null).by("testuser").send().await.result();
    let read = |what: &str| get(&mock, &format!("/v3/jobs/{id}{what}")).by("testuser");
    assert_eq!(read("").send().await.status, 200);
    for what in ["/status", "/history", "/output/list/", "/share"] {
        read(what).send().await.fails(404, "JOBS_JOB_NOT_FOUND");
    }
    post(&mock, &format!("/v3/jobs/{id}/unhide"), Value::Null).by("testuser").send().await.result();
    assert_eq!(read("/status").send().await.status, 200);
}

#[tokio::test]
async fn jobs_are_resubmitted_annotated_and_shared() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let at = |what: &str| format!("/v3/jobs/{id}/{what}");
    let got = get(&mock, &at("resubmit_request")).by("testuser").send().await;
    assert_eq!(got.result(), request());
    let got = post(&mock, &at("resubmit"), Value::Null).by("testuser").send().await;
    assert_ne!(got.result()["uuid"], id);
    let notes = json!({ "notes": { "a": 1 }, "tags": ["x"] });
    patch(&mock, &at("annotations"), notes).by("testuser").send().await.result();
    let more = json!({ "notes": { "b": 2 }, "tags": ["x", "y"] });
    let got = patch(&mock, &at("annotations"), more).by("testuser").send().await;
    assert_eq!(got.result()["notes"], json!({ "a": 1, "b": 2 }));
    assert_eq!(got.result()["tags"], json!(["x", "y"]));
    let event = json!({ "eventData": "hello" });
    post(&mock, &at("sendEvent"), event).by("testuser").send().await.result();
    let read = |what: &str| get(&mock, &at(what)).by("other");
    read("history").send().await.fails(403, "JOBS_JOB_ACTION_NOT_AUTHORIZED");
    let share =
        json!({ "grantee": "other", "jobResource": ["JOB_HISTORY"], "jobPermission": "READ" });
    post(&mock, &at("share"), share).by("testuser").send().await.result();
    let history = read("history").send().await.result();
    assert_eq!(history[1]["event"], "JOB_USER_EVENT");
    read("resubmit_request").send().await.fails(403, "JOBS_JOB_ACTION_NOT_AUTHORIZED");
    delete(&mock, &at("share/other")).by("testuser").send().await.result();
    read("history").send().await.fails(403, "JOBS_JOB_ACTION_NOT_AUTHORIZED");
}

#[tokio::test]
async fn jobs_keep_subscriptions() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let path = format!("/v3/jobs/subscribe/{id}");
    let body = json!({ "eventCategoryFilter": "ALL", "deliveryTargets":
        [{ "deliveryMethod": "WEBHOOK", "deliveryAddress": "https://example.invalid" }] });
    post(&mock, &path, body).by("testuser").send().await.result();
    let list = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(list[0]["subjectFilter"], id);
    assert_eq!(delete(&mock, &path).by("testuser").send().await.result()["changes"], 1);
}

#[tokio::test]
async fn a_deployed_service_calls_a_missing_job_a_success() {
    let mock = ready(builder().strictness(Strictness::AsDeployed)).await;
    let got = get(&mock, "/v3/jobs/none").by("testuser").send().await;
    assert_eq!(got.status, 404);
    assert_eq!(got.json()["status"], "success");
    assert_eq!(got.json()["result"], json!({ "name": "none" }));
    let id = submit(&mock).await;
    assert_eq!(field(&mock, &id, "notes").await, "{}");
    assert_eq!(field(&mock, &id, "ended").await, Value::Null);
}
