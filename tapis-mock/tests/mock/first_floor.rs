//! Logging in, being recognised, being refused.

use std::time::Duration;

use crate::support::*;
use http::Method;
use serde_json::{Value, json};
use tapis_mock::{Mint, MockTapis};

const TOKENS: &str = "/v3/oauth2/tokens";
const USERINFO: &str = "/v3/oauth2/userinfo";

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

async fn with_client() -> MockTapis {
    start(builder().client("cli", "key")).await
}

#[tokio::test]
async fn a_password_gives_an_access_token() {
    let mock = mock().await;
    let got = post(&mock, TOKENS, login()).send().await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), Some("application/json"));
    let token = &got.result()["access_token"];
    assert_eq!(token["expires_in"], 14_400);
    assert!(token["expires_at"].as_str().unwrap().ends_with("+00:00"));
    let claims = claims(token["access_token"].as_str().unwrap());
    assert_eq!(claims["jti"], token["jti"]);
    assert_eq!(claims["sub"], "testuser@dev");
    assert_eq!(claims["iss"], format!("{}/v3/tokens", mock.base_url()));
    assert_eq!(claims["tapis/tenant_id"], "dev");
    assert_eq!(claims["tapis/token_type"], "access");
    assert_eq!(claims["tapis/delegation"], false);
    assert_eq!(claims["tapis/delegation_sub"], Value::Null);
    assert_eq!(claims["tapis/username"], "testuser");
    assert_eq!(claims["tapis/account_type"], "user");
    assert_eq!(claims["tapis/client_id"], Value::Null);
    assert_eq!(claims["tapis/grant_type"], "password");
}

#[tokio::test]
async fn without_a_client_there_is_no_refresh_token() {
    let mock = mock().await;
    let got = post(&mock, TOKENS, login()).send().await;
    assert!(!got.result().as_object().unwrap().contains_key("refresh_token"));
}

#[tokio::test]
async fn a_client_in_the_body_is_ignored() {
    let mock = with_client().await;
    let mut body = login();
    body["client_id"] = "cli".into();
    body["client_key"] = "key".into();
    let got = post(&mock, TOKENS, body).send().await;
    assert!(!got.result().as_object().unwrap().contains_key("refresh_token"));
}

#[tokio::test]
async fn a_form_does_as_well_as_json() {
    let mock = mock().await;
    let got = ask(&mock, Method::POST, TOKENS)
        .body(
            "application/x-www-form-urlencoded",
            "grant_type=password&username=testuser&password=secret",
        )
        .send()
        .await;
    assert!(got.result()["access_token"]["access_token"].is_string());
}

#[tokio::test]
async fn a_wrong_password_is_refused_as_a_bad_request() {
    let mock = mock().await;
    let mut body = login();
    body["password"] = "wrong".into();
    let got = post(&mock, TOKENS, body).send().await;
    got.fails(400, "Invalid username/password combination.");
    let expected = json!({
        "message": "Invalid username/password combination.",
        "metadata": {},
        "result": null,
        "status": "error",
        "version": "dev",
    });
    assert_eq!(got.json(), expected);
}

#[tokio::test]
async fn what_a_grant_lacks_is_named() {
    let mock = mock().await;
    let got = post(&mock, TOKENS, json!({})).send().await;
    got.fails(400, "Missing the required grant_type parameter.");
    let got = post(&mock, TOKENS, json!({ "grant_type": "password" })).send().await;
    got.fails(400, "Missing required payload data;");
    let got = post(&mock, TOKENS, json!({ "grant_type": "client_credentials" })).send().await;
    got.fails(400, "authorization_code");
    let got = ask(&mock, Method::POST, TOKENS).send().await;
    got.fails(500, "AttributeError");
}

#[tokio::test]
async fn a_client_gets_a_refresh_token_and_uses_it_more_than_once() {
    let mock = with_client().await;
    let got = post(&mock, TOKENS, login()).basic("cli", "key").send().await;
    let refresh = got.result()["refresh_token"]["refresh_token"].as_str().unwrap().to_owned();
    let body = json!({ "grant_type": "refresh_token", "refresh_token": refresh });
    for _ in 0..2 {
        let got = post(&mock, TOKENS, body.clone()).basic("cli", "key").send().await;
        let access = claims(got.result()["access_token"]["access_token"].as_str().unwrap());
        assert_eq!(access["tapis/refresh_count"], 1);
        assert_eq!(access["tapis/grant_type"], "refresh_token");
        assert!(got.result()["refresh_token"]["refresh_token"].is_string());
    }
}

#[tokio::test]
async fn renewing_takes_the_client_that_got_the_token() {
    let mock = start(builder().client("cli", "key").client("other", "key2")).await;
    let got = post(&mock, TOKENS, login()).basic("cli", "key").send().await;
    let refresh = got.result()["refresh_token"]["refresh_token"].as_str().unwrap().to_owned();
    let body = json!({ "grant_type": "refresh_token", "refresh_token": refresh });
    let got = post(&mock, TOKENS, body.clone()).send().await;
    got.fails(400, "Invalid client credentials: ");
    let got = post(&mock, TOKENS, body.clone()).basic("cli", "wrong").send().await;
    got.fails(400, "Invalid client credentials: cli, wrong.");
    let got = post(&mock, TOKENS, body).basic("other", "key2").send().await;
    got.fails(400, "other");
}

#[tokio::test]
async fn a_bad_refresh_token_is_refused() {
    let mock = with_client().await;
    let renew = async |token: &str| {
        let body = json!({ "grant_type": "refresh_token", "refresh_token": token });
        post(&mock, TOKENS, body).basic("cli", "key").send().await
    };
    renew("").await.fails(400, "Required refresh_token parameter missing.");
    renew("garbage").await.fails(400, "Invalid refresh_token.");
    let got = post(&mock, TOKENS, login()).basic("cli", "key").send().await;
    let access = got.result()["access_token"]["access_token"].as_str().unwrap().to_owned();
    renew(&access).await.fails(400, "Invalid token type.");
    let refresh = got.result()["refresh_token"]["refresh_token"].as_str().unwrap().to_owned();
    mock.advance(Duration::from_secs(31_536_001));
    renew(&refresh).await.fails(400, "Invalid refresh_token.");
}

#[tokio::test]
async fn userinfo_tells_who_calls() {
    let mock = mock().await;
    let got = get(&mock, USERINFO).by("testuser").send().await;
    let profile = got.result();
    assert_eq!(profile["username"], "testuser");
    let fields: Vec<&String> = profile.as_object().unwrap().keys().collect();
    let expected = [
        "create_time",
        "dn",
        "email",
        "given_name",
        "last_name",
        "mobile_phone",
        "phone",
        "uid",
        "username",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_missing_token_is_refused() {
    let mock = mock().await;
    let got = get(&mock, USERINFO).send().await;
    got.fails(400, "No Tapis access token found in the request.");
    let got = get(&mock, USERINFO).header("authorization", "Bearer x").send().await;
    got.fails(400, "No Tapis access token found in the request.");
}

#[tokio::test]
async fn a_malformed_token_is_refused() {
    let mock = mock().await;
    let got = get(&mock, USERINFO).token("no.token.this").send().await;
    got.fails(400, "Could not parse the Tapis access token.");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser").expired()).unwrap();
    let got = get(&mock, USERINFO).token(&token).send().await;
    got.fails(400, "Invalid Tapis token.");
}

#[tokio::test]
async fn a_token_expires_by_the_clock_of_the_mock() {
    let mock = start(builder().access_token_ttl(Duration::from_secs(60))).await;
    let got = post(&mock, TOKENS, login()).send().await;
    let token = got.result()["access_token"]["access_token"].as_str().unwrap().to_owned();
    mock.advance(Duration::from_secs(50));
    assert_eq!(get(&mock, USERINFO).token(&token).send().await.status, 200);
    mock.advance(Duration::from_secs(11));
    get(&mock, USERINFO).token(&token).send().await.fails(400, "Invalid Tapis token.");
}

#[tokio::test]
async fn a_token_that_another_key_signed_is_refused() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser").foreign_signed()).unwrap();
    let got = get(&mock, USERINFO).token(&token).send().await;
    got.fails(400, "Invalid Tapis token.");
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser").tenant("admin")).unwrap();
    let got = get(&mock, USERINFO).token(&token).send().await;
    got.fails(400, "The tenant_id claim in the token, admin does not match the URL tenant, dev.");
    let token = mock.mint_access_token(Mint::user("testuser").tenant("unheard-of")).unwrap();
    let got = get(&mock, USERINFO).token(&token).send().await;
    got.fails(400, "unexpected tenant_id");
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let mock = with_client().await;
    let got = post(&mock, TOKENS, login()).basic("cli", "key").send().await;
    let refresh = got.result()["refresh_token"]["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(get(&mock, USERINFO).token(&refresh).send().await.status, 500);
}

#[tokio::test]
async fn a_revoked_token_is_refused_everywhere() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let body = json!({ "token": token });
    let got = post(&mock, "/v3/oauth2/tokens/revoke", body).send().await;
    assert!(got.message().contains("has been revoked"));
    for path in [USERINFO, "/v3/systems", "/v3/tenants"] {
        let got = get(&mock, path).token(&token).send().await;
        got.fails(500, "Token is revoked.");
        assert!(!got.json().as_object().unwrap().contains_key("metadata"));
    }
}

#[tokio::test]
async fn a_stale_token_does_not_hinder_a_login() {
    let mock = mock().await;
    let stale = mock.mint_access_token(Mint::user("testuser").expired()).unwrap();
    assert_eq!(post(&mock, TOKENS, login()).token(&stale).send().await.status, 200);
}

#[tokio::test]
async fn java_services_refuse_tokens_with_bare_text() {
    let mock = mock().await;
    let got = get(&mock, "/v3/systems").send().await;
    assert_eq!(got.status, 401);
    assert!(got.text().starts_with("TAPIS_SECURITY_MISSING_JWT_INFO"));
    let token = mock.mint_access_token(Mint::user("testuser").expired()).unwrap();
    let got = get(&mock, "/v3/systems").token(&token).send().await;
    assert_eq!(got.status, 401);
    assert!(got.text().starts_with("TAPIS_SECURITY_JWT_EXPIRED"));
}

#[tokio::test]
async fn user_tokens_cannot_speak_for_others() {
    let mock = mock().await;
    let got = get(&mock, USERINFO).by("testuser").header("x-tapis-user", "other").send().await;
    got.fails(400, "cannot set OBO headers with a user token");
    let got = get(&mock, "/v3/systems").by("testuser").header("x-tapis-tenant", "dev").send().await;
    assert_eq!(got.status, 401);
}

#[tokio::test]
async fn services_speak_for_users() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::service("jobs", "mock")).unwrap();
    let got = get(&mock, USERINFO).token(&token).send().await;
    assert_eq!(got.status, 400);
    let for_user = |token: &str| {
        get(&mock, USERINFO)
            .token(token)
            .header("x-tapis-tenant", "dev")
            .header("x-tapis-user", "testuser")
    };
    assert_eq!(for_user(&token).send().await.result()["username"], "testuser");
    let elsewhere = mock.mint_access_token(Mint::service("jobs", "elsewhere")).unwrap();
    assert_eq!(for_user(&elsewhere).send().await.status, 400);
}

#[tokio::test]
async fn tenants_are_known_by_the_address_they_were_asked_at() {
    let mock = mock().await;
    let got = get(&mock, "/v3/tenants").header("host", "localhost:8000").send().await;
    let tenants = got.result();
    let dev = tenants.as_array().unwrap().iter().find(|t| t["tenant_id"] == "dev").unwrap();
    assert_eq!(dev["base_url"], "http://localhost:8000");
    assert_eq!(dev["token_service"], "http://localhost:8000/v3/tokens");
    assert_eq!(dev["status"], "ACTIVE");
    let sites = get(&mock, "/v3/sites").send().await.result();
    assert_eq!(sites[0]["site_id"], dev["site_id"]);
}

#[tokio::test]
async fn a_tenant_shows_the_key_that_verifies_its_tokens() {
    let mock = mock().await;
    let tenant = get(&mock, "/v3/tenants/dev").send().await.result();
    assert_eq!(tenant["public_key"], mock.public_key());
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let key = tenant["public_key"].as_str().unwrap();
    let key = jsonwebtoken::DecodingKey::from_rsa_pem(key.as_bytes()).unwrap();
    let rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    assert!(jsonwebtoken::decode::<Value>(&token, &key, &rules).is_ok());
}

#[tokio::test]
async fn a_service_gets_tokens_with_its_password() {
    let mock = start(builder().service("jobs", "pw")).await;
    let body = json!({
        "token_tenant_id": "admin",
        "account_type": "service",
        "token_username": "jobs",
        "target_site_id": "mock",
        "generate_refresh_token": true,
        "access_token_ttl": 100,
    });
    let got = post(&mock, "/v3/tokens", body.clone()).basic("jobs", "pw").send().await;
    assert_eq!(got.status, 200);
    let result = got.result();
    let access = claims(result["access_token"]["access_token"].as_str().unwrap());
    assert_eq!(access["tapis/target_site"], "mock");
    assert_eq!(result["access_token"]["expires_in"], 100);
    let renew = json!({ "refresh_token": result["refresh_token"]["refresh_token"] });
    let renewed = put(&mock, "/v3/tokens", renew).send().await.result();
    let access = claims(renewed["access_token"]["access_token"].as_str().unwrap());
    assert_eq!(access["tapis/target_site"], "mock");
    let got = post(&mock, "/v3/tokens", body).basic("jobs", "wrong").send().await;
    got.fails(400, "Invalid service name/password combination.");
    put(&mock, "/v3/tokens", json!({})).send().await.fails(500, "KeyError");
    let garbage = put(&mock, "/v3/tokens", json!({ "refresh_token": "x" })).send().await;
    garbage.fails(400, "Invalid PUT data: <Request");
}

#[tokio::test]
async fn unknown_paths_answer_as_each_service_does() {
    let mock = mock().await;
    let html = async |path: &str, status: u16| {
        let got = get(&mock, path).by("testuser").send().await;
        assert_eq!(got.status, status, "{path}");
        assert_eq!(got.header("content-type"), Some("text/html"));
    };
    html("/", 404).await;
    html("/v3/nothing-here", 404).await;
    html("/v3/oauth2/nothing", 500).await;
    html("/v3/tokens/nothing/at/all", 500).await;
    html("/v3/tenants/a/b/c", 404).await;
    let got = get(&mock, "/v3/systems/a/b/c/d/e").by("testuser").send().await;
    got.fails(404, "404");
    let got = delete(&mock, "/v3/tokens").send().await;
    assert_eq!(got.status, 405);
}

#[tokio::test]
async fn requests_are_kept_for_assertions() {
    let mock = mock().await;
    post(&mock, "/v3/oauth2/tokens?a=b%20c", login()).header("x-a", "1").send().await;
    get(&mock, "/v3/unknown").send().await;
    let requests = mock.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].is("create_token") && requests[0].is("authenticator.create_token"));
    assert_eq!(requests[0].header("X-A"), Some("1"));
    assert_eq!(requests[0].query_value("a"), Some("b c"));
    assert_eq!(requests[0].json().unwrap(), login());
    assert_eq!(requests[0].status, Some(200));
    assert_eq!(requests[1].status, Some(404));
    assert!(!format!("{requests:?}").contains("secret"));
    assert_eq!(mock.requests_for("create_token").len(), 1);
    mock.clear_requests();
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_reset_mock_is_as_new() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    post(&mock, "/v3/oauth2/tokens/revoke", json!({ "token": token })).send().await;
    assert_eq!(get(&mock, USERINFO).token(&token).send().await.status, 500);
    mock.reset().unwrap();
    assert_eq!(get(&mock, USERINFO).token(&token).send().await.status, 200);
}

#[tokio::test]
async fn a_dropped_mock_is_gone() {
    let mock = mock().await;
    let address = mock.address();
    drop(mock);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
