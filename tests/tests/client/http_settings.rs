//! Settings of the HTTP client reach it: each test fails without the setting that it is about.

use tapis_client::{Tapis, TapisBuilder};
use tapis_mock::MockTapis;
use tapis_tests::{ScriptServer, Step};

const JWT: &str = "e30.eyJ0YXBpcy9hY2NvdW50X3R5cGUiOiJ1c2VyIn0.c2ln";
const GOOD: &str = r#"{"status":"success","result":{"id":"x"}}"#;

async fn with_tls() -> (MockTapis, TapisBuilder) {
    let mock = MockTapis::builder().user("testuser", "secret").tls().start().await.unwrap();
    let builder = Tapis::builder(mock.base_url()).password("testuser", "secret");
    (mock, builder)
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_a_connection_error_and_nothing_was_sent() {
    let (mock, builder) = with_tls().await;
    let error = builder.build().unwrap().get_tokens().await.unwrap_err();
    assert!(error.is_connection() && !error.maybe_sent(), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(!error.is_retryable() && error.hint().unwrap().contains("certificate"), "{error:?}");
    let t = Tapis::builder(mock.base_url()).access_token(JWT).build().unwrap();
    let error = t.systems.get_systems().await.unwrap_err();
    assert_eq!(error.attempts(), 1, "{error:?}");
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn an_extra_root_certificate_is_trusted() {
    let (mock, builder) = with_tls().await;
    let pem = mock.certificate().unwrap().as_bytes().to_vec();
    let root = reqwest::Certificate::from_pem(&pem).unwrap();
    let t = builder.http(move |http| http.tls_certs_merge([root.clone()])).build().unwrap();
    assert_eq!(t.authenticator.get_userinfo().await.unwrap().username, "testuser");
}

#[tokio::test]
async fn verification_can_be_switched_off() {
    let (_mock, builder) = with_tls().await;
    let t = builder.http(|http| http.tls_danger_accept_invalid_certs(true)).build().unwrap();
    assert_eq!(t.authenticator.get_userinfo().await.unwrap().username, "testuser");
}

#[tokio::test]
async fn a_proxy_gets_the_requests() {
    let proxy = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let address = proxy.base_url().to_owned();
    // Nothing listens at the base URL, so that only the proxy can have answered.
    let t = Tapis::builder("http://tapis.invalid")
        .allow_http()
        .access_token(JWT)
        .http(move |http| http.proxy(reqwest::Proxy::all(&address).unwrap()))
        .build()
        .unwrap();
    assert_eq!(t.systems.get_system("x").await.unwrap().id, "x");
    assert_eq!(proxy.requests(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_a_connection_error_that_names_it() {
    let refusal = Step::reply("407 Proxy Authentication Required", "", "");
    let proxy = ScriptServer::start(vec![refusal]).await;
    let address = proxy.base_url().to_owned();
    let t = Tapis::builder("https://tapis.invalid")
        .access_token(JWT)
        .options(tapis_client::http::Options::new().with_retry(tapis_client::http::Retry::never()))
        .http(move |http| http.proxy(reqwest::Proxy::all(&address).unwrap()))
        .build()
        .unwrap();
    let error = t.systems.get_system("x").await.unwrap_err();
    assert!(error.is_connection() && !error.maybe_sent(), "{error}");
    assert!(error.message().contains("proxy"), "{error}");
}

#[tokio::test]
async fn redirects_stay_off_whatever_is_set() {
    let elsewhere = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let location = format!("location: {}/v3/systems/x\r\n", elsewhere.base_url());
    let server = ScriptServer::start(vec![Step::reply("302 Found", &location, "")]).await;
    let t = Tapis::builder(server.base_url())
        .access_token(JWT)
        .http(|http| http.redirect(reqwest::redirect::Policy::limited(10)))
        .build()
        .unwrap();
    assert!(t.systems.get_system("x").await.is_err());
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn a_read_timeout_of_the_http_client_is_not_told_as_one_of_connecting() {
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let limit = std::time::Duration::from_millis(50);
    let builder = Tapis::builder(server.base_url()).access_token(JWT);
    let t = builder.http(move |http| http.read_timeout(limit)).build().unwrap();
    let call = t.systems.get_system("x").with_retry(tapis_client::http::Retry::never());
    let error = call.await.unwrap_err();
    assert!(error.is_timeout() && error.maybe_sent(), "{error}");
    assert!(!error.message().contains("connecting"), "{error}");
}
