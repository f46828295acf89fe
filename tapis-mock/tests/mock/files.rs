//! Files.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

async fn with_system() -> MockTapis {
    let mock = start(builder().clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    make_system(&mock, "testuser", linux("s")).await;
    mock
}

fn ops(path: &str) -> String {
    format!("/v3/files/ops/s/{path}")
}

async fn upload(mock: &MockTapis, path: &str, bytes: &[u8]) {
    let ask = ask(mock, http::Method::POST, &ops(path)).by("testuser").file(bytes);
    let got = ask.send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["result"], Value::Null);
}

async fn names(mock: &MockTapis, path: &str) -> Vec<String> {
    let entries = get(mock, &ops(path)).by("testuser").send().await.result();
    entries.as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap().to_owned()).collect()
}

async fn content(mock: &MockTapis, path: &str) -> Got {
    get(mock, &format!("/v3/files/content/s/{path}")).by("testuser").send().await
}

#[tokio::test]
async fn what_was_uploaded_can_be_downloaded() {
    let mock = with_system().await;
    let bytes: Vec<u8> = (0..=255).collect();
    upload(&mock, "a/b%20c/d.bin", &bytes).await;
    let got = content(&mock, "a/b%20c/d.bin").await;
    assert_eq!(got.bytes, bytes);
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=\"d.bin\""));
    assert_eq!(got.header("cache-control"), Some("max-age=3600"));
}

#[tokio::test]
async fn an_upload_replaces_what_was_there() {
    let mock = with_system().await;
    upload(&mock, "f", b"long content").await;
    upload(&mock, "f", b"short").await;
    assert_eq!(content(&mock, "f").await.bytes, "short");
}

#[tokio::test]
async fn a_form_without_a_file_is_refused() {
    let mock = with_system().await;
    let ask = ask(&mock, http::Method::POST, &ops("f")).by("testuser");
    let got = ask.body("multipart/form-data; boundary=x", "--x--\r\n").send().await;
    got.fails(400, "no part named file");
}

#[tokio::test]
async fn lists_go_deep_when_asked_and_come_in_pages() {
    let mock = with_system().await;
    for path in ["b.txt", "a/x.txt", "a/y/z.csv"] {
        upload(&mock, path, b"1").await;
    }
    assert_eq!(names(&mock, "").await, ["a", "b.txt"]);
    assert_eq!(names(&mock, "?recurse=true").await, ["a", "a/x.txt", "a/y", "a/y/z.csv", "b.txt"]);
    assert_eq!(names(&mock, "?recurse=true&limit=2&offset=1").await, ["a/x.txt", "a/y"]);
    assert_eq!(names(&mock, "?recurse=true&pattern=*.txt").await, ["a/x.txt", "b.txt"]);
    let regex = "?recurse=true&pattern=regex:.*%5C.(csv|txt)";
    assert_eq!(names(&mock, regex).await, ["a/x.txt", "a/y/z.csv", "b.txt"]);
    assert_eq!(names(&mock, "a/x.txt").await, ["a/x.txt"]);
    let entry = get(&mock, &ops("a/x.txt")).by("testuser").send().await.result()[0].clone();
    assert_eq!(entry["type"], "file");
    assert_eq!(entry["size"], 1);
    assert_eq!(entry["mimeType"], "text/plain");
    assert_eq!(entry["url"], "tapis://s/a/x.txt");
    assert_eq!(entry["lastModified"], "1970-01-01T00:00:00Z");
    get(&mock, &ops("nope")).by("testuser").send().await.fails(404, "FILES_PATH_NOT_FOUND");
    get(&mock, &ops("?limit=1001")).by("testuser").send().await.fails(400, "FILES_LIMIT");
}

#[tokio::test]
async fn directories_are_made_moved_copied_and_deleted() {
    let mock = with_system().await;
    let got = post(&mock, "/v3/files/ops/s", json!({ "path": "d/e" })).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    upload(&mock, "d/e/f", b"1").await;
    let to = |path: &str, operation: &str, new: &str| {
        put(&mock, &ops(path), json!({ "operation": operation, "newPath": new })).by("testuser")
    };
    to("d/e", "COPY", "copy").send().await.result();
    to("d/e", "MOVE", "moved").send().await.result();
    let all = ["copy", "copy/f", "d", "moved", "moved/f"];
    assert_eq!(names(&mock, "?recurse=true").await, all);
    to("moved", "MOVE", "moved/below").send().await.fails(400, "below itself");
    to("none", "MOVE", "x").send().await.fails(404, "FILES_PATH_NOT_FOUND");
    delete(&mock, &ops("copy")).by("testuser").send().await.result();
    assert_eq!(names(&mock, "?recurse=true").await, ["d", "moved", "moved/f"]);
}

#[tokio::test]
async fn a_range_is_a_start_and_a_count() {
    let mock = with_system().await;
    upload(&mock, "f", b"0123456789").await;
    let part = async |range: &str| {
        let path = "/v3/files/content/s/f";
        get(&mock, path).by("testuser").header("range", range).send().await
    };
    let got = part("2,4").await;
    assert_eq!((got.status.as_u16(), got.text()), (200, "2345"));
    assert_eq!(got.header("content-type"), Some("text/plain"));
    assert_eq!(got.header("content-range"), None);
    assert_eq!(part("8,100").await.text(), "89");
    assert_eq!(part("bytes=0-3").await.status, 400);
    assert_eq!(part("4,2").await.status, 400);
}

#[tokio::test]
async fn more_gives_page_after_page() {
    let mock = with_system().await;
    upload(&mock, "f", &[b'x'; 3000]).await;
    let page = async |page: &str| {
        let path = "/v3/files/content/s/f";
        get(&mock, path).by("testuser").header("more", page).send().await
    };
    assert_eq!(page("1").await.bytes.len(), 1023);
    assert_eq!(page("2").await.bytes.len(), 1976);
    assert_eq!(page("0").await.status, 400);
}

#[tokio::test]
async fn a_directory_comes_as_a_zip_file() {
    let mock = with_system().await;
    upload(&mock, "d/a.txt", b"A").await;
    upload(&mock, "d/sub/b.txt", b"B").await;
    content(&mock, "d").await.fails(400, "zip");
    let got = content(&mock, "d?zip=true").await;
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=\"d.zip\""));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(got.bytes)).unwrap();
    let mut text = String::new();
    zip.by_name("sub/b.txt").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "B");
    assert!(zip.by_name("a.txt").is_ok());
}

#[tokio::test]
async fn no_path_leads_out_of_a_system() {
    let mock = with_system().await;
    make_system(&mock, "testuser", linux("other")).await;
    upload(&mock, "f", b"1").await;
    for path in
        ["../other", "%2e%2e/%2e%2e/", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "a/../../../etc"]
    {
        let got = get(&mock, &ops(path)).by("testuser").send().await;
        let outside = got.status == 200 && !got.text().contains("\"path\":\"f\"");
        assert!(!outside, "{path}: {}", got.text());
    }
    let got = ask(&mock, http::Method::POST, &ops("..%2f..%2f..%2fescaped"))
        .by("testuser")
        .file(b"x")
        .send()
        .await;
    assert_eq!(got.status, 200);
    assert_eq!(names(&mock, "").await, ["escaped", "f"]);
    let got = get(&mock, &ops("a%00b")).by("testuser").send().await;
    got.fails(400, "FILES_PATH_INVALID");
}

#[tokio::test]
async fn strangers_need_a_permission_or_a_share() {
    let mock = mock().await;
    let mut system = linux("s");
    system["effectiveUserId"] = "worker".into();
    make_system(&mock, "testuser", system).await;
    upload(&mock, "d/f", b"1").await;
    let read = || get(&mock, "/v3/files/content/s/d/f").by("other");
    let write = || ask(&mock, http::Method::POST, &ops("d/g")).by("other").file(b"x");
    read().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    let grant = |word: &str| {
        let body = json!({ "username": "other", "permission": word });
        post(&mock, "/v3/files/permissions/s/d", body).by("testuser")
    };
    assert_eq!(grant("READ").send().await.result()["permission"], "READ");
    assert_eq!(read().send().await.status, 200);
    write().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    grant("MODIFY").send().await.result();
    assert_eq!(write().send().await.status, 200);
    let path = "/v3/files/permissions/s/d?username=other";
    delete(&mock, path).by("testuser").send().await.result();
    read().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    let users = json!({ "users": ["other"] });
    post(&mock, "/v3/files/share/s/d", users).by("testuser").send().await.result();
    assert_eq!(read().send().await.status, 200);
    write().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    let info = get(&mock, "/v3/files/share/s/d/f").by("testuser").send().await.result();
    assert_eq!(info["userShareInfoSet"], json!([{ "username": "other", "path": "d" }]));
    post(&mock, "/v3/files/unshare_all/s/d", Value::Null).by("testuser").send().await.result();
    read().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    let public = "/v3/files/share_public/s/d";
    post(&mock, public, Value::Null).by("testuser").send().await.result();
    assert_eq!(read().send().await.status, 200);
}

#[tokio::test]
async fn a_postit_gives_a_file_away_for_a_while() {
    let mock = with_system().await;
    upload(&mock, "f", b"gift").await;
    let body = json!({ "allowedUses": 2, "validSeconds": 60 });
    let got = post(&mock, "/v3/files/postits/s/f", body).by("testuser").send().await;
    let postit = got.result();
    let id = postit["postitId"].as_str().unwrap().to_owned();
    let redeem = format!("/v3/files/postits/redeem/{id}");
    assert_eq!(postit["redeemUrl"], format!("{}{redeem}", mock.base_url()));
    for _ in 0..2 {
        assert_eq!(get(&mock, &redeem).send().await.text(), "gift");
    }
    get(&mock, &redeem).send().await.fails(400, "used up");
    let one = format!("/v3/files/postits/{id}");
    patch(&mock, &one, json!({ "unlimited": true })).by("testuser").send().await.result();
    assert_eq!(get(&mock, &redeem).send().await.text(), "gift");
    mock.advance(Duration::from_secs(61));
    get(&mock, &redeem).send().await.fails(400, "expired");
    let list = get(&mock, "/v3/files/postits").by("testuser").send().await.result();
    assert_eq!(list[0]["timesUsed"], 3);
    get(&mock, &one).by("other").send().await.fails(403, "FILES_POSTITS_NOT_AUTHORIZED");
    assert_eq!(delete(&mock, &one).by("testuser").send().await.result()["changes"], 1);
    get(&mock, &redeem).send().await.fails(404, "FILES_POSTITS_NOT_FOUND");
}

#[tokio::test]
async fn a_transfer_progresses_with_the_clock() {
    let mock = with_system().await;
    make_system(&mock, "testuser", linux("t")).await;
    upload(&mock, "d/f", b"12345").await;
    let element = json!({ "sourceURI": "tapis://s/d", "destinationURI": "tapis://t/e" });
    let body = json!({ "tag": "t", "elements": [element] });
    let got = post(&mock, "/v3/files/transfers", body).by("testuser").send().await;
    assert_eq!(got.result()["status"], "ACCEPTED");
    let path = format!("/v3/files/transfers/{}", got.result()["uuid"].as_str().unwrap());
    let status = async || get(&mock, &path).by("testuser").send().await.result()["status"].clone();
    let mut seen = vec![status().await];
    for _ in 0..3 {
        mock.advance(Duration::from_secs(1));
        seen.push(status().await);
    }
    assert_eq!(seen, ["ACCEPTED", "STAGED", "IN_PROGRESS", "COMPLETED"]);
    let summary =
        get(&mock, &format!("{path}?includeSummary=true")).by("testuser").send().await.result();
    assert_eq!(summary["totalBytesTransferred"], 5);
    let details = get(&mock, &format!("{path}/details")).by("testuser").send().await.result();
    assert_eq!(details["parentTasks"][0]["status"], "COMPLETED");
    let list = get(&mock, "/v3/files/ops/t/e").by("testuser").send().await.result();
    assert_eq!(list[0]["path"], "e/f");
}

#[tokio::test]
async fn a_transfer_can_be_cancelled_and_can_fail() {
    let mock = with_system().await;
    let start = async |from: &str| {
        let element = json!({ "sourceURI": from, "destinationURI": "tapis://s/to" });
        let body = json!({ "elements": [element] });
        let got = post(&mock, "/v3/files/transfers", body).by("testuser").send().await;
        format!("/v3/files/transfers/{}", got.result()["uuid"].as_str().unwrap())
    };
    let status =
        async |path: &str| get(&mock, path).by("testuser").send().await.result()["status"].clone();
    let cancelled = start("tapis://s/none").await;
    let failing = start("tapis://s/none").await;
    delete(&mock, &cancelled).by("testuser").send().await.result();
    mock.advance(Duration::from_secs(10));
    assert_eq!(status(&cancelled).await, "CANCELLED");
    assert_eq!(status(&failing).await, "FAILED");
    get(&mock, "/v3/files/transfers/no-uuid").by("testuser").send().await.fails(400, "UUID");
    let got = get(&mock, "/v3/files/transfers").by("testuser").send().await;
    assert_eq!(got.result().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn linux_tells_about_files() {
    let mock = with_system().await;
    upload(&mock, "f", b"123").await;
    let info = get(&mock, "/v3/files/utils/linux/s/f").by("testuser").send().await.result();
    assert_eq!((&info["size"], &info["dir"]), (&json!(3), &json!(false)));
    let body = json!({ "operation": "CHMOD", "argument": "700" });
    let got = post(&mock, "/v3/files/utils/linux/s/f", body).by("testuser").send().await;
    assert_eq!(got.result()["exitCode"], 0);
    let facl = "/v3/files/utils/linux/facl/s/f";
    let body = json!({ "operation": "ADD", "aclString": "user:other:r" });
    post(&mock, facl, body).by("testuser").send().await.result();
    let entries = get(&mock, facl).by("testuser").send().await.result();
    assert_eq!(entries[3]["principal"], "other");
}
