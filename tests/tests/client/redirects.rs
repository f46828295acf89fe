//! Where a redirect leads, the token does not follow.

use tapis_client::http::Method;
use tapis_client::{Tapis, systems};
use tapis_mock::{Fault, MockTapis};

const OPERATION: &str = "systems.getSystems";

async fn mock() -> MockTapis {
    MockTapis::builder().user("testuser", "secret").start().await.unwrap()
}

fn client(mock: &MockTapis) -> Tapis {
    Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap()
}

#[tokio::test]
async fn another_port_host_or_scheme_gets_nothing() {
    let (mock, other) = (mock().await, mock().await);
    let t = client(&mock);
    let port = mock.address().port();
    for (target, why) in [
        (
            format!("{}/v3/systems", other.base_url()),
            format!("another origin, {}", other.base_url()),
        ),
        (
            format!("http://localhost:{port}/v3/systems"),
            "another origin, http://localhost".to_owned(),
        ),
        (format!("https://127.0.0.1:{port}/v3/systems"), "use https://127.0.0.1:".to_owned()),
        ("ftp://127.0.0.1/v3".to_owned(), "another origin, ftp://127.0.0.1".to_owned()),
        ("http://[".to_owned(), "an invalid URL".to_owned()),
    ] {
        mock.inject(Fault::redirect(302, target).on(OPERATION));
        let error = t.systems.get_systems().await.unwrap_err();
        assert!(error.to_string().contains(&why), "{error}");
        assert_eq!(error.status().unwrap().as_u16(), 302);
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn within_the_origin_a_get_is_redirected_with_the_token() {
    let mock = mock().await;
    let t = client(&mock);
    for status in [301, 302, 303, 307, 308] {
        mock.clear_requests();
        mock.inject(Fault::redirect(status, "/v3/oauth2/userinfo").on(OPERATION));
        let value: serde_json::Value = t.systems.get_systems().send_as().await.unwrap();
        assert_eq!(value["username"], "testuser");
        let redirected = &mock.requests_for("authenticator.get_userinfo")[0];
        assert!(redirected.header("x-tapis-token").is_some());
    }
}

#[tokio::test]
async fn a_redirect_never_changes_the_method() {
    let mock = mock().await;
    let t = client(&mock);
    mock.inject(Fault::redirect(301, "/v3/systems/other").on("systems.putSystem"));
    let body = systems::types::ReqPutSystem::default();
    let error = t.systems.put_system("s", body).await.unwrap_err();
    assert!(error.to_string().contains("PUT request cannot be sent again"), "{error}");
    mock.clear_requests();
    mock.inject(Fault::redirect(307, "/v3/systems/other").on_method("PUT"));
    let _ = t.request(Method::PUT, "/v3/systems/s").json(&serde_json::json!({})).await;
    let methods: Vec<String> =
        mock.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(methods, ["PUT /v3/systems/s", "PUT /v3/systems/other"]);
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let mock = mock().await;
    let t = client(&mock);
    mock.inject(Fault::redirect(302, "/v3/systems").on(OPERATION).always());
    let error = t.systems.get_systems().await.unwrap_err();
    assert!(error.to_string().contains("redirects too often"), "{error}");
}
