//! Nothing gets out of the folder of a system, whatever way somebody tries.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::*;
use http::Method;
use serde_json::json;
use tapis_mock::MockTapis;

const SECRET: &str = "what is outside";

/// A mock whose files are in `inside`, with a file outside of it.
struct House {
    mock: MockTapis,
    folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("outside/dir")).unwrap();
        fs::write(folder.path().join("outside/secret"), SECRET).unwrap();
        let mock = start(builder().files_in(folder.path().join("inside"))).await;
        make_system(&mock, "testuser", linux("s")).await;
        let house = Self { mock, folder };
        let file = house.ask(Method::POST, "ops/s/f").file(b"1").send().await;
        assert_eq!(file.status, 200);
        house
    }

    fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        ask(&self.mock, method, &format!("/v3/files/{path}")).by("testuser")
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    /// Whether everything outside is as it was, and `got` tells nothing of it.
    #[track_caller]
    fn is_intact(&self, what: &str, got: &Got) {
        assert!(!String::from_utf8_lossy(&got.bytes).contains(SECRET), "{what} told the secret");
        assert_eq!(fs::read_to_string(self.path("outside/secret")).unwrap(), SECRET, "{what}");
        let names = |path: &Path| {
            let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(self.folder.path()), ["inside", "outside"], "{what}");
        assert_eq!(names(&self.path("outside")), ["dir", "secret"], "{what}");
        assert!(names(&self.path("outside/dir")).is_empty(), "{what}");
    }
}

/// Every way to do something with `path`.
async fn try_everything(house: &House, path: &str) {
    let of = |what: &str| format!("{what}/s/{path}");
    let target = json!({ "operation": "COPY", "newPath": "copied" });
    let asks = [
        house.ask(Method::GET, &of("ops")),
        house.ask(Method::GET, &format!("{}?recurse=true", of("ops"))),
        house.ask(Method::GET, &of("content")),
        house.ask(Method::GET, &format!("{}?zip=true", of("content"))),
        house.ask(Method::GET, &of("utils/linux")),
        house.ask(Method::PUT, &of("ops")).json(&target),
        house.ask(Method::POST, &of("ops")).file(b"overwritten"),
        house.ask(Method::DELETE, &of("ops")),
    ];
    for ask in asks {
        let got = ask.send().await;
        // Hosts refuse much with a 500, but always in the words of the service.
        let refused = got.status == 500 && got.text().contains("OboTenant");
        assert!(got.status != 500 || refused, "{path}: {}", got.text());
        house.is_intact(path, &got);
    }
}

#[tokio::test]
async fn no_way_to_write_a_path_leads_out() {
    let house = House::new().await;
    for path in [
        "../../outside/secret",
        "../../../outside/secret",
        "a/../../../../outside/secret",
        "%2e%2e/%2e%2e/%2e%2e/outside/secret",
        "..%2f..%2f..%2foutside%2fsecret",
        "%2e%2e%2f%2e%2e%2f%2e%2e%2foutside%2fsecret",
        "%252e%252e/%252e%252e/%252e%252e/outside/secret",
        "..%5c..%5c..%5coutside%5csecret",
        "..\\..\\..\\outside\\secret",
        "....//....//....//outside/secret",
        "..;/..;/..;/outside/secret",
        "%c0%ae%c0%ae/%c0%ae%c0%ae/outside/secret",
        "%e0%80%ae%e0%80%ae/outside/secret",
        "..%00/..%00/outside/secret",
        "f%00/../../../outside/secret",
        "//outside/secret",
        "%2fetc%2fpasswd",
        "file:%2f%2f%2fetc%2fpasswd",
        "tapis:%2f%2f..%2f..%2foutside%2fsecret",
        "~/../../outside/secret",
    ] {
        try_everything(&house, path).await;
    }
    let absolute = house.path("outside/secret").display().to_string();
    try_everything(&house, &absolute).await;
    try_everything(&house, &absolute.replace('/', "%2f")).await;
}

#[tokio::test]
async fn paths_in_bodies_do_not_either() {
    let house = House::new().await;
    let absolute = house.path("outside/secret").display().to_string();
    for path in ["../../../outside/dir/x", "/../../outside/dir/x", &absolute] {
        for body in [
            json!({ "operation": "COPY", "newPath": path }),
            json!({ "operation": "MOVE", "newPath": path }),
        ] {
            let got = house.ask(Method::PUT, "ops/s/f").json(&body).send().await;
            house.is_intact(path, &got);
        }
        let got = house.ask(Method::POST, "ops/s").json(&json!({ "path": path })).send().await;
        house.is_intact(path, &got);
        let uri = format!("tapis://s/{path}");
        let elements = [
            json!({ "sourceURI": "tapis://s/f", "destinationURI": uri }),
            json!({ "sourceURI": uri, "destinationURI": "tapis://s/got" }),
        ];
        let body = json!({ "elements": elements });
        let got = house.ask(Method::POST, "transfers").json(&body).send().await;
        house.mock.advance(std::time::Duration::from_secs(60));
        house.ask(Method::GET, "transfers").send().await;
        house.is_intact(path, &got);
    }
}

#[tokio::test]
async fn links_lead_nowhere() {
    let house = House::new().await;
    symlink(house.path("outside/secret"), house.path("inside/dev/s/link")).unwrap();
    symlink(house.path("outside"), house.path("inside/dev/s/dir")).unwrap();
    symlink(house.path("outside/new"), house.path("inside/dev/s/dangling")).unwrap();
    for path in ["link", "dir", "dir/secret", "dir/new", "dangling", ""] {
        try_everything(&house, path).await;
    }
    // What held links can be deleted, and the links alone go with it.
    fs::create_dir(house.path("inside/dev/s/top")).unwrap();
    symlink(house.path("outside"), house.path("inside/dev/s/top/dir")).unwrap();
    let got = house.ask(Method::DELETE, "ops/s/top").send().await;
    house.is_intact("deleting", &got);
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn a_system_or_a_tenant_that_is_a_link_leads_nowhere() {
    let house = House::new().await;
    fs::remove_dir_all(house.path("inside/dev/s")).unwrap();
    symlink(house.path("outside"), house.path("inside/dev/s")).unwrap();
    try_everything(&house, "secret").await;
    fs::remove_file(house.path("inside/dev/s")).unwrap();
    fs::create_dir(house.path("outside/dir/s")).unwrap();
    fs::remove_dir(house.path("inside/dev")).unwrap();
    symlink(house.path("outside/dir"), house.path("inside/dev")).unwrap();
    let got = house.ask(Method::POST, "ops/s/f").file(b"x").send().await;
    assert_eq!(got.status, 500, "{}", got.text());
    assert_eq!(fs::read_dir(house.path("outside/dir/s")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_pipe_is_not_waited_for() {
    let house = House::new().await;
    let pipe = house.path("inside/dev/s/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let got = house.ask(Method::GET, "content/s/pipe").send().await;
    assert_eq!(got.status, 500, "{}", got.text());
    let listed = house.ask(Method::GET, "ops/s/").send().await.result();
    assert_eq!(listed[1]["type"], "other");
    house.ask(Method::DELETE, "ops/s/pipe").send().await.fails(501, "FILES_CLIENT_SPECIAL_FILE");
    house.mock.snapshot().unwrap();
}
