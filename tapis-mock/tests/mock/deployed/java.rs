//! Systems, apps and what all Java services share.

use serde_json::{Value, json};

use super::{deployed, has_form, make, names, read};
use crate::support::*;

#[tokio::test]
async fn a_failure_carries_the_phrase_of_its_status() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    let state = async |got: Got| (got.status.as_u16(), got.json()["status"].clone());
    let missing = get(&mock, "/v3/systems/none").by("root").send().await;
    let body = missing.json();
    let expected = ["build", "commit", "message", "metadata", "result", "status", "version"];
    assert_eq!(names(&body), expected);
    assert_eq!((&body["metadata"], &body["result"]), (&Value::Null, &Value::Null));
    assert_eq!(state(missing).await, (404, json!("Not Found")));
    let foreign = get(&mock, "/v3/systems/s").by("testuser").send().await;
    assert_eq!(state(foreign).await, (403, json!("Forbidden")));
    let bad = post(&mock, "/v3/systems", json!({})).by("root").send().await;
    assert_eq!(state(bad).await, (400, json!("Bad Request")));
    let again = post(&mock, "/v3/systems", linux("s")).by("root").send().await;
    assert_eq!(state(again).await, (409, json!("error")), "made by the service itself");
}

#[tokio::test]
async fn files_have_an_object_where_there_is_no_metadata() {
    let mock = deployed().await;
    let missing = get(&mock, "/v3/files/ops/none/a").by("root").send().await;
    assert_eq!((missing.status.as_u16(), &missing.json()["metadata"]), (404, &json!({})));
}

#[tokio::test]
async fn a_refused_token_is_bare_text_that_calls_itself_json() {
    let mock = deployed().await;
    for path in ["/v3/systems", "/v3/apps", "/v3/jobs/list", "/v3/files/ops/s/a"] {
        for got in
            [get(&mock, path).send().await, get(&mock, path).token("no.token.this").send().await]
        {
            assert_eq!(got.status, 401, "{path}");
            assert_eq!(got.header("content-type"), Some("application/json"), "{path}");
            assert!(got.text().starts_with("TAPIS_SECURITY_"), "{path} {}", got.text());
        }
    }
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused_with_bare_text() {
    let mock = deployed().await;
    for query in [
        "limit=many",
        "limit=1&limit=2",
        "startAfter=a",
        "startAfter=a&orderBy=id&skip=1",
        "search=(id.about.x)",
    ] {
        let got = get(&mock, &format!("/v3/systems?{query}")).by("root").send().await;
        assert_eq!(got.status, 400, "{query}");
        assert!(got.text().starts_with("TAPIS_QUERY_PARAM_INVALID"), "{query} {}", got.text());
        assert_eq!(got.header("content-type"), Some("application/json"), "{query}");
    }
    let got = get(&mock, "/v3/systems?computeTotal=maybe").by("root").send().await;
    assert_eq!(got.status, 200, "that it only logs");
}

#[tokio::test]
async fn a_body_of_another_kind_is_not_implemented() {
    let mock = deployed().await;
    let got = ask(&mock, http::Method::POST, "/v3/systems").body("text/plain", "x").by("root");
    assert_eq!(got.send().await.status, 501);
}

#[tokio::test]
async fn lists_are_partial_and_their_booleans_are_texts() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    let summary = &read(&mock, "/v3/systems").await[0];
    let expected =
        ["canExec", "defaultAuthnMethod", "effectiveUserId", "host", "id", "owner", "systemType"];
    let mut fields = names(summary);
    fields.retain(|name| *name != "parentId");
    assert_eq!(fields, expected);
    assert_eq!(summary["canExec"], "true");
    let chosen = read(&mock, "/v3/systems/s?select=enabled,isPublic").await;
    let expected = json!({ "id": "s", "enabled": "true", "isPublic": "false" });
    assert_eq!(chosen, expected);
    let whole = read(&mock, "/v3/systems/s").await;
    assert_eq!((&whole["canExec"], &whole["canRunBatch"]), (&json!(true), &json!(false)));
    let all = &read(&mock, "/v3/systems?select=allAttributes").await[0];
    assert_eq!((&all["canExec"], &all["description"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn apps_too_with_the_sort_of_job_that_is_usual() {
    let mock = deployed().await;
    let app = json!({ "id": "a", "version": "1", "containerImage": "busybox" });
    make(&mock, "/v3/apps", app).await;
    let summary = &read(&mock, "/v3/apps").await[0];
    assert_eq!(names(summary), ["id", "owner", "version"]);
    let query = "select=jobType,strictFileInputs,enabled";
    let chosen = read(&mock, &format!("/v3/apps/a/1?{query}")).await;
    assert_eq!((&chosen["jobType"], &chosen["enabled"]), (&json!("FORK"), &json!("true")));
    assert_eq!(chosen["strictFileInputs"], "false");
    let whole = read(&mock, "/v3/apps/a/1").await;
    assert_eq!(whole["strictFileInputs"], false);
}

#[tokio::test]
async fn any_number_of_jobs_is_a_very_large_one() {
    let mock = deployed().await;
    let mut system = linux("s");
    system["jobMaxJobs"] = json!(-1);
    system["jobMaxJobsPerUser"] = json!(-1);
    make_system(&mock, "root", system).await;
    let shown = read(&mock, "/v3/systems/s").await;
    assert_eq!(
        (&shown["jobMaxJobs"], &shown["jobMaxJobsPerUser"]),
        (&json!(i32::MAX), &json!(i32::MAX))
    );
}

#[tokio::test]
async fn the_total_is_not_counted_unless_asked_for() {
    let mock = deployed().await;
    for id in ["a", "b", "c"] {
        make_system(&mock, "root", linux(id)).await;
    }
    let metadata = async |query: &str| {
        let got = get(&mock, &format!("/v3/systems?{query}")).by("root").send().await.json();
        got["metadata"].clone()
    };
    let expected = json!({
        "recordCount": 2, "recordLimit": 2, "recordsSkipped": 0,
        "orderBy": null, "startAfter": null, "totalCount": -1,
    });
    assert_eq!(metadata("limit=2").await, expected);
    assert_eq!(metadata("limit=2&computeTotal=true").await["totalCount"], 3);
    assert_eq!(metadata("limit=0").await["recordCount"], 0);
    assert_eq!(metadata("limit=-1").await["recordCount"], 3);
    assert_eq!(metadata("").await["recordLimit"], 100);
}

#[tokio::test]
async fn a_moment_has_no_three_or_six_digits_after_the_second() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    assert_eq!(read(&mock, "/v3/systems/s").await["created"], "2026-11-22T23:00:49.120Z");
    mock.advance(std::time::Duration::from_millis(880));
    make_system(&mock, "root", linux("t")).await;
    assert_eq!(read(&mock, "/v3/systems/t").await["created"], "2026-11-22T23:00:50Z");
    mock.advance(std::time::Duration::from_micros(10));
    make_system(&mock, "root", linux("u")).await;
    has_form(&read(&mock, "/v3/systems/u").await["created"], "9999-99-99T99:99:99.999999Z");
}
