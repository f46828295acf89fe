//! A large file needs no more memory than a small one, and a large failure neither.

#![cfg(target_os = "linux")] // where a process can be asked for the most memory it had
#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tapis_tests::{ScriptServer, Step, World};

const MIB: u64 = 1024 * 1024;
/// The most memory above that of an idle client.
const ABOVE_IDLE: u64 = 32 * MIB;

fn are_equal(one: &Path, other: &Path) -> bool {
    let mut files = [one, other].map(|path| std::fs::File::open(path).unwrap());
    let mut pieces = [vec![0; 1 << 20], vec![0; 1 << 20]];
    loop {
        let counts = [0, 1].map(|n| files[n].read(&mut pieces[n]).unwrap());
        if counts[0] != counts[1] || pieces[0][..counts[0]] != pieces[1][..counts[1]] {
            return false;
        }
        if counts[0] == 0 {
            return true;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_goes_up_and_down_in_constant_memory() {
    let size = 1024 * MIB;
    let world = World::with(|mock| mock.max_body(2 << 30), |client| client).await.unwrap();
    world.make_system("s").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (there, back) = (folder.path().join("there"), folder.path().join("back"));
    let mut file = std::fs::File::create(&there).unwrap();
    let pattern: Vec<u8> = (0..MIB).map(|n| (n * n / 7) as u8).collect();
    for n in 0..1024_u64 {
        file.write_all(&n.to_le_bytes()).unwrap();
        file.write_all(&pattern[8..]).unwrap();
    }
    drop(file);
    for (direction, path) in [("up", &there), ("down", &back)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_move_file"));
        command.arg(world.mock.base_url()).arg(direction).arg(path);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
        let [bytes, idle, peak] = numbers[..] else {
            unreachable!("{text} {}", String::from_utf8_lossy(&output.stderr))
        };
        assert_eq!(bytes, size);
        assert!((peak - idle) * 1024 < ABOVE_IDLE, "{direction}: {idle} KiB idle, {peak} KiB peak");
        println!("{direction}: {idle} KiB idle, {peak} KiB peak");
    }
    assert!(are_equal(&there, &back));
}

/// What the parts of a download are called.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "part")).collect()
}

/// Ends the process with SIGKILL once so many bytes are in one of the parts, unless it ends before.
fn kill_at(mut child: std::process::Child, folder: &Path, bytes: u64) {
    let length = |path: PathBuf| std::fs::symlink_metadata(path).map_or(0, |found| found.len());
    while child.try_wait().unwrap().is_none() {
        if parts(folder).into_iter().map(length).any(|length| length >= bytes) {
            child.kill().unwrap();
        }
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_killed_a_hundred_times_among_planted_links_is_whole_and_harms_nobody() {
    let size = 24 * MIB;
    let world = World::new().await.unwrap();
    world.make_system("s").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (target, victim) = (folder.path().join("to/large"), folder.path().join("victim"));
    std::fs::create_dir(folder.path().join("to")).unwrap();
    std::fs::write(&victim, "precious").unwrap();
    let content: Vec<u8> = (0..size).map(|n| (n * n / 7 + n / 65_537) as u8).collect();
    world.t.files.upload("s", "large").from_bytes(content.clone()).await.unwrap();
    let run = |base_url: &str, to: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_move_file"));
        command.arg(base_url).arg("resume").arg(to).stdout(std::process::Stdio::null());
        command.spawn().unwrap()
    };
    let (base_url, to) = (world.mock.base_url().to_owned(), target.clone());
    let watched = victim.clone();
    let ends = tokio::task::spawn_blocking(move || {
        let folder = to.parent().unwrap();
        for round in 0..100 {
            kill_at(run(&base_url, &to), folder, (round % 23 + 1) * MIB);
            assert_eq!(std::fs::read(&watched).unwrap(), b"precious", "round {round}");
            // In every other round, what is left is replaced by something that leads elsewhere.
            for part in parts(folder).into_iter().filter(|_| round % 2 == 1) {
                let _ = std::fs::remove_file(&part).or_else(|_| std::fs::remove_dir(&part));
                match round % 8 {
                    1 => std::os::unix::fs::symlink(&watched, &part).unwrap(),
                    3 => std::fs::hard_link(&watched, &part).unwrap(),
                    5 => std::fs::create_dir(&part).unwrap(),
                    _ => {}
                }
            }
            if to.exists() {
                assert!(std::fs::symlink_metadata(&to).unwrap().is_file(), "round {round}");
                assert!(std::fs::read(&to).unwrap() == content, "round {round}: it is whole");
                std::fs::remove_file(&to).unwrap();
            }
        }
        let last = run(&base_url, &to).wait().unwrap();
        (last, std::fs::read(&to).unwrap() == content)
    });
    let (last, is_whole) = ends.await.unwrap();
    assert!(last.success() && is_whole);
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_64_mib_costs_less_than_20_mib() {
    let good = Step::reply("200 OK", "", r#"{"status":"success","result":{"id":"x"}}"#);
    // Each element would be a value and a text of its own.
    let list = "[\"a\",".to_owned() + &"1,".repeat(32 << 20) + "1]";
    let server = ScriptServer::start(vec![good, Step::reply("400 Bad Request", "", &list)]).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_read_failure"));
    command.arg(server.base_url());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let [idle, peak, kept] = numbers[..] else {
        unreachable!("{text} {}", String::from_utf8_lossy(&output.stderr))
    };
    assert!((peak - idle) * 1024 < 20 * MIB, "{idle} KiB idle, {peak} KiB peak");
    assert_eq!(kept, 64 * 1024, "what is kept of the body");
    println!("failure: {idle} KiB idle, {peak} KiB peak");
}
