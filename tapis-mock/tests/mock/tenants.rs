//! Tenants, sites, owners and directories.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

async fn with_admin() -> MockTapis {
    start(builder().admin("root", "pw")).await
}

fn tenant(id: &str) -> Value {
    json!({
        "tenant_id": id,
        "base_url": "https://new.invalid",
        "site_id": "mock",
        "owner": "owner@mock.invalid",
        "admin_user": "root",
        "authenticator": "https://new.invalid/v3/oauth2",
        "security_kernel": "https://new.invalid/v3/security",
        "token_service": "https://new.invalid/v3/tokens",
        "token_gen_services": [],
        "status": "draft",
    })
}

#[tokio::test]
async fn administrators_make_tenants_and_drafts_are_not_listed() {
    let mock = with_admin().await;
    let make = |user: &str| post(&mock, "/v3/tenants", tenant("new")).by(user);
    make("testuser").send().await.fails(400, "Not authorized");
    assert_eq!(make("root").send().await.result()["status"], "DRAFT");
    make("root").send().await.fails(400, "already exists");
    let listed = async |query: &str| {
        let got = get(&mock, &format!("/v3/tenants{query}")).send().await.result();
        got.as_array().unwrap().iter().any(|tenant| tenant["tenant_id"] == "new")
    };
    assert!(!listed("").await);
    assert!(listed("?show_draft=true").await);
    let one = "/v3/tenants/new";
    put(&mock, one, json!({ "status": "ACTIVE" })).by("root").send().await.fails(400, "#/status");
    put(&mock, one, json!({ "status": "active" })).by("root").send().await.result();
    assert!(listed("").await);
    let history = get(&mock, "/v3/tenants/new/history").send().await.result();
    assert_eq!(history[0]["updates"]["status"]["new"], "ACTIVE");
    get(&mock, "/v3/tenants/none").send().await.fails(400, "No tenant found");
}

#[tokio::test]
async fn owners_and_directories_are_kept_until_they_are_deleted() {
    let mock = with_admin().await;
    let owner = json!({ "name": "O", "email": "o@x.invalid", "institution": "I" });
    post(&mock, "/v3/tenants/owners", owner.clone()).by("root").send().await.result();
    post(&mock, "/v3/tenants/owners", owner).by("root").send().await.fails(400, "exists");
    let one = "/v3/tenants/owners/o@x.invalid";
    assert_eq!(get(&mock, one).send().await.result()["name"], "O");
    delete(&mock, one).by("root").send().await.result();
    get(&mock, one).send().await.fails(400, "No owner object found");
    let ldap = json!({ "ldap_id": "dev-ldap", "account_type": "user", "bind_credential": "c",
        "bind_dn": "d", "port": 636, "url": "ldaps://x.invalid", "use_ssl": true, "user_dn": "u" });
    post(&mock, "/v3/tenants/ldaps", ldap).by("root").send().await.result();
    let got = delete(&mock, "/v3/tenants/ldaps/dev-ldap").by("root").send().await;
    got.fails(400, "a tenant uses it");
}

#[tokio::test]
async fn sites_are_made_and_deleted() {
    let mock = with_admin().await;
    let site = json!({ "site_id": "far", "base_url": "https://far.invalid", "primary": false,
        "services": [], "site_admin_tenant_id": "far-admin" });
    post(&mock, "/v3/sites", site).by("root").send().await.result();
    assert_eq!(get(&mock, "/v3/sites").send().await.result().as_array().unwrap().len(), 2);
    delete(&mock, "/v3/sites/mock").by("root").send().await.fails(400, "a tenant uses it");
    delete(&mock, "/v3/sites/far").by("root").send().await.result();
    get(&mock, "/v3/sites/far").send().await.fails(400, "No site found");
}

#[tokio::test]
async fn deployed_tenants_leave_out_what_is_empty_and_write_dates_their_way() {
    let mock = start(builder().strictness(Strictness::AsDeployed).admin("root", "pw")).await;
    post(&mock, "/v3/tenants", tenant("new")).by("root").send().await.result();
    let new = get(&mock, "/v3/tenants/new").send().await.result();
    assert!(!new.as_object().unwrap().contains_key("token_gen_services"));
    let created = new["create_time"].as_str().unwrap();
    assert!(created.contains(' ') && !created.contains('T'), "{created}");
}
