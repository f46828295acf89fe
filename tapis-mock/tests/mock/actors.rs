//! Actors.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

const STEP: Duration = Duration::from_secs(10);

async fn with_actor(image: &str) -> (MockTapis, String) {
    let mock = start(builder().step(STEP).clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    let got = post(&mock, "/v3/actors", json!({ "image": image })).by("testuser").send().await;
    assert!(got.status.is_success(), "{}", got.text());
    let id = got.result()["id"].as_str().unwrap().to_owned();
    (mock, format!("/v3/actors/{id}"))
}

async fn send(mock: &MockTapis, actor: &str, text: &str) -> String {
    let body = json!({ "message": text });
    let sent = post(mock, &format!("{actor}/messages"), body).by("testuser").send().await.result();
    assert_eq!(sent["msg"], text);
    format!("{actor}/executions/{}", sent["execution_id"].as_str().unwrap())
}

async fn read(mock: &MockTapis, path: &str) -> Value {
    get(mock, path).by("testuser").send().await.result()
}

#[tokio::test]
async fn a_message_makes_an_execution_that_gives_its_result_once() {
    let (mock, actor) = with_actor("abacosamples/test").await;
    let path = send(&mock, &actor, "hello").await;
    assert_eq!(read(&mock, &format!("{actor}/messages")).await["messages"], 1);
    let mut way = Vec::new();
    for _ in 0..3 {
        way.push(read(&mock, &path).await["status"].as_str().unwrap().to_owned());
        mock.advance(STEP);
    }
    assert_eq!(way, ["SUBMITTED", "RUNNING", "COMPLETE"]);
    let result = || get(&mock, &format!("{path}/results")).by("testuser");
    let got = result().send().await;
    assert_eq!(
        (got.header("content-type"), got.text()),
        (Some("application/octet-stream"), "hello")
    );
    assert_eq!(result().send().await.text(), "");
    assert_eq!(read(&mock, &format!("{path}/logs")).await["logs"], "message: hello\n");
    let all = read(&mock, &format!("{actor}/executions")).await;
    assert_eq!(
        (&all["total_executions"], &all["executions"][0]["status"]),
        (&json!(1), &json!("COMPLETE"))
    );
}

#[tokio::test]
async fn messages_that_wait_can_be_thrown_away() {
    let (mock, actor) = with_actor("abacosamples/test").await;
    let path = send(&mock, &actor, "hello").await;
    let got = delete(&mock, &format!("{actor}/messages")).by("testuser").send().await;
    assert!(got.status.is_success(), "{}", got.text());
    assert_eq!(get(&mock, &path).by("testuser").send().await.status, 404);
    let got = post(&mock, "/v3/actors/none/messages", json!({ "message": "x" }))
        .by("testuser")
        .send()
        .await;
    assert_eq!(got.status, 404);
}

#[tokio::test]
async fn an_image_that_is_to_fail_fails() {
    let (mock, actor) = with_actor("fails").await;
    let path = send(&mock, &actor, "hello").await;
    mock.advance(2 * STEP);
    assert!(
        read(&mock, &format!("{path}/logs")).await["logs"]
            .as_str()
            .unwrap()
            .contains("exit code 1")
    );
}

#[tokio::test]
async fn state_and_permissions_are_kept() {
    let (mock, actor) = with_actor("abacosamples/test").await;
    let counted = json!({ "count": 3 });
    post(&mock, &format!("{actor}/state"), counted).by("testuser").send().await.result();
    assert_eq!(read(&mock, &format!("{actor}/state")).await["state"]["count"], 3);
    let granted = json!({ "user": "other", "level": "READ" });
    let all = post(&mock, &format!("{actor}/permissions"), granted);
    let all = all.by("testuser").send().await.result();
    assert_eq!(all, json!({ "testuser": "UPDATE", "other": "READ" }));
}
