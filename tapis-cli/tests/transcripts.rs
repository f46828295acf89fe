//! Sessions of a person at a terminal: each file `transcripts/<topic>/<name>.md` has commands with their exact output.
//!
//! **Format.** A block of code marked `console` is played. A line `$ COMMAND` goes to a POSIX shell; its output follows:
//! the lines of stdout, those of stderr after `! `, and `? CODE` if the exit code is not 0. `console 160` is played on a
//! terminal of 160 columns; 80 is the default. A block marked with a language and a name, such as `yaml job.yaml`, is
//! written to a file of that name. All other text is for readers.
//!
//! **World.** Every file has a mock of its own, where `jane` (password `hunter22`) is logged in and jobs and pods reach
//! their end at once, and an empty home directory, which is the working directory. `-o table` is the default, as on a
//! terminal. `$ mock …` acts on the mock: see [`Session::mock`].
//!
//! **What differs from run to run** is replaced by text of the same width: the port, timestamps, durations, tokens, and UUIDs, which are
//! numbered in the order in which they appear. A later command may use such a UUID as it is shown.
//!
//! **To add one**, write the commands without their output. To fill in or renew the output, run
//! `SNAPSHOTS=overwrite cargo test -p tapis-cli --test transcripts`, and read what it wrote as a user would. A new topic
//! needs a line in `topics!`.
#![cfg(unix)]
#![allow(clippy::panic, clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod world;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use regex_lite::{Captures, Regex};

use world::{TAPIS, World};

macro_rules! topics {
    ($($topic:ident)*) => {
        $(#[test]
        fn $topic() {
            play_all(stringify!($topic));
        })*

        /// Transcripts that no test plays would prove nothing.
        #[test]
        fn every_topic_is_played() {
            let folders = std::fs::read_dir(folder()).unwrap();
            let mut found: Vec<String> =
                folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            found.sort();
            assert_eq!(found, [$(stringify!($topic)),*]);
        }
    };
}

// In the order of the alphabet.
topics! {
    apps definitions files jobs pods services session systems workflows
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn play_all(topic: &str) {
    let files = std::fs::read_dir(folder().join(topic)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{topic} has no transcripts");
    for file in files {
        play(&file);
    }
}

fn play(file: &Path) {
    let expected = std::fs::read_to_string(file).unwrap();
    let actual = Session::new().play(&expected);
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(actual, snapbox::Data::read_from(file, None).raw());
}

/// The guide's chapter about the command line.
#[test]
fn guide() {
    play(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../guide/src/command-line.md"));
}

/// The part of a transcript that a line is in.
enum Block {
    Prose,
    Console { columns: u16 },
    File { name: String, content: String },
    Other,
}

impl Block {
    /// The block that begins with this info string.
    fn new(info: &str) -> Self {
        match info.split_whitespace().collect::<Vec<_>>()[..] {
            ["console"] => Self::Console { columns: 80 },
            ["console", columns] => Self::Console { columns: columns.parse().unwrap() },
            [_, name] => Self::File { name: name.to_owned(), content: String::new() },
            _ => Self::Other,
        }
    }
}

struct Session {
    world: World,
    /// The UUIDs that were shown, the first first.
    ids: Vec<String>,
}

impl Session {
    fn new() -> Self {
        Self { world: World::with(|mock| mock.step(Duration::ZERO)), ids: Vec::new() }
    }

    /// The transcript with the output that its commands have now.
    fn play(&mut self, transcript: &str) -> String {
        let (mut shown, mut block) = (String::new(), Block::Prose);
        for line in transcript.lines() {
            match (&mut block, line.strip_prefix("```")) {
                (Block::Prose, Some(info)) => block = Block::new(info),
                (_, Some(_)) => {
                    if let Block::File { name, content } = &block {
                        std::fs::write(self.world.home.path().join(name), content).unwrap();
                    }
                    block = Block::Prose;
                }
                (Block::Console { columns }, None) => {
                    if let Some(command) = line.strip_prefix("$ ") {
                        writeln!(shown, "{line}").unwrap();
                        shown.push_str(&self.run(command, *columns));
                    }
                    continue;
                }
                (Block::File { content, .. }, None) => writeln!(content, "{line}").unwrap(),
                (Block::Prose | Block::Other, None) => {}
            }
            writeln!(shown, "{line}").unwrap();
        }
        shown
    }

    fn run(&mut self, command: &str, columns: u16) -> String {
        let command = self.typed(command);
        if let Some(action) = command.strip_prefix("mock ") {
            self.mock(&action.split_whitespace().collect::<Vec<_>>());
            return String::new();
        }
        let folder = Path::new(TAPIS).parent().unwrap().to_str().unwrap();
        let output = self
            .world
            .command(Path::new("/bin/sh"))
            .args(["-c", &command])
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .env("COLUMNS", columns.to_string())
            .env("TAPIS_OUTPUT", "table")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut shown = String::from_utf8_lossy(&output.stdout).into_owned();
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push_str("\n(no line break at the end)\n");
        }
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            writeln!(shown, "{}", format!("! {line}").trim_end()).unwrap();
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(shown, "? {code}").unwrap(),
            None => writeln!(shown, "? {}", output.status).unwrap(),
        }
        self.normal(shown)
    }

    /// What a transcript can do to the mock.
    fn mock(&self, action: &[&str]) {
        let mock = &self.world.mock;
        match action {
            ["advance", seconds] => mock.advance(Duration::from_secs(seconds.parse().unwrap())),
            ["fail-job", uuid] => mock.fail_job(uuid).unwrap(),
            ["set-job-status", uuid, status] => mock.set_job_status(uuid, status).unwrap(),
            ["refuse-logins", system] => mock.refuse_logins(system).unwrap(),
            ["accept-logins", system] => mock.accept_logins(system).unwrap(),
            other => panic!("unknown action {other:?}"),
        }
    }

    /// A command, with the UUIDs that are meant by those that were shown.
    fn typed(&self, command: &str) -> String {
        let mut typed = command.to_owned();
        for (index, id) in self.ids.iter().enumerate() {
            typed = typed.replace(&numbered(index), id);
        }
        typed
    }

    /// Output without what differs from run to run.
    fn normal(&mut self, output: String) -> String {
        let replaced = |text: String, pattern: &str, by: &str| {
            Regex::new(pattern).unwrap().replace_all(&text, by).into_owned()
        };
        let home = self.world.home.path().to_str().unwrap();
        let output = output.replace(home, "/home/jane");
        let output = replaced(output, r"127\.0\.0\.1:\d+", "127.0.0.1:12345");
        let output = replaced(output, r"eyJ[\w-]*\.[\w-]+\.[\w-]*", "TOKEN");
        let output = replaced(output, r"(tapis-cli-jane-\w+-)[a-z0-9]{6}", "${1}abc123");
        let output = replaced(output, r"in \d+\.\d s\b", "in 0.1 s");
        let output = replaced(output, "submission-[0-9a-f]{16}", "submission-0123456789abcdef");
        let time = r"\d{4}-\d\d-\d\d(T| )\d\d:\d\d:\d\d(\.\d+)?";
        let output = replaced(output, time, "2026-01-02${1}03:04:05");
        let output = replaced(output, r"\d{4}-\d\d-\d\d \d\d:\d\dZ", "2026-01-02 03:04Z");
        let uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        let ids = &mut self.ids;
        let number = |found: &Captures| {
            let id = found[0].to_owned();
            let index = ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                ids.push(id);
                ids.len() - 1
            });
            numbered(index)
        };
        Regex::new(uuid).unwrap().replace_all(&output, number).into_owned()
    }
}

/// What is shown in place of a UUID.
fn numbered(index: usize) -> String {
    format!("00000000-0000-0000-0000-{:012}", index + 1)
}
