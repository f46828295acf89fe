//! Workflows.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const STEP: Duration = Duration::from_secs(10);
const GROUPS: &str = "/v3/workflows/groups";

async fn with_pipeline(id: &str, strictness: Strictness) -> MockTapis {
    let builder = builder().step(STEP).strictness(strictness);
    let mock = start(builder.clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    let pipelines = format!("{GROUPS}/g/pipelines");
    for (path, body) in [
        (GROUPS.to_owned(), json!({ "id": "g" })),
        (pipelines.clone(), json!({ "id": id, "type": "workflow" })),
        (
            format!("{pipelines}/{id}/tasks"),
            json!({ "id": "t", "type": "tapis_actor", "tapis_actor_id": "a" }),
        ),
    ] {
        let got = post(&mock, &path, body).by("testuser").send().await;
        assert_eq!(got.status, 201, "{}", got.text());
    }
    mock
}

async fn run(mock: &MockTapis, pipeline: &str) -> String {
    let path = format!("{GROUPS}/g/pipelines/{pipeline}/run");
    let run = post(mock, &path, json!({ "name": "mine" })).by("testuser").send().await.result();
    assert_eq!((&run["status"], &run["name"]), (&json!("submitted"), &run["uuid"]));
    format!("{GROUPS}/g/pipelines/{pipeline}/runs/{}", run["uuid"].as_str().unwrap())
}

async fn read(mock: &MockTapis, path: &str) -> Value {
    get(mock, path).by("testuser").send().await.result()
}

#[tokio::test]
async fn tasks_that_come_with_a_pipeline_run_with_it() {
    let mock = with_pipeline("p", Strictness::AsDocumented).await;
    let tasks = json!([{ "id": "one", "type": "tapis_actor", "tapis_actor_id": "a" }]);
    let body = json!({ "id": "q", "type": "workflow", "tasks": tasks });
    let got = post(&mock, &format!("{GROUPS}/g/pipelines"), body).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    assert_eq!(read(&mock, &format!("{GROUPS}/g/pipelines/q/tasks")).await[0]["id"], "one");
    let path = run(&mock, "q").await;
    mock.advance(3 * STEP);
    let tasks = read(&mock, &format!("{path}/executions")).await;
    assert_eq!(
        (&tasks[0]["task_id"], &tasks[0]["stdout"]),
        (&json!("one"), &json!("one is done\n"))
    );
}

#[tokio::test]
async fn a_run_goes_to_its_end_and_its_tasks_with_it() {
    let mock = with_pipeline("p", Strictness::AsDocumented).await;
    let path = run(&mock, "p").await;
    let mut way = Vec::new();
    for _ in 0..4 {
        let status = read(&mock, &path).await["status"].as_str().unwrap().to_owned();
        let tasks = read(&mock, &format!("{path}/executions")).await;
        if way.is_empty() {
            assert_eq!(tasks, json!([]), "{status}");
        } else {
            assert_eq!(tasks[0]["status"], status);
        }
        way.push(status);
        mock.advance(STEP);
    }
    assert_eq!(way, ["submitted", "active", "completed", "completed"]);
    let tasks = read(&mock, &format!("{path}/executions")).await;
    assert_eq!((&tasks[0]["task_id"], &tasks[0]["stdout"]), (&json!("t"), &json!("t is done\n")));
    let one = format!("{path}/executions/{}", tasks[0]["uuid"].as_str().unwrap());
    assert_eq!(read(&mock, &one).await, tasks[0]);
    assert_eq!(
        read(&mock, &format!("{GROUPS}/g/pipelines/p/runs")).await.as_array().unwrap().len(),
        1
    );
    let terminated = post(&mock, &path, json!({})).by("testuser").send().await;
    assert_eq!(terminated.status, 400, "{}", terminated.text());
}

#[tokio::test]
async fn a_run_can_be_terminated_where_the_document_is_believed() {
    let mock = with_pipeline("p", Strictness::AsDocumented).await;
    let path = run(&mock, "p").await;
    post(&mock, &path, json!({})).by("testuser").send().await.result();
    mock.advance(STEP);
    assert_eq!(read(&mock, &path).await["status"], "terminated");
    let got = get(&mock, &format!("{GROUPS}/g/pipelines/p/runs/none")).by("testuser").send().await;
    got.fails(400, "PiplineRun with uuid 'none' does not exist");
    let path = format!("{GROUPS}/g/pipelines/none/run");
    let got = post(&mock, &path, json!({})).by("testuser").send().await;
    assert_eq!(got.status, 500);
    let deployed = with_pipeline("p", Strictness::AsDeployed).await;
    let path = run(&deployed, "p").await;
    let got = post(&deployed, &path, json!({})).by("testuser").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (405, ""));
}

#[tokio::test]
async fn a_deployed_service_sends_null_for_what_is_not_there() {
    let mock = with_pipeline("p", Strictness::AsDeployed).await;
    let path = run(&mock, "p").await;
    assert_eq!(read(&mock, &path).await["description"], Value::Null);
    mock.advance(STEP);
    let tasks = read(&mock, &format!("{path}/executions")).await;
    assert_eq!(tasks[0]["stdout"], Value::Null);
}
