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
    assert_eq!(read(&mock, &format!("{actor}/messages")).await["messages"], 0);
    mock.advance(5 * STEP);
    assert_eq!(read(&mock, &path).await["status"], "SUBMITTED");
    let got = post(&mock, "/v3/actors/none/messages", json!({ "message": "x" }))
        .by("testuser")
        .send()
        .await;
    got.fails(404, "Actor with identifier 'none' not found");
}

#[tokio::test]
async fn an_image_that_is_to_fail_ends_with_an_exit_code() {
    let (mock, actor) = with_actor("fails").await;
    let path = send(&mock, &actor, "hello").await;
    mock.advance(2 * STEP);
    let ended = read(&mock, &path).await;
    assert_eq!((&ended["status"], &ended["exit_code"]), (&json!("COMPLETE"), &json!(1)));
    let logs = read(&mock, &format!("{path}/logs")).await;
    assert_eq!(logs["logs"], "the actor ended with exit code 1\n");
}

#[tokio::test]
async fn an_actor_without_an_image_takes_up_what_waits_when_it_has_one() {
    let (mock, actor) = with_actor("nobody/missing").await;
    let path = send(&mock, &actor, "hello").await;
    mock.advance(2 * STEP);
    assert_eq!(read(&mock, &actor).await["status"], "ERROR");
    assert_eq!(read(&mock, &path).await["status"], "SUBMITTED");
    let body = json!({ "image": "abacosamples/test" });
    let updated = put(&mock, &actor, body).by("testuser").send().await.result();
    assert_eq!((&updated["status"], &updated["revision"]), (&json!("SUBMITTED"), &json!(2)));
    mock.advance(2 * STEP);
    assert_eq!(read(&mock, &path).await["status"], "COMPLETE");
}

#[tokio::test]
async fn state_and_permissions_are_kept() {
    let (mock, stateless) = with_actor("abacosamples/test").await;
    let got = post(&mock, &format!("{stateless}/state"), json!({ "count": 3 }));
    got.by("testuser").send().await.fails(404, "actor is stateless.");
    let body = json!({ "image": "abacosamples/test", "stateless": false });
    let actor = post(&mock, "/v3/actors", body).by("testuser").send().await.result();
    let actor = format!("/v3/actors/{}", actor["id"].as_str().unwrap());
    let counted = json!({ "count": 3 });
    post(&mock, &format!("{actor}/state"), counted).by("testuser").send().await.result();
    assert_eq!(read(&mock, &format!("{actor}/state")).await["state"]["count"], 3);
    let granted = json!({ "user": "other", "level": "READ" });
    let all = post(&mock, &format!("{actor}/permissions"), granted);
    let all = all.by("testuser").send().await.result();
    assert_eq!(all, json!({ "testuser": "UPDATE", "other": "READ" }));
}
