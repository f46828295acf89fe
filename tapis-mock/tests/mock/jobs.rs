//! Jobs.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const STEP: Duration = Duration::from_secs(1);

async fn ready(builder: tapis_mock::Builder) -> MockTapis {
    let mock = start(builder.clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    make_system(&mock, "testuser", linux("s")).await;
    make_app(&mock, "wc", json!({ "nodeCount": 2 }), json!({})).await;
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
    assert_eq!(job["archiveSystemDir"], format!("/jobs/jobs/{id}/output"));
    assert_eq!(job["execSystemOutputDir"], job["archiveSystemDir"]);
    assert!(job.get("_mock").is_none());
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
    let statuses = history.as_array().unwrap().iter().filter(|e| e["event"] == "JOB_NEW_STATUS");
    assert_eq!(statuses.count(), 9);
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
    let staged = format!("/v3/files/content/s{}/data.txt", dir.as_str().unwrap());
    assert_eq!(get(&mock, &staged).by("testuser").send().await.text(), "data");
    assert_eq!(field(&mock, &bad, "status").await, "FAILED");
    assert_eq!(field(&mock, &bad, "condition").await, "JOB_TRANSFER_FAILED_OR_CANCELLED");
}

#[tokio::test]
async fn a_job_is_cancelled_after_the_request_was_accepted() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    let path = format!("/v3/jobs/{id}/cancel");
    let cancel = || post(&mock, &path, Value::Null).by("testuser");
    let accepted = cancel().send().await.result();
    assert!(accepted["message"].as_str().unwrap().starts_with("JOBS_JOB_CANCEL_ACCEPTED"));
    assert_eq!(field(&mock, &id, "status").await, "PENDING");
    assert_eq!(cancel().send().await.status, 200, "once more while it goes on");
    mock.advance(STEP);
    assert_eq!(field(&mock, &id, "status").await, "CANCELLED");
    assert_eq!(field(&mock, &id, "condition").await, "CANCELLED_BY_USER");
    mock.advance(STEP * 20);
    assert_eq!(field(&mock, &id, "status").await, "CANCELLED");
    cancel().send().await.fails(409, "JOBS_JOB_IN_TERMINAL_STATE");
}

#[tokio::test]
async fn a_cancel_during_archiving_comes_too_late() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    mock.advance(STEP * 7);
    assert_eq!(field(&mock, &id, "status").await, "ARCHIVING");
    let path = format!("/v3/jobs/{id}/cancel");
    post(&mock, &path, Value::Null).by("testuser").send().await.result();
    mock.advance(STEP);
    assert_eq!(field(&mock, &id, "status").await, "FINISHED");
}

#[tokio::test]
async fn a_job_that_stands_still_can_be_cancelled() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    mock.set_job_status(&id, "BLOCKED").unwrap();
    let path = format!("/v3/jobs/{id}/cancel");
    post(&mock, &path, Value::Null).by("testuser").send().await.result();
    assert_eq!(field(&mock, &id, "status").await, "BLOCKED");
    mock.advance(STEP);
    assert_eq!(field(&mock, &id, "status").await, "CANCELLED");
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
async fn a_job_that_was_put_into_a_late_state_ends_well() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    mock.set_job_status(&id, "RUNNING").unwrap();
    mock.release_job(&id).unwrap();
    mock.advance(STEP * 20);
    assert_eq!(field(&mock, &id, "status").await, "FINISHED");
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
    assert_eq!(ids("list").await, [first.clone(), second.clone()]);
    assert_eq!(ids("list?orderBy=created(desc)&limit=1").await, [second.as_str()]);
    assert_eq!(ids("search?status.eq=FINISHED").await, [first.as_str()]);
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
    let change =
        |what: &str| post(&mock, &format!("/v3/jobs/{id}/{what}"), Value::Null).by("testuser");
    change("hide").send().await.fails(409, "JOBS_JOB_NOT_IN_TERMINAL_STATE");
    mock.advance(STEP * 8);
    change("hide").send().await.result();
    change("hide").send().await.result();
    let read = |what: &str| get(&mock, &format!("/v3/jobs/{id}{what}")).by("testuser");
    assert_eq!(read("").send().await.status, 200);
    for what in ["/status", "/history", "/output/list/", "/output/download/x", "/share"] {
        read(what).send().await.fails(404, "JOBS_JOB_NOT_VISIBLE");
    }
    assert_eq!(read("/status").send().await.json()["status"], "success");
    change("unhide").send().await.result();
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
    read("history").send().await.fails(401, "JOBS_MISMATCHED_OWNER");
    let share =
        json!({ "grantee": "other", "jobResource": ["JOB_HISTORY"], "jobPermission": "READ" });
    post(&mock, &at("share"), share).by("testuser").send().await.result();
    let history = read("history").send().await.result();
    assert_eq!(history[1]["event"], "JOB_USER_EVENT");
    assert_eq!(read("status").send().await.status, 200, "the status comes with the history");
    read("output/list/").send().await.fails(401, "JOBS_MISMATCHED_OWNER");
    assert_eq!(read("resubmit_request").send().await.status, 200, "nobody asks whose it is");
    delete(&mock, &at("share/other")).by("testuser").send().await.result();
    read("history").send().await.fails(401, "JOBS_MISMATCHED_OWNER");
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
async fn an_unknown_job_is_refused_in_many_ways() {
    let mock = ready(builder()).await;
    let ask = async |method: &str, path: &str| {
        let target = format!("/v3/jobs/none-007{path}");
        let call = ask(&mock, http::Method::from_bytes(method.as_bytes()).unwrap(), &target);
        call.by("testuser").send().await
    };
    for path in ["", "/output/list/", "/output/download/x"] {
        let got = ask("GET", path).await;
        got.fails(500, "JOBS_JOB_SELECT_UUID_ERROR");
        got.fails(500, "JOBS_JOB_NOT_FOUND");
    }
    ask("POST", "/cancel").await.fails(400, "JOBS_JOB_NOT_FOUND");
    for (method, path) in [("GET", "/status"), ("GET", "/history"), ("POST", "/hide")] {
        let got = ask(method, path).await;
        got.fails(404, "TAPIS_NOT_FOUND");
        assert_eq!(got.json()["status"], "success", "{path}");
        assert_eq!(got.json()["result"], json!({ "name": "none-007" }), "{path}");
    }
    ask("POST", "/resubmit").await.fails(400, "JOBS_JOBRESUBMIT_NOT_FOUND");
    let event = json!({ "eventData": "x" });
    let got = post(&mock, "/v3/jobs/none-007/sendEvent", event).by("testuser").send().await;
    got.fails(400, "JOBS_JOB_NOT_FOUND");
    let got = get(&mock, "/v3/jobs/subscribe/none-007").by("testuser").send().await;
    got.fails(400, "JOBS_JOB_NOT_FOUND");
    let got = delete(&mock, "/v3/jobs/subscribe/none").by("testuser").send().await;
    got.fails(500, "JOBS_SUBSCRIPTION_ERROR");
}

#[tokio::test]
async fn a_job_of_another_user_asks_for_a_login() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    for path in ["", "/status", "/history", "/output/list/", "/share"] {
        let got = get(&mock, &format!("/v3/jobs/{id}{path}")).by("stranger").send().await;
        got.fails(401, "JOBS_MISMATCHED_OWNER");
        assert!(got.message().contains("(testuser)"), "{}", got.message());
    }
    let got = post(&mock, &format!("/v3/jobs/{id}/cancel"), Value::Null).by("stranger").send();
    got.await.fails(401, "JOBS_MISMATCHED_OWNER");
    let got = get(&mock, &format!("/v3/jobs/subscribe/{id}")).by("stranger").send().await;
    got.fails(401, "JOBS_JOB_ACTION_NOT_AUTHORIZED");
}

#[tokio::test]
async fn a_job_that_is_over_takes_no_events_and_no_subscriptions() {
    let mock = ready(builder()).await;
    let id = submit(&mock).await;
    mock.advance(STEP * 8);
    let event = json!({ "eventData": "late" });
    let got = post(&mock, &format!("/v3/jobs/{id}/sendEvent"), event).by("testuser").send().await;
    got.fails(400, "JOBS_IN_TERMINAL_STATE");
    let body = json!({ "eventCategoryFilter": "ALL", "deliveryTargets":
        [{ "deliveryMethod": "WEBHOOK", "deliveryAddress": "https://example.invalid" }] });
    let got = post(&mock, &format!("/v3/jobs/subscribe/{id}"), body).by("testuser").send().await;
    got.fails(400, "JOBS_IN_TERMINAL_STATE");
}

#[tokio::test]
async fn a_deployed_service_sends_notes_as_text_and_much_that_is_null() {
    let mock = ready(builder().strictness(Strictness::AsDeployed)).await;
    let id = submit(&mock).await;
    assert_eq!(field(&mock, &id, "notes").await, "{}");
    assert_eq!(field(&mock, &id, "ended").await, Value::Null);
}
