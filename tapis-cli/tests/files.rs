//! Files and folders by command line: whole processes against a mock.
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tapis_mock::Fault;

use world::{TAPIS, World, stderr};

const COMMANDS: [&str; 7] = ["ls", "cp", "cat", "mv", "rm", "mkdir", "stat"];
const CONTENT: &str = "files.getContents";
const INSERT: &str = "files.insert";
const LIST: &str = "files.listFiles";

/// A mock whose jobs and transfers are over at once, with the systems `s` and `other`.
fn world() -> World {
    with_systems(World::with(|mock| mock.step(Duration::ZERO)))
}

fn with_systems(world: World) -> World {
    world.make_system("s");
    world.make_system("other");
    world
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Puts a file with its own address as content there.
    fn put(&self, address: &str) {
        let output = self.run_with(&["cp", "-q", "-", address], address);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }

    /// The files and directories below an address, sorted.
    fn tree(&self, address: &str) -> Vec<String> {
        let listed = self.done(&["-o", "name", "ls", "-r", address]);
        let top = if address.ends_with('/') { address.to_owned() } else { format!("{address}/") };
        let mut names: Vec<String> =
            listed.lines().map(|line| line.trim_start_matches(&top).to_owned()).collect();
        names.sort();
        names
    }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    bytes.take(length).collect()
}

/// The files below a folder, sorted.
fn tree(folder: &Path) -> Vec<String> {
    fn walk(top: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(top, &path, found),
                false => found.push(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Waits until `happened`, as another process makes it happen.
fn eventually(happened: impl Fn() -> bool) {
    let began = Instant::now();
    while !happened() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not happen");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_file_goes_up_is_looked_at_and_comes_down_as_it_is() {
    let world = world();
    let bytes = noise(300_007);
    world.write("in.bin", &bytes);
    let output = world.run(&["cp", "in.bin", "tapis://s/data/"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    let said = stderr(&output);
    assert!(said.starts_with("Copied 1 file (292.98 KiB) in "), "{said}");

    let listed = world.json(&["ls", "tapis://s/data"]);
    let entry = &listed[0];
    let shown = (&entry["name"], &entry["size"], &entry["type"], &entry["url"]);
    let expected =
        (&json!("in.bin"), &json!(300_007), &json!("file"), &json!("tapis://s/data/in.bin"));
    assert_eq!(shown, expected);
    assert_eq!(world.done(&["-o", "table", "ls", "tapis://s/"]), "data/\n");
    assert_eq!(world.done(&["ls", "tapis://s/", "-o", "name"]), "tapis://s/data/\n");
    let long = world.done(&["-o", "table", "ls", "-l", "tapis://s/data"]);
    assert!(long.starts_with("PERMISSIONS  OWNER"), "{long}");
    assert!(long.contains("  292.98 KiB  ") && long.ends_with("  in.bin\n"), "{long}");
    let stat = world.json(&["stat", "tapis://s/data/in.bin"]);
    assert_eq!((&stat["type"], &stat["size"]), (&json!("file"), &json!(300_007)));
    assert_eq!(world.json(&["stat", "tapis://s/", "tapis://s/data"])[1]["type"], "dir");

    let cat = |arguments: &[&str]| world.run(&[&["cat"], arguments].concat()).stdout;
    assert_eq!(cat(&["tapis://s/data/in.bin"]), bytes);
    let twice = ["tapis://s/data/in.bin", "tapis://s/data/in.bin"];
    assert_eq!(cat(&twice), [&bytes[..], &bytes].concat());
    assert_eq!(cat(&["--head", "10", "tapis://s/data/in.bin"]), bytes[..10]);
    assert_eq!(cat(&["--tail", "10", "tapis://s/data/in.bin"]), bytes[299_997..]);
    assert_eq!(cat(&["--tail", "900000", "tapis://s/data/in.bin"]), bytes);
    assert_eq!(world.run(&["cp", "tapis://s/data/in.bin", "-"]).stdout, bytes);

    world.done(&["cp", "tapis://s/data/in.bin", "out/"]);
    assert_eq!(fs::read(world.path("out/in.bin")).unwrap(), bytes);
    assert_eq!(tree(world.path("out").as_path()), ["in.bin"], "nothing is left beside it");
}

#[test]
fn a_target_takes_sources_as_other_tools_do() {
    let world = world();
    for name in ["a", "b", "dir/x", "dir/deep/y"] {
        world.write(name, name);
    }
    let cases: &[(&[&str], &[&str])] = &[
        (&["a", "tapis://s/1/new"], &["new"]),
        (&["a", "tapis://s/1/"], &["a", "new"]),
        (&["b", "tapis://s/1"], &["a", "b", "new"]),
        (&["a", "b", "tapis://s/2"], &["a", "b"]),
        (&["-r", "dir", "tapis://s/3"], &["deep/", "deep/y", "x"]),
        (
            &["-r", "dir/", "tapis://s/3"],
            &["deep/", "deep/y", "dir/", "dir/deep/", "dir/deep/y", "dir/x", "x"],
        ),
        (&["-r", "dir", "tapis://s/4/"], &["dir/", "dir/deep/", "dir/deep/y", "dir/x"]),
        (&["-r", "-T", "dir", "tapis://s/5"], &["deep/", "deep/y", "x"]),
        (&["-r", "-T", "dir", "tapis://s/5"], &["deep/", "deep/y", "x"]),
        (&["-r", "a", "dir", "tapis://s/6"], &["a", "dir/", "dir/deep/", "dir/deep/y", "dir/x"]),
        (&["tapis://s/1/a", "tapis://s/7/new"], &["new"]),
        (&["tapis://s/1/a", "tapis://s/1/b", "tapis://s/7"], &["a", "b", "new"]),
        (&["-r", "tapis://s/5", "tapis://s/8"], &["deep/", "deep/y", "x"]),
        (
            &["-r", "tapis://s/5", "tapis://s/7"],
            &["5/", "5/deep/", "5/deep/y", "5/x", "a", "b", "new"],
        ),
        (&["tapis://s/1/a", "tapis://other/1/"], &["a"]),
        (&["-r", "tapis://s/5", "tapis://other/1"], &["5/", "5/deep/", "5/deep/y", "5/x", "a"]),
    ];
    for (arguments, names) in cases {
        world.done(&[&["cp"], *arguments].concat());
        let target = arguments.last().unwrap();
        let top = target.split('/').take(4).collect::<Vec<_>>().join("/");
        assert_eq!(world.tree(&top), *names, "{arguments:?}");
    }
    let down: &[(&[&str], &[&str])] = &[
        (&["tapis://s/1/a", "down/1/new"], &["new"]),
        (&["tapis://s/1/a", "down/1"], &["a", "new"]),
        (&["tapis://s/1/a", "tapis://s/1/b", "down/2"], &["a", "b"]),
        (&["-r", "tapis://s/5", "down/3"], &["deep/y", "x"]),
        (&["-r", "tapis://s/5", "down/3"], &["5/deep/y", "5/x", "deep/y", "x"]),
        (&["-r", "tapis://s/5/", "down/4/"], &["5/deep/y", "5/x"]),
    ];
    for (arguments, names) in down {
        world.done(&[&["cp"], *arguments].concat());
        let top = arguments.last().unwrap().split('/').take(2).collect::<PathBuf>();
        assert_eq!(tree(&world.home.path().join(top)), *names, "{arguments:?}");
    }
    assert_eq!(world.read("down/3/5/deep/y"), "dir/deep/y");
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let world = world();
    for name in ["a", "sub/a", "dir/x"] {
        world.write(name, name);
    }
    world.put("tapis://s/file");
    world.put("tapis://s/dir/x");
    world.mock.clear_requests();
    let cases: &[(&[&str], &str)] = &[
        (&["ls", "data"], "does not have the form tapis://system/path"),
        (&["ls", "tapis://"], "the id of the system is missing"),
        (&["cat", "tapis://s/../etc/passwd"], "`..`"),
        (&["cp", "a", "b"], "a and b are both on this machine"),
        (&["cp", "a", "tapis:/s/a"], "hint: write tapis://SYSTEM/PATH"),
        (&["cp", "-", "-"], "both on this machine"),
        (&["cp", "-", "tapis://s/dir/"], "stdin has no name"),
        (&["cp", "-", "tapis://s/dir"], "stdin has no name"),
        (&["cp", "-", "a", "tapis://s/dir"], "- is the only source"),
        (&["cp", "tapis://s/file", "tapis://s/dir/x", "-"], "`tapis cat` writes several"),
        (&["cp", "dir", "tapis://s/"], "hint: add -r"),
        (&["cp", "tapis://s/dir", "here"], "hint: add -r"),
        (&["cp", "a", "sub/a", "tapis://s/dir/"], "two sources would become tapis://s/dir/a"),
        (&["cp", "a", "sub/a", "tapis://s/file"], "is a file, not a directory"),
        (&["cp", "a", "tapis://s/file/"], "is a file, not a directory"),
        (&["cp", "-T", "a", "sub/a", "tapis://s/dir"], "-T is for one source"),
        (&["cp", "-r", "dir", "tapis://s/file"], "dir is a folder, and tapis://s/file a file"),
        (&["cp", "-r", "tapis://s/dir", "a"], "tapis://s/dir is a folder, and a a file"),
        (&["cp", "--include", "*.csv", "a", "tapis://s/"], "--recursive"),
        (
            &["cp", "-r", "--include", "*.csv", "tapis://s/dir", "tapis://s/2"],
            "no choice of its files",
        ),
        (&["cp", "-r", "--exclude", "a[", "dir", "tapis://s/2"], "is not a glob"),
        (&["mv", "a", "tapis://s/a"], "hint: copy it with `tapis cp`"),
        (&["mv", "tapis://s/file", "tapis://other/file"], "are on two systems"),
        (&["mv", "tapis://s/", "tapis://s/x"], "is the root directory"),
        (&["rm", "tapis://s/dir"], "--yes"),
        (&["rm", "--yes", "tapis://s/dir"], "hint: add -r"),
        (
            &["rm", "-r", "--yes", "tapis://s/"],
            "is the root directory of a system and is not deleted",
        ),
        (&["rm", "-r", "--yes", "tapis://s/file", "tapis://s"], "is the root directory"),
        (&["--curl", "rm", "--yes", "tapis://s/file"], "--curl"),
        (&["--dry-run", "ls", "tapis://s/"], "`tapis ls` has no --dry-run"),
        (&["cat", "--head", "1", "--tail", "1", "tapis://s/file"], "cannot be used with"),
    ];
    for (arguments, why) in cases {
        let said = world.refused(2, arguments);
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    for source in ["missing", "/dev/null"] {
        let said = world.refused(1, &["cp", source, "tapis://s/new"]);
        assert!(said.starts_with(&format!("error: {source}: ")), "{said}");
    }
    assert_eq!(world.tree("tapis://s/"), ["dir/", "dir/x", "file"]);
    assert_eq!(world.tree("tapis://other/"), [""; 0]);
    let sent = world.mock.requests();
    assert!(sent.iter().all(|request| request.method == "GET"), "{sent:?}");
}

#[test]
fn globs_choose_files_of_a_folder_and_a_dry_run_shows_them() {
    let world = world();
    for name in ["dir/a.csv", "dir/b.txt", "dir/tmp/c.csv", "dir/sub/d.csv"] {
        world.write(name, name);
    }
    let chosen = ["--include", "*.csv", "--exclude", "tmp", "dir", "tapis://s/up"];
    let plan = world.json(&[&["cp", "-r", "--dry-run"], &chosen[..]].concat());
    let expected = json!([
        {"source": "dir/a.csv", "target": "tapis://s/up/a.csv"},
        {"source": "dir/sub/d.csv", "target": "tapis://s/up/sub/d.csv"},
    ]);
    assert_eq!(plan, expected);
    assert_eq!(world.tree("tapis://s/"), [""; 0]);
    world.done(&[&["cp", "-r"], &chosen[..]].concat());
    assert_eq!(world.tree("tapis://s/up"), ["a.csv", "sub/", "sub/d.csv"]);
    let plan = world.json(&["--dry-run", "cp", "-r", "--exclude", "a.*", "tapis://s/up", "down"]);
    assert_eq!(plan, json!([{"source": "tapis://s/up/sub/d.csv", "target": "down/sub/d.csv"}]));
    assert!(!world.path("down").exists());
    world.done(&["cp", "-r", "--exclude", "a.*", "tapis://s/up", "down"]);
    assert_eq!(tree(&world.path("down")), ["sub/d.csv"]);
}

#[test]
fn existing_files_are_replaced_kept_or_left_out_where_they_are_unchanged() {
    let world = world();
    world.write("dir/a", "new");
    world.write("dir/b", "new");
    world.run_with(&["cp", "-", "tapis://s/dir/a"], "old");
    let summary = world.json(&["-o", "json", "cp", "-r", "-T", "-n", "dir", "tapis://s/dir"]);
    assert_eq!((&summary["files"], &summary["bytes"]), (&json!(1), &json!(3)));
    assert_eq!(summary["skipped"][0]["path"], "dir/a");
    assert_eq!(world.done(&["cat", "tapis://s/dir/a"]), "old");
    let output = world.run(&["cp", "-n", "dir/a", "tapis://s/dir/a"]);
    assert!(stderr(&output).ends_with("; 1 skipped.\n"), "{}", stderr(&output));
    assert_eq!(world.done(&["cat", "tapis://s/dir/a"]), "old");

    let unchanged = ["cp", "-r", "-T", "--skip-unchanged", "-o", "json", "dir", "tapis://s/dir"];
    assert_eq!(world.json(&unchanged)["unchanged"], 2);
    world.write("dir/a", "longer");
    let summary = world.json(&unchanged);
    assert_eq!((&summary["files"], &summary["unchanged"]), (&json!(1), &json!(1)));
    assert_eq!(world.done(&["cat", "tapis://s/dir/a"]), "longer");

    world.write("down/a", "mine");
    world.done(&["cp", "-r", "-T", "-n", "tapis://s/dir", "down"]);
    assert_eq!((world.read("down/a"), world.read("down/b")), ("mine".into(), "new".into()));
    world.done(&["cp", "-n", "tapis://s/dir/a", "down/a"]);
    assert_eq!(world.read("down/a"), "mine");
    world.done(&["cp", "tapis://s/dir/a", "down/a"]);
    assert_eq!(world.read("down/a"), "longer");
    world.done(&["cp", "-n", "tapis://s/dir/b", "tapis://s/dir/a"]);
    assert_eq!(world.done(&["cat", "tapis://s/dir/a"]), "longer");
    world.done(&["mv", "-n", "tapis://s/dir/b", "tapis://s/dir/a"]);
    assert_eq!(world.tree("tapis://s/dir"), ["a", "b"]);
    world.done(&["mv", "tapis://s/dir/b", "tapis://s/dir/a"]);
    assert_eq!(world.tree("tapis://s/dir"), ["a"]);
    assert_eq!(world.done(&["cat", "tapis://s/dir/a"]), "new");
}

#[test]
fn files_and_directories_are_made_moved_and_deleted() {
    let world = world();
    world.done(&["mkdir", "tapis://s/a/b", "tapis://s/c"]);
    world.done(&["mkdir", "-p", "tapis://s/a/b"]);
    assert_eq!(world.tree("tapis://s/"), ["a/", "a/b/", "c/"]);
    world.put("tapis://s/f");
    world.put("tapis://s/g");
    world.done(&["mv", "tapis://s/f", "tapis://s/g", "tapis://s/c"]);
    world.done(&["mv", "tapis://s/c/f", "tapis://s/c/renamed"]);
    world.done(&["mv", "tapis://s/c", "tapis://s/a/"]);
    assert_eq!(world.tree("tapis://s/"), ["a/", "a/b/", "a/c/", "a/c/g", "a/c/renamed"]);
    world.done(&["mkdir", "tapis://s/c"]);
    let said = world.refused(6, &["mv", "tapis://s/c", "tapis://s/a"]);
    assert!(said.contains("tapis://s/a/c exists and is a directory"), "{said}");
    let dry = world.json(&["mv", "--dry-run", "tapis://s/a/c/g", "tapis://s/"]);
    assert_eq!(dry, json!([{"source": "tapis://s/a/c/g", "target": "tapis://s/g"}]));
    let dry = world.json(&["rm", "-r", "--dry-run", "tapis://s/a"]);
    assert_eq!(dry, json!([{"address": "tapis://s/a"}]));
    assert_eq!(
        world.json(&["mkdir", "--dry-run", "tapis://s/z"]),
        json!([{"address": "tapis://s/z"}])
    );
    world.done(&["rm", "--yes", "tapis://s/a/c/g"]);
    world.done(&["--yes", "rm", "-r", "tapis://s/a", "tapis://s/c/"]);
    assert_eq!(world.tree("tapis://s/"), [""; 0]);
}

#[test]
fn a_transfer_between_systems_is_waited_for_or_left_to_the_service() {
    let world = with_systems(World::with(|mock| mock.step(Duration::from_secs(3600))));
    world.put("tapis://s/a");
    let id = world.done(&["cp", "--no-wait", "tapis://s/a", "tapis://other/b"]);
    let id = id.trim();
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(world.tree("tapis://other/"), [""; 0]);
    world.mock.advance(Duration::from_secs(24 * 3600));
    let task = world.json(&["files", "get-transfer-task", id]);
    assert_eq!((&task["uuid"], &task["status"]), (&json!(id), &json!("COMPLETED")));
    assert_eq!(world.tree("tapis://other/"), ["b"]);
    let summary = world.json(&["cp", "-o", "json", "--no-wait", "tapis://s/a", "tapis://other/c"]);
    assert_eq!(summary["transfer"].as_str().unwrap().len(), 36);
    let said = stderr(&world.run(&["cp", "-n", "tapis://s/a", "tapis://other/b"]));
    assert!(said.contains("1 skipped"), "{said}");
}

#[test]
fn a_part_that_fails_is_named_and_the_rest_arrives() {
    let world = world();
    for name in ["a", "b", "c"] {
        world.write(&format!("dir/{name}"), name);
    }
    world.mock.inject(Fault::status(403).on(INSERT).on_path("/v3/files/ops/s/dir/b").always());
    let said = world.refused(4, &["cp", "-r", "dir", "tapis://s/dir"]);
    assert!(said.contains("Copied 2 files"), "{said}");
    assert!(said.contains("\nerror: dir/b: files.insert: "), "{said}");
    assert!(said.contains("\nerror: 1 of 3 files failed\n"), "{said}");
    assert_eq!(world.tree("tapis://s/dir"), ["a", "c"]);

    world.mock.inject(Fault::status(404).on(INSERT).on_path("/v3/files/ops/s/dir/c").always());
    let said =
        world.refused(1, &["-o", "json", "cp", "-q", "dir/a", "dir/b", "dir/c", "tapis://s/dir"]);
    let error = &serde_json::from_str::<Value>(&said).unwrap()["error"];
    let failed = error["failed"].as_array().unwrap();
    // Files are copied at the same time, so either can fail first.
    let exit =
        |name: &str| failed.iter().find(|part| part["name"] == name).unwrap()["exit"].clone();
    assert_eq!((failed.len(), exit("dir/b"), exit("dir/c")), (2, json!(4), json!(5)));

    let said = world.refused(5, &["cat", "tapis://s/none", "tapis://s/dir/a"]);
    assert!(said.contains("error: tapis://s/none: files."), "{said}");
    assert!(said.contains("error: 1 of 2 files failed"), "{said}");
    assert_eq!(world.run(&["cat", "tapis://s/none", "tapis://s/dir/a"]).stdout, b"a");
}

#[test]
fn the_exit_code_says_what_kind_of_failure_it_was() {
    let world = world();
    for command in [&["ls"][..], &["stat"], &["cat"], &["rm", "--yes"], &["rm", "-r", "--yes"]] {
        world.refused(5, &[command, &["tapis://s/none"]].concat());
        world.refused(5, &[command, &["tapis://nowhere/none"]].concat());
    }
    world.refused(5, &["cp", "tapis://s/none", "here"]);
    world.refused(5, &["cp", "-r", "tapis://s/none", "here"]);
    world.refused(5, &["mv", "tapis://s/none", "tapis://s/x"]);
    assert!(!world.path("here").exists());

    let other = World::with(|mock| mock.user("bob", "builder1"));
    other.make_system("s");
    let url = other.mock.base_url().to_owned();
    let login = ["login", "--url", &url, "--username", "bob", "--password-stdin"];
    other.run_with(&[&login[..], &["--profile", "bob", "--client", "none"]].concat(), "builder1\n");
    other.refused(4, &["--profile", "bob", "ls", "tapis://s/"]);
}

#[test]
fn a_system_without_a_credential_names_the_command_that_stores_one() {
    let world = world();
    world.mock.hide_credential("s").unwrap();
    let said = world.refused(10, &["ls", "tapis://s/"]);
    let hint = "hint: store a credential with `tapis systems credentials set s`\n";
    assert!(said.ends_with(hint), "{said}");
    let set = ["systems", "credentials", "set", "s", "--password-stdin", "--skip-check"];
    let output = world.run_with(&set, "pl4nted");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(world.mock.requests_for("systems.createUserCredential").len(), 1);
    world.mock.accept_logins("s").unwrap();
    world.done(&["ls", "tapis://s/"]);
}

/// Where the mock keeps the files of its systems, the directory of that name.
fn found_below(folder: &Path, name: &str) -> PathBuf {
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(name) {
                return path;
            }
            if path.is_dir() {
                left.push(path);
            }
        }
    }
    unreachable!("there is no {name}")
}

#[cfg(unix)]
#[test]
fn a_name_that_is_a_command_of_the_terminal_or_of_a_shell_is_a_name_and_nothing_else() {
    let disk = tempfile::tempdir().unwrap();
    let world = with_systems(World::with(|mock| mock.files_in(disk.path())));
    world.done(&["mkdir", "tapis://s/there"]);
    let host = found_below(disk.path(), "there");
    let escape = "\u{1b}]0;owned\u{7}$(touch x)\u{9b}31m";
    let shell = "$(touch x)`touch y`;touch z\u{202e}";
    for name in [escape, shell] {
        fs::write(host.join(name), "text").unwrap();
    }
    let harmless = |output: &Output| {
        let shown = [&output.stdout[..], &output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(obeyed), "{shown:?}");
        shown
    };
    for format in ["table", "wide", "name"] {
        let shown = harmless(&world.run(&["ls", "-o", format, "tapis://s/there"]));
        assert!(shown.contains("\\u{1b}]0;owned\\u{7}$(touch x)"), "{shown}");
        assert!(shown.contains("$(touch x)`touch y`;touch z\\u{202e}"), "{shown}");
    }
    let listed = world.json(&["ls", "tapis://s/there"]);
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert!(names.contains(&escape) && names.contains(&shell), "{names:?}");

    // What has a control character in its name has no address. The other name is one like any.
    let bad = format!("tapis://s/there/{escape}");
    for command in [&["cat"][..], &["stat"], &["ls"], &["rm", "--yes"]] {
        let output = world.run(&[command, &[bad.as_str()]].concat());
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(harmless(&output).contains("control characters"));
    }
    let good = format!("tapis://s/there/{shell}");
    let question = world.run(&["rm", &good]);
    assert!(harmless(&question).contains("Delete tapis://s/there/$(touch x)"));
    assert_eq!(world.done(&["cat", &good]), "text");
    harmless(&world.run(&["stat", "-o", "table", &good]));
    harmless(&world.run(&["cp", &good, "down/"]));
    assert_eq!(world.read(&format!("down/{shell}")), "text");
    let output = world.run(&["cp", "-r", "tapis://s/there", "folder"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(harmless(&output).contains("control characters"));
    assert_eq!(tree(&world.path("folder")), [shell], "the other file arrives");
    harmless(&world.run(&["cp", &good, "tapis://s/there"]));
    harmless(&world.run(&["mv", &good, &format!("{good}2")]));
    harmless(&world.run(&["rm", "--yes", &format!("{good}2")]));
    world.done(&["rm", "-r", "--yes", "tapis://s/there"]);
    assert_eq!(world.tree("tapis://s/"), [""; 0]);
    for made in ["x", "y", "z"] {
        assert!(!world.path(made).exists(), "{made}");
    }
}

#[cfg(unix)]
#[test]
fn a_local_name_that_is_not_utf_8_is_refused_and_the_rest_arrives() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let world = world();
    world.write("dir/good", "text");
    let bad = world.path("dir").join(OsStr::from_bytes(b"caf\xe9"));
    fs::write(&bad, "text").unwrap();
    let said = world.refused(1, &["cp", "-r", "dir", "tapis://s/dir"]);
    assert!(said.contains("its name is not valid in a Tapis path"), "{said}");
    assert_eq!(world.tree("tapis://s/dir"), ["good"]);
    let copy = |target: &str| {
        let command = &mut world.command(Path::new(TAPIS));
        command.args([OsStr::new("cp"), bad.as_os_str(), OsStr::new(target)]).output().unwrap()
    };
    let output = copy("tapis://s/dir/");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let output = copy("tapis://s/dir/named");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(world.tree("tapis://s/dir"), ["good", "named"]);
}

#[test]
fn a_listing_that_leads_out_of_the_folder_is_refused() {
    let world = world();
    world.put("tapis://s/top/good");
    for path in ["top/../../x", "../x", "/etc/x", "elsewhere/x"] {
        let listing = json!([{"name": "x", "path": path, "type": "file", "size": 5}]);
        let envelope =
            json!({"status": "success", "result": listing, "message": "", "version": "1"});
        // The look at the source, and then the listing of what is in it.
        world.mock.inject(Fault::status(200).body(envelope.to_string()).on(LIST).after(2).times(1));
        let output = world.run(&["cp", "-r", "tapis://s/top", "deep/target"]);
        assert_eq!(output.status.code(), Some(1), "{path}: {}", stderr(&output));
        let why = format!("error: tapis://s/top/{path}: ");
        assert!(stderr(&output).contains(&why), "{path}: {}", stderr(&output));
        assert_eq!(tree(&world.path("deep")), [""; 0], "{path}");
        assert!(!world.path("x").exists());
        world.mock.clear_faults();
        let _ = fs::remove_dir_all(world.path("deep"));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_download_keeps_its_part_and_the_same_command_goes_on_from_there() {
    let world = world();
    let bytes = noise(6_000_000);
    world.write("big", &bytes);
    world.done(&["cp", "big", "tapis://s/big"]);
    world.mock.inject(Fault::stall(4_000_000).on(CONTENT).times(1));
    let child = world
        .command(Path::new(TAPIS))
        .args(["cp", "tapis://s/big", "down/big"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = || {
        let entries = fs::read_dir(world.path("down")).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap())
            .find(|entry| entry.metadata().unwrap().len() > 2_000_000)
    };
    eventually(|| part().is_some());
    let interrupted =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let name = part().unwrap().file_name().into_string().unwrap();
    assert!(name.starts_with(".big.") && name.ends_with(".part"), "{name}");
    world.mock.clear_faults();
    world.mock.clear_requests();
    world.done(&["cp", "tapis://s/big", "down/big"]);
    assert_eq!(fs::read(world.path("down/big")).unwrap(), bytes);
    assert_eq!(tree(&world.path("down")), ["big"]);
    let asked = world.mock.requests_for(CONTENT);
    let ranges =
        asked.iter().filter(|request| request.headers.iter().any(|(name, _)| name == "range"));
    assert_eq!(ranges.count(), asked.len(), "only the rest is requested");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_ends_cat_without_an_error() {
    let world = world();
    world.write("big", noise(3_000_000));
    world.done(&["cp", "big", "tapis://s/big"]);
    let mut child = world
        .command(Path::new(TAPIS))
        .args(["cat", "tapis://s/big"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn every_help_page_has_two_examples() {
    let world = World::logged_in();
    for command in COMMANDS {
        let help = world.done(&[command, "--help"]);
        let examples = help.split("Examples:\n").nth(1).unwrap_or_default();
        let lines =
            examples.lines().filter(|line| line.starts_with(&format!("  tapis {command} ")));
        assert_eq!(lines.count(), 2, "{command}: {help}");
    }
}
