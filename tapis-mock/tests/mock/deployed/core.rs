//! Authenticator, tokens and tenants.

use http::Method;
use serde_json::{Value, json};

use super::{deployed, has_form, make, names, read};
use crate::support::*;

const HTTP_DATE: &str = "Sun, 22 Nov 2026 23:00:49 GMT";

fn ldap() -> Value {
    json!({
        "ldap_id": "people", "account_type": "user", "bind_credential": "c", "bind_dn": "dn",
        "port": 389, "url": "ldap://ldap.invalid", "use_ssl": false, "user_dn": "ou=people",
    })
}

fn tenant(status: &str) -> Value {
    json!({
        "tenant_id": "other", "site_id": "mock", "base_url": "https://other.invalid",
        "owner": "a@b.invalid", "admin_user": "root", "authenticator": "a", "status": status,
        "security_kernel": "s", "token_service": "t", "description": "",
        "token_gen_services": [],
    })
}

#[tokio::test]
async fn what_is_made_is_answered_with_200() {
    let mock = deployed().await;
    let owner = json!({ "email": "a@b.invalid", "name": "A", "institution": "I" });
    let table = json!({
        "table_name": "birds", "root_url": "birds",
        "columns": { "name": { "data_type": "text" } },
    });
    for (path, body) in [
        ("/v3/oauth2/tokens", login()),
        ("/v3/oauth2/clients", json!({})),
        ("/v3/tenants/owners", owner),
        ("/v3/tenants/ldaps", ldap()),
        ("/v3/tenants", tenant("draft")),
        ("/v3/pgrest/manage/tables", table),
    ] {
        let got = post(&mock, path, body).by("root").send().await;
        assert_eq!(got.status, 200, "{path} {}", got.text());
    }
}

#[tokio::test]
async fn failures_say_error_and_have_metadata() {
    let mock = deployed().await;
    for path in ["/v3/oauth2/profiles/nobody", "/v3/tenants/nowhere", "/v3/sites/nowhere"] {
        let got = get(&mock, path).by("root").send().await;
        assert_eq!(got.status, 400, "{path}");
        let body = got.json();
        assert_eq!(names(&body), ["message", "metadata", "result", "status", "version"]);
        assert_eq!((&body["status"], &body["metadata"]), (&json!("error"), &json!({})));
        assert_eq!(body["result"], Value::Null);
    }
}

#[tokio::test]
async fn a_greeting_is_an_empty_text() {
    let mock = deployed().await;
    for path in ["/v3/oauth2/hello", "/v3/tokens/hello"] {
        let got = get(&mock, path).send().await;
        assert_eq!(got.result(), "", "{path}");
        assert_eq!(got.json()["metadata"], json!({}), "{path}");
    }
}

#[tokio::test]
async fn a_client_says_whose_it_is_and_stays_when_it_is_deleted() {
    let mock = deployed().await;
    let client = make(&mock, "/v3/oauth2/clients", json!({ "client_id": "mine" })).await;
    for (name, expected) in [
        ("owner", json!("root")),
        ("tenant_id", json!("dev")),
        ("active", json!(true)),
        ("create_time", json!(HTTP_DATE)),
        ("last_update_time", json!(HTTP_DATE)),
    ] {
        assert_eq!(client[name], expected, "{name}");
    }
    let path = "/v3/oauth2/clients/mine";
    for _ in 0..2 {
        let gone = delete(&mock, path).by("root").send().await.result();
        assert_eq!((&gone["client_id"], &gone["active"]), (&json!("mine"), &json!(false)));
    }
}

#[tokio::test]
async fn a_profile_has_nulls_and_no_name() {
    let mock = deployed().await;
    for path in ["/v3/oauth2/userinfo", "/v3/oauth2/profiles/root"] {
        let profile = read(&mock, path).await;
        for name in ["given_name", "last_name", "phone", "mobile_phone", "create_time"] {
            assert_eq!(profile[name], Value::Null, "{name}");
        }
        assert_eq!((&profile["username"], profile.get("name")), (&json!("root"), None));
    }
}

#[tokio::test]
async fn a_token_tells_its_jti_and_when_it_ends_with_an_offset() {
    let mock = deployed().await;
    let got = post(&mock, "/v3/oauth2/tokens", login()).basic("cli", "key").send().await.result();
    for kind in ["access_token", "refresh_token"] {
        has_form(&got[kind]["expires_at"], "9999-99-99T99:99:99.999999+99:99");
        assert!(got[kind]["jti"].is_string());
    }
}

#[tokio::test]
async fn what_is_zero_in_a_moment_is_left_out() {
    let mock = deployed().await;
    mock.advance(std::time::Duration::from_millis(880));
    let got = post(&mock, "/v3/oauth2/tokens", login()).send().await.result();
    has_form(&got["access_token"]["expires_at"], "9999-99-99T99:99:99+99:99");
}

#[tokio::test]
async fn a_tenants_status_is_shouted_and_must_be_whispered() {
    let mock = deployed().await;
    let got = post(&mock, "/v3/tenants", tenant("ACTIVE")).by("root").send().await;
    assert_eq!(got.status, 400, "{}", got.text());
    assert_eq!(make(&mock, "/v3/tenants", tenant("active")).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_tenant_leaves_out_what_is_empty() {
    let mock = deployed().await;
    make(&mock, "/v3/tenants", tenant("active")).await;
    let shown = read(&mock, "/v3/tenants/other").await;
    for name in ["description", "token_gen_services", "user_ldap_connection_id"] {
        assert_eq!(shown.get(name), None, "{name}");
    }
    has_form(&shown["create_time"], "9999-99-99 99:99:99.999999");
}

#[tokio::test]
async fn a_site_that_is_not_the_primary_has_no_template() {
    let mock = deployed().await;
    let site = json!({
        "site_id": "near", "base_url": "https://near.invalid", "primary": false,
        "services": [], "site_admin_tenant_id": "admin",
    });
    make(&mock, "/v3/sites", site).await;
    let shown = read(&mock, "/v3/sites/near").await;
    assert_eq!(shown.get("tenant_base_url_template"), Some(&Value::Null));
    has_form(&shown["create_time"], "9999-99-99 99:99:99.999999");
}

#[tokio::test]
async fn the_configuration_has_nulls() {
    let mock = deployed().await;
    let config = read(&mock, "/v3/oauth2/admin/config").await;
    let is_null = |name: &str| config.get(name) == Some(&Value::Null);
    assert!(is_null("token_url") && is_null("impersadmin_username"), "{config:#}");
}

#[tokio::test]
async fn a_device_code_ends_at_a_date() {
    let mock = deployed().await;
    let body = json!({ "client_id": "cli" });
    let code = post(&mock, "/v3/oauth2/device/code", body).send().await.result();
    assert_eq!(code["expires_in"], "Sun, 22 Nov 2026 23:10:49 GMT");
    assert_eq!(code.get("interval"), None);
}

#[tokio::test]
async fn owners_and_directories_have_dates_as_in_http() {
    let mock = deployed().await;
    assert_eq!(make(&mock, "/v3/tenants/ldaps", ldap()).await["create_time"], HTTP_DATE);
}

#[tokio::test]
async fn a_token_is_given_back_to_the_router() {
    let mock = deployed().await;
    let path = "/v3/tokens/revoke";
    let token = mock.mint_access_token(tapis_mock::Mint::user("testuser")).unwrap();
    let got = post(&mock, path, json!({ "token": token })).by("root").send().await;
    assert_eq!((got.status.as_u16(), got.json().get("result")), (200, None));
    let got = post(&mock, path, json!({})).by("root").send().await;
    assert_eq!(got.status, 422);
    assert_eq!(got.json()["detail"][0]["loc"], json!(["body", "token"]));
}

#[tokio::test]
async fn the_router_answers_options() {
    let mock = deployed().await;
    for path in ["/v3/oauth2/tokens", "/v3/streams/projects"] {
        let got = ask(&mock, Method::OPTIONS, path).send().await;
        assert_eq!((got.status.as_u16(), got.text()), (204, ""), "{path}");
    }
    assert_eq!(ask(&mock, Method::OPTIONS, "/v3/systems").send().await.status, 405);
}
