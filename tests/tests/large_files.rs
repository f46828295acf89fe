//! A large file needs no more memory than a small one, and a large failure neither.

#![cfg(target_os = "linux")] // where a process can be asked for the most memory it had
#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use std::io::{Read as _, Write as _};
use std::path::Path;
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
