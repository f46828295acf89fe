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
    got.fails(500, "no part named file");
    assert_eq!(content(&mock, "f").await.bytes, "", "it was opened before it was filled");
}

#[tokio::test]
async fn lists_go_deep_when_asked_and_pages_are_those_of_each_directory() {
    let mock = with_system().await;
    for path in ["b.txt", "a/x.txt", "a/y/z.csv", "a/Y2", "B2"] {
        upload(&mock, path, b"1").await;
    }
    assert_eq!(names(&mock, "").await, ["a", "b.txt", "B2"]);
    let all = ["a", "b.txt", "B2", "a/x.txt", "a/y", "a/Y2", "a/y/z.csv"];
    assert_eq!(names(&mock, "?recurse=true").await, all);
    let first = ["a", "b.txt", "a/x.txt", "a/y", "a/y/z.csv"];
    assert_eq!(names(&mock, "?recurse=true&limit=2").await, first, "longer than the limit");
    assert_eq!(names(&mock, "?recurse=true&offset=1").await, ["b.txt", "B2"]);
    assert_eq!(names(&mock, "?recurse=true&pattern=*.txt").await, ["b.txt"]);
    let regex = "?recurse=true&pattern=regex:csv$%7C%5E[ay]";
    assert_eq!(names(&mock, regex).await, ["a", "a/y", "a/y/z.csv"]);
    assert_eq!(names(&mock, "a/x.txt").await, ["a/x.txt"]);
    let entry = get(&mock, &ops("a/x.txt")).by("testuser").send().await.result()[0].clone();
    assert_eq!((&entry["type"], &entry["size"]), (&json!("file"), &json!(1)));
    assert_eq!((&entry["owner"], &entry["mimeType"]), (&json!("1000"), &json!("text/plain")));
    assert_eq!(entry["url"], "tapis://s/a/x.txt");
    assert_eq!(entry["lastModified"], "1970-01-01T00:00:00Z");
    let dir = get(&mock, &ops("")).by("testuser").send().await.result()[0].clone();
    assert_eq!((&dir["type"], &dir["size"]), (&json!("dir"), &json!(4096)));
    for (query, status, message) in [
        ("nope", 404, "FILES_CLIENT_SSH_NOT_FOUND"),
        ("b.txt/x", 404, "FILES_CLIENT_SSH_NOT_FOUND"),
        ("?limit=1001", 400, "listFiles.limit"),
        ("?limit=-1", 500, "FILES_LIMIT"),
        ("?offset=-1", 400, "listFiles.offset"),
        ("?pattern=regex:(", 500, "FILES_PATTERN"),
    ] {
        get(&mock, &ops(query)).by("testuser").send().await.fails(status, message);
    }
}

#[tokio::test]
async fn a_list_goes_twenty_levels_below_the_top() {
    let mock = with_system().await;
    upload(&mock, &(1..=22).map(|n| format!("d{n}/")).collect::<String>(), b"1").await;
    assert_eq!(names(&mock, "?recurse=true").await.len(), 21);
}

#[tokio::test]
async fn directories_are_made_moved_copied_and_deleted() {
    let mock = with_system().await;
    let make = |path: &str| post(&mock, "/v3/files/ops/s", json!({ "path": path })).by("testuser");
    assert_eq!(make("d/e").send().await.status, 200);
    upload(&mock, "d/e/f", b"1").await;
    make("a..b").send().await.fails(400, "path");
    make("d/e/f/g").send().await.fails(400, "FILES_CLIENT_SSH_MKDIR_FILE");
    let to = |path: &str, operation: &str, new: &str| {
        put(&mock, &ops(path), json!({ "operation": operation, "newPath": new })).by("testuser")
    };
    to("d/e", "COPY", "copy").send().await.result();
    to("d/e", "MOVE", "moved").send().await.result();
    let all = ["copy", "d", "moved", "copy/f", "moved/f"];
    assert_eq!(names(&mock, "?recurse=true").await, all);
    let refused = "FILES_CLIENT_SSH_CMD_ERR";
    for operation in ["MOVE", "COPY"] {
        to("moved", operation, "moved/below").send().await.fails(500, refused);
        to("moved", operation, "copy/f").send().await.fails(500, refused);
        to("moved", operation, "/moved/").send().await.fails(404, "FILES_SRC_DST_SAME");
        to("none", operation, "x").send().await.fails(404, "FILES_PATH_NOT_FOUND");
        to("moved", operation, "/").send().await.fails(500, "targetParentPath");
    }
    to("moved", "COPY", "copy").send().await.result();
    assert_eq!(names(&mock, "copy?recurse=true").await, ["copy/f", "copy/moved", "copy/moved/f"]);
    to("moved", "COPY", "copy").send().await.result();
    to("moved", "MOVE", "copy").send().await.fails(500, "Directory not empty");
    to("moved/f", "MOVE", "moved").send().await.fails(500, "are the same file");
    to("moved/f", "MOVE", "copy/f").send().await.result();
    delete(&mock, &ops("copy")).by("testuser").send().await.result();
    delete(&mock, &ops("copy")).by("testuser").send().await.fails(404, "SSH_NOT_FOUND");
    assert_eq!(names(&mock, "?recurse=true").await, ["d", "moved"]);
}

#[tokio::test]
async fn what_the_host_does_not_allow_is_said_in_many_ways() {
    let mock = with_system().await;
    upload(&mock, "d/f", b"1").await;
    let chmod = async |path: &str, mode: &str| {
        let body = json!({ "operation": "CHMOD", "argument": mode });
        let path = format!("/v3/files/utils/linux/s/{path}");
        post(&mock, &path, body).by("testuser").send().await.result()["exitCode"].clone()
    };
    assert_eq!(chmod("d", "555").await, 0);
    assert_eq!(chmod("d", "no").await, 1);
    let ask = |method, path: &str| ask(&mock, method, &ops(path)).by("testuser");
    let put = ask(http::Method::POST, "d/g").file(b"1").send().await;
    put.fails(500, "\"outputStream\" is null");
    let denied = "FILES_CLIENT_SSH_PERM_DENIED";
    ask(http::Method::DELETE, "d/f").send().await.fails(403, denied);
    let made = post(&mock, "/v3/files/ops/s", json!({ "path": "d/e" })).by("testuser");
    made.send().await.fails(403, denied);
    chmod("d/f", "200").await;
    content(&mock, "d/f").await.fails(500, "Permission denied");
    chmod("d", "600").await;
    ask(http::Method::GET, "d/f").send().await.fails(403, denied);
    content(&mock, "d/f").await.fails(500, "Permission denied");
    chmod("d", "755").await;
}

#[tokio::test]
async fn a_login_that_fails_says_nothing_about_the_token() {
    let mock = with_system().await;
    upload(&mock, "f", b"1").await;
    let list = || get(&mock, "/v3/files/ops/s/").by("testuser");
    mock.refuse_logins("s").unwrap();
    list().send().await.fails(401, "FILES_CLIENT_SSH_SESSION_POOL_ERROR");
    content(&mock, "f").await.fails(401, "FILES_CLIENT_SSH_SESSION_POOL_ERROR");
    mock.hide_credential("s").unwrap();
    list().send().await.fails(401, "SSH_POOL_MISSING_CREDENTIALS");
    content(&mock, "f").await.fails(500, "SSH_POOL_MISSING_CREDENTIALS");
    mock.accept_logins("s").unwrap();
    assert_eq!(list().send().await.status, 200);
    assert!(mock.refuse_logins("none").is_err());
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
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=\"f\""));
    part("bytes=0-3").await.fails(500, "HTTP 400 Bad Request");
    part("4,2").await.fails(500, "HTTP 400 Bad Request");
}

#[tokio::test]
async fn a_range_of_a_path_that_a_shell_splits_is_empty() {
    let mock = with_system().await;
    for path in ["a%20b", "it's", "a;b", "a&b", "(1)"] {
        upload(&mock, path, b"0123456789").await;
        let path = format!("/v3/files/content/s/{path}");
        let got = get(&mock, &path).by("testuser").header("range", "0,10").send().await;
        assert_eq!((got.status.as_u16(), got.text()), (200, ""), "{path}");
        assert_eq!(get(&mock, &path).by("testuser").send().await.text(), "0123456789");
    }
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
    zip.by_name("d/sub/b.txt").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "B");
    let entries = |zip: &zip::ZipArchive<std::io::Cursor<bytes::Bytes>>| -> Vec<String> {
        zip.file_names().map(|name| name.unwrap().into_owned()).collect()
    };
    assert_eq!(entries(&zip), ["d/a.txt", "d/sub/", "d/sub/b.txt"]);
    let below = content(&mock, "d/?zip=true").await;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(below.bytes)).unwrap();
    assert_eq!(entries(&zip), ["a.txt", "sub/", "sub/b.txt"]);
    content(&mock, "?zip=true").await.fails(400, "FILES_CONT_NOZIP");
}

#[tokio::test]
async fn a_path_of_dots_alone_is_the_top() {
    let mock = with_system().await;
    upload(&mock, "f", b"1").await;
    assert_eq!(names(&mock, "...").await, ["f"]);
    upload(&mock, ".../g", b"1").await;
    assert_eq!(names(&mock, "").await, ["f", "g"]);
    delete(&mock, &ops("....")).by("testuser").send().await.result();
    assert!(names(&mock, "").await.is_empty());
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
    // A permission on a path is none on the system.
    let system = json!({ "permissions": ["READ"] });
    let system = || post(&mock, "/v3/systems/perms/s/user/other", system.clone()).by("testuser");
    let grant = |word: &str| {
        let body = json!({ "username": "other", "permission": word });
        post(&mock, "/v3/files/permissions/s/d", body).by("testuser")
    };
    assert_eq!(grant("READ").send().await.result()["permission"], "READ");
    read().send().await.fails(403, "SYSLIB_UNAUTH");
    system().send().await.result();
    assert_eq!(read().send().await.status, 200);
    write().send().await.fails(403, "FILES_NOT_AUTHORIZED");
    let theirs = json!({ "username": "third", "permission": "READ" });
    let theirs = post(&mock, "/v3/files/permissions/s/d", theirs).by("other");
    theirs.send().await.fails(403, "FILES_PERM_NOT_AUTH");
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
    assert_eq!(
        info["userShareInfoSet"],
        json!([{ "username": "other", "path": "/d", "grantor": "testuser" }])
    );
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
    let make = |path: &str, body: Value| {
        post(&mock, &format!("/v3/files/postits/s/{path}"), body).by("testuser")
    };
    make("none", json!({})).send().await.fails(500, "POSTITS_SERVICE_ERROR");
    for bad in [
        json!({ "allowedUses": -2 }),
        json!({ "validSeconds": 0 }),
        json!({ "unlimited": true }),
        json!({ "expiration": "2030-01-01T00:00:00Z" }),
    ] {
        make("f", bad).send().await.fails(400, "TAPIS_JSON_VALIDATION_ERROR");
    }
    let body = json!({ "allowedUses": 2, "validSeconds": 60 });
    let postit = make("f", body).send().await.result();
    let id = postit["id"].as_str().unwrap().to_owned();
    assert!(id.ends_with("-010"), "{id}");
    let redeem = format!("/v3/files/postits/redeem/{id}");
    assert_eq!(postit["redeemUrl"], format!("{}{redeem}", mock.base_url()));
    for _ in 0..2 {
        let got = get(&mock, &redeem).send().await;
        assert_eq!(got.text(), "gift");
        assert_eq!(got.header("content-disposition"), Some("inline; filename=\"f\""));
    }
    get(&mock, &redeem).send().await.fails(400, "POSTIT_NOT_REDEEMABLE");
    let one = format!("/v3/files/postits/{id}");
    let update = |body: Value| patch(&mock, &one, body).by("testuser");
    update(json!({ "unlimited": true })).send().await.fails(400, "unlimited");
    update(json!({ "allowedUses": -1 })).send().await.result();
    assert_eq!(get(&mock, &redeem).send().await.text(), "gift");
    mock.advance(Duration::from_secs(61));
    get(&mock, &redeem).send().await.fails(400, "POSTIT_NOT_REDEEMABLE");
    update(json!({ "validSeconds": 5 })).send().await.result();
    assert_eq!(get(&mock, &redeem).send().await.text(), "gift");
    let list = get(&mock, "/v3/files/postits").by("testuser").send().await.result();
    assert_eq!(list[0]["timesUsed"], 4);
    get(&mock, &one).by("other").send().await.fails(403, "POSTIT_NOT_AUTHORIZED");
    assert_eq!(delete(&mock, &one).by("testuser").send().await.result()["changes"], 1);
    get(&mock, &redeem).send().await.fails(404, "POSTIT_NOT_FOUND");
}

/// Starts a transfer, and gives its address.
async fn transfer(mock: &MockTapis, elements: Value) -> String {
    let body = json!({ "tag": "t", "elements": elements });
    let got = post(mock, "/v3/files/transfers", body).by("testuser").send().await.result();
    assert_eq!(got["status"], "ACCEPTED");
    format!("/v3/files/transfers/{}", got["uuid"].as_str().unwrap())
}

async fn status(mock: &MockTapis, path: &str) -> Value {
    get(mock, path).by("testuser").send().await.result()["status"].clone()
}

#[tokio::test]
async fn a_transfer_progresses_with_the_clock() {
    let mock = with_system().await;
    make_system(&mock, "testuser", linux("t")).await;
    upload(&mock, "d/sub/f", b"12345").await;
    let element = json!({ "sourceURI": "tapis://s/d", "destinationURI": "tapis://t/e" });
    let path = transfer(&mock, json!([element])).await;
    let mut seen = vec![status(&mock, &path).await];
    for _ in 0..3 {
        mock.advance(Duration::from_secs(1));
        seen.push(status(&mock, &path).await);
    }
    assert_eq!(seen, ["ACCEPTED", "IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]);
    let summary =
        get(&mock, &format!("{path}?includeSummary=true")).by("testuser").send().await.result();
    assert_eq!(summary["totalBytesTransferred"], 0, "nothing counts them");
    assert_eq!((&summary["totalTransfers"], &summary["completeTransfers"]), (&json!(2), &json!(2)));
    let details = get(&mock, &format!("{path}/details")).by("testuser").send().await.result();
    assert_eq!(details["parentTasks"][0]["status"], "COMPLETED");
    assert_eq!(details["parentTasks"][0]["totalBytes"], 5);
    let list = get(&mock, "/v3/files/ops/t/e?recurse=true").by("testuser").send().await.result();
    assert_eq!(list[1]["path"], "e/sub/f");
}

#[tokio::test]
async fn a_transfer_of_a_file_goes_to_a_path_or_into_a_directory() {
    let mock = with_system().await;
    upload(&mock, "f", b"12345").await;
    let to = |to: &str| json!({ "sourceURI": "tapis://s/f", "destinationURI": format!("tapis://s/{to}") });
    transfer(&mock, json!([to("as"), to("into/")])).await;
    mock.advance(Duration::from_secs(10));
    assert_eq!(names(&mock, "?recurse=true").await, ["as", "f", "into", "into/f"]);
}

#[tokio::test]
async fn an_optional_part_of_a_transfer_may_fail() {
    let mock = with_system().await;
    upload(&mock, "f", b"12345").await;
    let element = |from: &str, optional: bool| {
        json!({
            "sourceURI": format!("tapis://s/{from}"),
            "destinationURI": "tapis://s/to",
            "optional": optional,
        })
    };
    let path = transfer(&mock, json!([element("none", true), element("f", false)])).await;
    mock.advance(Duration::from_secs(10));
    assert_eq!(status(&mock, &path).await, "COMPLETED");
    let details = get(&mock, &format!("{path}/details")).by("testuser").send().await.result();
    assert_eq!(details["parentTasks"][0]["status"], "FAILED_OPT");
    delete(&mock, &path).by("testuser").send().await.result();
    assert_eq!(status(&mock, &path).await, "CANCELLED", "whatever it was");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_transfer_is_said_with_a_500() {
    let mock = with_system().await;
    let element = json!({
        "sourceURI": "tapis://none/f",
        "destinationURI": "https://example.org/g",
    });
    let body = json!({ "elements": [element] });
    let got = post(&mock, "/v3/files/transfers", body).by("testuser").send().await;
    got.fails(500, "SYSAPI_NOT_FOUND");
    got.fails(500, "FILES_TXFR_DST_HTTP_NOTSUPPORTED");
    let got = post(&mock, "/v3/files/transfers", json!({ "elements": [] })).by("testuser");
    got.send().await.fails(400, "elements");
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
