//! Systems.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

async fn with(ids: &[&str]) -> MockTapis {
    let mock = mock().await;
    for id in ids {
        let mut system = linux(id);
        system["port"] = 22.into();
        make_system(&mock, "testuser", system).await;
    }
    mock
}

async fn ids(mock: &MockTapis, query: &str) -> Vec<String> {
    let got = get(mock, &format!("/v3/systems{query}")).by("testuser").send().await;
    let systems = got.result();
    systems.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_created_system_can_be_read() {
    let mock = mock().await;
    let got = post(&mock, "/v3/systems", linux("s1")).by("testuser").send().await;
    assert_eq!(got.status, 201);
    assert_eq!(got.result()["url"], format!("{}/v3/systems/s1", mock.base_url()));
    assert!(got.message().starts_with("SYSAPI_CREATED"));
    let system = get(&mock, "/v3/systems/s1").by("testuser").send().await.result();
    assert_eq!(system["owner"], "testuser");
    assert_eq!(system["effectiveUserId"], "testuser");
    assert_eq!(system["isDynamicEffectiveUser"], true);
    assert_eq!(system["enabled"], true);
    assert_eq!(system["port"], -1);
    assert_eq!(system["rootDir"], "/");
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let mock = with(&["s1"]).await;
    let got = post(&mock, "/v3/systems", linux("s1")).by("testuser").send().await;
    got.fails(409, "SYSAPI_SYS_EXISTS");
    assert_eq!(got.json()["status"], "error");
}

#[tokio::test]
async fn what_is_missing_is_not_found() {
    let mock = mock().await;
    let got = get(&mock, "/v3/systems/none").by("testuser").send().await;
    got.fails(404, "SYSAPI_NOT_FOUND Record not found. Tenant: dev ApiUserId: testuser");
    assert_eq!(got.json()["status"], "Not Found");
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused() {
    let mock = mock().await;
    let mut body = linux("s1");
    body["canExec"] = "yes".into();
    let got = post(&mock, "/v3/systems", body).by("testuser").send().await;
    got.fails(400, "#/canExec");
    let got = post(&mock, "/v3/systems", json!({ "id": "x" })).by("testuser").send().await;
    got.fails(400, "required");
    let mut body = linux("s1");
    body.as_object_mut().unwrap().remove("jobWorkingDir");
    let got = post(&mock, "/v3/systems", body).by("testuser").send().await;
    got.fails(400, "SYSLIB_CANEXEC_NO_JOBWORKINGDIR_INPUT");
    let got = ask(&mock, http::Method::POST, "/v3/systems")
        .by("testuser")
        .body("text/plain", "{}")
        .send()
        .await;
    assert_eq!(got.status, 501);
}

#[tokio::test]
async fn a_bad_query_is_refused_with_bare_text() {
    let mock = mock().await;
    let queries = [
        "limit=x",
        "limit=1&limit=2",
        "startAfter=a",
        "orderBy=id&startAfter=a&skip=1",
        "search=x",
    ];
    for query in queries {
        let got = get(&mock, &format!("/v3/systems?{query}")).by("testuser").send().await;
        assert_eq!(got.status, 400, "{query}");
        assert!(got.text().starts_with("TAPIS_QUERY_PARAM_INVALID"), "{}", got.text());
    }
    let got = get(&mock, "/v3/systems?search=nonsense.eq.1").by("testuser").send().await;
    got.fails(400, "nonsense");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let mock = with(&["c", "a", "b"]).await;
    assert_eq!(ids(&mock, "").await, ["c", "a", "b"]);
    assert_eq!(ids(&mock, "?orderBy=id").await, ["a", "b", "c"]);
    assert_eq!(ids(&mock, "?orderBy=id(desc)&limit=2").await, ["c", "b"]);
    assert_eq!(ids(&mock, "?orderBy=id&skip=1&limit=1").await, ["b"]);
    assert_eq!(ids(&mock, "?orderBy=id&startAfter=a").await, ["b", "c"]);
    assert_eq!(ids(&mock, "?orderBy=id(desc)&startAfter=b").await, ["a"]);
    assert!(ids(&mock, "?limit=0").await.is_empty());
    assert_eq!(ids(&mock, "?limit=-1").await.len(), 3);
}

#[tokio::test]
async fn lists_say_how_long_they_are_when_asked() {
    let mock = with(&["a", "b", "c"]).await;
    let metadata = async |query: &str| {
        let path = format!("/v3/systems?{query}");
        get(&mock, &path).by("testuser").send().await.json()["metadata"].clone()
    };
    let plain = metadata("limit=2").await;
    let expected =
        json!({ "recordCount": 2, "recordLimit": 2, "recordsSkipped": 0, "totalCount": -1 });
    assert_eq!(plain, expected);
    let counted = metadata("limit=2&computeTotal=true&orderBy=id").await;
    assert_eq!(counted["totalCount"], 3);
    assert_eq!(counted["orderBy"], "id");
}

#[tokio::test]
async fn conditions_choose_systems() {
    let mock = with(&["one", "two", "three"]).await;
    assert_eq!(ids(&mock, "?search=id.like.t*").await, ["two", "three"]);
    let query = "?search=(id.neq.two)~(canExec.eq.true)~(owner.eq.testuser)";
    assert_eq!(ids(&mock, query).await, ["one", "three"]);
    assert_eq!(ids(&mock, "/search?id.in=one,two&port.gt=20").await, ["one", "two"]);
    let body = json!({ "search": ["id = 'one' OR", "(id LIKE 't%' AND port > 99)"] });
    let got = post(&mock, "/v3/systems/search", body).by("testuser").send().await;
    assert_eq!(got.result().as_array().unwrap().len(), 1);
    let body = json!({ "search": ["id ="] });
    let got = post(&mock, "/v3/systems/search", body).by("testuser").send().await;
    got.fails(400, "Invalid search");
}

#[tokio::test]
async fn lists_are_summaries_unless_more_is_selected() {
    let mock = with(&["a"]).await;
    let first = async |query: &str| {
        let path = format!("/v3/systems{query}");
        get(&mock, &path).by("testuser").send().await.result()[0].clone()
    };
    let summary = first("").await;
    assert!(summary.get("host").is_some() && summary.get("port").is_none());
    let all = first("?select=allAttributes").await;
    assert_eq!(all["port"], 22);
    let some = first("?select=port,enabled").await;
    assert_eq!(some, json!({ "id": "a", "port": 22, "enabled": true }));
}

#[tokio::test]
async fn patching_changes_what_is_named_and_putting_everything() {
    let mock = with(&["a"]).await;
    let change = json!({ "description": "new", "port": 2222 });
    let got = patch(&mock, "/v3/systems/a", change).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let system = get(&mock, "/v3/systems/a").by("testuser").send().await.result();
    assert_eq!((&system["description"], &system["port"]), (&json!("new"), &json!(2222)));
    let whole = json!({ "host": "other.invalid", "defaultAuthnMethod": "PASSWORD",
        "jobWorkingDir": "w", "jobRuntimes": [{ "runtimeType": "ZIP" }] });
    let got = put(&mock, "/v3/systems/a", whole).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    let system = get(&mock, "/v3/systems/a").by("testuser").send().await.result();
    assert_eq!(system["host"], "other.invalid");
    assert_eq!(system["port"], -1);
    assert_eq!(system["description"], Value::Null);
    let history = get(&mock, "/v3/systems/a/history").by("testuser").send().await.result();
    let operations: Vec<&str> =
        history.as_array().unwrap().iter().map(|e| e["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["create", "modify", "modify"]);
}

#[tokio::test]
async fn a_deleted_system_hides_until_it_is_undeleted() {
    let mock = with(&["a"]).await;
    let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
    assert_eq!(to("/v3/systems/a/delete").send().await.result()["changes"], 1);
    get(&mock, "/v3/systems/a").by("testuser").send().await.fails(404, "NOT_FOUND");
    assert!(ids(&mock, "").await.is_empty());
    assert_eq!(ids(&mock, "?showDeleted=true").await, ["a"]);
    assert_eq!(to("/v3/systems/a/delete").send().await.result()["changes"], 1);
    assert_eq!(to("/v3/systems/a/undelete").send().await.result()["changes"], 1);
    assert_eq!(to("/v3/systems/a/undelete").send().await.result()["changes"], 1);
    assert_eq!(get(&mock, "/v3/systems/a").by("testuser").send().await.status, 200);
}

#[tokio::test]
async fn a_system_can_be_switched_off_and_on() {
    let mock = with(&["a"]).await;
    let enabled = async || {
        let got = get(&mock, "/v3/systems/a/isEnabled").by("testuser").send().await;
        got.result()["aBool"].clone()
    };
    let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
    assert_eq!(enabled().await, true);
    assert_eq!(to("/v3/systems/a/disable").send().await.result()["changes"], 1);
    assert_eq!(to("/v3/systems/a/disable").send().await.result()["changes"], 1);
    assert_eq!(enabled().await, false);
    to("/v3/systems/a/enable").send().await.result();
    assert_eq!(enabled().await, true);
}

#[tokio::test]
async fn strangers_are_kept_out_until_they_are_let_in() {
    let mock = with(&["a"]).await;
    let read = || get(&mock, "/v3/systems/a").by("other");
    let change = || patch(&mock, "/v3/systems/a", json!({ "port": 1 })).by("other");
    read().send().await.fails(403, "SYSLIB_UNAUTH");
    let perms = "/v3/systems/perms/a/user/other";
    let grant = json!({ "permissions": ["READ"] });
    post(&mock, perms, grant.clone()).by("testuser").send().await.result();
    assert_eq!(read().send().await.status, 200);
    change().send().await.fails(403, "SYSLIB_UNAUTH");
    let modify = json!({ "permissions": ["MODIFY"] });
    post(&mock, perms, modify).by("testuser").send().await.result();
    assert_eq!(change().send().await.status, 200);
    let names = get(&mock, perms).by("testuser").send().await.result()["names"].clone();
    assert_eq!(names, json!(["READ", "MODIFY"]));
    delete(&mock, &format!("{perms}/MODIFY")).by("testuser").send().await.result();
    change().send().await.fails(403, "SYSLIB_UNAUTH");
    post(&mock, &format!("{perms}/revoke"), grant).by("testuser").send().await.result();
    read().send().await.fails(403, "SYSLIB_UNAUTH");
    let bad = json!({ "permissions": ["FLY"] });
    post(&mock, perms, bad).by("testuser").send().await.fails(400, "PERMS_JSON_INVALID");
    let bad = format!("{perms}/FLY");
    delete(&mock, &bad).by("testuser").send().await.fails(400, "PERMS_ENUM_ERROR");
}

#[tokio::test]
async fn a_shared_system_is_seen_by_those_it_is_shared_with() {
    let mock = with(&["a"]).await;
    let read = || get(&mock, "/v3/systems/a").by("other");
    let users = json!({ "users": ["other"] });
    post(&mock, "/v3/systems/share/a", users.clone()).by("testuser").send().await.result();
    assert_eq!(read().send().await.status, 200);
    let info = get(&mock, "/v3/systems/share/a").by("testuser").send().await.result();
    assert_eq!(info["users"], json!(["other"]));
    post(&mock, "/v3/systems/unshare/a", users).by("testuser").send().await.result();
    read().send().await.fails(403, "SYSLIB_UNAUTH");
    let public = |path: &str| post(&mock, path, Value::Null).by("testuser");
    public("/v3/systems/share_public/a").send().await.result();
    assert_eq!(read().send().await.result()["isPublic"], true);
    let got = get(&mock, "/v3/systems?listType=SHARED_PUBLIC").by("other").send().await;
    assert_eq!(got.result()[0]["id"], "a");
    let got = get(&mock, "/v3/systems").by("other").send().await;
    assert_eq!(got.result(), json!([]));
    public("/v3/systems/unshare_public/a").send().await.result();
    read().send().await.fails(403, "SYSLIB_UNAUTH");
}

#[tokio::test]
async fn an_owner_can_give_a_system_away() {
    let mock = with(&["a"]).await;
    let path = "/v3/systems/a/changeOwner/other";
    post(&mock, path, Value::Null).by("other").send().await.fails(403, "UNAUTH");
    post(&mock, path, Value::Null).by("testuser").send().await.result();
    assert_eq!(get(&mock, "/v3/systems/a").by("other").send().await.result()["owner"], "other");
    get(&mock, "/v3/systems/a").by("testuser").send().await.fails(403, "UNAUTH");
}

#[tokio::test]
async fn credentials_are_kept_and_only_services_see_them() {
    let mock = with(&["a"]).await;
    let path = "/v3/systems/credential/a/user/testuser";
    let check = || post(&mock, &format!("{path}/check"), Value::Null).by("testuser");
    check().send().await.fails(401, "SYSLIB_CRED_NOT_FOUND");
    let got = post(&mock, path, json!({ "privateKey": "k" })).by("testuser").send().await;
    got.fails(400, "CRED_SECRET_MISSING");
    post(&mock, path, json!({ "password": "hidden" })).by("testuser").send().await.result();
    assert_eq!(check().send().await.status, 200);
    get(&mock, path).by("testuser").send().await.fails(403, "SYSLIB_UNAUTH_GETCRED");
    let token = mock.mint_access_token(tapis_mock::Mint::service("files", "mock")).unwrap();
    let got = get(&mock, path)
        .token(&token)
        .header("x-tapis-tenant", "dev")
        .header("x-tapis-user", "testuser")
        .send()
        .await;
    assert_eq!(got.result()["password"], "hidden");
    let system = get(&mock, "/v3/systems/a").by("testuser").send().await.result();
    assert_eq!(system["hasCredentials"], true);
    delete(&mock, path).by("testuser").send().await.result();
    check().send().await.fails(401, "SYSLIB_CRED_NOT_FOUND");
}

#[tokio::test]
async fn children_take_after_their_parent() {
    let mock = mock().await;
    let mut parent = linux("p");
    parent["allowChildren"] = true.into();
    make_system(&mock, "testuser", parent).await;
    let body = json!({ "effectiveUserId": "worker", "rootDir": "/child" });
    let got = post(&mock, "/v3/systems/p/createChildSystem", body).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    let child = get(&mock, "/v3/systems/p-testuser").by("testuser").send().await.result();
    assert_eq!((&child["parentId"], &child["host"]), (&json!("p"), &json!("host.invalid")));
    assert_eq!(child["rootDir"], "/child");
    let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
    to("/v3/systems/p/delete").send().await.fails(400, "SYSLIB_CHILD_HAS_CHILD_ERROR");
    let got = to("/v3/systems/p-testuser/unlinkFromParent").send().await;
    assert_eq!(got.result()["changes"], 1);
    assert_eq!(to("/v3/systems/p/delete").send().await.result()["changes"], 1);
}

#[tokio::test]
async fn scheduler_profiles_are_kept() {
    let mock = mock().await;
    let path = "/v3/systems/schedulerProfile";
    let body = json!({ "name": "tacc", "hiddenOptions": ["MEM"] });
    let got = post(&mock, path, body.clone()).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    post(&mock, path, body).by("testuser").send().await.fails(409, "SYSAPI_PRF_EXISTS");
    let one = format!("{path}/tacc");
    assert_eq!(get(&mock, &one).by("other").send().await.result()["owner"], "testuser");
    delete(&mock, &one).by("other").send().await.fails(403, "SYSLIB_PRF_UNAUTH");
    assert_eq!(delete(&mock, &one).by("testuser").send().await.result()["changes"], 1);
    get(&mock, &one).by("testuser").send().await.fails(404, "SYSAPI_PRF_NOT_FOUND");
}

#[tokio::test]
async fn deployed_systems_show_nulls_and_booleans_as_text() {
    let mock = start(builder().strictness(Strictness::AsDeployed)).await;
    make_system(&mock, "testuser", linux("a")).await;
    let got = get(&mock, "/v3/systems/a").by("testuser").send().await;
    assert_eq!(got.json()["metadata"], Value::Null);
    let system = got.result();
    assert!(system.as_object().unwrap().contains_key("bucketName"));
    assert_eq!(system["bucketName"], Value::Null);
    assert_eq!(system["canExec"], true);
    assert_eq!(system["jobMaxJobs"], 2_147_483_647);
    let list = get(&mock, "/v3/systems").by("testuser").send().await.result();
    assert_eq!(list[0]["canExec"], "true");
    let list = get(&mock, "/v3/systems?select=allAttributes").by("testuser").send().await.result();
    assert_eq!(list[0]["canExec"], true);
}
