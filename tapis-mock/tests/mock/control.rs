//! The control API, snapshots and seeds.

use std::time::Duration;

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::Error;

#[tokio::test]
async fn the_overview_tells_what_the_mock_is() {
    let mock = mock().await;
    let overview = get(&mock, "/_mock").send().await.json();
    assert_eq!(overview["tenant"], "dev");
    assert_eq!(overview["operations"].as_u64(), Some(tapis_mock::operations().len() as u64));
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn faults_are_asked_for_and_cleared() {
    let mock = mock().await;
    let fault = json!({ "effect": { "status": { "status": 503 } }, "operation": "list_sites",
        "times": null });
    assert_eq!(post(&mock, "/_mock/faults", fault).send().await.status, 200);
    assert_eq!(get(&mock, "/v3/sites").send().await.status, 503);
    assert_eq!(get(&mock, "/_mock/faults").send().await.json().as_array().unwrap().len(), 1);
    delete(&mock, "/_mock/faults").send().await;
    assert_eq!(get(&mock, "/v3/sites").send().await.status, 200);
    let got = post(&mock, "/_mock/faults", json!({ "effect": "explode" })).send().await;
    assert_eq!(got.status, 400);
}

#[tokio::test]
async fn everything_that_can_go_wrong_can_be_asked_for() {
    let mock = mock().await;
    let strike = async |fault: Value| {
        let got = post(&mock, "/_mock/faults", fault.clone()).send().await;
        assert_eq!(got.status, 200, "{fault} {}", got.text());
        let call = get(&mock, "/v3/sites").try_send();
        tokio::time::timeout(Duration::from_millis(200), call).await
    };
    let answered = async |fault: Value| strike(fault).await.unwrap().unwrap();
    let busy = json!({ "status": { "status": 503, "headers": [["retry-after", "7"]] } });
    let got = answered(json!({ "effect": busy })).await;
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, Some("7")));
    let got = answered(json!({ "effect": { "status": { "status": 429 } }, "fraction": 1.0 })).await;
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (429, None));
    let got = answered(json!({ "effect": { "html": { "status": 502 } } })).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (502, Some("text/html")));
    let there = json!({ "redirect": { "status": 307, "location": "/v3/tenants" } });
    let got = answered(json!({ "effect": there })).await;
    assert_eq!((got.status.as_u16(), got.header("location")), (307, Some("/v3/tenants")));
    let got = answered(json!({ "effect": "malformed_json" })).await;
    assert!(serde_json::from_slice::<Value>(&got.bytes).is_err());
    answered(json!({ "effect": "expired_token" })).await.fails(400, "Invalid Tapis token.");
    answered(json!({ "effect": "revoked_token" })).await.fails(500, "Token is revoked.");
    let late = json!({ "effect": "none", "delay_ms": 20, "method": "get", "path": "/v3/s*" });
    assert_eq!(answered(late).await.status, 200);
    for cut in [json!("reset"), json!("close"), json!({ "truncate": { "after_bytes": 5 } })] {
        assert!(strike(json!({ "effect": cut })).await.unwrap().is_err(), "{cut}");
    }
    for silent in [json!("hang"), json!({ "stall": { "after_bytes": 5 } })] {
        assert!(strike(json!({ "effect": silent })).await.is_err(), "{silent}");
    }
    // Two calls of one operation, after one that is spared.
    let fault = json!({ "effect": { "status": { "status": 500 } }, "operation": "list_sites",
        "times": 2, "after": 1 });
    let mut statuses = vec![answered(fault).await.status.as_u16()];
    for path in ["/v3/tenants", "/v3/sites", "/v3/sites", "/v3/sites"] {
        statuses.push(get(&mock, path).send().await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 500, 500, 200]);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_in_the_journal_too() {
    let mock = start(builder().max_body(2 << 20)).await;
    for length in [(1 << 20) + 1, (2 << 20) + 1] {
        let long = vec![b' '; length];
        let ask = ask(&mock, http::Method::POST, "/v3/apps").by("testuser");
        assert_eq!(ask.body("application/json", long).send().await.status, 413);
    }
    let requests = mock.requests_for("createAppVersion");
    assert_eq!(requests.iter().map(|r| r.status).collect::<Vec<_>>(), [Some(413); 2]);
}

#[tokio::test]
async fn the_journal_can_be_read() {
    let mock = mock().await;
    post(&mock, "/v3/oauth2/tokens?x=1", login()).send().await;
    get(&mock, "/v3/sites").send().await;
    let all = get(&mock, "/_mock/requests").send().await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let some = get(&mock, "/_mock/requests?operation=create_token").send().await.json();
    assert_eq!(some[0]["query"], json!([["x", "1"]]));
    assert_eq!(some[0]["status"], 200);
    assert!(some[0]["body"].as_str().unwrap().contains("testuser"));
    delete(&mock, "/_mock/requests").send().await;
    assert_eq!(get(&mock, "/_mock/requests").send().await.json(), json!([]));
}

#[tokio::test]
async fn the_clock_can_be_moved() {
    let mock = mock().await;
    let token = post(&mock, "/_mock/tokens", json!({ "username": "testuser", "expires_in": 60 }));
    let token = token.send().await.json()["access_token"].as_str().unwrap().to_owned();
    let userinfo = || get(&mock, "/v3/oauth2/userinfo").token(&token);
    assert_eq!(userinfo().send().await.status, 200);
    post(&mock, "/_mock/clock", json!({ "advance_seconds": 61 })).send().await;
    userinfo().send().await.fails(400, "Invalid Tapis token.");
    let got = post(&mock, "/_mock/clock", json!({ "advance_seconds": -1 })).send().await;
    assert_eq!(got.status, 400);
}

#[tokio::test]
async fn what_is_remembered_can_be_taken_out_and_put_back() {
    let mock = mock().await;
    make_system(&mock, "testuser", linux("s")).await;
    let upload = ask(&mock, http::Method::POST, "/v3/files/ops/s/a/f").by("testuser");
    upload.file(b"\xff\x00").send().await.result();
    let snapshot = get(&mock, "/_mock/state").send().await.json();
    post(&mock, "/_mock/reset", Value::Null).send().await;
    assert_eq!(get(&mock, "/v3/systems/s").by("testuser").send().await.status, 404);
    let got = put(&mock, "/_mock/state", snapshot).send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let got = get(&mock, "/v3/files/content/s/a/f").by("testuser").send().await;
    assert_eq!(got.bytes.as_ref(), b"\xff\x00");
    assert_eq!(put(&mock, "/_mock/state", json!({ "x": 1 })).send().await.status, 400);
    assert_eq!(get(&mock, "/v3/systems/s").by("testuser").send().await.status, 200);
}

#[tokio::test]
async fn users_are_added() {
    let mock = mock().await;
    let user = json!({ "username": "ada", "password": "pw", "admin": true });
    post(&mock, "/_mock/users", user).send().await;
    let login = json!({ "grant_type": "password", "username": "ada", "password": "pw" });
    assert_eq!(post(&mock, "/v3/oauth2/tokens", login).send().await.status, 200);
    assert_eq!(get(&mock, "/v3/oauth2/admin/config").by("ada").send().await.status, 200);
}

#[tokio::test]
async fn pages_in_a_browser_get_no_answer() {
    let mock = mock().await;
    let got = get(&mock, "/_mock/state").header("origin", "http://evil.invalid").send().await;
    assert_eq!(got.status, 403);
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let mock = mock().await;
    assert_eq!(get(&mock, "/_mock/nothing").send().await.status, 404);
    assert_eq!(get(&mock, "/_mockery").send().await.status, 404);
    let got = post(&mock, "/_mock/jobs/none", json!({ "status": "FAILED" })).send().await;
    assert_eq!(got.status, 400);
    let got = ask(&mock, http::Method::POST, "/_mock/faults").body("x", "{").send().await;
    assert_eq!(got.status, 400);
}

const SEED: &str = r"
users:
  - { username: ada, password: pw, admin: true }
clients:
  - { client_id: cli, client_key: key, owner: ada }
services:
  - { name: jobs, password: service }
tenants: [other]
systems:
  - { id: s, owner: ada, systemType: LINUX, host: h, rootDir: /, canExec: false, defaultAuthnMethod: PASSWORD }
apps:
  - { id: wc, version: '1', containerImage: busybox }
files:
  s: { a/b.txt: Hello. }
requests:
  - { path: /v3/systems/s/disable }
  - { user: ada, method: POST, path: /v3/systems/s/enable }
";

#[tokio::test]
async fn a_seed_fills_the_mock_and_a_reset_goes_back_to_it() {
    let mock = start(builder().state(SEED)).await;
    let read = || get(&mock, "/v3/files/content/s/a/b.txt").by("ada");
    assert_eq!(read().send().await.text(), "Hello.");
    assert_eq!(get(&mock, "/v3/apps/wc").by("ada").send().await.result()["owner"], "ada");
    let login = json!({ "grant_type": "password", "username": "ada", "password": "pw" });
    let got = post(&mock, "/v3/oauth2/tokens", login).basic("cli", "key").send().await;
    assert!(got.result()["refresh_token"].is_object());
    assert!(mock.requests_for("createSystem").is_empty());
    delete(&mock, "/v3/files/ops/s/a").by("ada").send().await.result();
    mock.reset().unwrap();
    assert_eq!(read().send().await.text(), "Hello.");
}

#[tokio::test]
async fn a_seed_that_cannot_be_is_refused() {
    for (seed, message) in [
        ("nonsense: 1", "nonsense"),
        ("systems: [{ id: s }]", "/v3/systems: 400"),
        ("files: { s: { \"a\\0b\": x } }", "not a path"),
        ("requests: [{ path: /v3/none }]", "404"),
    ] {
        let error = builder().state(seed).start().await.err().unwrap();
        assert!(matches!(error, Error::State(_)));
        assert!(error.to_string().contains(message), "{error}");
    }
}
