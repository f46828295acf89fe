//! OAuth clients, the device flow, codes, profiles and the settings of a tenant.

use std::time::Duration;

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const TOKENS: &str = "/v3/oauth2/tokens";
const CLIENTS: &str = "/v3/oauth2/clients";

async fn with_client() -> MockTapis {
    start(builder().client("cli", "key")).await
}

#[tokio::test]
async fn clients_are_made_changed_and_deactivated_by_their_owners() {
    let mock = mock().await;
    let body = json!({ "client_id": "c", "client_key": "k", "callback_url": "https://a.invalid" });
    let client = post(&mock, CLIENTS, body.clone()).by("testuser").send().await.result();
    assert_eq!((&client["owner"], &client["active"]), (&json!("testuser"), &json!(true)));
    post(&mock, CLIENTS, body).by("testuser").send().await.fails(400, "already exists");
    let one = "/v3/oauth2/clients/c";
    get(&mock, one).by("other").send().await.fails(400, "Not authorized for this client");
    let got = put(&mock, one, json!({ "display_name": "C" })).by("testuser").send().await;
    assert_eq!(got.result()["display_name"], "C");
    put(&mock, one, json!({ "client_key": "x" }))
        .by("testuser")
        .send()
        .await
        .fails(400, "client_key");
    for _ in 0..2 {
        let got = delete(&mock, one).by("testuser").send().await;
        assert_eq!(got.result()["active"], false);
    }
    let list = async |query: &str| {
        let got = get(&mock, &format!("{CLIENTS}{query}")).by("testuser").send().await;
        got.result().as_array().unwrap().len()
    };
    assert_eq!(list("").await, 0);
    assert_eq!(list("?show_inactive=x").await, 1);
    let got = post(&mock, TOKENS, login()).basic("c", "k").send().await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn a_client_without_a_name_is_given_one() {
    let mock = mock().await;
    let client = post(&mock, CLIENTS, json!({})).by("testuser").send().await.result();
    assert!(!client["client_id"].as_str().unwrap().is_empty());
    assert!(!client["client_key"].as_str().unwrap().is_empty());
    let long = json!({ "description": "x".repeat(71) });
    post(&mock, CLIENTS, long).by("testuser").send().await.fails(400, "too long");
}

async fn device(mock: &MockTapis) -> (String, Value) {
    let got = post(mock, "/v3/oauth2/device/code", json!({ "client_id": "cli" })).send().await;
    let code = got.result();
    let poll = json!({ "grant_type": "device_code", "client_id": "cli",
        "device_code": code["device_code"] });
    (code["user_code"].as_str().unwrap().to_owned(), poll)
}

#[tokio::test]
async fn a_device_gets_tokens_once_its_code_is_entered() {
    let mock = with_client().await;
    let (user_code, poll) = device(&mock).await;
    post(&mock, TOKENS, poll.clone()).send().await.fails(400, "device code not ready.");
    let mut other = poll.clone();
    other["client_id"] = "other".into();
    mock.approve_device(&user_code, "testuser").unwrap();
    assert!(mock.approve_device(&user_code, "testuser").is_err());
    post(&mock, TOKENS, other).send().await.fails(400, "Client IDs do not match");
    let result = post(&mock, TOKENS, poll.clone()).send().await.result();
    assert_eq!(result["access_token"]["expires_in"], 30 * 24 * 3600);
    assert!(result["refresh_token"].is_object());
    post(&mock, TOKENS, poll).send().await.fails(400, "device code not valid.");
}

#[tokio::test]
async fn a_device_code_expires() {
    let mock = with_client().await;
    let (user_code, poll) = device(&mock).await;
    mock.approve_device(&user_code, "testuser").unwrap();
    mock.advance(Duration::from_secs(607));
    post(&mock, TOKENS, poll.clone()).send().await.fails(400, "expired and is now deleted");
    post(&mock, TOKENS, poll).send().await.fails(400, "device code not valid.");
}

#[tokio::test]
async fn a_device_code_sent_as_a_form_is_not_understood() {
    let mock = with_client().await;
    let got = ask(&mock, http::Method::POST, TOKENS)
        .body("application/x-www-form-urlencoded", "grant_type=device_code&client_id=cli")
        .send()
        .await;
    got.fails(400, "Required client_id parameter missing.");
}

#[tokio::test]
async fn an_authorization_code_is_good_once() {
    let mock = with_client().await;
    let redirect = "https://a.invalid/cb";
    assert!(mock.authorization_code("cli", "testuser", redirect).is_err());
    assert!(mock.set_callback_url("none", redirect).is_err());
    mock.set_callback_url("cli", redirect).unwrap();
    let code = mock.authorization_code("cli", "testuser", redirect).unwrap();
    let body = |redirect: &str| json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": redirect });
    let send = |redirect: &str| post(&mock, TOKENS, body(redirect)).basic("cli", "key");
    send("https://b.invalid").send().await.fails(400, "Invalid redirect_uri parameter");
    assert!(send(redirect).send().await.result()["refresh_token"].is_object());
    send(redirect).send().await.fails(400, "authorization code not valid.");
    let error = mock.authorization_code("cli", "testuser", "https://a.invalid/cb/").unwrap_err();
    assert_eq!(error.to_string(), "the callback URL of the client `cli` is `https://a.invalid/cb`");
    assert!(mock.authorization_code("none", "testuser", redirect).is_err());
}

#[tokio::test]
async fn profiles_come_in_pages_and_the_next_one_is_named_in_a_header() {
    let mock = start(builder().user("b", "x").user("c", "x")).await;
    let got = get(&mock, "/v3/oauth2/profiles?limit=2").by("testuser").send().await;
    assert_eq!(got.result().as_array().unwrap().len(), 2);
    assert_eq!(got.header("x-tapis-offset"), Some("2"));
    let got = get(&mock, "/v3/oauth2/profiles?offset=2").by("testuser").send().await;
    assert_eq!(got.result()[0]["username"], "c");
    let got = get(&mock, "/v3/oauth2/profiles/none").by("testuser").send().await;
    got.fails(400, "Error retrieving user");
}

#[tokio::test]
async fn administrators_decide_which_grants_there_are() {
    let mock = start(builder().admin("root", "pw")).await;
    let path = "/v3/oauth2/admin/config";
    get(&mock, path).by("testuser").send().await.fails(400, "Not authorized");
    let change = json!({ "allowable_grant_types": ["device_code"] });
    put(&mock, path, change).by("root").send().await.result();
    post(&mock, TOKENS, login()).send().await.fails(400, "device_code");
    let change = json!({ "allowable_grant_types": ["password"], "default_access_token_ttl": 7 });
    put(&mock, path, change).by("root").send().await.result();
    let got = post(&mock, TOKENS, login()).send().await;
    assert_eq!(got.result()["access_token"]["expires_in"], 7);
}

#[tokio::test]
async fn deployed_dates_and_profiles_are_different() {
    let mock = start(builder().client("cli", "key").strictness(Strictness::AsDeployed)).await;
    let client = post(&mock, CLIENTS, json!({})).by("testuser").send().await.result();
    assert!(client["create_time"].as_str().unwrap().ends_with(" GMT"));
    let profile = get(&mock, "/v3/oauth2/userinfo").by("testuser").send().await.result();
    assert_eq!(profile["phone"], Value::Null);
    let got = post(&mock, "/v3/oauth2/device/code", json!({ "client_id": "cli" })).send().await;
    assert!(got.result()["expires_in"].as_str().unwrap().ends_with(" GMT"));
}
