//! Resources that are kept the way the documents describe them, without code of their own.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::Strictness;

#[tokio::test]
async fn what_is_made_is_listed_read_changed_and_deleted() {
    let mock = mock().await;
    let body = json!({ "volume_id": "vol", "description": "first" });
    let made = post(&mock, "/v3/pods/volumes", body.clone()).by("testuser").send().await.result();
    assert_eq!(made["volume_id"], "vol");
    let got = post(&mock, "/v3/pods/volumes", body).by("testuser").send().await;
    got.fails(500, "Duplicate key found");
    let list = get(&mock, "/v3/pods/volumes").by("testuser").send().await.result();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let one = "/v3/pods/volumes/vol";
    put(&mock, one, json!({ "description": "second" })).by("testuser").send().await.result();
    let read = get(&mock, one).by("testuser").send().await.result();
    assert_eq!(read["description"], "second");
    assert_eq!(delete(&mock, one).by("testuser").send().await.status, 200);
    assert_eq!(get(&mock, one).by("testuser").send().await.status, 404);
}

#[tokio::test]
async fn nothing_can_be_made_below_what_is_not_there() {
    let mock = mock().await;
    let task = json!({ "id": "t", "type": "tapis_actor", "tapis_actor_id": "a" });
    let tasks = "/v3/workflows/groups/g/pipelines/p/tasks";
    let got = post(&mock, tasks, task.clone()).by("testuser").send().await;
    assert_eq!(got.status, 404, "{}", got.text());
    let made = |path: &str, body: Value| post(&mock, path, body).by("testuser");
    let got = made("/v3/workflows/groups", json!({ "id": "g" })).send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    assert_eq!(got.result()["url"], format!("{}/v3/workflows/groups/g", mock.base_url()));
    assert_eq!(got.json()["metadata"], json!({ "success": true }));
    let pipeline = json!({ "id": "p", "type": "workflow" });
    let got = made("/v3/workflows/groups/g/pipelines", pipeline).send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    let got = made(tasks, task).send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    let read = |path: &str| get(&mock, path).by("testuser");
    assert_eq!(read(&format!("{tasks}/t")).send().await.result()["type"], "tapis_actor");
    delete(&mock, "/v3/workflows/groups/g").by("testuser").send().await;
    made("/v3/workflows/groups", json!({ "id": "g" })).send().await.result();
    let pipelines = read("/v3/workflows/groups/g/pipelines").send().await.result();
    assert_eq!(pipelines, json!([]));
}

#[tokio::test]
async fn several_can_be_made_at_once() {
    let mock = mock().await;
    let project = json!({ "project_name": "p", "description": "d", "owner": "testuser",
        "pi": "testuser", "funding_resource": "f", "project_url": "u" });
    let got = post(&mock, "/v3/streams/projects", project).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let id = got.result()["project_id"].as_str().unwrap().to_owned();
    let site = |id: &str| {
        json!({ "site_id": id, "site_name": id, "latitude": 1.0, "longitude": 2.0,
            "elevation": 3.0, "description": "d" })
    };
    let sites = format!("/v3/streams/projects/{id}/sites");
    let got = post(&mock, &sites, json!([site("a"), site("b")])).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let list = get(&mock, &sites).by("testuser").send().await.result();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pods_refuse_fields_they_do_not_know() {
    let mock = mock().await;
    let body = json!({ "volume_id": "vol", "colour": "red" });
    let got = post(&mock, "/v3/pods/volumes", body).by("testuser").send().await;
    assert_eq!(got.status, 400);
    assert!(got.json()["message"].as_array().unwrap()[0].as_str().unwrap().contains("colour"));
}

#[tokio::test]
async fn what_is_sent_in_confidence_does_not_come_back() {
    let mock = mock().await;
    let body = json!({ "secret_id": "s", "secret_value": "hidden", "description": "d" });
    let got = post(&mock, "/v3/pods/secrets", body).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let got = get(&mock, "/v3/pods/secrets/s").by("testuser").send().await;
    assert!(!got.text().contains("hidden"));
}

#[tokio::test]
async fn the_rest_answers_examples_and_says_so() {
    let mock = start(builder().seed(7)).await;
    let ask = || get(&mock, "/v3/ml-hub/models").by("testuser");
    let got = ask().send().await;
    assert_eq!(got.header("x-tapis-mock"), Some("example"));
    assert_eq!(got.bytes, ask().send().await.bytes);
    let other = start(builder().seed(8)).await;
    let got = get(&other, "/v3/ml-hub/models").by("testuser").send().await;
    assert_ne!(got.bytes, ask().send().await.bytes);
    let got = get(&mock, "/v3/sites").send().await;
    assert_eq!(got.header("x-tapis-mock"), None);
}

#[tokio::test]
async fn deployed_records_are_full_of_nulls() {
    let mock = start(builder().strictness(Strictness::AsDeployed)).await;
    post(&mock, "/v3/workflows/groups", json!({ "id": "g" })).by("testuser").send().await;
    let pipeline = json!({ "id": "p", "type": "workflow" });
    let path = "/v3/workflows/groups/g/pipelines";
    post(&mock, path, pipeline).by("testuser").send().await;
    let read = get(&mock, &format!("{path}/p")).by("testuser").send().await.result();
    assert_eq!(read["description"], Value::Null);
    assert!(read.as_object().unwrap().contains_key("description"));
}
