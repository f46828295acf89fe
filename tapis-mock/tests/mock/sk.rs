//! The security kernel: roles, what they permit and who has them.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{Mint, MockTapis};

const ROLE: &str = "/v3/security/role";
const USER: &str = "/v3/security/user";

/// A mock with an administrator and two tenants.
async fn kernel() -> MockTapis {
    start(builder().admin("boss", "pw").state("tenants: [other]")).await
}

/// Adds the tenant to a body, under both names that requests have for it.
fn in_dev(mut body: Value) -> Value {
    body["tenant"] = "dev".into();
    body["roleTenant"] = "dev".into();
    body
}

async fn send(mock: &MockTapis, user: &str, path: &str, body: Value) -> Got {
    post(mock, path, in_dev(body)).by(user).send().await
}

/// Does something as the administrator and says how much changed.
async fn change(mock: &MockTapis, path: &str, body: Value) -> Value {
    send(mock, "boss", path, body).await.result()["changes"].clone()
}

async fn make_role(mock: &MockTapis, name: &str) -> Got {
    send(mock, "boss", ROLE, json!({ "roleName": name, "description": "d" })).await
}

async fn permit(mock: &MockTapis, role: &str, spec: &str) -> Value {
    change(mock, &format!("{ROLE}/addPerm"), json!({ "roleName": role, "permSpec": spec })).await
}

async fn give(mock: &MockTapis, user: &str, role: &str) -> Value {
    change(mock, &format!("{USER}/grantRole"), json!({ "user": user, "roleName": role })).await
}

async fn add_child(mock: &MockTapis, parent: &str, child: &str) -> Got {
    let body = json!({ "parentRoleName": parent, "childRoleName": child });
    send(mock, "boss", &format!("{ROLE}/addChild"), body).await
}

/// The names that a list holds, asked for by a user.
async fn names(mock: &MockTapis, path: &str) -> Value {
    let query = if path.contains('?') { '&' } else { '?' };
    let got = get(mock, &format!("{path}{query}tenant=dev")).by("testuser").send().await;
    got.result()["names"].clone()
}

async fn asks(mock: &MockTapis, question: &str, body: Value) -> bool {
    let got = send(mock, "testuser", &format!("{USER}/{question}"), body).await;
    got.result()["isAuthorized"].as_bool().unwrap()
}

async fn may(mock: &MockTapis, user: &str, spec: &str) -> bool {
    asks(mock, "isPermitted", json!({ "user": user, "permSpec": spec })).await
}

#[tokio::test]
async fn a_role_is_made_once() {
    let mock = kernel().await;
    let made = make_role(&mock, "readers").await;
    assert_eq!(made.status, 201);
    let url = made.result()["url"].as_str().unwrap().to_owned();
    assert_eq!(url, format!("{}{ROLE}/readers", mock.base_url()));
    assert_eq!(make_role(&mock, "readers").await.status, 200);
    let role = get(&mock, &format!("{ROLE}/readers?tenant=dev")).by("testuser").send().await;
    let role = role.result();
    assert_eq!(role["name"], "readers");
    assert_eq!((&role["owner"], &role["type"]), (&json!("boss"), &json!("USER")));
    assert_eq!(role["hasChildren"], false);
    assert_eq!(role.get("permissions"), None);
    let none = get(&mock, &format!("{ROLE}/none?tenant=dev")).by("testuser").send().await;
    none.fails(404, "SK_ROLE_NOT_FOUND");
}

#[tokio::test]
async fn roles_are_made_by_administrators_and_services() {
    let mock = kernel().await;
    let body = in_dev(json!({ "roleName": "r", "description": "d" }));
    let refused = post(&mock, ROLE, body.clone()).by("testuser").send().await;
    refused.fails(401, "SK_API_AUTHORIZATION_FAILED");
    assert_eq!(refused.json()["status"], "Unauthorized");
    assert_eq!(post(&mock, ROLE, body).by_service("jobs", "testuser").send().await.status, 201);
    for name in ["1st", "a-b", "_a", "", &"a".repeat(59)] {
        let body = json!({ "roleName": name, "description": "d" });
        assert_eq!(send(&mock, "boss", ROLE, body).await.status, 400, "{name}");
    }
    let restricted = json!({ "roleName": "r", "description": "d", "roleType": "RESTRICTED_SVC" });
    send(&mock, "boss", ROLE, restricted).await.fails(401, "RoleTypeRestrictions");
}

#[tokio::test]
async fn users_ask_about_their_own_tenant_only() {
    let mock = kernel().await;
    let path = format!("{ROLE}?tenant=other");
    get(&mock, &path).by("boss").send().await.fails(400, "SK_UNEXPECTED_TENANT_VALUE");
    let by_service = get(&mock, &path).by_service("jobs", "testuser").send().await;
    assert_eq!(by_service.result()["names"], json!([]));
    let unknown = get(&mock, &format!("{ROLE}?tenant=none")).by_service("jobs", "testuser");
    unknown.send().await.fails(400, "SK_TENANT_NOT_FOUND");
    let site_admin = mock.mint_access_token(Mint::user("admin").tenant("admin")).unwrap();
    let got = get(&mock, &path).header("host", "admin.mock.invalid").token(&site_admin).send();
    got.await.fails(400, "SK_UNEXPECTED_TENANT_VALUE");
}

#[tokio::test]
async fn names_of_roles_are_sorted_and_of_one_type() {
    let mock = kernel().await;
    for name in ["b", "a"] {
        make_role(&mock, name).await;
    }
    assert_eq!(names(&mock, ROLE).await, json!(["a", "b"]));
    let admins = names(&mock, &format!("{ROLE}?roleType=TENANT_ADMIN")).await;
    assert_eq!(admins, json!(["$!tenant_admin"]));
}

#[tokio::test]
async fn a_renamed_role_stays_with_everybody_who_has_it() {
    let mock = kernel().await;
    for name in ["old", "parent", "taken"] {
        make_role(&mock, name).await;
    }
    permit(&mock, "old", "a:dev:read").await;
    give(&mock, "ann", "old").await;
    add_child(&mock, "parent", "old").await.result();
    give(&mock, "bob", "parent").await;
    let rename = |name: &'static str| {
        let body = json!({ "newRoleName": name });
        send(&mock, "boss", "/v3/security/role/updateName/old", body)
    };
    rename("taken").await.fails(400, "SK_ROLE_EXISTS");
    assert!(rename("new").await.status.is_success());
    assert_eq!(names(&mock, &format!("{USER}/roles/ann")).await, json!(["new"]));
    assert_eq!(names(&mock, &format!("{USER}/roles/bob")).await, json!(["new", "parent"]));
    assert!(may(&mock, "ann", "a:dev:read:x").await);
    rename("newer").await.fails(404, "SK_ROLE_NOT_FOUND");
}

#[tokio::test]
async fn owners_look_after_their_roles() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    let describe = |user: &'static str| {
        let body = json!({ "newDescription": "new" });
        send(&mock, user, "/v3/security/role/updateDesc/r", body)
    };
    describe("testuser").await.fails(401, "SK_API_AUTHORIZATION_FAILED");
    let body = json!({ "newOwner": "testuser" });
    let given = send(&mock, "boss", &format!("{ROLE}/updateOwner/r"), body).await;
    assert!(given.status.is_success(), "{}", given.text());
    assert!(describe("testuser").await.status.is_success());
    let grant = json!({ "user": "ann", "roleName": "r" });
    let granted = send(&mock, "testuser", &format!("{USER}/grantRole"), grant.clone()).await;
    assert_eq!(granted.result()["changes"], 1);
    send(&mock, "ann", &format!("{USER}/grantRole"), grant).await.fails(401, "RoleType");
    let role = get(&mock, &format!("{ROLE}/r?tenant=dev")).by("ann").send().await.result();
    assert_eq!(
        (&role["description"], &role["owner"], &role["updatedby"]),
        (&json!("new"), &json!("testuser"), &json!("testuser"))
    );
}

#[tokio::test]
async fn a_deleted_role_is_taken_from_everybody() {
    let mock = kernel().await;
    for name in ["r", "parent"] {
        make_role(&mock, name).await;
    }
    permit(&mock, "r", "a:dev:read").await;
    give(&mock, "ann", "r").await;
    add_child(&mock, "parent", "r").await.result();
    let path = format!("{ROLE}/r?tenant=dev");
    delete(&mock, &path).by("testuser").send().await.fails(401, "RoleType");
    let gone = || delete(&mock, &path).by("boss").send();
    assert_eq!(gone().await.result()["changes"], 1);
    assert_eq!(gone().await.result()["changes"], 0);
    assert_eq!(names(&mock, &format!("{USER}/roles/ann")).await, json!([]));
    assert!(!may(&mock, "ann", "a:dev:read").await);
    let parent = get(&mock, &format!("{ROLE}/parent?tenant=dev")).by("ann").send().await;
    assert_eq!(parent.result()["hasChildren"], false);
}

#[tokio::test]
async fn a_role_permits_what_its_children_permit() {
    let mock = kernel().await;
    for name in ["top", "middle", "bottom"] {
        make_role(&mock, name).await;
    }
    assert_eq!(add_child(&mock, "top", "middle").await.result()["changes"], 1);
    assert_eq!(add_child(&mock, "middle", "bottom").await.result()["changes"], 1);
    assert_eq!(add_child(&mock, "middle", "bottom").await.result()["changes"], 0);
    permit(&mock, "top", "a:dev:top").await;
    permit(&mock, "bottom", "a:dev:bottom").await;
    let perms = format!("{ROLE}/top/perms");
    assert_eq!(names(&mock, &perms).await, json!(["a:dev:bottom", "a:dev:top"]));
    assert_eq!(names(&mock, &format!("{perms}?immediate=true")).await, json!(["a:dev:top"]));
    let body = json!({ "permSpec": "a:dev:bottom:x", "roleType": "USER" });
    for (query, allowed) in [("", true), ("?immediate=true", false)] {
        let path = format!("{ROLE}/top/permits{query}");
        let got = send(&mock, "testuser", &path, body.clone()).await.result();
        assert_eq!(got["isAuthorized"], allowed, "{query}");
    }
    give(&mock, "ann", "top").await;
    assert_eq!(
        names(&mock, &format!("{USER}/roles/ann")).await,
        json!(["bottom", "middle", "top"])
    );
    let remove = json!({ "parentRoleName": "middle", "childRoleName": "bottom" });
    let path = format!("{ROLE}/removeChild");
    assert_eq!(change(&mock, &path, remove.clone()).await, 1);
    assert_eq!(change(&mock, &path, remove).await, 0);
    assert_eq!(names(&mock, &perms).await, json!(["a:dev:top"]));
}

#[tokio::test]
async fn no_role_includes_itself() {
    let mock = kernel().await;
    for name in ["a", "b", "c"] {
        make_role(&mock, name).await;
    }
    add_child(&mock, "a", "b").await.result();
    add_child(&mock, "b", "c").await.result();
    add_child(&mock, "c", "a").await.fails(400, "SK_ROLE_CYCLE_ERROR");
    add_child(&mock, "a", "a").await.fails(400, "SK_ROLE_CYCLE_ERROR");
    add_child(&mock, "a", "none").await.fails(404, "SK_ROLE_NOT_FOUND");
}

#[tokio::test]
async fn permissions_are_added_once_and_removed_as_they_are_spelt() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    assert_eq!(permit(&mock, "r", "a:dev:read,write").await, 1);
    assert_eq!(permit(&mock, "r", "a:dev:read,write").await, 0);
    let remove = |spec: &'static str| {
        let body = json!({ "roleName": "r", "permSpec": spec });
        change(&mock, "/v3/security/role/removePerm", body)
    };
    assert_eq!(remove("a:dev:write,read").await, 0);
    assert_eq!(remove("a:dev:read,write").await, 1);
    let bad = json!({ "roleName": "r", "permSpec": "a::b" });
    send(&mock, "boss", &format!("{ROLE}/addPerm"), bad).await.fails(400, "SK_PERM_CREATE_ERROR");
    let none = json!({ "roleName": "none", "permSpec": "a:b" });
    send(&mock, "boss", &format!("{ROLE}/addPerm"), none).await.fails(404, "SK_ROLE_NOT_FOUND");
}

#[tokio::test]
async fn a_users_own_permissions_are_in_the_default_role() {
    let mock = kernel().await;
    for path in [ROLE, USER] {
        let got = get(&mock, &format!("{path}/defaultRole/ann")).by("testuser").send().await;
        assert_eq!(got.result()["name"], "$$ann");
    }
    let body = json!({ "user": "ann", "permSpec": "system:dev:read:*" });
    let grant = format!("{USER}/grantUserPermission");
    send(&mock, "testuser", &grant, body.clone()).await.fails(401, "IsTenantAdmin");
    assert_eq!(change(&mock, &grant, body.clone()).await, 1);
    assert_eq!(change(&mock, &grant, body.clone()).await, 0);
    assert_eq!(names(&mock, &format!("{USER}/roles/ann")).await, json!(["$$ann"]));
    assert!(may(&mock, "ann", "system:dev:read:s").await);
    let revoke = format!("{USER}/revokeUserPermission");
    send(&mock, "testuser", &revoke, body.clone()).await.fails(401, "MatchesJwtIdentity");
    let given_up = send(&mock, "ann", &revoke, body).await;
    assert_eq!(given_up.result()["changes"], 1);
    assert!(!may(&mock, "ann", "system:dev:read:s").await);
}

#[tokio::test]
async fn roles_are_granted_and_revoked() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    assert_eq!(give(&mock, "ann", "r").await, 1);
    assert_eq!(give(&mock, "ann", "r").await, 0);
    let none = json!({ "user": "ann", "roleName": "none" });
    send(&mock, "boss", &format!("{USER}/grantRole"), none.clone()).await.fails(404, "SK_ROLE");
    let revoke = format!("{USER}/revokeRole");
    assert_eq!(change(&mock, &revoke, json!({ "user": "ann", "roleName": "r" })).await, 1);
    assert_eq!(change(&mock, &revoke, json!({ "user": "ann", "roleName": "r" })).await, 0);
    assert_eq!(change(&mock, &revoke, none).await, 0);
    let both = json!({ "user": "ann", "roleName": "r", "permSpec": "a:dev:x" });
    let path = format!("{USER}/grantRoleWithPerm");
    assert_eq!(change(&mock, &path, both.clone()).await, 2);
    assert_eq!(change(&mock, &path, both).await, 0);
    assert!(may(&mock, "ann", "a:dev:x").await);
}

#[tokio::test]
async fn users_have_roles_and_those_that_come_with_them() {
    let mock = kernel().await;
    for name in ["parent", "child", "other"] {
        make_role(&mock, name).await;
    }
    add_child(&mock, "parent", "child").await.result();
    give(&mock, "ann", "parent").await;
    for (question, body, yes) in [
        ("hasRole", json!({ "roleName": "child" }), true),
        ("hasRole", json!({ "roleName": "other" }), false),
        ("hasRole", json!({ "roleName": "none" }), false),
        ("hasRoleAny", json!({ "roleNames": ["other", "child"] }), true),
        ("hasRoleAny", json!({ "roleNames": ["other"] }), false),
        ("hasRoleAll", json!({ "roleNames": ["parent", "child"] }), true),
        ("hasRoleAll", json!({ "roleNames": ["parent", "other"] }), false),
    ] {
        let mut body = body;
        body["user"] = "ann".into();
        assert_eq!(asks(&mock, question, body.clone()).await, yes, "{question} {body}");
    }
    let empty = json!({ "user": "ann", "roleNames": [] });
    send(&mock, "ann", &format!("{USER}/hasRoleAll"), empty).await.fails(400, "roleNames");
    let with_role = |role: &str| format!("{USER}/withRole/{role}");
    assert_eq!(names(&mock, &with_role("child")).await, json!(["ann"]));
    assert_eq!(names(&mock, &with_role("other")).await, json!([]));
    let none = get(&mock, &format!("{}?tenant=dev", with_role("none"))).by("ann").send().await;
    none.fails(404, "SK_ROLE_NOT_FOUND");
}

#[tokio::test]
async fn permissions_imply_what_is_more_exact_and_what_is_below_their_path() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    permit(&mock, "r", "system:dev:read,write:s").await;
    permit(&mock, "r", "files:dev:read:s:/home/ann").await;
    give(&mock, "ann", "r").await;
    for (spec, yes) in [
        ("system:dev:read:s", true),
        ("system:dev:execute:s", false),
        ("system:other:read:s", false),
        ("files:dev:read:s:/home/ann", true),
        ("files:dev:read:s:/home/ann/a/b", true),
        ("files:dev:read:s:/home/anna", false),
        ("files:dev:write:s:/home/ann", false),
    ] {
        assert_eq!(may(&mock, "ann", spec).await, yes, "{spec}");
    }
    let several = |specs: Value| json!({ "user": "ann", "permSpecs": specs });
    let mixed = json!(["system:dev:read:s", "system:dev:execute:s"]);
    assert!(asks(&mock, "isPermittedAny", several(mixed.clone())).await);
    assert!(!asks(&mock, "isPermittedAll", several(mixed)).await);
    let both = json!(["system:dev:read:s", "files:dev:read:s:/home/ann/x"]);
    assert!(asks(&mock, "isPermittedAll", several(both)).await);
    let bad = json!({ "user": "ann", "permSpec": ":" });
    send(&mock, "ann", &format!("{USER}/isPermitted"), bad).await.fails(400, "SK_PERM_CREATE");
}

#[tokio::test]
async fn permissions_of_a_user_are_filtered_by_what_they_imply() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    for spec in ["stream:dev:read:p1", "stream:dev:*:p2", "system:dev:read"] {
        permit(&mock, "r", spec).await;
    }
    give(&mock, "ann", "r").await;
    let perms = format!("{USER}/perms/ann");
    assert_eq!(
        names(&mock, &perms).await,
        json!(["stream:dev:*:p2", "stream:dev:read:p1", "system:dev:read"])
    );
    let covered = names(&mock, &format!("{perms}?implies=stream:dev")).await;
    assert_eq!(covered, json!(["stream:dev:*:p2", "stream:dev:read:p1"]));
    let covering = names(&mock, &format!("{perms}?impliedBy=stream:dev:write:p2")).await;
    assert_eq!(covering, json!(["stream:dev:*:p2"]));
    let with = |spec: &str| format!("{USER}/withPermission/{spec}");
    assert_eq!(names(&mock, &with("stream:dev:read:p1")).await, json!(["ann"]));
    assert_eq!(names(&mock, &with("stream:dev:read:p2")).await, json!([]));
    assert_eq!(names(&mock, &with("stream:dev:%25")).await, json!(["ann"]));
    assert_eq!(names(&mock, &with("stream:%25:read:%25")).await, json!(["ann"]));
    assert_eq!(names(&mock, &with("stream:%25:read")).await, json!([]));
    let bad = get(&mock, &format!("{}?tenant=dev", with("%25read"))).by("ann").send().await;
    bad.fails(400, "SK_PERM_SEARCH_ERROR");
}

#[tokio::test]
async fn a_prefix_of_a_name_stands_for_the_type_of_the_role() {
    let mock = kernel().await;
    for body in [
        json!({ "roleName": "tenant_admin", "roleType": "TENANT_ADMIN" }),
        json!({ "roleName": "$!tenant_admin", "roleType": "TENANT_ADMIN" }),
        json!({ "roleName": "$!tenant_admin" }),
    ] {
        let mut body = body;
        body["user"] = "boss".into();
        assert!(asks(&mock, "hasRole", body.clone()).await, "{body}");
    }
    let without = json!({ "user": "boss", "roleName": "tenant_admin" });
    assert!(!asks(&mock, "hasRole", without).await);
    let several = json!({ "user": "boss", "roleNames": ["$!tenant_admin"] });
    assert!(asks(&mock, "hasRoleAll", several).await);
    let path = format!("{ROLE}/tenant_admin?tenant=dev&roleType=TENANT_ADMIN");
    let role = get(&mock, &path).by("testuser").send().await.result();
    assert_eq!((&role["name"], &role["owner"]), (&json!("$!tenant_admin"), &json!("admin")));
}

#[tokio::test]
async fn administrators_have_a_role_that_can_be_given_and_taken() {
    let mock = kernel().await;
    let is_admin = |user: &'static str| asks(&mock, "isAdmin", json!({ "user": user }));
    assert!(is_admin("boss").await && !is_admin("ann").await);
    let or_admin = json!({ "user": "boss", "permSpec": "a:dev:b", "orAdmin": true });
    assert!(asks(&mock, "isPermitted", or_admin).await);
    assert!(!may(&mock, "boss", "a:dev:b").await);
    let role = json!({ "user": "ann", "roleName": "tenant_admin", "roleType": "TENANT_ADMIN" });
    let grant = format!("{USER}/grantRole");
    send(&mock, "ann", &grant, role.clone()).await.fails(401, "RoleTypeRestrictions");
    assert_eq!(change(&mock, &grant, role.clone()).await, 1);
    let admins = get(&mock, &format!("{USER}/admins/dev")).by("testuser").send().await;
    assert_eq!(admins.result()["names"], json!(["admin", "ann", "boss"]));
    // Other services know it, too.
    make_system(&mock, "testuser", linux("s")).await;
    assert!(get(&mock, "/v3/systems/s").by("ann").send().await.status.is_success());
    assert_eq!(change(&mock, &format!("{USER}/revokeRole"), role).await, 1);
    assert!(!is_admin("ann").await);
    get(&mock, "/v3/systems/s").by("ann").send().await.fails(403, "SYSLIB_UNAUTH");
    assert_eq!(names(&mock, USER).await, json!(["admin", "boss"]));
}

/// Two roles with permissions on paths.
async fn with_paths() -> MockTapis {
    let mock = kernel().await;
    for name in ["a", "b"] {
        make_role(&mock, name).await;
    }
    permit(&mock, "a", "files:dev:read,write:s:/my/dir/x:y").await;
    permit(&mock, "a", "files:dev:read:t:/my/dir").await;
    permit(&mock, "b", "files:dev:read:s:/my/dir33/file").await;
    permit(&mock, "b", "system:dev:read:s").await;
    mock
}

fn moving(old: &str, new: &str) -> Value {
    json!({ "schema": "files", "oldSystemId": "s", "newSystemId": "n", "oldPrefix": old,
        "newPrefix": new })
}

#[tokio::test]
async fn a_change_of_paths_is_shown_before_it_is_made() {
    let mock = with_paths().await;
    let preview =
        |body: Value| send(&mock, "testuser", "/v3/security/role/previewPathPrefix", body);
    let shown = preview(moving("/my/dir/", "/your/")).await.result();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["oldPerm"], "files:dev:read,write:s:/my/dir/x:y");
    assert_eq!(shown[0]["newPerm"], "files:dev:read,write:n:/your/x:y");
    let mut only = moving("/my", "/your");
    only["roleName"] = "b".into();
    let shown = preview(only).await.result();
    assert_eq!(shown[0]["newPerm"], "files:dev:read:n:/your/dir33/file");
    let mut bad = moving("/my", "/your");
    bad["schema"] = "system".into();
    preview(bad).await.fails(400, "SK_PERM_NO_PATH_SUPPORT");
    assert_eq!(names(&mock, &format!("{ROLE}/b/perms")).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_change_of_paths_rewrites_permissions() {
    let mock = with_paths().await;
    let path = format!("{ROLE}/replacePathPrefix");
    let body = moving("/my", "/your");
    send(&mock, "testuser", &path, body.clone()).await.fails(401, "IsFilesService");
    let jobs = post(&mock, &path, in_dev(body.clone())).by_service("jobs", "testuser");
    jobs.send().await.fails(401, "IsFilesService");
    let files = post(&mock, &path, in_dev(body.clone())).by_service("files", "testuser");
    assert_eq!(files.send().await.result()["changes"], 2);
    assert_eq!(change(&mock, &path, body).await, 0);
    assert_eq!(
        names(&mock, &format!("{ROLE}/a/perms")).await,
        json!(["files:dev:read,write:n:/your/dir/x:y", "files:dev:read:t:/my/dir"])
    );
}

#[tokio::test]
async fn services_take_permissions_from_all_roles() {
    let mock = with_paths().await;
    permit(&mock, "a", "system:dev:read:s").await;
    let take = |path: &str, service: &str, spec: &str| {
        let body = in_dev(json!({ "permSpec": spec }));
        let path = format!("{ROLE}/{path}");
        let (mock, service) = (&mock, service.to_owned());
        async move { post(mock, &path, body).by_service(&service, "testuser").send().await }
    };
    let everywhere = "removePermFromAllRoles";
    let path = format!("{ROLE}/{everywhere}");
    let refused = send(&mock, "boss", &path, json!({ "permSpec": "a" })).await;
    refused.fails(401, "ServiceIsAllowed");
    assert_eq!(take(everywhere, "jobs", "system:dev:read").await.result()["changes"], 0);
    assert_eq!(take(everywhere, "jobs", "system:dev:read:s").await.result()["changes"], 2);
    let on_path = "removePathPermFromAllRoles";
    take(on_path, "jobs", "files:dev:read:s:/my/dir").await.fails(401, "IsFilesService");
    let gone = take(on_path, "files", "files:dev:read:s:/my/dir").await;
    assert_eq!(gone.result()["changes"], 1);
    assert_eq!(names(&mock, &format!("{ROLE}/b/perms")).await, json!([]));
}

#[tokio::test]
async fn a_snapshot_brings_roles_and_grants_back() {
    let mock = kernel().await;
    make_role(&mock, "r").await;
    permit(&mock, "r", "a:dev:b").await;
    give(&mock, "ann", "r").await;
    let snapshot = mock.snapshot().unwrap();
    mock.reset().unwrap();
    assert!(!may(&mock, "ann", "a:dev:b").await);
    mock.restore(snapshot).unwrap();
    assert!(may(&mock, "ann", "a:dev:b").await);
}

#[tokio::test]
async fn roles_can_be_seeded() {
    let seed = "
users: [{ username: boss, password: pw, admin: true }]
requests:
  - path: /v3/security/role
    body: { roleTenant: dev, roleName: r, description: d }
  - path: /v3/security/user/grantRoleWithPerm
    body: { tenant: dev, user: ann, roleName: r, permSpec: 'a:dev:b' }
";
    let mock = start(MockTapis::builder().verify_answers().state(seed)).await;
    assert!(may(&mock, "ann", "a:dev:b:c").await);
}
