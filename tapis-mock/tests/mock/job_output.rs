//! Where jobs leave their output, and how it is listed and downloaded.

use std::io::{Cursor, Read as _};
use std::time::{Duration, SystemTime};

use crate::support::*;
use http::Method;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

const STEP: Duration = Duration::from_secs(1);

/// A mock with an application that archives on another system.
async fn ready() -> MockTapis {
    let mock = start(builder().clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    make_system(&mock, "testuser", linux("s")).await;
    make_system(&mock, "testuser", linux("a")).await;
    make_app(&mock, "wc", json!({ "archiveOnAppError": true }), json!({})).await;
    mock
}

async fn submit(mock: &MockTapis, change: Value) -> Value {
    let mut body = json!({ "name": "count", "appId": "wc", "appVersion": "1" });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    post(mock, "/v3/jobs/submit", body).by("testuser").send().await.result()
}

fn id(job: &Value) -> &str {
    job["uuid"].as_str().unwrap()
}

/// Puts a file into a directory of a job.
async fn put_file(mock: &MockTapis, system: &str, dir: &Value, name: &str, bytes: &[u8]) {
    let path = format!("/v3/files/ops/{system}{}/{name}", dir.as_str().unwrap());
    let got = ask(mock, Method::POST, &path).by("testuser").file(bytes).send().await;
    assert_eq!(got.status, 200, "{}", got.text());
}

async fn download(mock: &MockTapis, job: &Value, path: &str) -> Got {
    let target = format!("/v3/jobs/{}/output/download/{path}", id(job));
    get(mock, &target).by("testuser").send().await
}

async fn names(mock: &MockTapis, job: &Value, query: &str) -> Vec<String> {
    let target = format!("/v3/jobs/{}/output/list/{query}", id(job));
    let list = get(mock, &target).by("testuser").send().await.result();
    let entries = list.as_array().unwrap().iter();
    entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    (0..count)
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

#[tokio::test]
async fn output_is_there_when_the_job_is_over() {
    let mock = ready().await;
    let job = submit(&mock, json!({ "parameterSet": { "appArgs": [{ "arg": "-l" }] } })).await;
    download(&mock, &job, "").await.fails(400, "JOBS_JOB_NOT_TERMINATED");
    let list = format!("/v3/jobs/{}/output/list/", id(&job));
    get(&mock, &list).by("testuser").send().await.fails(400, "JOBS_JOB_NOT_TERMINATED");
    mock.advance(STEP * 8);
    assert_eq!(names(&mock, &job, "").await, ["tapisjob.env", "tapisjob.out", "tapisjob.sh"]);
    let got = download(&mock, &job, "tapisjob.out").await;
    assert!(got.text().contains("arguments: -l"), "{}", got.text());
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=tapisjob.out"));
    let got = download(&mock, &job, "").await;
    assert_eq!(unzip(&got.bytes).iter().filter(|(name, _)| !name.ends_with('/')).count(), 3);
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=output.zip"));
    download(&mock, &job, "none").await.fails(404, "FILES_REMOTE_FILESLIST_ERROR");
}

#[tokio::test]
async fn a_file_of_more_than_a_million_bytes_comes_as_an_archive() {
    let mock = ready().await;
    let job = submit(&mock, json!({})).await;
    mock.advance(STEP * 8);
    let dir = &job["archiveSystemDir"];
    put_file(&mock, "s", dir, "fits.dat", &vec![7; 1_000_000]).await;
    put_file(&mock, "s", dir, "packed.v2.dat", &vec![7; 1_000_001]).await;
    let got = download(&mock, &job, "fits.dat").await;
    assert_eq!(got.bytes.len(), 1_000_000);
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=fits.dat"));
    let got = download(&mock, &job, "packed.v2.dat").await;
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=packed.v2.zip"));
    let entries = unzip(&got.bytes);
    assert_eq!((entries.len(), entries[0].1.len()), (1, 1_000_001));
    assert_eq!(entries[0].0, "packed.v2.dat");
}

#[tokio::test]
async fn a_directory_is_packed_unless_it_is_empty() {
    let mock = ready().await;
    let job = submit(&mock, json!({})).await;
    mock.advance(STEP * 8);
    let dir = job["archiveSystemDir"].as_str().unwrap();
    let hollow = json!({ "path": format!("{dir}/hollow") });
    post(&mock, "/v3/files/ops/s", hollow).by("testuser").send().await.result();
    put_file(&mock, "s", &job["archiveSystemDir"], "sub/one", b"1").await;
    let got = download(&mock, &job, "hollow").await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    assert!(got.message().starts_with("JOBS_EMPTY_DIR_FOR_DOWNLOAD"), "{}", got.message());
    assert_eq!(got.json()["result"], json!({ "name": id(&job) }));
    let got = download(&mock, &job, "sub").await;
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=sub.zip"));
    assert!(unzip(&got.bytes).iter().any(|(name, _)| name.ends_with("one")));
}

#[tokio::test]
async fn the_only_file_of_the_output_makes_the_empty_path_an_error_inside_of_a_success() {
    let mock = ready().await;
    let filter = json!({ "parameterSet": { "archiveFilter": { "includeLaunchFiles": false } } });
    let job = submit(&mock, filter).await;
    mock.advance(STEP * 8);
    assert_eq!(names(&mock, &job, "").await, ["tapisjob.out"]);
    let got = download(&mock, &job, "").await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    assert!(got.message().starts_with("FILES_CONT_DIR_NOZIP"), "{}", got.message());
    let got = download(&mock, &job, "?compress=true").await;
    assert_eq!(unzip(&got.bytes).len(), 1);
}

#[tokio::test]
async fn a_list_holds_a_hundred_entries_of_each_directory_unless_it_is_asked_for_a_page() {
    let mock = ready().await;
    let job = submit(&mock, json!({})).await;
    mock.advance(STEP * 8);
    let dir = &job["archiveSystemDir"];
    for number in 0..105 {
        put_file(&mock, "s", dir, &format!("many/{number:03}"), b"").await;
    }
    let all = names(&mock, &job, "").await;
    assert_eq!(all.len(), 4 + 100, "three files, the directory and its first hundred");
    assert_eq!(all.last().unwrap(), "099");
    assert_eq!(names(&mock, &job, "?limit=1000").await.len(), 4);
    assert_eq!(names(&mock, &job, "?skip=3").await.len(), 1);
    assert_eq!(names(&mock, &job, "many?limit=1000").await.len(), 105);
    assert_eq!(names(&mock, &job, "many?skip=100").await.len(), 5);
    assert_eq!(names(&mock, &job, "many?limit=2&skip=3").await, ["003", "004"]);
    let refused = async |query: &str, status: u16| {
        let target = format!("/v3/jobs/{}/output/list/{query}", id(&job));
        let got = get(&mock, &target).by("testuser").send().await;
        got.fails(status, "FILES_REMOTE_FILESLIST_ERROR");
    };
    refused("?limit=1001", 400).await;
    refused("?limit=-1", 500).await;
    refused("?skip=-1", 400).await;
    refused("none", 404).await;
}

#[tokio::test]
async fn output_is_looked_for_in_the_archive_once_a_job_has_ended_by_itself() {
    let mock = ready().await;
    let finished = submit(&mock, json!({ "archiveSystemId": "a" })).await;
    let failing = submit(&mock, json!({ "archiveSystemId": "a" })).await;
    mock.fail_job(id(&failing)).unwrap();
    mock.advance(STEP * 7);
    let running = format!("/v3/jobs/{}/output/list/?allowIfRunning=true", id(&finished));
    let list = get(&mock, &running).by("testuser").send().await.result();
    let exec = format!("tapis://s{}/", finished["execSystemOutputDir"].as_str().unwrap());
    assert!(list[0]["url"].as_str().unwrap().starts_with(&exec), "{list}");
    mock.advance(STEP);
    for job in [&finished, &failing] {
        assert_eq!(job["archiveSystemDir"], format!("/jobs/{}/archive", id(job)));
        let list = format!("/v3/jobs/{}/output/list/", id(job));
        let list = get(&mock, &list).by("testuser").send().await.result();
        let url = list[0]["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("tapis://a/jobs/{}/archive/", id(job))), "{url}");
    }
}

#[tokio::test]
async fn output_stays_on_the_host_of_a_job_that_was_cancelled_or_may_not_archive_a_failure() {
    let mock = ready().await;
    let cancelled = submit(&mock, json!({ "archiveSystemId": "a" })).await;
    let unarchived =
        submit(&mock, json!({ "archiveSystemId": "a", "archiveOnAppError": false })).await;
    mock.fail_job(id(&unarchived)).unwrap();
    mock.advance(STEP * 6);
    let cancel = format!("/v3/jobs/{}/cancel", id(&cancelled));
    post(&mock, &cancel, Value::Null).by("testuser").send().await.result();
    mock.advance(STEP * 2);
    for (job, status) in [(&cancelled, "CANCELLED"), (&unarchived, "FAILED")] {
        let path = format!("/v3/jobs/{}", id(job));
        let now = get(&mock, &path).by("testuser").send().await.result();
        assert_eq!(now["status"], status);
        let list = get(&mock, &format!("{path}/output/list/")).by("testuser").send().await.result();
        assert_eq!(list[0]["name"], "tapisjob.out");
        assert!(list[0]["url"].as_str().unwrap().starts_with("tapis://s/"), "{list}");
    }
    let path = format!("/v3/jobs/{}", id(&unarchived));
    let now = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(now["remoteOutcome"], "FAILED_SKIP_ARCHIVE");
    assert_eq!(now["condition"], "JOB_REMOTE_OUTCOME_ERROR");
}

#[tokio::test]
async fn a_job_that_failed_before_it_archived_has_nothing_in_the_archive() {
    let mock = ready().await;
    let inputs = json!([{ "sourceUrl": "tapis://s/none.txt" }]);
    let job = submit(&mock, json!({ "archiveSystemId": "a", "fileInputs": inputs })).await;
    mock.advance(STEP * 8);
    let path = format!("/v3/jobs/{}", id(&job));
    let now = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!(now["condition"], "JOB_TRANSFER_FAILED_OR_CANCELLED");
    assert_eq!(names(&mock, &job, "").await, Vec::<String>::new(), "made, and never filled");
    download(&mock, &job, "tapisjob.out").await.fails(404, "FILES_REMOTE_FILESLIST_ERROR");
}

#[tokio::test]
async fn filters_choose_what_is_archived() {
    let mock = ready().await;
    let filter = json!({ "includes": ["*.dat", "REGEX:logs/.*"], "excludes": ["secret.*"],
        "includeLaunchFiles": false });
    let change = json!({ "archiveSystemId": "a", "parameterSet": { "archiveFilter": filter } });
    let job = submit(&mock, change).await;
    mock.advance(STEP * 7);
    for name in ["a.dat", "secret.dat", "sub/b.dat", "logs/c"] {
        put_file(&mock, "s", &job["execSystemOutputDir"], name, b"x").await;
    }
    mock.advance(STEP);
    let mut archived = names(&mock, &job, "").await;
    archived.sort();
    assert_eq!(archived, ["a.dat", "c", "logs"]);
}
