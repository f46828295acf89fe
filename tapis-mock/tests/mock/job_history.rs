//! What jobs tell about themselves.

use std::time::{Duration, SystemTime};

use crate::support::*;
use http::Method;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

const STEP: Duration = Duration::from_secs(1);

async fn ready() -> MockTapis {
    let builder = builder().admin("boss", "secret").clock_stopped_at(SystemTime::UNIX_EPOCH);
    let mock = start(builder).await;
    make_system(&mock, "testuser", linux("s")).await;
    make_app(&mock, "wc", json!({}), json!({})).await;
    let input = ask(&mock, Method::POST, "/v3/files/ops/s/in.txt").by("testuser").file(b"1");
    input.send().await.result();
    mock
}

async fn submit(mock: &MockTapis, source: &str) -> String {
    let body = json!({ "name": "count", "appId": "wc", "appVersion": "1",
        "fileInputs": [{ "sourceUrl": source }] });
    let job = post(mock, "/v3/jobs/submit", body).by("testuser").send().await.result();
    job["uuid"].as_str().unwrap().to_owned()
}

async fn events(mock: &MockTapis, id: &str, query: &str) -> Vec<Value> {
    let path = format!("/v3/jobs/{id}/history{query}");
    get(mock, &path).by("testuser").send().await.result().as_array().unwrap().clone()
}

fn data(event: &Value) -> Value {
    serde_json::from_str(event["description"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn events_are_described_by_json_inside_of_texts() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/in.txt").await;
    mock.advance(STEP * 8);
    let events = events(&mock, &id, "").await;
    let first = data(&events[0]);
    assert_eq!(first["newJobStatus"], "PENDING");
    assert_eq!((&first["jobName"], &first["jobOwner"]), (&json!("count"), &json!("testuser")));
    assert_eq!(first["jobUuid"], id);
    let last = data(events.last().unwrap());
    assert_eq!(
        (&last["newJobStatus"], &last["oldJobStatus"]),
        (&json!("FINISHED"), &json!("ARCHIVING"))
    );
    assert_eq!(last["condition"], "NORMAL_COMPLETION");
    assert_eq!(last["remoteResultInfo"], "0");
}

#[tokio::test]
async fn transfers_of_a_job_are_told_with_what_files_says_about_them() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/in.txt").await;
    mock.advance(STEP * 8);
    let events = events(&mock, &id, "").await;
    let staged = events.iter().find(|e| e["event"] == "JOB_INPUT_TRANSACTION_ID").unwrap();
    assert_eq!(staged["eventDetail"], "COMPLETED");
    let task = staged["transferTaskUuid"].as_str().unwrap();
    assert_eq!(data(staged)["transactionId"], task);
    let summary = &staged["transferSummary"];
    assert_eq!((&summary["uuid"], &summary["status"]), (&json!(task), &json!("COMPLETED")));
    assert_eq!(summary["totalTransfers"], 1);
    let job = get(&mock, &format!("/v3/jobs/{id}")).by("testuser").send().await.result();
    assert_eq!(job["inputTransactionId"], task);
    let path = format!("/v3/files/transfers/{task}");
    let found = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(found["tag"], job["inputCorrelationId"]);
    assert!(events.iter().any(|e| e["event"] == "JOB_ARCHIVE_TRANSACTION_ID"));
    let other = events.iter().find(|e| e["event"] == "JOB_NEW_STATUS").unwrap();
    assert_eq!(other["transferSummary"], json!({}));
}

#[tokio::test]
async fn a_history_fails_when_files_refuses_a_transfer() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/in.txt").await;
    let path = format!("/v3/jobs/{id}/history");
    assert_eq!(get(&mock, &path).by("boss").send().await.status, 200, "no transfer so far");
    mock.advance(STEP * 8);
    let got = get(&mock, &path).by("boss").send().await;
    got.fails(403, "FILES_TRANSFER_HISTORY_RETRIEVE_ERROR");
    let share =
        json!({ "grantee": "other", "jobResource": ["JOB_HISTORY"], "jobPermission": "READ" });
    let share = post(&mock, &format!("/v3/jobs/{id}/share"), share);
    share.by("testuser").send().await.result();
    assert_eq!(get(&mock, &path).by("other").send().await.status, 200, "asked for as the owner");
}

#[tokio::test]
async fn a_failure_of_the_service_is_told_before_the_state() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/none.txt").await;
    mock.advance(STEP * 8);
    let events = events(&mock, &id, "").await;
    let kinds: Vec<&str> =
        events.iter().rev().take(3).map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["JOB_NEW_STATUS", "JOB_ERROR_MESSAGE", "JOB_INPUT_TRANSACTION_ID"]);
    let [.., transfer, error, status] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(transfer["transferSummary"]["status"], "FAILED");
    assert_eq!(
        (&error["eventDetail"], &status["eventDetail"]),
        (&json!("FAILED"), &json!("FAILED"))
    );
    assert_eq!(data(status)["condition"], "JOB_TRANSFER_FAILED_OR_CANCELLED");
}

#[tokio::test]
async fn users_shares_and_subscriptions_are_told() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/in.txt").await;
    let change = async |what: &str, body: Value| {
        post(&mock, &format!("/v3/jobs/{what}"), body).by("testuser").send().await.result()
    };
    change(&format!("{id}/sendEvent"), json!({ "eventData": "half way", "eventDetail": "mark" }))
        .await;
    let share = json!({ "grantee": "other", "jobResource": ["JOB_HISTORY", "JOB_OUTPUT"],
        "jobPermission": "READ" });
    change(&format!("{id}/share"), share).await;
    let target =
        json!([{ "deliveryMethod": "WEBHOOK", "deliveryAddress": "https://example.invalid" }]);
    change(
        &format!("subscribe/{id}"),
        json!({ "eventCategoryFilter": "ALL", "deliveryTargets": target }),
    )
    .await;
    let path = format!("/v3/jobs/{id}/share/other");
    delete(&mock, &path).by("testuser").send().await.result();
    let events = events(&mock, &id, "").await;
    let told: Vec<(&str, &str)> = events[1..]
        .iter()
        .map(|e| (e["event"].as_str().unwrap(), e["eventDetail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("JOB_USER_EVENT", "mark"),
            ("JOB_SHARE_EVENT", "SHARE_JOB_HISTORY_READ"),
            ("JOB_SHARE_EVENT", "SHARE_JOB_OUTPUT_READ"),
            ("JOB_SUBSCRIPTION", "added"),
            ("JOB_SHARE_EVENT", "UNSHARE_JOB_HISTORY_READ"),
            ("JOB_SHARE_EVENT", "UNSHARE_JOB_OUTPUT_READ"),
        ]
    );
    assert_eq!(events[1]["description"], "half way", "in the user's own words");
    assert_eq!(data(&events[2])["grantee"], "other");
}

#[tokio::test]
async fn a_history_comes_in_pages() {
    let mock = ready().await;
    let id = submit(&mock, "tapis://s/in.txt").await;
    mock.advance(STEP * 8);
    assert_eq!(events(&mock, &id, "?limit=2").await.len(), 2);
    let page = events(&mock, &id, "?limit=1&skip=1&orderBy=created(desc)").await;
    assert_eq!(page[0]["eventDetail"], "PROCESSING_INPUTS", "always the oldest first");
    assert_eq!(events(&mock, &id, "?skip=500").await.len(), 0);
    let path = format!("/v3/jobs/{id}/history?limit=-1");
    get(&mock, &path).by("testuser").send().await.fails(500, "LIMIT");
}
