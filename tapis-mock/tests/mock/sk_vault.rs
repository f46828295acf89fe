//! The security kernel: secrets, shares and probes.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{Mint, MockTapis};

const VAULT: &str = "/v3/security/vault/secret";
const SHARE: &str = "/v3/security/share";
/// Tenant and user of a secret, as a query.
const MINE: &str = "tenant=dev&user=testuser";

async fn still() -> MockTapis {
    start(builder().admin("boss", "pw").clock_stopped_at(SystemTime::UNIX_EPOCH)).await
}

fn of_testuser(data: Value) -> Value {
    json!({ "tenant": "dev", "user": "testuser", "data": data })
}

/// Writes a secret of `testuser`.
async fn write(mock: &MockTapis, name: &str, data: Value) -> Got {
    post(mock, &format!("{VAULT}/user/{name}"), of_testuser(data)).by("testuser").send().await
}

async fn read(mock: &MockTapis, name: &str, query: &str) -> Got {
    get(mock, &format!("{VAULT}/user/{name}?{MINE}{query}")).by("testuser").send().await
}

/// Deletes, undeletes or destroys versions and says which.
async fn change(mock: &MockTapis, what: &str, name: &str, versions: Value) -> Got {
    let body = json!({ "tenant": "dev", "user": "testuser", "versions": versions });
    post(mock, &format!("{VAULT}/{what}/user/{name}"), body).by("testuser").send().await
}

async fn overview(mock: &MockTapis, name: &str) -> Value {
    let path = format!("{VAULT}/read/meta/user/{name}?{MINE}");
    get(mock, &path).by("testuser").send().await.result()
}

#[tokio::test]
async fn each_writing_makes_a_version() {
    let mock = still().await;
    let first = write(&mock, "s", json!({ "k": "one" })).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.result()["version"], 1);
    assert!(!first.text().contains("one"), "{}", first.text());
    mock.advance(Duration::from_secs(60));
    assert_eq!(write(&mock, "s", json!({ "k": "two" })).await.result()["version"], 2);
    let latest = read(&mock, "s", "").await.result();
    assert_eq!(latest["secretMap"], json!({ "k": "two" }));
    assert_eq!(latest["metadata"]["version"], 2);
    assert_eq!(read(&mock, "s", "&version=1").await.result()["secretMap"]["k"], "one");
    read(&mock, "s", "&version=3").await.fails(404, "SK_VAULT_NOT_FOUND");
    read(&mock, "none", "").await.fails(404, "SK_VAULT_NOT_FOUND");
    let known = overview(&mock, "s").await;
    assert_eq!((&known["current_version"], &known["oldest_version"]), (&json!(2), &json!(1)));
    assert_eq!(known["created_time"], "1970-01-01T00:00:00Z");
    assert_eq!(known["updated_time"], "1970-01-01T00:01:00Z");
}

#[tokio::test]
async fn the_vault_keeps_ten_versions() {
    let mock = still().await;
    for number in 1..=12 {
        write(&mock, "s", json!({ "k": number.to_string() })).await.result();
    }
    let known = overview(&mock, "s").await;
    assert_eq!((&known["current_version"], &known["oldest_version"]), (&json!(12), &json!(3)));
    read(&mock, "s", "&version=2").await.fails(404, "SK_VAULT_NOT_FOUND");
}

#[tokio::test]
async fn deleted_versions_come_back_and_destroyed_ones_do_not() {
    let mock = still().await;
    for number in 1..=3 {
        write(&mock, "s", json!({ "k": number.to_string() })).await.result();
    }
    assert_eq!(change(&mock, "delete", "s", json!([0])).await.result(), json!([3]));
    read(&mock, "s", "").await.fails(404, "SK_VAULT_NOT_FOUND");
    let known = overview(&mock, "s").await;
    assert_eq!(known["versions"][2]["deletion_time"], "1970-01-01T00:00:00Z");
    assert_eq!(known["versions"][1]["deletion_time"], "");
    assert_eq!(change(&mock, "destroy", "s", json!([1, 7])).await.result(), json!([1]));
    assert_eq!(change(&mock, "undelete", "s", json!([])).await.result(), json!([1, 2, 3]));
    assert_eq!(read(&mock, "s", "").await.result()["secretMap"]["k"], "3");
    read(&mock, "s", "&version=1").await.fails(404, "SK_VAULT_NOT_FOUND");
    assert_eq!(overview(&mock, "s").await["versions"][0]["destroyed"], true);
    change(&mock, "delete", "none", json!([])).await.fails(404, "SK_VAULT_NOT_FOUND");
}

#[tokio::test]
async fn secrets_are_in_folders() {
    let mock = still().await;
    for name in ["a", "f+b", "f+g+c"] {
        write(&mock, name, json!({ "k": "v" })).await.result();
    }
    let list = || get(&mock, &format!("{VAULT}/list/meta/user?{MINE}")).by("testuser").send();
    let found = list().await.result();
    assert_eq!(found["keys"], json!(["a", "f/"]));
    assert_eq!(found["secretPath"], "secret/tapis/tenant/dev/user/testuser/kv/");
    let path = format!("{VAULT}/destroy/meta/user/f?{MINE}");
    assert!(delete(&mock, &path).by("testuser").send().await.status.is_success());
    assert_eq!(list().await.result()["keys"], json!(["a"]));
    read(&mock, "f+b", "").await.fails(404, "SK_VAULT_NOT_FOUND");
}

#[tokio::test]
async fn secrets_of_users_are_theirs_alone() {
    let mock = still().await;
    write(&mock, "s", json!({ "k": "v" })).await.result();
    for user in ["other", "boss"] {
        let got = get(&mock, &format!("{VAULT}/user/s?{MINE}")).by(user).send().await;
        got.fails(401, "UserSecret");
        let body = of_testuser(json!({ "k": "w" }));
        post(&mock, &format!("{VAULT}/user/s"), body).by(user).send().await.fails(401, "UserS");
    }
    assert_eq!(read(&mock, "s", "").await.result()["secretMap"]["k"], "v");
}

#[tokio::test]
async fn the_type_of_a_secret_decides_who_may_have_it() {
    let mock = still().await;
    let data = || of_testuser(json!({ "password": "pw" }));
    let system = format!("{VAULT}/system/s?sysid=host&sysuser=ann&keytype=password");
    post(&mock, &system, data()).by("testuser").send().await.fails(401, "SystemSecret");
    let jobs = post(&mock, &system, data()).by_service("jobs", "testuser").send().await;
    jobs.fails(401, "SystemSecret");
    let systems = post(&mock, &system, data()).by_service("systems", "testuser").send().await;
    assert_eq!(systems.status, 201);
    // Another kind of key is another secret.
    let sshkey = format!("{VAULT}/system/s?sysid=host&sysuser=ann&{MINE}");
    let none = get(&mock, &sshkey).by_service("systems", "testuser").send().await;
    none.fails(404, "SK_VAULT_NOT_FOUND");
    let database = format!("{VAULT}/dbcred/s?dbhost=h&dbname=n");
    let missing = post(&mock, &database, data()).by_service("jobs", "testuser").send().await;
    missing.fails(400, "dbservice");
    let odd = post(&mock, &format!("{VAULT}/odd/s"), data()).by("testuser").send().await;
    odd.fails(400, "SK_VAULT_INVALID_SECRET_TYPE");
}

#[tokio::test]
async fn secrets_are_made_up_on_request() {
    let mock = still().await;
    let made_up = "<generate-secret>";
    write(&mock, "s", json!({ "password": made_up, "privateKey": made_up })).await.result();
    let secret = read(&mock, "s", "").await.result()["secretMap"].clone();
    assert_eq!(secret["password"].as_str().unwrap().len(), 32);
    assert!(secret["privateKey"].as_str().unwrap().contains("PRIVATE KEY"));
    assert!(secret["publicKey"].as_str().unwrap().contains("PUBLIC KEY"));
    write(&mock, "s", json!({})).await.fails(400, "data");
}

/// Asks whether a password is that of the service `s`.
async fn validate(mock: &MockTapis, password: &str) -> Got {
    let body = json!({ "tenant": "admin", "user": "s", "password": password });
    let path = format!("{VAULT}/validateServicePassword/password");
    post(mock, &path, body).by_service("tokens", "testuser").send().await
}

#[tokio::test]
async fn the_password_of_a_service_is_checked_against_what_was_written() {
    let mock = still().await;
    validate(&mock, "hush").await.fails(403, "SK_VAULT_PASSWORD_INVALID");
    let body = json!({ "tenant": "admin", "user": "s", "data": { "password": "hush" } });
    let written = post(&mock, &format!("{VAULT}/service/password"), body.clone());
    assert_eq!(written.by_service("s", "testuser").send().await.status, 201);
    assert_eq!(validate(&mock, "hush").await.result()["isAuthorized"], true);
    let wrong = validate(&mock, "wrong-guess").await;
    wrong.fails(403, "SK_VAULT_PASSWORD_INVALID");
    assert!(!wrong.text().contains("hush") && !wrong.text().contains("wrong-guess"));
    let path = format!("{VAULT}/validateServicePassword/password");
    let by_user = json!({ "tenant": "dev", "user": "s", "password": "hush" });
    post(&mock, &path, by_user).by("testuser").send().await.fails(401, "ValidatePassword");
}

#[tokio::test]
async fn the_password_of_a_service_account_is_good_until_another_is_written() {
    let seed = "services: [{ name: s, password: first }]";
    let mock = start(builder().state(seed)).await;
    assert_eq!(validate(&mock, "first").await.result()["isAuthorized"], true);
    let body = json!({ "tenant": "admin", "user": "s", "data": { "password": "second" } });
    let written = post(&mock, &format!("{VAULT}/service/password"), body);
    written.by_service("s", "testuser").send().await.result();
    validate(&mock, "first").await.fails(403, "SK_VAULT_PASSWORD_INVALID");
    assert_eq!(validate(&mock, "second").await.result()["isAuthorized"], true);
}

#[tokio::test]
async fn the_password_of_a_site_administrator_is_that_of_the_account() {
    let seed = "users: [{ username: root, password: hush, tenant: admin, admin: true }]";
    let mock = start(builder().state(seed)).await;
    let validate = |user: &'static str, password: &'static str| {
        let body = json!({ "tenant": "admin", "user": user, "password": password });
        let path = format!("{VAULT}/validateSiteAdminPassword/password");
        let mock = &mock;
        async move { post(mock, &path, body).by_service("tokens", "testuser").send().await }
    };
    assert_eq!(validate("root", "hush").await.result()["isAuthorized"], true);
    validate("root", "wrong").await.fails(403, "SK_VAULT_PASSWORD_INVALID");
    validate("testuser", "secret").await.fails(403, "SK_VAULT_PASSWORD_INVALID");
}

/// Shares a file of a system with somebody, as the files service.
fn sharing(grantee: &str, path: Option<&str>) -> Value {
    let mut body = json!({ "tenant": "dev", "grantor": "testuser", "grantee": grantee,
        "resourceType": "file", "resourceId1": "sys", "privilege": "READ" });
    if let Some(path) = path {
        body["resourceId2"] = path.into();
    }
    body
}

async fn share(mock: &MockTapis, body: Value) -> Got {
    post(mock, SHARE, body).by_service("files", "testuser").send().await
}

async fn ask_as_service(mock: &MockTapis, path: &str) -> Got {
    get(mock, path).by_service("files", "testuser").send().await
}

/// The grantees of the shares that a query finds.
async fn grantees(mock: &MockTapis, query: &str) -> Vec<String> {
    let got = ask_as_service(mock, &format!("{SHARE}?tenant=dev&{query}")).await.result();
    let shares = got["shares"].as_array().unwrap();
    shares.iter().map(|share| share["grantee"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_share_is_recorded_once() {
    let mock = still().await;
    let made = share(&mock, sharing("ann", Some("/a"))).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.result()["url"], format!("{}{SHARE}/1", mock.base_url()));
    assert_eq!(share(&mock, sharing("ann", Some("/a"))).await.status, 200);
    assert_eq!(share(&mock, sharing("ann", None)).await.status, 201);
    let found = ask_as_service(&mock, &format!("{SHARE}/1?tenant=dev")).await.result();
    assert_eq!((&found["id"], &found["createdBy"]), (&json!(1), &json!("files")));
    assert_eq!((&found["grantee"], &found["resourceId2"]), (&json!("ann"), &json!("/a")));
    let none = ask_as_service(&mock, &format!("{SHARE}/9?tenant=dev")).await;
    none.fails(404, "SK_SHARE_NOT_FOUND");
    let by_user = post(&mock, SHARE, sharing("ann", None)).by("boss").send().await;
    by_user.fails(401, "ServiceIsAllowed");
}

#[tokio::test]
async fn shares_are_filtered() {
    let mock = still().await;
    for body in [
        sharing("ann", None),
        sharing("bob", Some("/a/x")),
        sharing("~public", None),
        sharing("~public_no_authn", Some("/b")),
    ] {
        share(&mock, body).await.result();
    }
    for (query, found) in [
        ("", &["ann", "~public"][..]),
        ("requireNullId2=false", &["ann", "bob", "~public", "~public_no_authn"]),
        ("grantee=ann", &["ann", "~public"]),
        ("grantee=ann&includePublicGrantees=false", &["ann"]),
        ("resourceId2=/a%25", &["bob"]),
        ("resourceId2=/a", &[]),
        ("resourceId1=s%25&includePublicGrantees=false", &["ann"]),
        ("resourceType=app", &[]),
        ("createdBy=jobs", &[]),
        ("id=2&grantee=nobody", &["bob"]),
    ] {
        assert_eq!(grantees(&mock, query).await, found, "{query}");
    }
}

#[tokio::test]
async fn privileges_come_from_shares_with_one_or_with_all() {
    let mock = still().await;
    share(&mock, sharing("ann", Some("/a"))).await.result();
    share(&mock, sharing("~public", Some("/p"))).await.result();
    for (grantee, rest, yes) in [
        ("ann", "resourceId2=/a&privilege=READ", true),
        ("ann", "resourceId2=/a&privilege=MODIFY", false),
        ("ann", "privilege=READ", false),
        ("bob", "resourceId2=/a&privilege=READ", false),
        ("bob", "resourceId2=/p&privilege=READ", true),
        ("bob", "resourceId2=/p&privilege=READ&excludePublic=true", false),
    ] {
        let path = format!(
            "{SHARE}/hasPrivilege?tenant=dev&resourceType=file&resourceId1=sys&grantee={grantee}&{rest}"
        );
        let got = ask_as_service(&mock, &path).await.result();
        assert_eq!(got["aBool"], yes, "{grantee} {rest}");
    }
}

#[tokio::test]
async fn only_the_service_that_recorded_a_share_ends_it() {
    let mock = still().await;
    share(&mock, sharing("ann", Some("/a"))).await.result();
    share(&mock, sharing("bob", None)).await.result();
    let end = |service: &'static str, path: &'static str| {
        let path = format!("{SHARE}{path}");
        let mock = &mock;
        async move {
            let got = delete(mock, &path).by_service(service, "testuser").send().await;
            got.result()["changes"].clone()
        }
    };
    let first = "?tenant=dev&grantor=testuser&grantee=ann&resourceType=file&resourceId1=sys\
                 &resourceId2=/a&privilege=READ";
    assert_eq!(end("jobs", first).await, 0);
    assert_eq!(end("files", first).await, 1);
    assert_eq!(end("files", first).await, 0);
    assert_eq!(end("jobs", "/2?tenant=dev").await, 0);
    assert_eq!(end("files", "/2?tenant=dev").await, 1);
    assert_eq!(grantees(&mock, "requireNullId2=false").await, [] as [&str; 0]);
}

#[tokio::test]
async fn probes_are_counted() {
    let mock = still().await;
    let probe = |what: &str| {
        let path = format!("/v3/security/{what}");
        let mock = &mock;
        async move { get(mock, &path).send().await.result() }
    };
    assert_eq!(probe("healthcheck").await, json!({ "checkNum": 1 }));
    assert_eq!(probe("healthcheck").await["checkNum"], 2);
    let ready = probe("readycheck").await;
    assert_eq!((&ready["checkNum"], &ready["vaultAccess"]), (&json!(1), &json!(true)));
    assert!(get(&mock, "/v3/security/hello").send().await.message().contains("Hello"));
}

#[tokio::test]
async fn a_site_is_read_anew_every_ten_minutes_at_most() {
    let mock = still().await;
    let path = "/v3/security/admin/reinitialize";
    get(&mock, path).by("boss").send().await.fails(401, "IsSiteAdmin");
    let again = || {
        let token = mock.mint_access_token(Mint::user("admin").tenant("admin")).unwrap();
        get(&mock, path).header("host", "admin.mock.invalid").token(&token).send()
    };
    assert!(again().await.message().contains("SK_REINITIALIZED"));
    mock.advance(Duration::from_secs(599));
    assert!(again().await.message().contains("SK_REINITIALIZE_IGNORED"));
    mock.advance(Duration::from_secs(1));
    assert!(again().await.message().contains("SK_REINITIALIZED"));
}

#[tokio::test]
async fn a_snapshot_brings_secrets_and_shares_back() {
    let mock = still().await;
    write(&mock, "s", json!({ "k": "v" })).await.result();
    share(&mock, sharing("ann", None)).await.result();
    let snapshot = mock.snapshot().unwrap();
    mock.reset().unwrap();
    read(&mock, "s", "").await.fails(404, "SK_VAULT_NOT_FOUND");
    mock.restore(snapshot).unwrap();
    assert_eq!(read(&mock, "s", "").await.result()["secretMap"]["k"], "v");
    assert_eq!(grantees(&mock, "").await, ["ann"]);
}
