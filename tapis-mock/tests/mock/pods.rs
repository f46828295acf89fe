//! Pods.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

const STEP: Duration = Duration::from_secs(10);

async fn with_pod(body: Value) -> MockTapis {
    let mock = start(builder().step(STEP).clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    let got = post(&mock, "/v3/pods", body).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    mock
}

async fn pod(mock: &MockTapis) -> Value {
    get(mock, "/v3/pods/p").by("testuser").send().await.result()
}

/// The statuses of the pod from now on, one for each step.
async fn way(mock: &MockTapis, steps: usize) -> Vec<String> {
    let mut way = Vec::new();
    for _ in 0..steps {
        way.push(pod(mock).await["status"].as_str().unwrap().to_owned());
        mock.advance(STEP);
    }
    way
}

#[tokio::test]
async fn a_pod_comes_up_is_stopped_and_started_again() {
    let mock = with_pod(json!({ "pod_id": "p", "image": "postgres" })).await;
    assert_eq!(pod(&mock).await["status_requested"], "ON");
    assert_eq!(way(&mock, 3).await, ["REQUESTED", "CREATING", "AVAILABLE"]);
    assert!(pod(&mock).await["start_instance_ts"].is_string());
    let ask = |what: &str| get(&mock, &format!("/v3/pods/p/{what}")).by("testuser");
    let stopping = ask("stop").send().await.result();
    assert_eq!(
        (&stopping["status_requested"], &stopping["status"]),
        (&json!("OFF"), &json!("DELETING"))
    );
    assert_eq!(way(&mock, 2).await, ["DELETING", "STOPPED"]);
    ask("start").send().await.result();
    assert_eq!(way(&mock, 3).await, ["REQUESTED", "CREATING", "AVAILABLE"]);
    ask("start").send().await.result();
    assert_eq!(pod(&mock).await["status"], "AVAILABLE", "it is so already");
    ask("restart").send().await.result();
    assert_eq!(way(&mock, 4).await, ["DELETING", "REQUESTED", "CREATING", "AVAILABLE"]);
    let logs = ask("logs").send().await.result();
    assert_eq!(logs["logs"], "p is up\n");
    let first = logs["action_logs"][0].as_str().unwrap();
    assert_eq!(first, "70/01/01 00:00: Pod object created by 'testuser'");
    ask("nothing").send().await;
    let missing = get(&mock, "/v3/pods/other/start").by("testuser").send().await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_pod_waits_where_it_is_told_to() {
    let mock =
        with_pod(json!({ "pod_id": "p", "image": "postgres", "status_requested": "OFF" })).await;
    assert_eq!(way(&mock, 3).await, ["STOPPED"; 3]);
}

#[tokio::test]
async fn an_image_that_is_to_fail_fails() {
    let mock = with_pod(json!({ "pod_id": "p", "image": "fails" })).await;
    assert_eq!(way(&mock, 4).await, ["REQUESTED", "CREATING", "ERROR", "ERROR"]);
    assert_eq!(pod(&mock).await["status_container"]["phase"], "Failed");
}

#[tokio::test]
async fn permissions_are_granted_and_taken_away() {
    let mock = with_pod(json!({ "pod_id": "p", "image": "postgres" })).await;
    let path = "/v3/pods/p/permissions";
    let granted = json!({ "user": "other", "level": "READ" });
    let got = post(&mock, path, granted).by("testuser").send().await.result();
    assert_eq!(got["permissions"], json!(["testuser:ADMIN", "other:READ"]));
    let got = delete(&mock, &format!("{path}/other")).by("testuser").send().await.result();
    assert_eq!(got["permissions"], json!(["testuser:ADMIN"]));
    assert_eq!(delete(&mock, &format!("{path}/other")).by("testuser").send().await.status, 404);
}
