//! Applications.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

async fn make(mock: &MockTapis, id: &str, version: &str) -> Got {
    let body = json!({ "id": id, "version": version, "containerImage": "busybox" });
    post(mock, "/v3/apps", body).by("testuser").send().await
}

#[tokio::test]
async fn an_app_has_versions_and_the_last_one_made_is_the_latest() {
    let mock = mock().await;
    for version in ["1.0", "2.0", "1.5"] {
        assert_eq!(make(&mock, "wc", version).await.status, 201);
    }
    make(&mock, "wc", "1.0").await.fails(409, "APPAPI_APP_EXISTS");
    let latest = get(&mock, "/v3/apps/wc").by("testuser").send().await.result();
    assert_eq!(latest["version"], "1.5");
    assert_eq!(latest["runtime"], "DOCKER");
    let one = get(&mock, "/v3/apps/wc/2.0").by("testuser").send().await.result();
    assert_eq!(one["version"], "2.0");
    get(&mock, "/v3/apps/wc/9").by("testuser").send().await.fails(404, "APPAPI_NOT_FOUND");
    let list = get(&mock, "/v3/apps").by("testuser").send().await.result();
    assert_eq!(list, json!([{ "id": "wc", "version": "1.5", "owner": "testuser" }]));
    let got = get(&mock, "/v3/apps/search?version.eq=2.0").by("testuser").send().await;
    assert_eq!(got.result().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn versions_can_be_changed_unless_they_are_locked() {
    let mock = mock().await;
    make(&mock, "wc", "1").await;
    let change = || patch(&mock, "/v3/apps/wc/1", json!({ "description": "d" })).by("testuser");
    assert_eq!(change().send().await.status, 200);
    let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
    assert_eq!(to("/v3/apps/wc/1/lock").send().await.result()["changes"], 1);
    change().send().await.fails(400, "APPAPI_APP_LOCKED");
    to("/v3/apps/wc/1/unlock").send().await.result();
    assert_eq!(change().send().await.status, 200);
    to("/v3/apps/wc/1/disable").send().await.result();
    let enabled = async |query: &str| {
        let path = format!("/v3/apps/wc/isEnabled{query}");
        get(&mock, &path).by("testuser").send().await.result()["aBool"].clone()
    };
    assert_eq!(enabled("").await, true);
    assert_eq!(enabled("?version=1").await, false);
}

#[tokio::test]
async fn deleting_an_app_hides_all_its_versions() {
    let mock = mock().await;
    make(&mock, "wc", "1").await;
    let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
    assert_eq!(to("/v3/apps/wc/delete").send().await.result()["changes"], 1);
    get(&mock, "/v3/apps/wc/1").by("testuser").send().await.fails(404, "APPAPI_NOT_FOUND");
    assert_eq!(get(&mock, "/v3/apps").by("testuser").send().await.result(), json!([]));
    to("/v3/apps/wc/undelete").send().await.result();
    assert_eq!(get(&mock, "/v3/apps/wc/1").by("testuser").send().await.status, 200);
}

#[tokio::test]
async fn apps_are_shared_and_permitted_like_systems() {
    let mock = mock().await;
    make(&mock, "wc", "1").await;
    let read = || get(&mock, "/v3/apps/wc").by("other");
    read().send().await.fails(403, "APPLIB_UNAUTH");
    let users = json!({ "users": ["other"] });
    post(&mock, "/v3/apps/share/wc", users).by("testuser").send().await.result();
    assert_eq!(read().send().await.status, 200);
    let got = get(&mock, "/v3/apps?listType=SHARED_DIRECT").by("other").send().await;
    assert_eq!(got.result()[0]["id"], "wc");
    let perms = json!({ "permissions": ["EXECUTE"] });
    post(&mock, "/v3/apps/perms/wc/user/third", perms).by("testuser").send().await.result();
    let got = get(&mock, "/v3/apps/wc?requireExecPerm=true").by("third").send().await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn deployed_apps_say_booleans_in_words() {
    let mock = start(builder().strictness(Strictness::AsDeployed)).await;
    make(&mock, "wc", "1").await;
    let list = get(&mock, "/v3/apps?select=jobType,strictFileInputs").by("testuser").send().await;
    assert_eq!(list.result()[0]["jobType"], "FORK");
    assert_eq!(list.result()[0]["strictFileInputs"], "false");
}
