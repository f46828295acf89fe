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
    get(mock, "/v3/pods/pod").by("testuser").send().await.result()
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
async fn a_pod_comes_up_is_stopped_started_and_restarted() {
    let up = ["REQUESTED", "SPAWNER SETUP", "CREATING", "AVAILABLE"];
    let mock = with_pod(json!({ "pod_id": "pod", "image": "postgres" })).await;
    assert_eq!(pod(&mock).await["status_requested"], "ON");
    assert_eq!(way(&mock, 4).await, up);
    assert!(pod(&mock).await["start_instance_ts"].is_string());
    let ask = |what: &str| get(&mock, &format!("/v3/pods/pod/{what}")).by("testuser");
    let stopping = ask("stop").send().await.result();
    assert_eq!(
        (&stopping["status_requested"], &stopping["status"]),
        (&json!("OFF"), &json!("AVAILABLE"))
    );
    assert_eq!(way(&mock, 3).await, ["AVAILABLE", "DELETING", "STOPPED"]);
    ask("start").send().await.result();
    assert_eq!(way(&mock, 4).await, up);
    ask("start").send().await.fails(500, "Unexpected. RuntimeError");
    assert_eq!(pod(&mock).await["status"], "AVAILABLE");
    ask("restart").send().await.result();
    let again = way(&mock, 6).await;
    assert_eq!(again[..2], ["AVAILABLE", "DELETING"]);
    assert_eq!(again[2..], up);
    let logs = ask("logs").send().await.result();
    assert_eq!(logs["logs"], "pod is up\n");
    let first = logs["action_logs"][0].as_str().unwrap();
    assert_eq!(first, "70/01/01 00:00: Pod object created by 'testuser'");
    let missing = get(&mock, "/v3/pods/other/start").by("testuser").send().await;
    missing.fails(404, "Pod with identifier pod_id: 'other' not found");
}

#[tokio::test]
async fn a_pod_that_is_looked_at_late_has_gone_through_everything() {
    let mock = with_pod(json!({ "pod_id": "pod", "image": "postgres" })).await;
    mock.advance(10 * STEP);
    let started = pod(&mock).await["start_instance_ts"].clone();
    assert_eq!(started, "1970-01-01T00:00:30");
    get(&mock, "/v3/pods/pod/restart").by("testuser").send().await.result();
    mock.advance(10 * STEP);
    let pod = pod(&mock).await;
    assert_eq!((&pod["status"], &pod["status_requested"]), (&json!("AVAILABLE"), &json!("ON")));
    assert_eq!(pod["start_instance_ts"], "1970-01-01T00:02:30");
}

#[tokio::test]
async fn a_pod_waits_where_it_is_told_to() {
    let body = json!({ "pod_id": "pod", "image": "postgres", "status_requested": "OFF" });
    let mock = with_pod(body).await;
    assert_eq!(way(&mock, 3).await, ["STOPPED"; 3]);
}

#[tokio::test]
async fn the_image_says_what_becomes_of_the_container() {
    for (image, end, phase) in [
        ("fails", ["ERROR", "ERROR"], "Failed"),
        ("completes", ["AVAILABLE", "COMPLETE"], "Succeeded"),
        ("pulls-slowly", ["ERROR", "AVAILABLE"], "Running"),
    ] {
        let mock = with_pod(json!({ "pod_id": "pod", "image": image })).await;
        assert_eq!(way(&mock, 5).await[3..], end, "{image}");
        assert_eq!(pod(&mock).await["status_container"]["phase"], phase, "{image}");
    }
}

#[tokio::test]
async fn an_upload_into_a_directory_has_no_route() {
    let mock = mock().await;
    let body = json!({ "volume_id": "vol" });
    post(&mock, "/v3/pods/volumes", body).by("testuser").send().await.result();
    let got = post(&mock, "/v3/pods/volumes/vol/upload/a/b", json!({})).by("testuser").send().await;
    assert_eq!(got.status, 404, "{}", got.text());
}

#[tokio::test]
async fn permissions_are_granted_and_taken_away() {
    let mock = with_pod(json!({ "pod_id": "pod", "image": "postgres" })).await;
    let path = "/v3/pods/pod/permissions";
    let granted = json!({ "user": "other", "level": "READ" });
    let got = post(&mock, path, granted).by("testuser").send().await.result();
    let mut all: Vec<&str> =
        got["permissions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    all.sort_unstable();
    assert_eq!(all, ["other:READ", "testuser:ADMIN"]);
    let got = delete(&mock, &format!("{path}/other")).by("testuser").send().await.result();
    assert_eq!(got["permissions"], json!(["testuser:ADMIN"]));
    let got = delete(&mock, &format!("{path}/other")).by("testuser").send().await;
    got.fails(500, "Unexpected. KeyError");
}
