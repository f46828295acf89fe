//! The router in front of the services.

use http::Method;
use serde_json::{Value, json};
use tapis_mock::Mint;

use super::deployed;
use crate::support::*;

#[track_caller]
fn is_page(got: &Got, status: u16) {
    assert_eq!((got.status.as_u16(), got.header("content-type")), (status, Some("text/html")));
    assert!(got.text().starts_with("<html>"), "{}", got.text());
}

#[tokio::test]
async fn a_service_that_nobody_knows_is_a_page() {
    let mock = deployed().await;
    for path in ["/", "/v3", "/v3/nothing", "/favicon.ico"] {
        is_page(&get(&mock, path).send().await, 404);
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_a_page_unless_it_is_a_file() {
    let mock = deployed().await;
    let long = vec![b' '; (1 << 20) + 1];
    let ask = |path: &str| ask(&mock, Method::POST, path).by("root");
    is_page(&ask("/v3/systems").body("application/json", long.clone()).send().await, 413);
    make_system(&mock, "root", linux("s")).await;
    assert_eq!(ask("/v3/files/ops/s/f").file(&long).send().await.status, 200);
}

#[tokio::test]
async fn a_token_that_was_given_back_is_a_fault_of_the_server() {
    let mock = deployed().await;
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    post(&mock, "/v3/oauth2/tokens/revoke", json!({ "token": token })).send().await;
    for path in ["/v3/oauth2/userinfo", "/v3/systems", "/v3/pods", "/v3/workflows/groups"] {
        let got = get(&mock, path).token(&token).send().await;
        got.fails(500, "Token is revoked.");
        assert_eq!((got.json().get("metadata"), &got.json()["result"]), (None, &Value::Null));
    }
}

#[tokio::test]
async fn unknown_paths_are_as_many_things_as_there_are_services() {
    let mock = deployed().await;
    let got = async |path: &str| get(&mock, path).by("root").send().await;
    is_page(&got("/v3/oauth2/nothing").await, 500);
    is_page(&got("/v3/tokens/a/b/c").await, 500);
    is_page(&got("/v3/tenants/a/b/c").await, 404);
    is_page(&got("/v3/workflows/nothing/here").await, 404);
    assert_eq!(got("/v3/systems/a/b/c/d/e").await.json()["status"], "Not Found");
    assert_eq!(got("/v3/pods/a/b/c/d/e").await.json(), json!({ "detail": "Not Found" }));
}
