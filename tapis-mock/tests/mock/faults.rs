//! What goes wrong on request.

use std::time::{Duration, Instant};

use crate::support::*;
use tapis_mock::Fault;

const PATH: &str = "/v3/sites";

#[tokio::test]
async fn a_status_with_a_header_and_a_body() {
    let mock = mock().await;
    mock.inject(Fault::status(503).header("retry-after", "7").body("busy").times(2));
    for _ in 0..2 {
        let got = get(&mock, PATH).send().await;
        assert_eq!(got.status, 503);
        assert_eq!(got.header("retry-after"), Some("7"));
        assert_eq!(got.text(), "busy");
    }
    assert_eq!(get(&mock, PATH).send().await.status, 200);
}

#[tokio::test]
async fn a_status_without_a_body_comes_in_the_envelope_of_the_service() {
    let mock = mock().await;
    mock.inject(Fault::status(502).on("list_sites"));
    let got = get(&mock, PATH).send().await;
    assert_eq!(got.status, 502);
    assert_eq!(got.json()["status"], "error");
}

#[tokio::test]
async fn a_delay() {
    let mock = mock().await;
    mock.inject(Fault::delay(Duration::from_millis(80)));
    let start = Instant::now();
    assert_eq!(get(&mock, PATH).send().await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_reset_connection() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mock = mock().await;
    mock.inject(Fault::reset());
    let mut stream = tokio::net::TcpStream::connect(mock.address()).await.unwrap();
    stream.write_all(b"GET /v3/sites HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let error = stream.read(&mut [0; 16]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(mock.requests()[0].status, None);
}

#[tokio::test]
async fn a_closed_connection() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mock = mock().await;
    mock.inject(Fault::close());
    let mut stream = tokio::net::TcpStream::connect(mock.address()).await.unwrap();
    stream.write_all(b"GET /v3/sites HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn silence() {
    let mock = mock().await;
    mock.inject(Fault::hang());
    let wait = tokio::time::timeout(Duration::from_millis(100), get(&mock, PATH).send());
    assert!(wait.await.is_err());
    assert_eq!(get(&mock, PATH).send().await.status, 200);
}

#[tokio::test]
async fn a_truncated_body() {
    let mock = mock().await;
    mock.inject(Fault::truncate(10));
    assert!(get(&mock, PATH).try_send().await.is_err());
    assert_eq!(mock.requests()[0].status, Some(200));
}

#[tokio::test]
async fn a_body_that_never_ends() {
    let mock = mock().await;
    mock.inject(Fault::stall(10));
    let wait = tokio::time::timeout(Duration::from_millis(100), get(&mock, PATH).try_send());
    assert!(wait.await.is_err());
}

#[tokio::test]
async fn an_html_page() {
    let mock = mock().await;
    mock.inject(Fault::html(502));
    let got = get(&mock, PATH).send().await;
    assert_eq!(got.status, 502);
    assert!(got.text().contains("502 Bad Gateway"));
}

#[tokio::test]
async fn json_that_is_none() {
    let mock = mock().await;
    mock.inject(Fault::malformed_json());
    let got = get(&mock, PATH).send().await;
    assert_eq!(got.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&got.bytes).is_err());
}

#[tokio::test]
async fn a_redirect() {
    let mock = mock().await;
    mock.inject(Fault::redirect(307, "http://other.invalid/"));
    let got = get(&mock, PATH).send().await;
    assert_eq!(got.status, 307);
    assert_eq!(got.header("location"), Some("http://other.invalid/"));
}

#[tokio::test]
async fn tokens_that_expire_and_are_revoked_in_between() {
    let mock = mock().await;
    mock.inject(Fault::expired_token().on_path("/v3/oauth2/userinfo"));
    mock.inject(Fault::revoked_token().on_path("/v3/oauth2/userinfo"));
    let userinfo = || get(&mock, "/v3/oauth2/userinfo").by("testuser");
    userinfo().send().await.fails(400, "Invalid Tapis token.");
    userinfo().send().await.fails(500, "Token is revoked.");
    assert_eq!(userinfo().send().await.status, 200);
}

#[tokio::test]
async fn only_the_calls_meant() {
    let mock = mock().await;
    mock.inject(Fault::status(500).on("list_tenants").on_method("GET").always());
    assert_eq!(get(&mock, PATH).send().await.status, 200);
    assert_eq!(get(&mock, "/v3/tenants").send().await.status, 500);
    assert_eq!(mock.faults().len(), 1);
    mock.clear_faults();
    assert_eq!(get(&mock, "/v3/tenants").send().await.status, 200);
}

#[tokio::test]
async fn stopping_does_not_wait_for_calls_that_hang() {
    let mock = mock().await;
    mock.inject(Fault::hang().always());
    let wait = tokio::time::timeout(Duration::from_millis(50), get(&mock, PATH).send());
    assert!(wait.await.is_err());
    let start = Instant::now();
    drop(mock);
    assert!(start.elapsed() < Duration::from_secs(1));
}
