//! What the mock refuses of those who test with it, and what it bears.

use std::time::Duration;

use crate::support::*;
use serde_json::json;
use tapis_mock::Fault;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn an_operation_goes_by_both_of_its_spellings() {
    for name in ["listSites", "list_sites", "tenants.listSites", "tenants.list_sites"] {
        goes_by(name).await;
    }
}

async fn goes_by(name: &str) {
    let mock = mock().await;
    mock.inject(Fault::status(503).on(name));
    assert_eq!(get(&mock, "/v3/sites").send().await.status, 503);
    let fault = json!({ "effect": { "status": { "status": 502 } }, "operation": name });
    assert_eq!(post(&mock, "/_mock/faults", fault).send().await.status, 200);
    assert_eq!(get(&mock, "/v3/sites").send().await.status, 502);
    assert_eq!(mock.requests_for(name).len(), 2);
    assert!(mock.requests()[0].is(name));
    let count = async |path: &str| {
        let got = get(&mock, &format!("/_mock/{path}?operation={name}")).send().await;
        got.json().as_array().unwrap().len()
    };
    assert_eq!(count("requests").await, 2);
    // Streams has an operation of this name as well.
    assert_eq!(count("operations").await, if name.contains('.') { 1 } else { 2 });
}

#[test]
#[should_panic(expected = "there is no operation \"sytems.getSystems\"; did you mean")]
fn a_fault_for_an_unknown_operation_ends_the_test() {
    let _ = Fault::reset().on("sytems.getSystems");
}

#[tokio::test]
#[should_panic(expected = "there is no operation \"getSystemz\"; did you mean \"getSystems\"?")]
async fn a_look_up_of_an_unknown_operation_ends_the_test() {
    let _ = mock().await.requests_for("getSystemz");
}

#[tokio::test]
async fn an_unknown_operation_is_refused_over_http_and_nothing_is_done() {
    let mock = mock().await;
    let reset = |operation: &str| json!({ "effect": "reset", "operation": operation });
    let refused = "there is no operation \"list_site\"; did you mean \"list_sites\"?";
    let got = post(&mock, "/_mock/faults", json!([reset("list_sites"), reset("list_site")]));
    let got = got.send().await;
    assert_eq!((got.status.as_u16(), got.json()), (400, json!({ "error": refused })));
    assert!(mock.faults().is_empty());
    for path in ["/_mock/requests?operation=list_site", "/_mock/operations?operation=list_site"] {
        let got = get(&mock, path).send().await;
        assert_eq!((got.status.as_u16(), got.json()), (400, json!({ "error": refused })), "{path}");
    }
}

#[tokio::test]
async fn the_control_api_answers_to_local_names_only() {
    let mock = mock().await;
    for (host, status) in [
        ("evil.example", 403),
        ("127.0.0.1.evil.example:8000", 403),
        ("localhost:8000", 200),
        ("tapis-mock:8000", 200),
    ] {
        for path in ["/_mock", "/_mock/requests", "/_mock/state"] {
            let got = get(&mock, path).header("host", host).send().await;
            assert_eq!(got.status, status, "{host} {path} {}", got.text());
        }
        // A client may call the services by any name.
        assert_eq!(get(&mock, "/v3/sites").header("host", host).send().await.status, 200);
    }
}

#[tokio::test]
async fn a_body_of_which_nothing_comes_ends() {
    let mock = start(builder().idle_body(Duration::from_millis(50))).await;
    let mut stream = tokio::net::TcpStream::connect(mock.address()).await.unwrap();
    let head = "POST /v3/oauth2/tokens HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(mock.requests_for("create_token")[0].status, Some(408));
}

#[tokio::test]
async fn failures_that_a_service_is_known_for_are_told_from_those_of_the_mock() {
    let mock = mock().await;
    let got = post(&mock, "/v3/oauth2/tokens/revoke", json!({})).send().await;
    assert_eq!((got.status.as_u16(), got.header("x-tapis-mock")), (500, Some("imitated")));
    mock.inject(Fault::status(500));
    let got = get(&mock, "/v3/sites").send().await;
    assert_eq!((got.status.as_u16(), got.header("x-tapis-mock")), (500, None));
    let got = get(&mock, "/v3/tenants/none").send().await;
    assert_eq!((got.status.is_client_error(), got.header("x-tapis-mock")), (true, None));
}
