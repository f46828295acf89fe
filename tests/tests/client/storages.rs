//! Files on other storage than a Linux host, which the service treats in their own ways.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tapis_client::Tapis;
use tapis_client::files::types::FileInfo;
use tapis_mock::Fault;
use tapis_tests::{ScriptServer, Step, World, whole};

/// A client of a server that says `kind` of each system and lists what `list` returns for a path, a limit and
/// an offset; an `Err` is a status.
async fn storage(
    kind: Option<&'static str>,
    list: impl Fn(&str, usize, usize) -> Result<Vec<Value>, &'static str> + Send + Sync + 'static,
) -> (ScriptServer, Tapis) {
    let server = ScriptServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: BTreeMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let number = |name: &str| query.get(name).and_then(|text| text.parse().ok());
        let outcome = match path.strip_prefix("/v3/files/ops/s") {
            Some(path) => list(
                path.trim_matches('/'),
                number("limit").unwrap_or(1000),
                number("offset").unwrap_or(0),
            )
            .map(Value::Array),
            None => kind.map(|kind| json!({"id": "s", "systemType": kind})).ok_or("403 Forbidden"),
        };
        match outcome {
            Ok(result) => {
                let body = json!({"status": "success", "result": result}).to_string();
                Step::reply("200 OK", "content-type: application/json\r\n", &body)
            }
            Err(status) => Step::reply(status, "", r#"{"status":"error","message":"no"}"#),
        }
    })
    .await;
    let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
    (server, t)
}

fn file(path: &str) -> Value {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap();
    json!({"name": name, "path": path, "type": "file", "size": 1})
}

fn page(entries: &[Value], limit: usize, offset: usize) -> Vec<Value> {
    entries.iter().skip(offset).take(limit).cloned().collect()
}

/// The keys of a bucket that begin with a path, as the service lists them: there is no empty page.
fn bucket(
    keys: Vec<String>,
) -> impl Fn(&str, usize, usize) -> Result<Vec<Value>, &'static str> + Send + Sync + 'static {
    move |path, limit, offset| {
        let mut keys: Vec<&String> = keys.iter().filter(|key| key.starts_with(path)).collect();
        keys.sort_unstable();
        let entries: Vec<Value> = keys.into_iter().map(|key| file(key)).collect();
        let page = page(&entries, limit, offset);
        let own = entries.iter().any(|entry| entry["path"] == path);
        if page.is_empty() && !path.is_empty() && !own { Err("404 Not Found") } else { Ok(page) }
    }
}

fn paths(entries: &[FileInfo]) -> Vec<&str> {
    let mut paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    paths
}

#[tokio::test]
async fn a_bucket_has_the_directories_that_its_keys_imply() {
    let keys = ["d/a", "d/sub/b", "d/sub/deep/c", "d/marked/", "d2/x", "d.txt", "d-1"];
    let keys = keys.map(str::to_owned).to_vec();
    let (_server, t) = storage(Some("S3"), bucket(keys)).await;
    let at = |path: &str| t.files.at(("s", path));
    let own = at("d").list().collect_all(100).await.unwrap();
    assert_eq!(paths(&own), ["d/a", "d/marked", "d/sub"]);
    let all = at("d").list().recursive().collect_all(100).await.unwrap();
    let wanted = ["d/a", "d/marked", "d/sub", "d/sub/b", "d/sub/deep", "d/sub/deep/c"];
    assert_eq!(paths(&all), wanted);
    let chosen = at("d").list().pattern("s*").collect_all(100).await.unwrap();
    assert_eq!(paths(&chosen), ["d/sub"], "the service selects nothing in a bucket");

    for (path, directory) in [
        ("d", Some(true)),
        ("d/marked", Some(true)),
        ("d.txt", Some(false)),
        ("d2", Some(true)),
        ("d2/", Some(true)),
        ("d/s", None),
        ("d/su", None),
        ("d.", None),
        ("e", None),
    ] {
        let stat = at(path).stat().await;
        assert_eq!(stat.as_ref().ok().map(|stat| stat.is_dir), directory, "{path}");
        assert!(stat.is_ok() || stat.unwrap_err().is_not_found(), "{path}");
        assert_eq!(at(path).exists().await.unwrap(), directory.is_some(), "{path}");
    }
    let error = at("d").list().pattern("regex:^a").next().await.unwrap_err();
    assert!(error.is_input() && error.message().contains("regular expressions"), "{error}");
}

#[tokio::test]
async fn the_end_of_a_bucket_behind_full_pages_is_an_end() {
    for kind in [Some("S3"), None] {
        let keys = (0..2000).map(|n| format!("d/sub/{n:04}")).collect();
        let (_server, t) = storage(kind, bucket(keys)).await;
        let at = |path: &str| t.files.at(("s", path));
        assert_eq!(at("d/sub").list().collect_all(9999).await.unwrap().len(), 2000, "{kind:?}");
        let all = at("d").list().recursive().collect_all(9999).await.unwrap();
        assert_eq!(all.len(), 2001, "{kind:?}: with the directory");
    }
}

#[tokio::test]
async fn a_prefix_that_many_other_keys_share_is_looked_for_among_them() {
    let mut keys: Vec<String> = (0..2500).map(|n| format!("d-{n:04}")).collect();
    keys.push("d/f".to_owned());
    let (_server, t) = storage(Some("S3"), bucket(keys)).await;
    assert!(t.files.at(("s", "d")).stat().await.unwrap().is_dir);
    assert!(!t.files.at(("s", "d-")).exists().await.unwrap());
}

#[tokio::test]
async fn a_globus_collection_that_the_service_cannot_list_to_its_end_is_an_error() {
    // The service passes over the offset twice.
    let list = |count: usize| {
        move |_: &str, limit: usize, offset: usize| {
            let entries: Vec<Value> = (0..count)
                .map(|n| {
                    let mut entry = file(&format!("d/{n:04}"));
                    entry["nativePermissions"] = json!("0644");
                    entry
                })
                .collect();
            Ok(page(&page(&entries, limit, offset), limit, offset))
        }
    };
    for kind in [Some("GLOBUS"), None] {
        let (_server, t) = storage(kind, list(999)).await;
        assert_eq!(t.files.at(("s", "d")).list().collect_all(9999).await.unwrap().len(), 999);
        for count in [1000, 1500] {
            let (_server, t) = storage(kind, list(count)).await;
            for entries in
                [t.files.at(("s", "d")).list(), t.files.at(("s", "d")).list().recursive()]
            {
                let error = entries.collect_all(9999).await.unwrap_err();
                assert!(
                    error.is_failed() && error.message().contains("1000 or more entries"),
                    "{error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_system_is_asked_for_its_kind_once_and_only_when_that_matters() {
    let keys = (0..2500).map(|n| format!("d/{n:04}")).collect();
    let (server, t) = storage(Some("S3"), bucket(keys)).await;
    let asked = || server.heads().iter().filter(|head| head.contains("/v3/systems/s")).count();
    t.files.at(("s", "d/0001")).stat().await.unwrap();
    assert_eq!(asked(), 0);
    for _ in 0..3 {
        assert_eq!(t.files.at(("s", "d")).list().collect_all(9999).await.unwrap().len(), 2500);
    }
    assert_eq!(asked(), 1);
}

#[tokio::test]
async fn a_directory_of_a_bucket_is_deleted_object_by_object() {
    for kind in [Some("S3"), None] {
        let keys: Arc<Mutex<Vec<String>>> =
            Arc::new(Mutex::new(["d/a", "d/sub/b", "d2/x"].map(str::to_owned).to_vec()));
        let there = Arc::clone(&keys);
        let server = ScriptServer::answering(move |head| {
            let mut words = head.split([' ', '?']);
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let body = |result: Value| json!({"status": "success", "result": result}).to_string();
            let Some(path) = path.strip_prefix("/v3/files/ops/s/") else {
                return match kind {
                    Some(kind) => Step::reply("200 OK", "", &body(json!({"systemType": kind}))),
                    None => Step::reply("403 Forbidden", "", "{}"),
                };
            };
            let mut keys = there.lock().unwrap();
            if method == "delete" {
                // A key that is not there is no error.
                keys.retain(|key| key != path);
                return Step::reply("200 OK", "", &body(Value::Null));
            }
            match bucket(keys.clone())(path, 1000, 0) {
                Ok(found) => Step::reply("200 OK", "", &body(Value::Array(found))),
                Err(status) => Step::reply(status, "", r#"{"status":"error","message":"no"}"#),
            }
        })
        .await;
        let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
        t.files.at("tapis://s/d").rm().recursive().await.unwrap();
        assert_eq!(*keys.lock().unwrap(), ["d2/x"], "{kind:?}");
        let again = t.files.at("tapis://s/d").rm().recursive().await;
        assert_eq!(again.is_err(), kind.is_some(), "the service alone says that nothing is there");
    }
}

#[tokio::test]
async fn an_object_of_a_bucket_is_moved_by_a_copy_that_is_seen_before_the_source_goes() {
    for copies in [true, false] {
        let keys = Arc::new(Mutex::new(vec!["d/a".to_owned()]));
        let there = Arc::clone(&keys);
        let server = ScriptServer::answering(move |head| {
            let mut words = head.split([' ', '?']);
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let body = |result: Value| json!({"status": "success", "result": result}).to_string();
            let Some(path) = path.strip_prefix("/v3/files/ops/s/") else {
                return Step::reply("200 OK", "", &body(json!({"systemType": "S3"})));
            };
            let mut keys = there.lock().unwrap();
            match method {
                // The service leaves the source where it is.
                "put" if copies => keys.push("new".to_owned()),
                "put" => {}
                "delete" => keys.retain(|key| key != path),
                _ => {
                    return match bucket(keys.clone())(path, 1000, 0) {
                        Ok(found) => Step::reply("200 OK", "", &body(Value::Array(found))),
                        Err(status) => {
                            Step::reply(status, "", r#"{"status":"error","message":"no"}"#)
                        }
                    };
                }
            }
            Step::reply("200 OK", "", &body(Value::Null))
        })
        .await;
        let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
        let moved = t.files.at("tapis://s/d/a").mv("tapis://s/new").await;
        assert_eq!(moved.is_ok(), copies, "{moved:?}");
        let left = if copies { "new" } else { "d/a" };
        assert_eq!(*keys.lock().unwrap(), [left]);
    }
}

#[tokio::test]
async fn a_host_that_opens_no_file_says_what_may_be_wrong() {
    let world = World::new().await.unwrap();
    world.make_system("s").await.unwrap();
    let message = "FILES_OPSC_ERR upload. Error: Cannot invoke \"java.io.OutputStream.close()\" \
                   because \"outputStream\" is null";
    let body = json!({"status": "error", "message": message}).to_string();
    world.mock.inject(Fault::status(500).body(body).on("files.insert").times(1));
    let error = world.t.files.upload("s", "f").from_bytes("x").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    assert!(error.hint().unwrap().contains("effective user of the system may write"), "{error:?}");
}

/// In a zone, a file that is asked for by itself has another time than in the listing of its collection.
#[tokio::test]
async fn a_file_of_a_zone_that_has_two_times_is_read_on_where_it_broke_off() {
    for (kind, is_whole) in [("IRODS", true), ("LINUX", false)] {
        let listings = std::sync::atomic::AtomicUsize::new(0);
        let broken = std::sync::atomic::AtomicBool::new(false);
        let server = ScriptServer::answering(move |head| {
            use std::sync::atomic::Ordering::Relaxed;
            let path = head.split(' ').nth(1).unwrap();
            let body = |result: Value| json!({"status": "success", "result": result}).to_string();
            if path.starts_with("/v3/files/content") {
                let content = "0123456789".repeat(100);
                let mut reply =
                    whole("200 OK", "content-type: application/octet-stream\r\n", &content);
                if broken.swap(true, Relaxed) {
                    return Step::Send(reply);
                }
                reply.truncate(reply.len() - 300);
                return Step::SendAndClose(reply);
            }
            if path.starts_with("/v3/files/ops") {
                let time = ["+58834-01-01T00:00:00Z", "2026-11-30T00:00:00Z"];
                let time = time[listings.fetch_add(1, Relaxed) % 2];
                let entry = json!({"name": "f", "path": "f", "type": "file", "size": 1000,
                    "lastModified": time});
                return Step::reply("200 OK", "", &body(json!([entry])));
            }
            Step::reply("200 OK", "", &body(json!({"systemType": kind})))
        })
        .await;
        let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
        let bytes = t.files.download("s", "f").bytes().await;
        assert_eq!(bytes.is_ok(), is_whole, "{kind}: {bytes:?}");
        assert!(bytes.is_err() || bytes.unwrap() == "0123456789".repeat(100));
    }
}
