//! Streams, pods, workflows, actors and the database service.

use http::Method;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

use super::{STEP, deployed, has_form, make, names, read};
use crate::support::*;

const GROUPS: &str = "/v3/workflows/groups";

#[tokio::test]
async fn streams_refuse_with_400_and_sometimes_with_a_success() {
    let mock = deployed().await;
    let missing = get(&mock, "/v3/streams/projects/none").by("root").send().await;
    missing.fails(400, "No Project found");
    let made = make(&mock, "/v3/streams/projects", project("p")).await;
    assert!(names(&made).iter().all(|name| *name != "_id" && *name != "id"), "{made}");
    let refused = post(&mock, "/v3/streams/projects", project(" p")).by("root").send().await;
    let body = refused.json();
    assert_eq!((refused.status.as_u16(), &body["status"]), (200, &json!("error")));
    assert_eq!(body["result"], "null");
    let got = get(&mock, "/v3/streams/projects").send().await;
    got.fails(400, "No Tapis access token found");
}

fn project(name: &str) -> Value {
    json!({
        "project_name": name, "description": "d", "owner": "root", "pi": "root",
        "funding_resource": "f", "project_url": "u",
    })
}

async fn pod(mock: &MockTapis) -> Value {
    make(mock, "/v3/pods", json!({ "pod_id": "pod", "image": "postgres" })).await
}

#[tokio::test]
async fn pods_list_what_is_wrong_with_a_request() {
    let mock = deployed().await;
    for body in [json!({}), json!({ "pod_id": "pod", "image": "i", "colour": "red" })] {
        let got = post(&mock, "/v3/pods", body).by("root").send().await;
        assert_eq!(got.status, 400, "{}", got.text());
        assert!(got.json()["message"].is_array(), "{}", got.text());
    }
    let got = post(&mock, "/v3/pods", json!({ "pod_id": "pod", "image": "i", "colour": "red" }));
    assert!(got.by("root").send().await.text().contains("colour"));
}

#[tokio::test]
async fn pods_have_other_manners_for_methods_twins_and_tokens() {
    let mock = deployed().await;
    pod(&mock).await;
    let got = ask(&mock, Method::PATCH, "/v3/pods").by("root").send().await;
    assert_eq!((got.status.as_u16(), got.json()), (405, json!({ "detail": "Method Not Allowed" })));
    let again = post(&mock, "/v3/pods", json!({ "pod_id": "pod", "image": "postgres" }));
    again.by("root").send().await.fails(500, "Duplicate key found:");
    let got = get(&mock, "/v3/pods").send().await;
    assert_eq!((got.status.as_u16(), got.json()["message"].is_string()), (400, true));
}

#[tokio::test]
async fn pods_and_volumes_know_no_zone() {
    let mock = deployed().await;
    let pod = pod(&mock).await;
    has_form(&pod["creation_ts"], "9999-99-99T99:99:99.999999");
    assert_eq!(pod["start_instance_ts"], Value::Null);
    let volume = make(&mock, "/v3/pods/volumes", json!({ "volume_id": "vol" })).await;
    has_form(&volume["creation_ts"], "9999-99-99T99:99:99.999999");
    let logs = read(&mock, "/v3/pods/pod/logs").await;
    has_form(&logs["action_logs"][0], "99/99/99 99:99: Pod object created by 'root'");
}

async fn pipeline(mock: &MockTapis) -> String {
    let made = make(mock, GROUPS, json!({ "id": "g" })).await;
    assert_eq!(names(&made), ["url"]);
    let path = format!("{GROUPS}/g/pipelines");
    let made = make(mock, &path, json!({ "id": "p", "type": "workflow" })).await;
    assert_eq!(made["url"], format!("{}{path}/p", mock.base_url()));
    format!("{path}/p")
}

#[tokio::test]
async fn workflows_have_an_envelope_of_their_own() {
    let mock = deployed().await;
    let got = get(&mock, GROUPS).by("root").send().await.json();
    assert_eq!((&got["version"], &got["metadata"]), (&json!("v1"), &json!({ "success": true })));
    let got = get(&mock, &format!("{GROUPS}/none")).by("root").send().await;
    let body = got.json();
    assert_eq!((got.status.as_u16(), &body["result"]), (404, &Value::Null));
    assert_eq!(body["metadata"], json!({ "success": false }));
    let path = pipeline(&mock).await;
    let gone = delete(&mock, &path).by("root").send().await;
    assert_eq!(gone.result(), "Pipeline 'p' deleted. 0 task(s) deleted.");
}

#[tokio::test]
async fn a_pipeline_has_more_and_less_than_its_document() {
    let mock = deployed().await;
    let path = pipeline(&mock).await;
    let shown = read(&mock, &path).await;
    for name in ["uses", "description", "current_run", "last_run"] {
        assert_eq!(shown.get(name), Some(&Value::Null), "{name}");
    }
    for name in ["created_at", "updated_at"] {
        assert_eq!(shown[name], "2026-11-22T23:00:49.120Z", "{name}");
    }
    let run = make(&mock, &format!("{path}/run"), json!({})).await;
    has_form(&run["started_at"], "9999-99-99T99:99:99.999Z");
    assert_eq!((&run["description"], &run["logs"]), (&Value::Null, &Value::Null));
    let run = read(&mock, &format!("{path}/runs/{}", run["uuid"].as_str().unwrap())).await;
    has_form(&run["started_at"], "9999-99-99 99:99:99");
}

#[tokio::test]
async fn workflows_refuse_in_many_ways() {
    let mock = deployed().await;
    let ask = |method: Method, path: &str| ask(&mock, method, path);
    assert_eq!(ask(Method::GET, GROUPS).send().await.status, 400);
    assert_eq!(ask(Method::GET, GROUPS).token("no.token.this").send().await.status, 401);
    let got = ask(Method::PATCH, GROUPS).by("root").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (405, ""));
    let got = ask(Method::GET, &format!("{GROUPS}/")).by("root").send().await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (404, Some("text/html")));
    let body = r#"{"id": "g"}"#;
    let send = |media: &str| ask(Method::POST, GROUPS).by("root").body(media, body).send();
    assert_eq!(send("text/json").await.status, 415);
    assert_eq!(send("application/json; charset=utf-8").await.status, 201);
    let secret = json!({ "id": "s", "data": "x" });
    let got = post(&mock, "/v3/workflows/secrets", secret).by("root").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
}

#[tokio::test]
async fn actors_have_odd_moments_and_addresses() {
    let mock = deployed().await;
    let actor = make(&mock, "/v3/actors", json!({ "image": "abacosamples/test" })).await;
    // Three zeros have become a letter.
    assert_eq!(actor["create_time"], "2026-11-22T23:00:49.12Z0");
    let id = actor["id"].as_str().unwrap();
    let path = format!("/v3/actors/{id}");
    assert_eq!(actor["_links"]["self"], format!("{}{path}", mock.base_url()));
    assert_eq!(read(&mock, "/v3/actors").await[0]["_links"], actor["_links"]);
    let sent = make(&mock, &format!("{path}/messages"), json!({ "message": "hello" })).await;
    let path = format!("{path}/executions/{}", sent["execution_id"].as_str().unwrap());
    let execution = read(&mock, &path).await;
    assert_eq!(execution["start_time"], "None");
    assert_eq!(execution["_links"]["logs"], format!("{}{path}/logs", mock.base_url()));
    mock.advance(2 * STEP);
    assert_eq!(read(&mock, &path).await["start_time"], "2026-11-22T23:01:09.12Z0");
    let got = get(&mock, &format!("{path}/results")).by("root").send().await;
    assert_eq!(
        (got.header("content-type"), got.text()),
        (Some("application/octet-stream"), "hello")
    );
}

#[tokio::test]
async fn an_actor_that_is_waited_for_answers_without_an_envelope() {
    let mock = deployed().await;
    let actor = make(&mock, "/v3/actors", json!({ "image": "abacosamples/test" })).await;
    let path = format!("/v3/actors/{}/messages", actor["id"].as_str().unwrap());
    let query = format!("{path}?_abaco_synchronous=true");
    let got = post(&mock, &query, json!({ "message": "hello" })).by("root").send().await;
    assert_eq!(
        (got.header("content-type"), got.text()),
        (Some("application/octet-stream"), "hello")
    );
}

#[tokio::test]
async fn one_row_of_the_database_is_a_list_of_one() {
    let mock = deployed().await;
    let table = json!({
        "table_name": "birds", "root_url": "birds",
        "columns": {
            "name": { "data_type": "text" }, "seen": { "data_type": "boolean", "null": true },
        },
    });
    make(&mock, "/v3/pgrest/manage/tables", table).await;
    let path = "/v3/pgrest/data/birds";
    let made = make(&mock, path, json!({ "data": { "name": "wren" } })).await;
    assert_eq!(made, json!([{ "name": "wren", "birds_id": 1, "seen": null }]));
    let more = json!([{ "name": "owl" }, { "name": "rook" }]);
    make(&mock, path, json!({ "data": more })).await;
    let whole = json!([{ "name": "wren", "birds_id": 1, "seen": null, "_pkid": 1 }]);
    assert_eq!(read(&mock, &format!("{path}/1")).await, whole);
    let renamed = json!({ "data": { "name": "kinglet" } });
    let got = put(&mock, &format!("{path}/1"), renamed).by("root").send().await.result();
    assert_eq!(got[0]["name"], "kinglet");
    let some = json!({
        "data": { "seen": true },
        "where": { "name": { "operator": "in", "value": "owl,rook" },
            "birds_id": { "operator": "lte", "value": 2 } },
    });
    put(&mock, path, some).by("root").send().await.result();
    let seen = read(&mock, &format!("{path}?seen.eq=true")).await;
    assert_eq!(seen, json!([{ "name": "owl", "birds_id": 2, "_pkid": 2, "seen": true }]));
    // What was changed last is at the end.
    assert_eq!(read(&mock, &format!("{path}?limit=1&offset=2")).await[0]["name"], "owl");
    for (order, first) in
        [("name,ASC", "kinglet"), ("name,DESC", "rook"), ("birds_id,DESC", "rook")]
    {
        assert_eq!(read(&mock, &format!("{path}?order={order}")).await[0]["name"], first);
    }
    delete(&mock, &format!("{path}/2")).by("root").send().await.result();
    let missing = get(&mock, &format!("{path}/2")).by("root").send().await;
    missing.fails(400, "Received no result when retrieving row");
    let missing = get(&mock, "/v3/pgrest/data/fish").by("root").send().await;
    missing.fails(404, "does not exist");
}

#[tokio::test]
async fn the_database_labels_its_failures_as_pages() {
    let mock = deployed().await;
    let page = Some("text/html; charset=utf-8");
    let path = "/v3/pgrest/manage/tables/77";
    let missing = get(&mock, path).by("root").send().await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, page));
    assert_eq!(missing.json()["status"], "error");
    let refused = get(&mock, path).send().await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (403, page));
}

#[tokio::test]
async fn a_table_of_the_database_has_a_list_of_what_can_be_done() {
    let mock = deployed().await;
    let table = json!({
        "table_name": "birds", "root_url": "birds",
        "columns": { "name": { "data_type": "text" } },
    });
    let made = make(&mock, "/v3/pgrest/manage/tables", table).await;
    let shown = read(&mock, &format!("/v3/pgrest/manage/tables/{}", made["table_id"])).await;
    assert_eq!(shown["endpoints"], json!(["GET_ONE", "GET_ALL", "CREATE", "UPDATE", "DELETE"]));
}
