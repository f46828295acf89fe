//! Whole folders up and down.

use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tapis_client::Tapis;
use tapis_client::files::{FolderSummary, SkipReason, Symlinks};
use tapis_mock::Fault;
use tapis_tests::{ScriptServer, Step, World};

const INSERT: &str = "files.insert";
const CONTENT: &str = "files.getContents";
const LIST: &str = "files.listFiles";

async fn world() -> World {
    let world = World::new().await.unwrap();
    world.make_system("s").await.unwrap();
    world
}

/// A folder in memory, where the system has such a place: each file that is downloaded waits until it is on the disk,
/// and thousands of them would wait for minutes.
fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Every file below a folder with its content, and every empty directory.
fn tree(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, Option<Vec<u8>>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if fs::read_dir(&path).unwrap().next().is_none() {
                    found.insert(name, None);
                }
                walk(top, &path, found);
            } else {
                found.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn transferred(mut summary: FolderSummary) -> Vec<String> {
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    summary.transferred.sort_unstable();
    summary.transferred
}

#[tokio::test]
async fn ten_thousand_files_go_up_ten_changes_follow_and_all_come_down_equal() {
    let World { t, mock, .. } = world().await;
    let folder = memory_folder();
    let (here, elsewhere) = (folder.path().join("here"), folder.path().join("elsewhere"));
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    for n in 0..10_000 {
        let path = here.join(format!("d{}/e{}/f{n}.txt", n % 10, n % 7));
        write(&path, &format!("this is number {n}"));
        fs::File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    }
    fs::create_dir(here.join("empty")).unwrap();
    let there = t.files.at(("s", "there"));
    let up = || there.upload_folder(&here).skip_unchanged().into_future();
    let summary = up().await.unwrap();
    assert_eq!(
        (summary.transferred.len(), summary.unchanged, summary.failed.len()),
        (10_000, 0, 0)
    );

    let changed: Vec<String> = (0..10).map(|n| format!("d{n}/e{n}/f{n}.txt")).collect();
    let changed = [
        &changed[..7],
        &["d7/e0/f7.txt".to_owned(), "d8/e1/f8.txt".to_owned(), "d9/e2/f9.txt".to_owned()],
    ]
    .concat();
    for path in &changed {
        // As long as before, so that only the time tells.
        let text = fs::read_to_string(here.join(path)).unwrap();
        fs::write(here.join(path), text.to_uppercase()).unwrap();
    }
    mock.clear_requests();
    let summary = up().await.unwrap();
    assert_eq!(summary.unchanged, 9_990);
    assert_eq!(transferred(summary), changed);
    assert_eq!(mock.requests_for(INSERT).len(), 10);

    let down = || there.download_folder(&elsewhere).skip_unchanged().into_future();
    let summary = down().await.unwrap();
    assert_eq!((summary.transferred.len(), summary.failed.len()), (10_000, 0));
    assert!(tree(&here) == tree(&elsewhere), "both folders hold the same");
    let summary = down().await.unwrap();
    assert_eq!((summary.transferred.len(), summary.unchanged), (0, 10_000));
}

#[tokio::test]
async fn wide_and_deep_trees_go_up_and_come_down_equal() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = memory_folder();
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    // Each directory has more entries than the service lists at once, and the tree is deeper than it goes.
    for n in 0..7_500 {
        write(&here.join(format!("wide{}/f{n}", n % 3)), &format!("this is number {n}"));
    }
    let deep = (0..25).map(|n| format!("d{n}")).collect::<Vec<_>>();
    for depth in 1..=25 {
        write(&here.join(deep[..depth].join("/")).join("f"), &format!("level {depth}"));
    }
    fs::create_dir(here.join(deep.join("/")).join("empty")).unwrap();
    let there = t.files.at(("s", "there"));
    let up = there.upload_folder(&here).parallel(16).await.unwrap();
    assert_eq!((up.transferred.len(), up.failed.len()), (7_525, 0));
    let down = there.download_folder(&back).parallel(16).await.unwrap();
    assert_eq!((down.transferred.len(), down.failed.len()), (7_525, 0));
    let sums = |folder: &Path| -> BTreeMap<String, _> {
        let sum = |content: Vec<u8>| Sha256::digest(content).to_vec();
        tree(folder).into_iter().map(|(path, content)| (path, content.map(sum))).collect()
    };
    assert!(sums(&here) == sums(&back), "both folders hold the same");

    // A pattern selects names, and does not keep anybody out of directories.
    let chosen = there.list().recursive().pattern("f").collect_all(100).await.unwrap();
    assert_eq!(chosen.len(), 25);
    let chosen =
        there.list().recursive().pattern("regex:^f749[0-9]$").collect_all(100).await.unwrap();
    assert_eq!(chosen.len(), 10);
}

#[tokio::test]
async fn globs_choose_and_a_dry_run_changes_nothing() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    for name in ["a.txt", "b.csv", "sub/c.txt", "sub/d.tmp", "target/e.txt"] {
        write(&here.join(name), name);
    }
    let there = t.files.at(("s", "there"));
    let choose = || {
        there
            .upload_folder(&here)
            .include("*.txt")
            .include("sub/*")
            .exclude("target")
            .exclude("*.tmp")
    };
    mock.clear_requests();
    let summary = choose().dry_run().await.unwrap();
    assert_eq!(summary.bytes, 14);
    assert_eq!(transferred(summary), ["a.txt", "sub/c.txt"]);
    assert!(mock.requests().iter().all(|request| request.method == "GET"));
    assert_eq!(transferred(choose().await.unwrap()), ["a.txt", "sub/c.txt"]);

    let back = folder.path().join("back");
    let down = || there.download_folder(&back).exclude("sub");
    assert_eq!(transferred(down().dry_run().await.unwrap()), ["a.txt"]);
    assert!(!back.exists());
    assert_eq!(transferred(down().await.unwrap()), ["a.txt"]);
    assert_eq!(tree(&back).into_keys().collect::<Vec<_>>(), ["a.txt"]);
}

#[tokio::test]
async fn existing_files_are_kept_where_that_is_asked_for() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "deep/b.txt"] {
        write(&folder.path().join(name), "new");
    }
    let there = t.files.at("tapis://s/top");
    there.join("a.txt").upload().from_bytes("old").await.unwrap();
    let kept = |summary: &FolderSummary| {
        let kept = summary.skipped.iter().filter(|skipped| skipped.reason == SkipReason::Exists);
        kept.map(|skipped| skipped.path.clone()).collect::<Vec<_>>()
    };
    let up = there.upload_folder(folder.path()).keep_existing().await.unwrap();
    assert_eq!((kept(&up), transferred(up)), (vec!["a.txt".into()], vec!["deep/b.txt".into()]));
    assert_eq!(there.join("a.txt").download().bytes().await.unwrap(), "old");

    let target = tempfile::tempdir().unwrap();
    write(&target.path().join("deep/b.txt"), "mine");
    let down = there.download_folder(target.path()).keep_existing().await.unwrap();
    assert_eq!((kept(&down), transferred(down)), (vec!["deep/b.txt".into()], vec!["a.txt".into()]));
    assert_eq!(fs::read_to_string(target.path().join("deep/b.txt")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(target.path().join("a.txt")).unwrap(), "old");
}

#[tokio::test]
async fn a_file_that_fails_is_told_and_the_others_arrive() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    for n in 0..20 {
        write(&here.join(format!("f{n}")), "text");
    }
    let there = t.files.at(("s", "there"));
    mock.inject(Fault::status(403).on(INSERT).after(5).times(1));
    let summary = there.upload_folder(&here).parallel(3).await.unwrap();
    assert_eq!((summary.transferred.len(), summary.failed.len()), (19, 1));
    assert!(summary.failed[0].1.is_permission(), "{:?}", summary.failed);
    let printed = summary.to_string();
    assert_eq!(printed, "19 transferred (76 bytes), 0 unchanged, 0 skipped, 1 failed");
    let path = summary.failed[0].0.clone();
    let error = summary.into_result().unwrap_err();
    let message = format!("{path} failed: ");
    assert!(error.is_failed() && error.message().starts_with(&message), "{error}");

    assert_eq!(there.upload_folder(&here).await.unwrap().transferred.len(), 20);
    mock.inject(Fault::status(404).on(CONTENT).after(5).times(1));
    mock.inject(Fault::truncate(2).on(CONTENT).after(7).times(2));
    let back = folder.path().join("back");
    let summary = there.download_folder(&back).await.unwrap();
    assert_eq!((summary.transferred.len(), summary.failed.len()), (19, 1));
    assert_eq!(tree(&back).len(), 19, "and nothing half");
}

#[tokio::test]
async fn progress_counts_all_files_together() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    for n in 0..30 {
        write(&here.join(format!("f{n}")), "0123456789");
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |progress| told.lock().unwrap().push(progress)
    };
    let there = t.files.at(("s", "there"));
    assert!(there.upload_folder(&here).on_progress(tell.clone()).await.unwrap().failed.is_empty());
    let up = std::mem::take(&mut *told.lock().unwrap());
    let back = folder.path().join("back");
    assert!(there.download_folder(back).on_progress(tell).await.unwrap().failed.is_empty());
    let down = told.lock().unwrap();
    for told in [&up[..], &down[..]] {
        assert!(
            told.windows(2)
                .all(|pair| pair[0].bytes <= pair[1].bytes && pair[0].files <= pair[1].files)
        );
        let last = told.last().unwrap();
        assert_eq!(
            (last.files, last.total_files, last.bytes, last.total_bytes),
            (30, 30, 300, 300)
        );
    }
}

#[tokio::test]
async fn no_more_files_are_on_their_way_at_once_than_asked_for() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    for n in 0..9 {
        write(&here.join(format!("f{n}")), "text");
    }
    // Nobody answers, so that all that may be on their way are.
    mock.inject(Fault::hang().on(INSERT).always());
    let mut up = t.files.at(("s", "there")).upload_folder(&here).parallel(3).into_future();
    while mock.requests_for(INSERT).len() < 3 {
        poll(&mut up).await;
    }
    for _ in 0..100 {
        poll(&mut up).await;
    }
    assert_eq!(mock.requests_for(INSERT).len(), 3);
    drop(up);

    mock.clear_faults();
    let up = t.files.at(("s", "there")).upload_folder(&here);
    assert_eq!(up.await.unwrap().transferred.len(), 9);
    mock.inject(Fault::hang().on(CONTENT).always());
    let back = folder.path().join("back");
    let mut down = t.files.at(("s", "there")).download_folder(&back).parallel(2).into_future();
    while mock.requests_for(CONTENT).len() < 2 {
        poll(&mut down).await;
    }
    for _ in 0..100 {
        poll(&mut down).await;
    }
    assert_eq!(mock.requests_for(CONTENT).len(), 2);
}

/// Lets something go on for a moment.
async fn poll<T>(future: &mut (impl Future<Output = T> + Unpin)) {
    let pending =
        poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context).is_pending())).await;
    assert!(pending, "it was to go on");
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn a_folder_can_be_dropped_on_its_way_and_done_again() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    for n in 0..20 {
        write(&here.join(format!("d{}/f{n}", n % 3)), &format!("this is number {n}"));
    }
    let there = t.files.at(("s", "there"));
    // It stands still after some of the files, and is dropped there.
    for (operation, fault) in [(INSERT, Fault::hang()), (CONTENT, Fault::stall(5))] {
        mock.inject(fault.on(operation).after(7).always());
        let mut way = if operation == INSERT {
            there.upload_folder(&here).parallel(2).into_future()
        } else {
            there.download_folder(&back).parallel(2).into_future()
        };
        while mock.requests_for(operation).len() < 9 {
            poll(&mut way).await;
        }
        drop(way);
        mock.clear_faults();
        let again = if operation == INSERT {
            there.upload_folder(&here).skip_unchanged().await.unwrap()
        } else {
            // What has its name is whole, and there are files that have none yet.
            let whole = tree(&back).into_values().flatten().filter(|text| text.len() > 15).count();
            assert!((7..20).contains(&whole), "{whole}");
            there.download_folder(&back).skip_unchanged().await.unwrap()
        };
        assert_eq!(
            (again.transferred.len() + again.unchanged as usize, again.failed.len()),
            (20, 0)
        );
        assert!(again.unchanged >= 7, "{}", again.unchanged);
    }
    assert!(tree(&here) == tree(&back), "both folders hold the same, and nothing else");
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_skipped_or_followed_as_asked() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    write(&here.join("f"), "text");
    write(&folder.path().join("outside/g"), "outside");
    std::os::unix::fs::symlink(folder.path().join("outside"), here.join("folder")).unwrap();
    std::os::unix::fs::symlink(here.join("f"), here.join("link")).unwrap();
    std::os::unix::fs::symlink("/nowhere", here.join("dangling")).unwrap();
    let there = t.files.at(("s", "there"));
    let summary = there.upload_folder(&here).await.unwrap();
    let skipped: Vec<(&str, SkipReason)> =
        summary.skipped.iter().map(|s| (s.path.as_str(), s.reason)).collect();
    assert_eq!(
        skipped,
        [
            ("dangling", SkipReason::Symlink),
            ("folder", SkipReason::Symlink),
            ("link", SkipReason::Symlink)
        ]
    );
    assert_eq!(transferred(summary), ["f"]);
    let summary = there.upload_folder(&here).symlinks(Symlinks::Follow).await.unwrap();
    assert_eq!(summary.failed[0].0, "dangling");
    assert_eq!(summary.transferred.len(), 3);
}

#[cfg(unix)]
#[tokio::test]
async fn links_on_the_system_are_skipped_or_followed_as_asked() {
    let World { t, mock, .. } = world().await;
    for path in ["there/f", "there/sub/g", "elsewhere/h", "elsewhere/deep/i"] {
        t.files.upload("s", path).from_bytes(path).await.unwrap();
    }
    for (target, link) in [
        ("../elsewhere", "folder"),
        ("f", "link"),
        ("nowhere", "broken"),
        (".", "round"),
        ("../..", "sub/up"),
    ] {
        mock.link("s", &format!("there/{link}"), target).unwrap();
    }
    let there = t.files.at(("s", "there"));
    let folder = tempfile::tempdir().unwrap();
    let summary = there.download_folder(folder.path().join("plain")).await.unwrap();
    assert_eq!(summary.skipped.len(), 5);
    assert_eq!(transferred(summary), ["f", "sub/g"]);

    let back = folder.path().join("back");
    let follow = there.download_folder(&back).symlinks(Symlinks::Follow).exclude("up");
    let summary = follow.await.unwrap();
    let mut skipped: Vec<(&str, SkipReason)> =
        summary.skipped.iter().map(|s| (s.path.as_str(), s.reason)).collect();
    skipped.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(skipped, [("broken", SkipReason::BrokenLink), ("round", SkipReason::Circle)]);
    let wanted = ["f", "folder/deep/i", "folder/h", "link", "sub/g"];
    assert_eq!(transferred(summary), wanted);
    assert_eq!(fs::read(back.join("link")).unwrap(), b"there/f");
    assert_eq!(fs::read(back.join("folder/deep/i")).unwrap(), b"elsewhere/deep/i");
}

#[tokio::test]
async fn only_empty_directories_are_made_by_themselves() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    for path in ["a/b/f", "a..b/g", "h"] {
        write(&here.join(path), "text");
    }
    fs::create_dir_all(here.join("a/empty/deep")).unwrap();
    let summary = t.files.at(("s", "there")).upload_folder(&here).await.unwrap();
    assert_eq!(transferred(summary), ["a..b/g", "a/b/f", "h"]);
    let made = mock.requests_for("files.mkdir");
    assert_eq!(made.len(), 1, "upload makes the others");
    assert!(t.files.at(("s", "there/a/empty/deep")).stat().await.unwrap().is_dir);

    fs::create_dir_all(folder.path().join("nothing")).unwrap();
    let nothing = t.files.at(("s", "nothing")).upload_folder(folder.path().join("nothing"));
    assert!(nothing.await.unwrap().failed.is_empty());
    assert!(t.files.at(("s", "nothing")).stat().await.unwrap().is_dir);
}

/// A server that lists what it likes, and has the same content for all.
async fn hostile(listing: &str) -> (ScriptServer, Tapis) {
    let reply = |body: &str| Step::reply("200 OK", "", body);
    let envelope = |result: &str| reply(&format!(r#"{{"status":"success","result":{result}}}"#));
    // The look at the directory, its listing, and whatever comes then.
    let server = ScriptServer::start(vec![envelope("[]"), envelope(listing), reply("owned")]).await;
    let jwt = "x.e30.x".to_owned();
    let t = Tapis::builder(server.base_url()).access_token(jwt).build().unwrap();
    (server, t)
}

#[tokio::test]
async fn names_that_lead_out_of_the_folder_are_refused() {
    let names = ["top/../../x", "../x", "/etc/x", "elsewhere/x", "top/a\u{0}b", "top"];
    for name in names {
        let listing = serde_json::json!([{"name": "x", "path": name, "type": "file", "size": 5}]);
        let (_server, t) = hostile(&listing.to_string()).await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/target");
        let summary = t.files.at("tapis://s/top").download_folder(&target).await.unwrap();
        assert_eq!((summary.transferred.len(), summary.failed.len()), (0, 1), "{name}");
        assert!(summary.failed[0].1.is_input(), "{name}: {:?}", summary.failed);
        assert!(tree(folder.path()).into_values().all(|content| content.is_none()), "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_in_the_target_leads_nobody_out() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let (outside, back) = (folder.path().join("outside"), folder.path().join("back"));
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(&back).unwrap();
    std::os::unix::fs::symlink(&outside, back.join("sub")).unwrap();
    std::os::unix::fs::symlink(outside.join("g"), back.join("g")).unwrap();
    t.files.upload("s", "there/sub/f").from_bytes("text").await.unwrap();
    t.files.upload("s", "there/g").from_bytes("text").await.unwrap();
    t.files.upload("s", "there/h").from_bytes("text").await.unwrap();
    let summary = t.files.at(("s", "there")).download_folder(&back).include("**").await.unwrap();
    assert_eq!(summary.transferred, ["h"]);
    let mut failed: Vec<&str> = summary.failed.iter().map(|(path, _)| path.as_str()).collect();
    failed.sort_unstable();
    assert_eq!(failed, ["g", "sub/f"]);
    for (_, error) in &summary.failed {
        assert!(error.is_input() && error.message().contains("symbolic link"), "{error}");
    }
    assert!(tree(&outside).is_empty(), "nothing has been written there");
    assert!(fs::symlink_metadata(back.join("g")).unwrap().is_symlink(), "it is left alone");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_ends_everything() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..20 {
        write(&folder.path().join(format!("f{n}")), "text");
    }
    mock.inject(Fault::status(401).on(INSERT).always());
    let error = t.files.at(("s", "there")).upload_folder(folder.path()).await.unwrap_err();
    assert!(error.is_authentication(), "{error}");
    assert!(mock.requests_for(INSERT).len() < 20);
}

#[tokio::test]
async fn sizes_that_no_sum_can_hold_are_no_panic() {
    let World { t, mock, .. } = world().await;
    let files: Vec<_> = (0..3)
        .map(|n| json!({"name": format!("f{n}"), "path": format!("d/f{n}"), "type": "file", "size": i64::MAX}))
        .collect();
    let listing = |result| json!({"status": "success", "result": result}).to_string();
    let directory = json!([{"name": "d", "path": "d", "type": "dir"}]);
    let answers = || {
        mock.clear_faults();
        mock.inject(Fault::status(200).body(listing(directory.clone())).on(LIST).times(1));
        mock.inject(Fault::status(200).body(listing(json!(files))).on(LIST).times(1));
    };
    let folder = tempfile::tempdir().unwrap();
    let there = t.files.at(("s", "d"));
    answers();
    let planned = there.download_folder(folder.path()).dry_run().await.unwrap();
    assert_eq!((planned.transferred.len(), planned.bytes), (3, u64::MAX));

    answers();
    let total = Arc::new(Mutex::new(0));
    let told = total.clone();
    let summary = there.download_folder(folder.path()).on_progress(move |progress| {
        *told.lock().unwrap() = progress.total_bytes;
    });
    assert_eq!(summary.await.unwrap().failed.len(), 3, "there are no such files");
    assert_eq!(*total.lock().unwrap(), u64::MAX);
}
