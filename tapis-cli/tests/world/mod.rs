//! A mock with a logged-in user, a home directory, and `tapis` as a process of its own.
#![allow(dead_code, reason = "each test target uses a part of it")]

#[cfg(unix)]
pub(crate) mod terminal;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tapis_mock::{Builder, MockTapis, Strictness};

/// The binary under test.
pub(crate) const TAPIS: &str = env!("CARGO_BIN_EXE_tapis");

/// A mock and a home directory of its own.
pub(crate) struct World {
    pub(crate) mock: MockTapis,
    pub(crate) home: tempfile::TempDir,
}

impl World {
    pub(crate) fn logged_in() -> Self {
        Self::with(|mock| mock)
    }

    /// With a mock that is set up by `change`.
    pub(crate) fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let mock = MockTapis::builder().user("jane", "hunter22").strictness(Strictness::AsDeployed);
        let mock = change(mock).start_blocking().unwrap();
        let world = Self { mock, home: tempfile::tempdir().unwrap() };
        let output = world.log_in(&[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        world
    }

    pub(crate) fn log_in(&self, more: &[&str]) -> Output {
        let url = self.mock.base_url();
        let login = ["login", "--url", url, "--username", "jane", "--password-stdin"];
        self.run_with(&[&login[..], more].concat(), "hunter22\n")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = self
            .command(Path::new(TAPIS))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that is refused does not read it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// A program with the environment of the user and nothing else.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("SYSTEM_SECRET", "pl4nted")
            .current_dir(self.home.path());
        command
    }

    /// Runs a command that has to succeed, and returns what it printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    /// Runs a command that has to fail with `code`, and returns what it said.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        stderr(&output)
    }

    /// A system `cluster` that Tapis can log in to, with these files in its directory `data`.
    pub(crate) fn with_files(self, names: &[&str]) -> Self {
        self.make_system("cluster");
        let credential = ["systems", "credentials", "set", "cluster"];
        self.done(&[&credential[..], &["--password-from-env", "SYSTEM_SECRET"]].concat());
        let local = tempfile::tempdir().unwrap();
        let data = local.path().join("data");
        std::fs::create_dir(&data).unwrap();
        for name in names {
            match name.strip_suffix('/') {
                Some(name) => std::fs::create_dir(data.join(name)).unwrap(),
                None => std::fs::write(data.join(name), "content").unwrap(),
            }
        }
        self.done(&["-q", "cp", "-r", data.to_str().unwrap(), "tapis://cluster/"]);
        self
    }

    pub(crate) fn make_system(&self, id: &str) {
        let body = json!({
            "id": id, "systemType": "LINUX", "host": "host.example.org", "canExec": false,
            "defaultAuthnMethod": "PASSWORD", "rootDir": "/",
        });
        self.done(&["systems", "create-system", "--body", &body.to_string()]);
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
