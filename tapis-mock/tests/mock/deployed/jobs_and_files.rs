//! Jobs, files and transfers.

use http::Method;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

use super::{STEP, deployed, make, read};
use crate::support::*;

/// A job of a system `s`.
async fn submit(mock: &MockTapis) -> String {
    make_system(mock, "root", linux("s")).await;
    let app = json!({ "id": "a", "version": "1", "containerImage": "busybox" });
    make(mock, "/v3/apps", app).await;
    let request = json!({
        "name": "j", "appId": "a", "appVersion": "1", "execSystemId": "s",
        "notes": { "why": ["because"] },
    });
    let job = make(mock, "/v3/jobs/submit", request).await;
    job["uuid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_job_holds_json_inside_of_texts_and_much_that_is_null() {
    let mock = deployed().await;
    let uuid = submit(&mock).await;
    let job = read(&mock, &format!("/v3/jobs/{uuid}")).await;
    for name in ["fileInputs", "parameterSet", "subscriptions", "notes"] {
        let text = job[name].as_str().unwrap_or_else(|| panic!("{name}: {}", job[name]));
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{name}: {text}");
    }
    assert_eq!(job["notes"], json!({ "why": ["because"] }).to_string());
    assert_eq!((&job["isMpi"], job.get("mpi")), (&json!(false), None));
    for name in ["ended", "condition", "remoteOutcome", "_fileInputsSpec", "_parameterSetModel"] {
        assert_eq!(job.get(name), Some(&Value::Null), "{name}");
    }
    let status = read(&mock, &format!("/v3/jobs/{uuid}/status")).await;
    assert_eq!(status["status"], "PENDING");
}

#[tokio::test]
async fn an_empty_folder_of_output_is_an_envelope_in_bytes() {
    let mock = deployed().await;
    let uuid = submit(&mock).await;
    mock.advance(10 * STEP);
    assert_eq!(read(&mock, &format!("/v3/jobs/{uuid}/status")).await["status"], "FINISHED");
    let dir = read(&mock, &format!("/v3/jobs/{uuid}")).await["archiveSystemDir"].clone();
    let path = format!("{}/hollow", dir.as_str().unwrap());
    make(&mock, "/v3/files/ops/s", json!({ "path": path })).await;
    let got =
        get(&mock, &format!("/v3/jobs/{uuid}/output/download/hollow")).by("root").send().await;
    assert_eq!(
        (got.status.as_u16(), got.header("content-type")),
        (200, Some("application/octet-stream"))
    );
    let (status, result) = (&got.json()["status"], &got.json()["result"]);
    assert_eq!((status, result), (&json!("success"), &json!({ "name": uuid })));
}

#[tokio::test]
async fn a_list_of_output_counts_nothing() {
    let mock = deployed().await;
    let uuid = submit(&mock).await;
    mock.advance(10 * STEP);
    let got = get(&mock, &format!("/v3/jobs/{uuid}/output/list/")).by("root").send().await.json();
    assert_eq!(
        (&got["metadata"]["totalCount"], &got["metadata"]["recordCount"]),
        (&json!(0), &json!(2))
    );
    let jobs = get(&mock, "/v3/jobs/list").by("root").send().await.json();
    assert_eq!(jobs["metadata"]["totalCount"], -1);
}

#[tokio::test]
async fn a_transfer_shows_its_parts_in_its_details_alone() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    let file = ask(&mock, Method::POST, "/v3/files/ops/s/f").file(b"12345").by("root");
    assert_eq!(file.send().await.status, 200);
    let elements = json!([{ "sourceURI": "tapis://s/f", "destinationURI": "tapis://s/g" }]);
    let body = json!({ "tag": "mine", "elements": elements });
    let task = make(&mock, "/v3/files/transfers", body).await;
    assert_eq!((&task["parentTasks"], task["id"].is_i64()), (&Value::Null, true));
    assert_eq!((&task["startTime"], &task["endTime"]), (&Value::Null, &Value::Null));
    let path = format!("/v3/files/transfers/{}", task["uuid"].as_str().unwrap());
    assert_eq!(read(&mock, &path).await["parentTasks"], Value::Null);
    mock.advance(5 * STEP);
    let details = read(&mock, &format!("{path}/details")).await;
    let parent = &details["parentTasks"][0];
    assert_eq!((&parent["status"], &parent["tag"]), (&json!("COMPLETED"), &json!("mine")));
    assert_eq!((&parent["optional"], &parent["transferType"]), (&json!(false), &json!("TRANSFER")));
    for name in ["srcSharedCtxGrantor", "destSharedCtxGrantor", "finalMessage", "errorMessage"] {
        assert_eq!(parent.get(name), Some(&Value::Null), "{name}");
    }
    let child = &parent["children"][0];
    assert_eq!((child.get("externalTaskId"), &child["isDir"]), (Some(&Value::Null), &json!(false)));
    let cancelled = delete(&mock, &path).by("root").send().await;
    assert_eq!(cancelled.result(), Value::Null);
    assert_eq!(get(&mock, "/v3/files/transfers/no-uuid").by("root").send().await.status, 400);
}

#[tokio::test]
async fn the_times_of_a_file_are_texts() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    ask(&mock, Method::POST, "/v3/files/ops/s/f").file(b"12345").by("root").send().await;
    let info = read(&mock, "/v3/files/utils/linux/s/f").await;
    for name in ["accessTime", "modifyTime"] {
        assert_eq!(info[name], "2026-11-22T23:00:49.120Z", "{name}");
    }
}

#[tokio::test]
async fn what_is_in_a_bucket_belongs_to_nobody() {
    let mock = deployed().await;
    let mut bucket = linux("bucket");
    for (name, value) in [
        ("systemType", json!("S3")),
        ("bucketName", json!("b")),
        ("canExec", json!(false)),
        ("defaultAuthnMethod", json!("ACCESS_KEY")),
    ] {
        bucket[name] = value;
    }
    make_system(&mock, "root", bucket).await;
    ask(&mock, Method::POST, "/v3/files/ops/bucket/d/f.txt").file(b"12345").by("root").send().await;
    let listed = read(&mock, "/v3/files/ops/bucket/").await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((&listed[0]["path"], &listed[0]["type"]), (&json!("d/f.txt"), &json!("file")));
    for name in ["owner", "group", "nativePermissions"] {
        assert_eq!(listed[0].get(name), Some(&Value::Null), "{name}");
    }
}

#[tokio::test]
async fn a_list_of_files_has_an_end_that_cannot_be_moved() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    let got = get(&mock, "/v3/files/ops/s/?limit=1001").by("root").send().await;
    assert_eq!(got.status, 400);
}

#[tokio::test]
async fn a_range_is_two_numbers_and_its_answer_a_plain_200() {
    let mock = deployed().await;
    make_system(&mock, "root", linux("s")).await;
    ask(&mock, Method::POST, "/v3/files/ops/s/f").file(b"0123456789").by("root").send().await;
    let path = "/v3/files/content/s/f";
    let got = get(&mock, path).header("range", "2,4").by("root").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (200, "2345"), "the second one is a count");
    assert_eq!(
        (got.header("content-type"), got.header("content-range")),
        (Some("text/plain"), None)
    );
    let got = get(&mock, path).header("range", "bytes=0-3").by("root").send().await;
    assert_eq!(got.status, 500);
}
