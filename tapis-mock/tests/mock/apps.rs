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
    change().send().await.fails(403, "APPLIB_UNAUTH_LOCKED");
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
    let perms = json!({ "permissions": ["READ", "EXECUTE"] });
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

#[tokio::test]
async fn creating_a_version_loses_two_switches_and_may_change_the_run_time() {
    let mock = mock().await;
    let app = json!({ "id": "wc", "version": "1", "containerImage": "busybox",
        "versionEnabled": false, "strictFileInputs": true, "locked": true,
        "jobAttributes": { "maxMinutes": 60 } });
    assert_eq!(post(&mock, "/v3/apps", app).by("testuser").send().await.status, 201);
    let app = get(&mock, "/v3/apps/wc").by("testuser").send().await.result();
    assert_eq!(app["versionEnabled"], true);
    assert_eq!(app["strictFileInputs"], false);
    assert_eq!(app["locked"], true);
    assert_eq!(app["jobAttributes"]["maxMinutes"], 100, "the default of memoryMB");
}

#[tokio::test]
async fn naming_the_parameter_set_in_a_patch_empties_its_other_lists() {
    let mock = mock().await;
    let app = json!({ "id": "wc", "version": "1", "containerImage": "busybox",
        "jobAttributes": { "parameterSet": {
            "appArgs": [{ "name": "a", "arg": "1" }],
            "envVariables": [{ "key": "K", "inputMode": "REQUIRED" }],
            "logConfig": { "stdoutFilename": "o", "stderrFilename": "e" } } } });
    assert_eq!(post(&mock, "/v3/apps", app).by("testuser").send().await.status, 201);
    let parameters = async || {
        let app = get(&mock, "/v3/apps/wc").by("testuser").send().await.result();
        app["jobAttributes"]["parameterSet"].clone()
    };
    assert_eq!(parameters().await["envVariables"][0]["value"], "!tapis_not_set");
    let args = json!({ "parameterSet": { "containerArgs": [{ "name": "c" }] } });
    let change = json!({ "jobAttributes": args });
    assert_eq!(patch(&mock, "/v3/apps/wc/1", change).by("testuser").send().await.status, 200);
    let parameters = parameters().await;
    assert_eq!(parameters["appArgs"], json!([]));
    assert_eq!(parameters["envVariables"], json!([]));
    assert_eq!(parameters["containerArgs"][0]["inputMode"], "INCLUDE_ON_DEMAND");
    assert_eq!(parameters["logConfig"]["stdoutFilename"], "o");
}

#[tokio::test]
async fn a_reply_can_be_sent_back_and_what_patch_does_not_know_is_refused() {
    let mock = start(builder().strictness(Strictness::AsDeployed)).await;
    make(&mock, "wc", "1").await;
    let mut app = get(&mock, "/v3/apps/wc/1").by("testuser").send().await.result();
    assert_eq!(app["description"], Value::Null);
    let got = put(&mock, "/v3/apps/wc/1", app.clone()).by("testuser").send().await;
    assert_eq!(got.status, 200, "{}", got.text());
    app["version"] = "2".into();
    let got = post(&mock, "/v3/apps", app).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
    for change in
        [json!({ "owner": "x" }), json!({ "tenant": "x" }), json!({ "description": null })]
    {
        let got = patch(&mock, "/v3/apps/wc/1", change).by("testuser").send().await;
        got.fails(400, "TAPIS_JSON_VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn anyone_may_add_a_version_of_their_own_to_an_app() {
    let mock = mock().await;
    make(&mock, "wc", "1").await;
    let body = json!({ "id": "wc", "version": "2", "containerImage": "busybox" });
    assert_eq!(post(&mock, "/v3/apps", body).by("other").send().await.status, 201);
    let app = get(&mock, "/v3/apps/wc/2").by("testuser").send().await.result();
    assert_eq!(app["owner"], "testuser");
    let body = json!({ "id": "wc", "version": "3", "containerImage": "x", "owner": "testuser" });
    post(&mock, "/v3/apps", body).by("other").send().await.fails(403, "APPLIB_UNAUTH");
}

#[tokio::test]
async fn an_app_names_systems_that_there_are() {
    let mock = mock().await;
    let app = json!({ "id": "wc", "version": "1", "containerImage": "busybox",
        "jobAttributes": { "execSystemId": "none", "archiveSystemId": "none",
            "archiveSystemDir": "/" } });
    let got = post(&mock, "/v3/apps", app).by("testuser").send().await;
    got.fails(400, "APPLIB_EXECSYS_NO_SYSTEM");
    got.fails(400, "APPLIB_ARCHSYS_NO_SYSTEM");
}

#[tokio::test]
async fn switches_of_a_version_that_is_not_there_are_an_error_of_the_database() {
    let mock = mock().await;
    make(&mock, "wc", "1").await;
    for switch in ["lock", "unlock", "enable", "disable"] {
        let to = |path: &str| post(&mock, path, Value::Null).by("testuser");
        to(&format!("/v3/apps/wc/9/{switch}")).send().await.fails(500, "DB_UPDATE_FAILURE");
        to(&format!("/v3/apps/none/1/{switch}")).send().await.fails(404, "NOT_FOUND");
        let got = to(&format!("/v3/apps/wc/1/{switch}")).send().await;
        assert_eq!(got.result()["changes"], 1);
    }
}
